import { Link } from '@tanstack/react-router';
import { VolumeX } from 'lucide-react';
import { alertingMessages } from '@/messages/alerting';
import { buttonClass } from './button';

/** Leads to a new silence of a monitor. */
export function SilenceLink({ monitorId }: { monitorId: number }) {
  return (
    <Link to="/notifications/silences" search={{ monitor: monitorId }} className={buttonClass()}>
      <VolumeX className="size-4" aria-hidden />
      {alertingMessages.silence}
    </Link>
  );
}
