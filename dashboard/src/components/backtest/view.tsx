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
  /** Whether something else is asked as soon as it can be. */
  isOutdated?: boolean;
  /** Whether what is shown is no longer of the settings that are there. */
  isFaint?: boolean;
}

/** "candidates.0.rule.down_after" as it is called where there is one candidate alone. */
const fieldName = (field: string): string => field.replace(/^(backtest\.)?candidates\.0\.(rule\.)?/, '');

function Failure({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { fields, isTransient } = asApiError(error);
  return (
    <ErrorNotice error={error}>
      {fields.length > 0 && (
        <ul className="mt-1">
          {fields.map(({ field, message }) => (
            <li key={field} className="break-words">
              {messages.ofField(fieldName(field), message)}
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
export function BacktestView({ query, days, isOutdated = false, isFaint = false }: Props) {
  const { data, error, isFetching, failureReason } = query;
  const isPending = isFetching || isOutdated;
  const hasFailed = error != null && !isPending;
  return (
    <div aria-busy={isPending} className="grid grid-cols-1 gap-4">
      <p role="status" className="flex items-center gap-2 text-ink-soft text-xs empty:hidden">
        {isFetching && (
          <>
            <LoaderCircle className="size-3.5 shrink-0 animate-spin" aria-hidden />
            {isBusy(failureReason) ? messages.busy : messages.simulating}
          </>
        )}
      </p>
      {hasFailed && <Failure error={error} onRetry={() => query.refetch()} />}
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
