import { queryOptions } from '@tanstack/react-query';
import { browserTimeZone } from '@/lib/time-zone';
import { client } from './client';
import { keys } from './keys';
import type { BacktestCandidate, BacktestInput, BacktestSelection } from './models';
import { simulation } from './simulations';
import { bodyOf } from './transport';

/** Candidates of a backtest, at most; what is tried as it was is one of them. */
export const MAX_CANDIDATES = 5;

/** More windows of a candidate, at most. */
export const MAX_TRIED_WINDOWS = 20;

const inputOf = (days: number, candidates: readonly BacktestCandidate[]): BacktestInput => ({
  // The server knows how many of them are shown.
  days,
  // It is night by the clock of whoever reads it.
  time_zone: browserTimeZone(),
  candidates: [...candidates],
});

/** What candidates would have sent of the last days of a monitor; without any nothing is asked. */
export const backtestQuery = (id: number, days: number, candidates: readonly BacktestCandidate[] | null) =>
  queryOptions({
    queryKey: keys.backtest(id, days, candidates),
    queryFn: ({ signal }) =>
      bodyOf(
        client.POST('/monitors/{id}/backtest', {
          params: { path: { id } },
          body: inputOf(days, candidates ?? []),
          signal,
        }),
      ),
    enabled: candidates !== null,
    ...simulation,
  });

export interface TriedOnSeveral {
  selection: BacktestSelection;
  days: number;
  candidates: readonly BacktestCandidate[];
}

/** The same of several monitors. */
export const backtestsQuery = (tried: TriedOnSeveral | null) =>
  queryOptions({
    queryKey: keys.backtest(tried?.selection ?? {}, tried?.days ?? 0, tried?.candidates ?? null),
    queryFn: ({ signal }) => {
      const { selection, days, candidates } = tried ?? { selection: {}, days: 0, candidates: [] };
      return bodyOf(
        client.POST('/backtests', { body: { selection, backtest: inputOf(days, candidates) }, signal }),
      );
    },
    enabled: tried !== null,
    ...simulation,
  });
