import {
  CircleCheck,
  CircleDashed,
  CirclePause,
  CircleSlash,
  type LucideIcon,
  OctagonX,
  TriangleAlert,
} from 'lucide-react';
import type { PointState, State } from '@/api/models';
import { cx } from '@/lib/cx';
import { STATE_LABELS } from '@/messages/terms';

type AnyState = State | PointState;

export interface StateStyle {
  icon: LucideIcon;
  text: string;
}

/** A state is distinguished by its icon as well as by its colour. */
export const STATE_STYLES: Record<AnyState, StateStyle> = {
  up: { icon: CircleCheck, text: 'text-up' },
  degraded: { icon: TriangleAlert, text: 'text-degraded' },
  down: { icon: OctagonX, text: 'text-down' },
  pending: { icon: CircleDashed, text: 'text-pending' },
  paused: { icon: CirclePause, text: 'text-paused' },
  skipped: { icon: CircleSlash, text: 'text-paused' },
};

export function StateIcon({ state, className }: { state: AnyState; className?: string }) {
  const { icon: Icon, text } = STATE_STYLES[state];
  return <Icon className={cx(text, className ?? 'size-5')} role="img" aria-label={STATE_LABELS[state]} />;
}

interface PillProps extends StateStyle {
  label: string;
  large?: boolean;
}

/** An icon and a word in their colour. */
export function StatePill({ icon: Icon, text, label, large = false }: PillProps) {
  return (
    <span
      className={cx(
        'inline-flex items-center rounded-full bg-current/10 font-semibold',
        large ? 'gap-2 px-3.5 py-1.5 text-sm' : 'gap-1.5 px-2 py-0.5 text-xs',
        text,
      )}
    >
      <Icon className={large ? 'size-4.5' : 'size-3.5'} aria-hidden />
      {label}
    </span>
  );
}

export function StateBadge({ state, large = false }: { state: AnyState; large?: boolean }) {
  return <StatePill {...STATE_STYLES[state]} label={STATE_LABELS[state]} large={large} />;
}
