import { LoaderCircle, RotateCw } from 'lucide-react';
import type { Backtest } from '@/api/models';
import { asApiError } from '@/api/problem';
import { isBusy } from '@/api/simulations';
import { cx } from '@/lib/cx';
import { backtestMessages as messages } from '@/messages/backtest';
import { common } from '@/messages/common';
import { Button } from '../button';
import { ErrorNotice } from '../notice';
import { BacktestComparison } from './comparison';
import { describeProblem } from './describe-problem';

interface Props {
  query: {
    data: Backtest | undefined;
    error: unknown;
    failureReason: unknown;
    isFetching: boolean;
    isPlaceholderData: boolean;
    refetch: () => unknown;
  };
  /** How many days are asked for. */
  days: number;
  /** What the candidates are called that are asked for; none of one that is alone. */
  names?: readonly string[];
  /** Whether something else is asked as soon as it can be. */
  isOutdated?: boolean;
  /** Whether what is shown is no longer of the settings that are there. */
  isFaint?: boolean;
}

interface FailureProps {
  error: unknown;
  names: readonly string[];
  onRetry: () => void;
}

function Failure({ error, names, onRetry }: FailureProps) {
  const { status, fields, isTransient, retryAfterSeconds } = asApiError(error);
  return (
    <ErrorNotice error={error}>
      {isBusy(error) && <p className="mt-1">{messages.stillBusy}</p>}
      {status === 503 && <p className="mt-1">{messages.unavailable(retryAfterSeconds)}</p>}
      {fields.length > 0 && (
        <ul className="mt-1">
          {fields.map((problem) => (
            <li key={problem.field} className="break-words">
              {describeProblem(problem, names)}
            </li>
          ))}
        </ul>
      )}
      {isTransient && (
        <Button className="mt-3" onClick={onRetry}>
          <RotateCw className="size-4" aria-hidden />
          {common.retry}
        </Button>
      )}
    </ErrorNotice>
  );
}

/** What is compared, or why it is not yet. What was there before stays until there is something else. */
export function BacktestView({ query, days, names = [], isOutdated = false, isFaint = false }: Props) {
  const { data, error, isFetching, failureReason } = query;
  const isPending = isFetching || isOutdated;
  const hasFailed = error != null && !isPending;
  return (
    <div aria-busy={isPending} className="grid grid-cols-1 gap-4">
      <p role="status" className="flex items-center gap-2 text-ink-soft text-xs empty:hidden">
        {isFetching && (
          <>
            <LoaderCircle className="size-3.5 shrink-0 animate-spin" aria-hidden />
            {isBusy(failureReason)
              ? messages.busy(asApiError(failureReason).retryAfterSeconds)
              : messages.simulating}
          </>
        )}
      </p>
      {hasFailed && <Failure error={error} names={names} onRetry={() => query.refetch()} />}
      {data && !hasFailed && (
        <div
          className={cx(
            'transition-opacity',
            (isPending || isFaint || query.isPlaceholderData) && 'opacity-50',
          )}
        >
          <BacktestComparison backtest={data} days={query.isPlaceholderData ? null : days} />
        </div>
      )}
    </div>
  );
}
