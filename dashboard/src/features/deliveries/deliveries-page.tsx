import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { BellRing } from 'lucide-react';
import { channelsQuery, deliveriesQuery } from '@/api/channels';
import { type Channel, DELIVERY_STATUSES, type DeliveryStatus } from '@/api/types';
import { Button, buttonClass } from '@/components/button';
import { EmptyState } from '@/components/empty-state';
import { SelectField } from '@/components/field';
import { PageHeader, Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { NotificationTabs } from '../channels/tabs';
import { DeliveryRow, STATUS_LOOKS } from './delivery-row';

const POLL_MS = 10_000;

const NOTHING: Record<DeliveryStatus | 'any', string> = {
  any: 'No message to this channel yet.',
  pending: 'No message is waiting.',
  failed: 'No message has failed.',
  sent: 'No message was sent.',
  suppressed: 'Nothing was kept from this channel.',
};

function ChannelDeliveries({ channel, status }: { channel: Channel; status: DeliveryStatus | undefined }) {
  const query = useInfiniteQuery({
    ...deliveriesQuery(channel.id, status),
    refetchInterval: POLL_MS,
    placeholderData: keepPreviousData,
  });
  return (
    <Section
      title={channel.name}
      aside={!channel.enabled && <span className="text-ink-soft text-sm">Disabled</span>}
    >
      <QueryView query={query} loading={<Loading rows={2} />}>
        {({ pages }) => {
          const deliveries = pages.flatMap((page) => page.items);
          if (deliveries.length === 0) {
            return (
              <p className="card px-5 py-6 text-center text-ink-soft text-sm">{NOTHING[status ?? 'any']}</p>
            );
          }
          return (
            <>
              <ul
                aria-label={`Deliveries to ${channel.name}`}
                className="card divide-y divide-line overflow-hidden"
              >
                {deliveries.map((delivery) => (
                  <DeliveryRow key={delivery.id} channel={channel} delivery={delivery} />
                ))}
              </ul>
              {query.hasNextPage && (
                <div className="mt-4 text-center">
                  <Button busy={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
                    Show more
                  </Button>
                </div>
              )}
            </>
          );
        }}
      </QueryView>
    </Section>
  );
}

function Filters({ channels }: { channels: Channel[] }) {
  const search = useSearch({ from: '/logged-in/notifications/deliveries' });
  const navigate = useNavigate({ from: '/notifications/deliveries' });
  const choose = (change: { channel?: number | undefined; status?: DeliveryStatus | undefined }) =>
    navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  return (
    <div className="grid max-w-md grid-cols-2 gap-4">
      <SelectField
        label="Channel"
        value={search.channel ?? ''}
        onChange={({ target }) => choose({ channel: target.value ? Number(target.value) : undefined })}
      >
        <option value="">All</option>
        {channels.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
      <SelectField
        label="Status"
        value={search.status ?? ''}
        onChange={({ target }) =>
          choose({ status: (target.value || undefined) as DeliveryStatus | undefined })
        }
      >
        <option value="">All</option>
        {DELIVERY_STATUSES.map((status) => (
          <option key={status} value={status}>
            {STATUS_LOOKS[status].label}
          </option>
        ))}
      </SelectField>
    </div>
  );
}

export function DeliveriesPage() {
  const { channel: chosen, status } = useSearch({ from: '/logged-in/notifications/deliveries' });
  const query = useQuery(channelsQuery);
  return (
    <>
      <PageHeader title="Notifications" />
      <NotificationTabs />
      <QueryView query={query} loading={<Loading rows={3} />}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              icon={BellRing}
              title="Nobody is told yet"
              action={
                <Link to="/notifications" className={buttonClass('primary')}>
                  To the channels
                </Link>
              }
            >
              Messages are listed here once there is a channel to send them to.
            </EmptyState>
          ) : (
            <>
              <Filters channels={items} />
              {items
                .filter(({ id }) => chosen === undefined || id === chosen)
                .map((channel) => (
                  <ChannelDeliveries key={channel.id} channel={channel} status={status} />
                ))}
            </>
          )
        }
      </QueryView>
    </>
  );
}
