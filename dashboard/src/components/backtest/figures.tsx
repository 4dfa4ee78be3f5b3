import { Plus, X } from 'lucide-react';
import type { BacktestOutcome } from '@/api/models';
import { formatCount } from '@/lib/format';
import { backtestMessages as messages } from '@/messages/backtest';

export type RowName = keyof typeof messages.rows;

/** Counted of what was sent as well. */
const COUNTED = ['incidents', 'announced', 'degradations', 'messages', 'messages_at_night'] as const;
export const TIMES = ['seconds_to_detect', 'seconds_to_notify'] as const;

export type CountName = (typeof COUNTED)[number];
export type TimeName = (typeof TIMES)[number];

/** Those that are worth a row. */
export const countedOf = (outcomes: readonly BacktestOutcome[]) =>
  COUNTED.filter((name) => name !== 'degradations' || outcomes.some(({ degradations }) => degradations > 0));

/** Where there is no number. */
export const none = (
  <>
    <span aria-hidden>{messages.none}</span>
    <span className="sr-only">{messages.noneRead}</span>
  </>
);

/** How many incidents are missed or added: with a sign, not by the colour alone. */
export function Marked({ name, count }: { name: 'missed' | 'added'; count: number }) {
  if (count === 0) return '0';
  const Icon = name === 'missed' ? X : Plus;
  return (
    <span className={`inline-flex items-center gap-1 ${name === 'missed' ? 'text-down' : 'text-pending'}`}>
      <Icon className="size-3.5" strokeWidth={3} aria-hidden />
      {formatCount(count)}
    </span>
  );
}
