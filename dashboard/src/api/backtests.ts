import { queryOptions } from '@tanstack/react-query';
import { browserTimeZone } from '@/lib/time-zone';
import { client } from './client';
import { keys } from './keys';
import type { BacktestCandidate, BacktestInput, BacktestSelection } from './models';
import { simulation } from './simulations';
import { bodyOf } from './transport';

const inputOf = (days: number, candidate: BacktestCandidate): BacktestInput => ({
  // The server knows how many of them are shown.
  days,
  // It is night by the clock of whoever reads it.
  time_zone: browserTimeZone(),
  candidates: [candidate],
});

/** What one candidate would have sent of the last days of a monitor; of none nothing is asked. */
export const backtestQuery = (id: number, days: number, candidate: BacktestCandidate | null) =>
  queryOptions({
    queryKey: keys.backtest(id, days, candidate),
    queryFn: ({ signal }) =>
      bodyOf(
        client.POST('/monitors/{id}/backtest', {
          params: { path: { id } },
          body: inputOf(days, candidate ?? {}),
          signal,
        }),
      ),
    enabled: candidate !== null,
    ...simulation,
  });

export interface TriedOnSeveral {
  selection: BacktestSelection;
  days: number;
  candidate: BacktestCandidate;
}

/** The same of several monitors. */
export const backtestsQuery = (tried: TriedOnSeveral | null) =>
  queryOptions({
    queryKey: keys.backtest(tried?.selection ?? {}, tried?.days ?? 0, tried?.candidate ?? null),
    queryFn: ({ signal }) => {
      const { selection, days, candidate } = tried ?? { selection: {}, days: 0, candidate: {} };
      return bodyOf(
        client.POST('/backtests', { body: { selection, backtest: inputOf(days, candidate) }, signal }),
      );
    },
    enabled: tried !== null,
    ...simulation,
  });
