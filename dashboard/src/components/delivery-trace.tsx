import { BellOff, CircleCheck, Clock, OctagonX } from 'lucide-react';
import type { ReactNode } from 'react';
import type { WhyDelivery, WhyOutcome } from '@/api/models';
import { formatDateTime, formatRecent } from '@/lib/format';
import { describeCauseOf } from '@/messages/alerting';
import { traceMessages as messages, OUTCOME_LABELS, REPORT_LABELS } from '@/messages/delivery-trace';
import { ALERT_LABELS } from '@/messages/terms';
import { StatePill, type StateStyle } from './state';

const STYLES: Record<WhyOutcome, StateStyle> = {
  pending: { icon: Clock, text: 'text-pending' },
  sent: { icon: CircleCheck, text: 'text-up' },
  failed: { icon: OctagonX, text: 'text-down' },
  suppressed: { icon: BellOff, text: 'text-paused' },
};

interface DeliveryEvent {
  at: string;
  text: string;
  detail: string | null;
}

/** What became of it, oldest first. */
export function deliveryEvents({
  decided_at,
  attempts,
  ended_at,
  outcome,
  receipt,
  reported,
}: WhyDelivery): DeliveryEvent[] {
  const events: DeliveryEvent[] = [{ at: decided_at, text: messages.queued, detail: null }];
  for (const { at, number, reason } of attempts) {
    events.push({ at, text: messages.attempt(number), detail: reason });
  }
  if (ended_at !== null && outcome !== 'pending') {
    // What was not delivered had been sent.
    const ended = reported?.state === 'failed' ? 'sent' : outcome;
    events.push({ at: ended_at, text: OUTCOME_LABELS[ended], detail: receipt });
  }
  // That it was sent is known already.
  if (reported && reported.state !== 'sent') {
    events.push({ at: reported.at, text: REPORT_LABELS[reported.state], detail: reported.error ?? null });
  }
  return events;
}

interface Props<D extends WhyDelivery> {
  deliveries: readonly D[];
  label: string;
  /** What else there is to say of one. */
  noteOf?: (delivery: D) => ReactNode;
}

/** Notifications, each with why it was for this channel, the attempts to send it, and the receipt. */
export function DeliveryTrace<D extends WhyDelivery>({ deliveries, label, noteOf }: Props<D>) {
  return (
    <ul aria-label={label} className="divide-y divide-line rounded-lg border border-line bg-surface">
      {deliveries.map((delivery) => (
        <li key={delivery.id} className="grid grid-cols-1 gap-2 px-3.5 py-3">
          <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1.5">
            <StatePill {...STYLES[delivery.outcome]} label={OUTCOME_LABELS[delivery.outcome]} />
            <span className="min-w-0 break-words font-semibold">
              {delivery.channel_name ?? messages.deletedChannel}
            </span>
            <span className="text-ink-soft text-xs">{ALERT_LABELS[delivery.alert]}</span>
          </div>
          {delivery.cause && (
            <p className="break-words text-ink-soft text-xs">{describeCauseOf(delivery.cause)}</p>
          )}
          {noteOf?.(delivery)}
          <ol className="grid gap-1 text-xs">
            {deliveryEvents(delivery).map(({ at, text, detail }) => (
              <li key={`${at} ${text}`} className="flex flex-wrap gap-x-3">
                <time
                  dateTime={at}
                  title={formatDateTime(at)}
                  className="w-28 shrink-0 whitespace-nowrap text-ink-soft"
                >
                  {formatRecent(at)}
                </time>
                <span className="min-w-0 flex-1 basis-48 break-words">
                  {text}
                  {detail && <span className="wrap-anywhere text-ink-soft"> · {detail}</span>}
                </span>
              </li>
            ))}
          </ol>
        </li>
      ))}
    </ul>
  );
}
