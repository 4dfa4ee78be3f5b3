import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { TargetKind } from '@/api/models';
import { cx } from '@/lib/cx';
import { TARGET_LABELS } from '@/messages/alerting';
import { TargetIcon } from './target-icon';

export interface ShownTarget {
  kind: TargetKind;
  id: number;
  name: string;
  /** What there is to know about it. */
  note?: string | undefined;
  /** Why it reaches nobody. */
  problem?: string | null | undefined;
}

/** Who is notified; marked where that reaches nobody. */
export function TargetChip({ target, action }: { target: ShownTarget; action?: ReactNode }) {
  const { kind, name, note, problem } = target;
  return (
    <span
      className={cx(
        'inline-flex min-h-8 max-w-full items-center gap-1.5 rounded-lg border py-1 pl-2.5 text-sm',
        action ? 'pr-0.5' : 'pr-2.5',
        problem ? 'border-degraded/50 bg-degraded/8' : 'border-line bg-surface',
      )}
    >
      <TargetIcon kind={kind} className="size-3.5 text-ink-soft" />
      <span className="sr-only">{TARGET_LABELS[kind]}</span>
      <span className="flex min-w-0 flex-wrap items-center gap-x-1.5">
        <span className="min-w-0 break-words">{name}</span>
        {problem ? (
          <span className="inline-flex items-center gap-1 font-medium text-degraded text-xs">
            <TriangleAlert className="size-3.5 shrink-0" aria-hidden />
            {problem}
          </span>
        ) : (
          note && <span className="min-w-0 break-words text-ink-soft text-xs">{note}</span>
        )}
      </span>
      {action}
    </span>
  );
}

export interface ShownStep {
  /** "At once". */
  when: string;
  conditions: readonly string[];
  targets: readonly ShownTarget[];
  /** Why it is left out. */
  skipped?: string | undefined;
}

/** A dot and a line down to the next one, on the left of each step. */
export function TimelineMark({ isLast = false, isFaint = false }: { isLast?: boolean; isFaint?: boolean }) {
  return (
    <>
      {!isLast && <span aria-hidden className="absolute top-4 bottom-0 left-1.75 w-px bg-line-strong/60" />}
      <span
        aria-hidden
        className={cx(
          'absolute top-1.25 left-0.75 size-2.5 rounded-full ring-4 ring-paper',
          isFaint ? 'border border-line-strong bg-surface' : 'bg-ink',
        )}
      />
    </>
  );
}

/** The steps of an escalation policy one below the other. */
export function EscalationSteps({
  steps,
  label,
  end,
}: {
  steps: readonly ShownStep[];
  label: string;
  end?: string | undefined;
}) {
  return (
    <ol aria-label={label} className="grid grid-cols-1">
      {steps.map(({ when, conditions, targets, skipped }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: steps are known by their place
        <li key={at} className="relative pb-5 pl-7 last:pb-0">
          <TimelineMark isLast={at === steps.length - 1 && !end} isFaint={skipped !== undefined} />
          <p className="font-medium text-sm leading-5">
            {when}
            {skipped && <span className="ml-2 font-normal text-ink-soft text-xs">{skipped}</span>}
          </p>
          {conditions.length > 0 && <p className="text-ink-soft text-xs">{conditions.join(' · ')}</p>}
          <ul className={cx('mt-1.5 flex flex-wrap gap-1.5', skipped && 'opacity-60')}>
            {targets.map((target) => (
              <li key={`${target.kind} ${target.id}`} className="max-w-full">
                <TargetChip target={target} />
              </li>
            ))}
          </ul>
        </li>
      ))}
      {end && (
        <li className="relative pl-7">
          <TimelineMark isLast isFaint />
          <p className="text-ink-soft text-sm leading-5">{end}</p>
        </li>
      )}
    </ol>
  );
}
