import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { History } from 'lucide-react';
import { useState } from 'react';
import { backtestsQuery, type TriedOnSeveral } from '@/api/backtests';
import type { BacktestCandidate } from '@/api/models';
import { backtestMessages as messages, type Period } from '@/messages/backtest';
import { Button } from '../button';
import { PeriodField } from './period-field';
import { BacktestView } from './view';

/** Of many monitors, the results of more days are often more than can be gone through. */
const FIRST_DAYS = 7;

interface Props {
  /** What the form would do; null while it is not valid. */
  tried: (Pick<TriedOnSeveral, 'selection'> & { candidate: BacktestCandidate }) | null;
  /** Whether what it would be tried on is still being loaded. */
  isLoading?: boolean;
  /** Why there is nothing to try it on. */
  nothing?: string | null;
  /** What there is to know of what it is tried on. */
  note?: string | null;
  /** Shows what is wrong with the form. */
  onInvalid: () => unknown;
}

/** In a form: a button that tries on the past what is in it, and below what came of it. Saves nothing. */
export function TryOnPast({ tried, isLoading = false, nothing = null, note = null, onInvalid }: Props) {
  const [days, setDays] = useState<Period>(FIRST_DAYS);
  const [asked, setAsked] = useState<TriedOnSeveral | null>(null);
  const query = useQuery({ ...backtestsQuery(asked), placeholderData: keepPreviousData });
  const current = tried && { selection: tried.selection, days, candidates: [tried.candidate] };
  const isOutdated = asked !== null && JSON.stringify(asked) !== JSON.stringify(current);
  return (
    <section aria-label={messages.title} className="grid grid-cols-1 gap-3">
      <div className="flex flex-wrap items-end gap-x-3 gap-y-1.5">
        <PeriodField days={days} onChange={setDays} className="w-44" />
        <Button
          busy={isLoading || query.isFetching}
          onClick={() => (current ? setAsked(current) : void onInvalid())}
          {...(nothing !== null && { disabled: true })}
        >
          {!isLoading && !query.isFetching && <History className="size-4" aria-hidden />}
          {messages.tryOn(days)}
        </Button>
        {isOutdated && !query.isFetching && <p className="text-ink-soft text-xs">{messages.changed}</p>}
      </div>
      {(nothing ?? note) && <p className="text-pretty text-ink-soft text-xs">{nothing ?? note}</p>}
      {asked !== null && (
        <div className="rounded-xl border border-line bg-paper p-4">
          <BacktestView query={query} days={asked.days} isFaint={isOutdated} />
        </div>
      )}
    </section>
  );
}
