import { CircleDashed, CloudOff, EyeOff, Globe } from 'lucide-react';
import type { Monitor, RegionState } from '@/api/models';
import { agreementOf, byState, isUnseen, votesOf } from '@/api/regions';
import { STATE_STYLES, StatePill, type StateStyle } from '@/components/state';
import { REGION_STATE_LABELS, regionsSentence, regionTexts } from '@/messages/regions';
import { regionMessages as messages } from './messages';

const STYLES: Record<RegionState, StateStyle> = {
  up: STATE_STYLES.up,
  degraded: STATE_STYLES.degraded,
  down: STATE_STYLES.down,
  absent: { icon: CloudOff, text: 'text-paused' },
  unknown: { icon: CircleDashed, text: 'text-pending' },
};

export const RegionBadge = ({ state }: { state: RegionState }) => (
  <StatePill {...STYLES[state]} label={REGION_STATE_LABELS[state]} />
);

/** A state of its own: that too few regions have had results is neither up nor down. */
export const UnseenBadge = ({ large = false }: { large?: boolean }) => (
  <StatePill icon={EyeOff} text="text-pending" label={regionTexts.unseen} large={large} />
);

/** That regions differ, and how many agree with what was decided. Nothing where they agree, or one region decides. */
export function RegionMark({ monitor }: { monitor: Monitor }) {
  const agreement = agreementOf(monitor);
  if (!agreement) return null;
  const { count, of, state } = agreement;
  return (
    <p className="mt-1 inline-flex items-center gap-1 rounded-full border border-line px-2 py-0.5 font-medium text-ink-soft text-xs leading-none">
      <Globe className="size-3" aria-hidden />
      {messages.agree(count, of, state)}
      <span className="sr-only">: {regionsSentence(byState(votesOf(monitor)))}</span>
    </p>
  );
}

/** Why nothing is decided, and what was last. Nothing where enough regions have had results. */
export function UnseenNote({ monitor, least }: { monitor: Monitor; least: number | null }) {
  if (!isUnseen(monitor)) return null;
  const votes = votesOf(monitor);
  const { absent = [], unknown = [] } = byState(votes);
  const fresh = votes.length - absent.length - unknown.length;
  return (
    <p className="mt-4 text-pretty rounded-lg border border-line-strong bg-sunken px-4 py-3 text-sm">
      {messages.unseen(fresh, Math.max(votes.length, monitor.regions?.length ?? 0), least)}{' '}
      {monitor.status.state !== 'pending' && messages.lastDecided(monitor.status.state)}
    </p>
  );
}
