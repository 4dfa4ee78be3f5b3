import { CircleCheck, CircleDashed, CirclePause, Clock, LoaderCircle, OctagonX } from 'lucide-react';
import { type HeartbeatState, heartbeatState } from '@/api/heartbeats';
import type { Monitor } from '@/api/models';
import { StatePill, type StateStyle } from '@/components/state';
import { useNow } from '@/lib/now';
import { HEARTBEAT_LABELS, heartbeatMessages } from './messages';

const STYLES: Record<HeartbeatState, StateStyle> = {
  new: { icon: CircleDashed, text: 'text-pending' },
  up: { icon: CircleCheck, text: 'text-up' },
  late: { icon: Clock, text: 'text-degraded' },
  down: { icon: OctagonX, text: 'text-down' },
  paused: { icon: CirclePause, text: 'text-paused' },
};

/** The state, kept current: it becomes late by the time alone. */
export function HeartbeatBadge({ monitor, large = false }: { monitor: Monitor; large?: boolean }) {
  const state = heartbeatState(monitor, useNow());
  return <StatePill {...STYLES[state]} label={HEARTBEAT_LABELS[state]} large={large} />;
}

/** Beside the state: the job is running. Renders nothing while it is not. */
export function StartedBadge({ monitor }: { monitor: Monitor }) {
  if (!monitor.status.started_at || monitor.paused) return null;
  return (
    <span className="inline-flex items-center gap-1 font-medium text-ink-soft text-xs">
      <LoaderCircle className="size-3.5 animate-spin [animation-duration:3s]" aria-hidden />
      {heartbeatMessages.started}
    </span>
  );
}
