import { CircleCheck, CircleSlash, Clock, type LucideIcon, OctagonX } from 'lucide-react';
import type { DestinationDeliveryStatus } from '@/api/models';
import { DELIVERY_LABELS } from './messages';

const DELIVERY_STYLES: Record<DestinationDeliveryStatus, { icon: LucideIcon; text: string }> = {
  waiting: { icon: Clock, text: 'text-pending' },
  delivered: { icon: CircleCheck, text: 'text-up' },
  refused: { icon: OctagonX, text: 'text-down' },
  given_up: { icon: OctagonX, text: 'text-down' },
  dropped: { icon: CircleSlash, text: 'text-paused' },
};

/** What came of a message to a destination. */
export function DeliveryStatus({ status }: { status: DestinationDeliveryStatus }) {
  const { icon: Icon, text } = DELIVERY_STYLES[status];
  return (
    <span className={`inline-flex items-center gap-1.5 font-medium ${text}`}>
      <Icon className="size-3.5 shrink-0" aria-hidden />
      {DELIVERY_LABELS[status]}
    </span>
  );
}
