import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Pencil, Send, Trash2 } from 'lucide-react';
import { enableDestination, testDestination } from '@/api/destinations';
import { keys } from '@/api/keys';
import type { Destination, DestinationDelivery, StatusPage } from '@/api/models';
import { Button, IconButton } from '@/components/button';
import { Switch } from '@/components/switch';
import { TestResult } from '@/components/test-result';
import { RelativeTime } from '@/components/time';
import { toastError } from '@/components/toasts';
import { common } from '@/messages/common';
import { webhookMessages } from '@/messages/webhooks';
import { reportMessages } from '../messages';
import { componentsOf } from '../report-schema';
import { subscriberMessages } from '../subscribers/messages';
import { DeliveryStatus } from './delivery-status';
import { URL_FIELDS } from './destination-schema';
import { DESTINATION_LABELS, destinationMessages as messages } from './messages';

/** What came of the newest update. */
function LastDelivery({ pageId, delivery }: { pageId: number; delivery: DestinationDelivery }) {
  const { status, status_report_id: reportId, delivered_at: delivered, attempted_at: attempted } = delivery;
  return (
    <div className="min-w-0 text-xs">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
        <Link
          to="/status-pages/$pageId/reports/$reportId"
          params={{ pageId, reportId }}
          className="text-ink-soft underline-offset-4 hover:text-ink hover:underline"
        >
          {messages.lastDelivery}
        </Link>
        <DeliveryStatus status={status} />
        <span className="text-ink-soft">
          <RelativeTime at={delivered ?? attempted ?? delivery.created_at} />
        </span>
      </p>
      {delivery.error && status !== 'delivered' && (
        <p className="mt-0.5 break-words text-down first-letter:uppercase">{delivery.error}</p>
      )}
    </div>
  );
}

function EnabledSwitch({ pageId, destination }: { pageId: number; destination: Destination }) {
  const client = useQueryClient();
  const { id, name } = destination;
  const change = useMutation({
    mutationFn: (enabled: boolean) => enableDestination(pageId, id, enabled),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.destinations(pageId) }),
    onError: (error) => toastError(messages.updateFailed(name), error),
  });
  const enabled = change.isPending ? change.variables : destination.enabled;
  return (
    <span className="inline-flex items-center gap-2.5 text-sm">
      <Switch
        label={messages.enabledLabel(name)}
        checked={enabled}
        disabled={change.isPending}
        onChange={change.mutate}
      />
      <span className="w-16 text-ink-soft" aria-hidden>
        {enabled ? common.enabled : common.disabled}
      </span>
    </span>
  );
}

interface Props {
  page: StatusPage;
  destination: Destination;
  /** Shows what came of each update. */
  onShow: () => void;
  onEdit: () => void;
  onDelete: () => void;
}

export function DestinationRow({ page, destination, onShow, onEdit, onDelete }: Props) {
  const test = useMutation({ mutationFn: () => testDestination(page.id, destination.id) });
  const { name, kind, config, components, error, gone_at: gone, last_delivery: delivery } = destination;
  const names = new Map(componentsOf(page).map((each) => [each.id, each.name]));
  const address = config?.[URL_FIELDS[kind]];
  const about =
    components?.map((id) => names.get(id) ?? reportMessages.deletedComponent).join(', ') ??
    subscriberMessages.allComponents;
  return (
    <li className="grid grid-cols-1 gap-2 px-5 py-4">
      <div className="flex flex-wrap items-center gap-x-5 gap-y-3">
        <div className="min-w-0 flex-1 basis-56">
          <p className="break-words font-semibold text-sm">{name}</p>
          <p className="truncate text-ink-soft text-xs">
            {DESTINATION_LABELS[kind]}
            {address && ` · ${address}`}
          </p>
          <p className="break-words text-ink-soft text-xs">{about}</p>
        </div>
        <EnabledSwitch pageId={page.id} destination={destination} />
        <div className="flex items-center gap-1">
          <Button
            className="mr-1"
            aria-label={messages.testOf(name)}
            busy={test.isPending}
            onClick={() => test.mutate()}
          >
            {!test.isPending && <Send className="size-4" aria-hidden />}
            {webhookMessages.sendTest}
          </Button>
          <IconButton label={common.edit(name)} onClick={onEdit}>
            <Pencil className="size-4" aria-hidden />
          </IconButton>
          <IconButton label={common.remove(name)} onClick={onDelete}>
            <Trash2 className="size-4" aria-hidden />
          </IconButton>
        </div>
      </div>
      {error && <p className="text-down text-xs first-letter:uppercase">{error}</p>}
      {gone && <p className="text-pretty text-degraded text-xs">{messages.gone}</p>}
      {delivery ? (
        <div className="flex flex-wrap items-start justify-between gap-x-5 gap-y-1">
          <LastDelivery pageId={page.id} delivery={delivery} />
          <button
            type="button"
            aria-label={messages.showDeliveriesOf(name)}
            className="-mx-1.5 min-h-6 rounded px-1.5 text-ink-soft text-xs underline-offset-4 hover:text-ink hover:underline"
            onClick={onShow}
          >
            {messages.showDeliveries}
          </button>
        </div>
      ) : (
        <p className="text-ink-soft text-xs">{messages.noDelivery}</p>
      )}
      <div role="status" className="empty:hidden">
        <TestResult result={test.data} error={test.error} />
      </div>
    </li>
  );
}
