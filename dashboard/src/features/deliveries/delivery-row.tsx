import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { BellOff, CircleCheck, Clock, type LucideIcon, OctagonX, RotateCw } from 'lucide-react';
import { resendDelivery } from '@/api/channels';
import { keys } from '@/api/keys';
import type { Channel, Delivery, DeliveryStatus } from '@/api/types';
import { Button } from '@/components/button';
import { RelativeTime } from '@/components/time';
import { toastError, toastSuccess } from '@/components/toasts';
import { ALERT_LABELS } from '@/lib/alerts';
import { formatShortDateTime } from '@/lib/format';
import { useCanEdit } from '../auth/use-session';

const TRIED_MS = 24 * 3_600_000;
const RESENT_AFTER_MS = 2_000;

export const STATUS_LOOKS: Record<DeliveryStatus, { label: string; icon: LucideIcon; text: string }> = {
  pending: { label: 'Pending', icon: Clock, text: 'text-pending' },
  failed: { label: 'Failed', icon: OctagonX, text: 'text-down' },
  sent: { label: 'Sent', icon: CircleCheck, text: 'text-up' },
  suppressed: { label: 'Not told', icon: BellOff, text: 'text-paused' },
};

function Subject({ delivery }: { delivery: Delivery }) {
  const { alert, incident_id: incidentId, monitor_name: name } = delivery;
  const text = name ?? 'A deleted monitor';
  const isSlowness = alert === 'degraded' || alert === 'recovered';
  return (
    <p className="break-words text-sm">
      <span className="mr-2 font-medium text-ink-soft text-xs">{ALERT_LABELS[alert]}</span>
      {isSlowness ? (
        <span className="font-semibold">{text}</span>
      ) : (
        <Link
          to="/incidents/$incidentId"
          params={{ incidentId }}
          className="font-semibold underline-offset-4 hover:underline"
        >
          {text}
        </Link>
      )}
    </p>
  );
}

function Progress({ delivery }: { delivery: Delivery }) {
  const { status, attempts, updated_at: updated, decided_at: decided } = delivery;
  const tried = attempts === 1 ? '1 attempt, ' : `${attempts} attempts, the last `;
  const lead = status === 'suppressed' ? '' : attempts === 0 ? 'Not tried yet, decided ' : tried;
  return (
    <p className="text-ink-soft text-xs">
      {lead}
      <RelativeTime at={updated} />
      {status === 'pending' &&
        attempts > 0 &&
        `; it is tried again until ${formatShortDateTime(Date.parse(decided) + TRIED_MS)}`}
    </p>
  );
}

function Resend({ channel, delivery }: { channel: Channel; delivery: Delivery }) {
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: keys.channelDeliveries(channel.id) });
  const send = useMutation({
    mutationFn: () => resendDelivery(channel.id, delivery.id),
    onSuccess() {
      toastSuccess(`The message is sent to ${channel.name} once more`);
      // What came of it is known a moment later.
      setTimeout(refresh, RESENT_AFTER_MS);
    },
    onError(error) {
      toastError('The message could not be sent once more', error);
      void refresh();
    },
  });
  if (!channel.enabled) return <p className="text-ink-soft text-xs">Enable the channel to send it again.</p>;
  return (
    <Button busy={send.isPending} onClick={() => send.mutate()}>
      {!send.isPending && <RotateCw className="size-4" aria-hidden />}
      Resend
    </Button>
  );
}

export function DeliveryRow({ channel, delivery }: { channel: Channel; delivery: Delivery }) {
  const canEdit = useCanEdit();
  const { status, error, receipt } = delivery;
  const { label, icon: Icon, text } = STATUS_LOOKS[status];
  return (
    <li className="flex flex-wrap items-center gap-x-5 gap-y-2 px-5 py-4">
      <span className={`inline-flex w-24 shrink-0 items-center gap-1.5 font-medium text-sm ${text}`}>
        <Icon className="size-4 shrink-0" aria-hidden />
        {label}
      </span>
      <div className="min-w-0 flex-1 basis-64">
        <Subject delivery={delivery} />
        {error && status !== 'sent' && (
          <p className="mt-0.5 break-words text-sm first-letter:uppercase">{error}</p>
        )}
        {receipt && <p className="mt-0.5 break-words font-mono text-ink-soft text-xs">{receipt}</p>}
        <Progress delivery={delivery} />
      </div>
      {status === 'failed' && canEdit && <Resend channel={channel} delivery={delivery} />}
    </li>
  );
}
