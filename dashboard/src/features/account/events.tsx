import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { accountEventsQuery } from '@/api/privacy';
import { providersQuery } from '@/api/providers';
import { Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { ShowMore } from '@/components/show-more';
import { RelativeTime } from '@/components/time';
import { deviceOf } from '@/lib/user-agent';
import { describeDevice, describeEvent, accountPageMessages as messages } from './messages';

/** What happened to the account: sign-ins, and what changed. */
export function AccountEvents() {
  const providers = useQuery(providersQuery).data?.items ?? [];
  const query = useInfiniteQuery({ ...accountEventsQuery, staleTime: 0 });
  return (
    <Section title={messages.activity}>
      <QueryView query={query} loading={<Loading rows={3} />}>
        {({ pages }) => {
          const events = pages.flatMap(({ items }) => items);
          if (events.length === 0) return <p className="text-ink-soft text-sm">{messages.noActivity}</p>;
          return (
            <>
              <ul aria-label={messages.activity} className="card divide-y divide-line">
                {events.map(({ id, at, action, details, address, user_agent: agent }) => (
                  <li key={id} className="px-5 py-3">
                    <p className="break-words font-medium text-sm">
                      {describeEvent(action, details, providers)}
                    </p>
                    <p className="break-words text-ink-soft text-xs">
                      <RelativeTime at={at} />
                      {address && ` · ${address}`}
                      {agent && ` · ${describeDevice(deviceOf(agent))}`}
                    </p>
                  </li>
                ))}
              </ul>
              <ShowMore query={query} shown={events.length} />
            </>
          );
        }}
      </QueryView>
    </Section>
  );
}
