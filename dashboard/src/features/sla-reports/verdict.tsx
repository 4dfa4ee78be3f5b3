import { CircleCheck, CircleDashed, OctagonX } from 'lucide-react';
import type { SlaBudget } from '@/api/models';
import { cx } from '@/lib/cx';
import { describeBudget, slaMessages as messages, verdict } from './messages';

const LOOKS = {
  met: { Icon: CircleCheck, className: 'text-up' },
  missed: { Icon: OctagonX, className: 'text-down' },
  unmeasured: { Icon: CircleDashed, className: 'text-ink-soft' },
};

const lookOf = (met: boolean | null) => LOOKS[met === null ? 'unmeasured' : met ? 'met' : 'missed'];

/** Whether a target was met, as a word and a sign. */
export function Verdict({ met }: { met: boolean | null }) {
  const { Icon, className } = lookOf(met);
  return (
    <span className={cx('inline-flex items-center gap-1.5 font-medium text-sm', className)}>
      <Icon className="size-4 shrink-0" aria-hidden />
      {verdict(met)}
    </span>
  );
}

/** How much of the error budget is used, in words below a bar. */
export function BudgetBar({ budget, className }: { budget: SlaBudget; className?: string }) {
  const { allowed_ms: allowed, used_ms: used, left_ms: left } = budget;
  const part = allowed === 0 ? (used === 0 ? 0 : 100) : Math.min(100, (used / allowed) * 100);
  const words = describeBudget(budget);
  return (
    <div className={className}>
      <meter
        className="sr-only"
        aria-label={messages.budget}
        aria-valuetext={words}
        max={Math.max(allowed, 1)}
        value={Math.min(used, Math.max(allowed, 1))}
      />
      <div className="h-1.5 overflow-hidden rounded-full bg-sunken" aria-hidden>
        <div
          className={cx('h-full rounded-full', left < 0 ? 'bg-down-fill' : 'bg-ink-soft')}
          style={{ width: `${part}%` }}
        />
      </div>
      <p className={cx('mt-1.5 text-xs', left < 0 ? 'text-down' : 'text-ink-soft')}>{words}</p>
    </div>
  );
}
