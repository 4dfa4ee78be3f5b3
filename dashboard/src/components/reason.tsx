import { Link } from '@tanstack/react-router';
import { Activity, BellOff, Hourglass, type LucideIcon, Moon, Network, VolumeX, Wrench } from 'lucide-react';
import type { Suppression } from '@/api/models';
import type { Reason } from '@/messages/suppressions';

export const SUPPRESSION_ICONS: Record<Suppression, LucideIcon> = {
  dependency: Network,
  silence: VolumeX,
  maintenance: Wrench,
  quiet_hours: Moon,
  flapping: Activity,
  throttle: Hourglass,
  mute: BellOff,
};

export type MonitorName = (id: number) => string;

/** "Database, on which it depends, is down". */
export function ReasonText({
  reason: { text, monitorId },
  monitorName,
}: {
  reason: Reason;
  monitorName: MonitorName;
}) {
  return (
    <>
      {monitorId !== undefined && (
        <Link to="/monitors/$monitorId" params={{ monitorId }} className="underline underline-offset-4">
          {monitorName(monitorId)}
        </Link>
      )}
      {text}
    </>
  );
}
