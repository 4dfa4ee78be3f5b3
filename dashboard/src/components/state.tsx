import {
  CircleCheck,
  CircleDashed,
  CirclePause,
  CircleSlash,
  type LucideIcon,
  OctagonX,
  TriangleAlert,
} from 'lucide-react';
import type { PointState, State } from '@/api/types';
import { cx } from '@/lib/cx';

type AnyState = State | PointState;

interface Look {
  label: string;
  icon: LucideIcon;
  text: string;
}

/** Each state has a word and a shape of its own besides its colour. */
export const STATE_LOOKS: Record<AnyState, Look> = {
  up: { label: 'UP', icon: CircleCheck, text: 'text-up' },
  degraded: { label: 'DEGRADED', icon: TriangleAlert, text: 'text-degraded' },
  down: { label: 'DOWN', icon: OctagonX, text: 'text-down' },
  pending: { label: 'PENDING', icon: CircleDashed, text: 'text-pending' },
  paused: { label: 'PAUSED', icon: CirclePause, text: 'text-paused' },
  skipped: { label: 'SKIPPED', icon: CircleSlash, text: 'text-paused' },
};

export function StateIcon({ state, className }: { state: AnyState; className?: string }) {
  const { icon: Icon, text, label } = STATE_LOOKS[state];
  return <Icon className={cx(text, className ?? 'size-5')} role="img" aria-label={label} />;
}

export function StateBadge({ state, large = false }: { state: AnyState; large?: boolean }) {
  const { icon: Icon, text, label } = STATE_LOOKS[state];
  return (
    <span
      className={cx(
        'inline-flex items-center rounded-full bg-current/10 font-semibold tracking-wide',
        large ? 'gap-2 px-3.5 py-1.5 text-sm' : 'gap-1.5 px-2 py-0.5 text-xs',
        text,
      )}
    >
      <Icon className={large ? 'size-4.5' : 'size-3.5'} aria-hidden />
      {label}
    </span>
  );
}
