import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { heartbeatQuery, pingsQuery } from '@/api/heartbeats';
import type { Monitor, Ping, PingKind } from '@/api/models';
import { pingKindValues } from '@/api/schema';
import { useCan } from '@/api/use-session';
import { CopyBlock } from '@/components/copy';
import { Select } from '@/components/field';
import { usePollInterval } from '@/components/live';
import { Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { ScrollArea } from '@/components/scroll-area';
import { ShowMore } from '@/components/show-more';
import { cx } from '@/lib/cx';
import { formatCount, formatDateTime, formatRecent } from '@/lib/format';
import { common } from '@/messages/common';
import { durationText, heartbeatMessages as messages, PING_LABELS } from './messages';
import { PingBadge } from './ping-badge';
import { PingDialog } from './ping-dialog';
import { snippetsOf } from './snippets';

function PingRow({ ping, canSee, onOpen }: { ping: Ping; canSee: boolean; onOpen: () => void }) {
  return (
    <tr className="*:px-3 *:py-2 sm:*:px-4">
      <td className="text-right">
        {/* In the first column: the last one may be out of sight. */}
        <button
          type="button"
          aria-label={messages.showPing(ping.n)}
          title={messages.showPing(ping.n)}
          className="-m-2 rounded p-2 font-medium underline decoration-line-strong underline-offset-4 hover:decoration-ink"
          onClick={onOpen}
        >
          {formatCount(ping.n)}
        </button>
      </td>
      <td className="whitespace-nowrap">
        <time dateTime={ping.at} title={formatDateTime(ping.at)}>
          {formatRecent(ping.at)}
        </time>
      </td>
      <td>
        <PingBadge kind={ping.kind} />
      </td>
      <td className="whitespace-nowrap text-right">
        {ping.duration_ms === null ? '–' : durationText(ping.duration_ms)}
      </td>
      <td className="text-right">{ping.exit_status ?? '–'}</td>
      {canSee && (
        <>
          <td className="whitespace-nowrap">{ping.address ?? '–'}</td>
          <td className="max-w-48 truncate text-ink-soft" title={ping.user_agent ?? undefined}>
            {ping.user_agent ?? '–'}
          </td>
        </>
      )}
      <td className="max-w-72 min-w-32 truncate text-ink-soft" title={ping.message ?? undefined}>
        {ping.message}
      </td>
    </tr>
  );
}

function PingTable({ id, pings }: { id: number; pings: Ping[] }) {
  const canSee = useCan('manageMonitors');
  const [opened, setOpened] = useState<Ping | null>(null);
  const { columns } = messages;
  return (
    <div className="card overflow-hidden">
      <ScrollArea label={messages.pings}>
        <table className="w-full text-left text-sm">
          <thead className="border-line border-b text-ink-soft text-xs">
            <tr className="*:whitespace-nowrap *:px-3 *:py-2.5 sm:*:px-4 *:font-medium">
              <th scope="col" className="text-right">
                {columns.number}
              </th>
              <th scope="col">{columns.time}</th>
              <th scope="col">{columns.type}</th>
              <th scope="col" className="text-right">
                {columns.duration}
              </th>
              <th scope="col" className="text-right">
                {columns.exitStatus}
              </th>
              {canSee && (
                <>
                  <th scope="col">{columns.source}</th>
                  <th scope="col">{columns.agent}</th>
                </>
              )}
              <th scope="col" className="w-full">
                {columns.text}
              </th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {pings.map((ping) => (
              <PingRow key={ping.n} ping={ping} canSee={canSee} onOpen={() => setOpened(ping)} />
            ))}
          </tbody>
        </table>
      </ScrollArea>
      {opened && <PingDialog id={id} ping={opened} onClose={() => setOpened(null)} />}
    </div>
  );
}

/** What to do so that the first ping comes. */
function NoPing({ id }: { id: number }) {
  const canEdit = useCan('manageMonitors');
  const { data } = useQuery({ ...heartbeatQuery(id), enabled: canEdit });
  const url = data?.ping_url;
  return (
    <div className="card grid grid-cols-1 gap-3 px-5 py-6">
      <p className="text-pretty text-ink-soft text-sm">
        {url ? messages.firstPing : messages.firstPingWithoutAddress}
      </p>
      {url && <CopyBlock multiline text={snippetsOf('crontab', url).simple} />}
    </div>
  );
}

/** What a heartbeat has received, the newest first. */
export function Pings({ monitor: { id } }: { monitor: Monitor }) {
  const [kind, setKind] = useState<PingKind | undefined>();
  const query = useInfiniteQuery({
    ...pingsQuery(id, kind),
    refetchInterval: usePollInterval(),
    placeholderData: keepPreviousData,
  });
  const isEmpty = query.data?.pages[0]?.items.length === 0;
  return (
    <Section
      title={messages.pings}
      aside={
        !(isEmpty && kind === undefined) && (
          <div className="w-40">
            <Select
              aria-label={common.type}
              value={kind ?? ''}
              onChange={({ target }) => setKind((target.value || undefined) as PingKind | undefined)}
            >
              <option value="">{messages.allTypes}</option>
              {pingKindValues.map((each) => (
                <option key={each} value={each}>
                  {PING_LABELS[each]}
                </option>
              ))}
            </Select>
          </div>
        )
      }
    >
      <QueryView query={query} loading={<Loading rows={3} />}>
        {({ pages }) => {
          const pings = pages.flatMap((page) => page.items);
          if (pings.length === 0 && kind === undefined) return <NoPing id={id} />;
          if (pings.length === 0) {
            return (
              <p className="card px-5 py-8 text-center text-ink-soft text-sm">{messages.noMatchingPings}</p>
            );
          }
          return (
            <div className={cx('transition-opacity', query.isPlaceholderData && 'opacity-60')}>
              <PingTable id={id} pings={pings} />
              <ShowMore query={query} shown={pings.length} />
            </div>
          );
        }}
      </QueryView>
    </Section>
  );
}
