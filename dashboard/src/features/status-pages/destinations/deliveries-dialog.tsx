import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { destinationDeliveriesQuery } from '@/api/destinations';
import type { Destination, DestinationDelivery, StatusPage } from '@/api/models';
import { FormDialog } from '@/components/dialog';
import { Loading, QueryView } from '@/components/query';
import { ShowMore } from '@/components/show-more';
import { formatDateTime } from '@/lib/format';
import { ReportStatusBadge } from '../report-status';
import { DeliveryStatus } from './delivery-status';
import { destinationMessages as messages } from './messages';

/** While one is on its way. */
const POLL_MS = 5_000;

interface RowProps {
  pageId: number;
  delivery: DestinationDelivery;
}

function DeliveryRow({ pageId, delivery }: RowProps) {
  const { title, status, attempts, error, http_status: answer, next_attempt_at: next } = delivery;
  const at = delivery.delivered_at ?? delivery.attempted_at;
  return (
    <li className="grid gap-1 px-4 py-3 text-xs">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <Link
          to="/status-pages/$pageId/reports/$reportId"
          params={{ pageId, reportId: delivery.status_report_id }}
          className="min-w-0 break-words font-semibold text-sm underline-offset-4 hover:underline"
        >
          {title}
        </Link>
        <ReportStatusBadge status={delivery.update_status} />
      </div>
      <p className="text-ink-soft">{messages.publishedAt(formatDateTime(delivery.created_at))}</p>
      <p className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
        <DeliveryStatus status={status} />
        <span className="text-ink-soft">
          {[
            at !== null && formatDateTime(at),
            attempts > 0 && messages.attempts(attempts),
            // What went wrong says it too.
            answer !== null && error === null && messages.answer(answer),
          ]
            .filter((part) => part !== false)
            .join(' · ')}
        </span>
      </p>
      {error && status !== 'delivered' && (
        <p className="break-words text-down first-letter:uppercase">{error}</p>
      )}
      {next !== null && attempts > 0 && (
        <p className="text-ink-soft">{messages.nextAttempt(formatDateTime(next))}</p>
      )}
    </li>
  );
}

interface Props {
  page: StatusPage;
  destination: Destination;
  onClose: () => void;
}

/** What came of each update that a destination was to be told of. */
export function DeliveriesDialog({ page, destination: { id, name }, onClose }: Props) {
  const query = useInfiniteQuery({
    ...destinationDeliveriesQuery(page.id, id),
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ items }) => items.some(({ status }) => status === 'waiting')) && POLL_MS,
  });
  const deliveries = query.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <FormDialog title={messages.deliveriesOf(name)} onClose={onClose}>
      <QueryView query={query} loading={<Loading rows={3} className="h-16" />}>
        {() =>
          deliveries.length === 0 ? (
            <p className="text-ink-soft text-sm">{messages.noDelivery}</p>
          ) : (
            <>
              <ul
                aria-label={messages.deliveriesOf(name)}
                className="card divide-y divide-line overflow-hidden"
              >
                {deliveries.map((delivery) => (
                  <DeliveryRow key={delivery.id} pageId={page.id} delivery={delivery} />
                ))}
              </ul>
              <ShowMore query={query} shown={deliveries.length} />
              <p className="mt-3 text-ink-soft text-xs">{messages.kept}</p>
            </>
          )
        }
      </QueryView>
    </FormDialog>
  );
}
