import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { BellRing } from 'lucide-react';
import { channelsQuery, deliveriesQuery } from '@/api/channels';
import type { Channel, DeliveryStatus } from '@/api/models';
import { buttonClass } from '@/components/button';
import { EmptyState } from '@/components/empty-state';
import { SelectField } from '@/components/field';
import { NotificationTabs } from '@/components/notification-tabs';
import { PageHeader, Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { ShowMore } from '@/components/show-more';
import { keysOf } from '@/lib/keys-of';
import { common } from '@/messages/common';
import { PAGE_TITLES } from '@/messages/terms';
import { DeliveryRow } from './delivery-row';
import { deliveryMessages, EMPTY_LABELS, STATUS_LABELS } from './messages';

const STATUSES = keysOf(STATUS_LABELS);
const POLL_MS = 10_000;

function ChannelDeliveries({ channel, status }: { channel: Channel; status: DeliveryStatus | undefined }) {
  const query = useInfiniteQuery({
    ...deliveriesQuery(channel.id, status),
    refetchInterval: POLL_MS,
    placeholderData: keepPreviousData,
  });
  return (
    <Section
      title={channel.name}
      aside={!channel.enabled && <span className="text-ink-soft text-sm">{common.disabled}</span>}
    >
      <QueryView query={query} loading={<Loading rows={2} />}>
        {({ pages }) => {
          const deliveries = pages.flatMap((page) => page.items);
          if (deliveries.length === 0) {
            return (
              <p className="card px-5 py-6 text-center text-ink-soft text-sm">
                {EMPTY_LABELS[status ?? 'any']}
              </p>
            );
          }
          return (
            <>
              <ul
                aria-label={deliveryMessages.deliveriesTo(channel.name)}
                className="card divide-y divide-line overflow-hidden"
              >
                {deliveries.map((delivery) => (
                  <DeliveryRow key={delivery.id} channel={channel} delivery={delivery} />
                ))}
              </ul>
              <ShowMore query={query} shown={deliveries.length} />
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
  const setFilter = (change: { channel?: number | undefined; status?: DeliveryStatus | undefined }) =>
    navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  return (
    <div className="grid max-w-md grid-cols-2 gap-4">
      <SelectField
        label="Channel"
        value={search.channel ?? ''}
        onChange={({ target }) => setFilter({ channel: target.value ? Number(target.value) : undefined })}
      >
        <option value="">{common.all}</option>
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
          setFilter({ status: (target.value || undefined) as DeliveryStatus | undefined })
        }
      >
        <option value="">{common.all}</option>
        {STATUSES.map((status) => (
          <option key={status} value={status}>
            {STATUS_LABELS[status]}
          </option>
        ))}
      </SelectField>
    </div>
  );
}

export function DeliveriesPage() {
  const { channel: selected, status } = useSearch({ from: '/logged-in/notifications/deliveries' });
  const query = useQuery(channelsQuery);
  return (
    <>
      <PageHeader title={PAGE_TITLES.alerting} />
      <NotificationTabs />
      <QueryView query={query} loading={<Loading rows={3} />}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              icon={BellRing}
              title={common.noChannels}
              action={
                <Link to="/notifications" className={buttonClass('primary')}>
                  Go to channels
                </Link>
              }
            >
              Deliveries appear here once you add a channel.
            </EmptyState>
          ) : (
            <>
              <Filters channels={items} />
              {items
                .filter(({ id }) => selected === undefined || id === selected)
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
