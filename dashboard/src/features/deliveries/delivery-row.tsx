import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { BellOff, CircleCheck, Clock, type LucideIcon, OctagonX, RotateCw } from 'lucide-react';
import { resendDelivery } from '@/api/channels';
import { keys } from '@/api/keys';
import type { Channel, Delivery, DeliveryStatus } from '@/api/models';
import { useCan } from '@/api/use-session';
import { Badge } from '@/components/badge';
import { Button } from '@/components/button';
import { RelativeTime } from '@/components/time';
import { toastError, toastSuccess } from '@/components/toasts';
import { formatShortDateTime } from '@/lib/format';
import { describeCauseOf } from '@/messages/alerting';
import { common } from '@/messages/common';
import { REPORT_LABELS } from '@/messages/delivery-trace';
import { ALERT_LABELS } from '@/messages/terms';
import { deliveryMessages, progressLabel, statusLabel } from './messages';

const RETRY_PERIOD_MS = 24 * 3_600_000;
const RESEND_REFRESH_MS = 2_000;

const STATUS_STYLES: Record<DeliveryStatus, { icon: LucideIcon; text: string }> = {
  pending: { icon: Clock, text: 'text-pending' },
  failed: { icon: OctagonX, text: 'text-down' },
  sent: { icon: CircleCheck, text: 'text-up' },
  suppressed: { icon: BellOff, text: 'text-paused' },
};

function Subject({ delivery }: { delivery: Delivery }) {
  const { alert, incident_id: incidentId, monitor_name: name } = delivery;
  const text = name ?? common.deletedMonitor;
  const drillId = delivery.drill_id;
  const hasIncident = alert === 'down' || alert === 'up' || alert === 'reminder' || alert === 'acknowledged';
  return (
    <p className="break-words text-sm">
      <span className="mr-2 font-medium text-ink-soft text-xs">{ALERT_LABELS[alert]}</span>
      {drillId != null ? (
        <>
          <Link
            to="/drills/$drillId"
            params={{ drillId }}
            className="mr-2 font-semibold underline-offset-4 hover:underline"
          >
            {text}
          </Link>
          <Badge>{deliveryMessages.drill}</Badge>
        </>
      ) : hasIncident ? (
        <Link
          to="/incidents/$incidentId"
          params={{ incidentId }}
          className="font-semibold underline-offset-4 hover:underline"
        >
          {text}
        </Link>
      ) : (
        <span className="font-semibold">{text}</span>
      )}
    </p>
  );
}

function Progress({ delivery }: { delivery: Delivery }) {
  const { status, attempts, updated_at: updated, decided_at: decided, reported } = delivery;
  const label = progressLabel(status, attempts);
  const retryUntil = formatShortDateTime(Date.parse(decided) + RETRY_PERIOD_MS);
  return (
    <p className="text-ink-soft text-xs">
      {label && `${label} · `}
      <RelativeTime at={updated} />
      {status === 'pending' && attempts > 0 && ` · ${deliveryMessages.retryingUntil(retryUntil)}`}
      {reported && reported.state !== 'sent' && (
        <>
          {` · ${REPORT_LABELS[reported.state]} `}
          <RelativeTime at={reported.at} />
        </>
      )}
    </p>
  );
}

function Resend({ channel, delivery }: { channel: Channel; delivery: Delivery }) {
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: keys.channelDeliveries(channel.id) });
  const send = useMutation({
    mutationFn: () => resendDelivery(channel.id, delivery.id),
    onSuccess() {
      toastSuccess(deliveryMessages.resending(channel.name));
      // The result follows a moment later.
      setTimeout(refresh, RESEND_REFRESH_MS);
    },
    onError(error) {
      toastError(deliveryMessages.resendFailed, error);
      void refresh();
    },
  });
  if (!channel.enabled) return <p className="text-ink-soft text-xs">Enable the channel to resend.</p>;
  return (
    <Button busy={send.isPending} onClick={() => send.mutate()}>
      {!send.isPending && <RotateCw className="size-4" aria-hidden />}
      Resend
    </Button>
  );
}

export function DeliveryRow({ channel, delivery }: { channel: Channel; delivery: Delivery }) {
  const canEdit = useCan('manageChannels');
  const { alert, status, error, receipt, reported } = delivery;
  const isNotice = alert === 'unseen' || alert === 'seen';
  const { icon: Icon, text } = STATUS_STYLES[status];
  return (
    <li className="flex flex-wrap items-center gap-x-5 gap-y-2 px-5 py-4">
      <span className={`inline-flex w-28 shrink-0 items-center gap-1.5 font-medium text-sm ${text}`}>
        <Icon className="size-4 shrink-0" aria-hidden />
        {statusLabel(delivery)}
      </span>
      <div className="min-w-0 flex-1 basis-64">
        <Subject delivery={delivery} />
        {error && status !== 'sent' && (
          <p className="mt-0.5 break-words text-sm first-letter:uppercase">{error}</p>
        )}
        {receipt && <p className="mt-0.5 break-words font-mono text-ink-soft text-xs">{receipt}</p>}
        {delivery.cause && (
          <p className="mt-0.5 break-words text-ink-soft text-xs">{describeCauseOf(delivery.cause)}</p>
        )}
        <Progress delivery={delivery} />
      </div>
      {/* The report of a drill says it, and that page knows nothing of silent regions. */}
      {delivery.monitor_name !== null && delivery.drill_id == null && !isNotice && (
        <Link
          to="/monitors/$monitorId/why"
          params={{ monitorId: delivery.monitor_id }}
          search={{ at: delivery.decided_at }}
          aria-label={deliveryMessages.whyOf(delivery.monitor_name)}
          className="shrink-0 text-sm underline decoration-line-strong/50 underline-offset-4 hover:decoration-current"
        >
          {deliveryMessages.why}
        </Link>
      )}
      {/* What the service took and did not deliver is over. */}
      {status === 'failed' && !reported && canEdit && <Resend channel={channel} delivery={delivery} />}
    </li>
  );
}
