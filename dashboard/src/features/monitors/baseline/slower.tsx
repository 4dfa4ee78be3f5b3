import { Snail } from 'lucide-react';
import type { Anomaly, Monitor } from '@/api/models';
import { stateOf } from '@/api/monitors';
import { isUnseen } from '@/api/regions';
import { StatePill } from '@/components/state';
import { baselineMessages, describeAnomaly } from '@/messages/baseline';

/** Since when a monitor that is up is slower than usual; null where it is not, or something worse is the matter. */
export function anomalyOf(monitor: Pick<Monitor, 'paused' | 'status'>): Anomaly | null {
  const state = stateOf(monitor);
  const isShown = (state === 'up' || state === 'degraded') && !isUnseen(monitor);
  return (isShown && monitor.status.anomaly) || null;
}

/** A state of its own: it is up, and slower than it is at this time of other weeks. */
export const SlowerBadge = ({ large = false }: { large?: boolean }) => (
  <StatePill icon={Snail} text="text-slower" label={baselineMessages.slower} large={large} />
);

/** What was expected. Nothing where response times are as usual. */
export function SlowerNote({ monitor }: { monitor: Monitor }) {
  const anomaly = anomalyOf(monitor);
  return (
    anomaly && (
      <p className="mt-4 text-pretty rounded-lg border border-line-strong bg-sunken px-4 py-3 text-sm">
        {describeAnomaly(anomaly)}
      </p>
    )
  );
}
