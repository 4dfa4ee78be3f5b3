import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { FileClock, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import type { MonitorVersion, MonitorVersionDetail } from '@/api/models';
import { monitorQuery, nameOf } from '@/api/monitors';
import { ApiError } from '@/api/problem';
import { useCan } from '@/api/use-session';
import { versionQuery, versionsQuery } from '@/api/versions';
import { BackLink } from '@/components/back-link';
import { Button, buttonClass } from '@/components/button';
import { Disclosure } from '@/components/disclosure';
import { EmptyState } from '@/components/empty-state';
import { NotFoundPage } from '@/components/fallback';
import { SelectField } from '@/components/field';
import { PageTitle, Section, useTitle } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { PermissionNote } from '@/components/require-permission';
import { cx } from '@/lib/cx';
import { formatDateTime } from '@/lib/format';
import { UnreadableNote } from '../unreadable-note';
import { Differences, Settings } from './differences';
import { authorName, describeVersion, versionMessages as messages, restoreMessages } from './messages';
import { RestoreDialog } from './restore-dialog';
import { kindIn, rowsOf, settingsOf } from './rows';
import { useNames } from './use-names';
import { CurrentBadge } from './version-row';

function Facts({ monitorId, shown }: { monitorId: number; shown: MonitorVersion }) {
  const { from, until, author, restored } = shown;
  const held = until
    ? messages.heldUntil(formatDateTime(from), formatDateTime(until))
    : messages.heldSince(formatDateTime(from));
  return (
    <div className="mt-2 flex flex-wrap items-center gap-x-4 gap-y-1 text-ink-soft text-sm">
      {until === null && <CurrentBadge />}
      <span>{held}</span>
      <span className="wrap-anywhere">{authorName(author)}</span>
      {restored !== null && (
        <Link
          to="/monitors/$monitorId/history/$version"
          params={{ monitorId, version: restored }}
          className="font-medium text-ink underline underline-offset-4"
        >
          {messages.restored(restored)}
        </Link>
      )}
    </div>
  );
}

interface CompareProps {
  monitorId: number;
  version: number;
  /** Null is the one before. */
  against: number | null;
}

/** Chooses the version to compare with, among those that are loaded. */
function CompareWith({ monitorId, version, against }: CompareProps) {
  const navigate = useNavigate({ from: '/monitors/$monitorId/history/$version' });
  const query = useInfiniteQuery(versionsQuery(monitorId));
  const loaded = query.data?.pages.flatMap((page) => page.items) ?? [];
  const others = loaded.filter((each) => each.version !== version);
  const isListed = others.some((each) => each.version === against);
  const unlisted = isListed ? null : against;
  return (
    <div className="mt-6 flex flex-wrap items-end gap-2">
      <SelectField
        label={messages.compareWith}
        className="min-w-0 max-w-md flex-1 basis-64"
        value={against ?? ''}
        onChange={({ target }) =>
          navigate({
            search: target.value === '' ? {} : { against: Number(target.value) },
            replace: true,
            resetScroll: false,
          })
        }
      >
        <option value="">{messages.versionBefore}</option>
        {unlisted !== null && <option value={unlisted}>{messages.version(unlisted)}</option>}
        {others.map((each) => (
          <option key={each.version} value={each.version}>
            {describeVersion(each)}
          </option>
        ))}
      </SelectField>
      {query.hasNextPage && (
        <Button busy={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
          {messages.olderVersions}
        </Button>
      )}
    </div>
  );
}

interface DetailsProps {
  detail: MonitorVersionDetail;
  against: number | null;
  /** Whether it is about another comparison, until this one is there. */
  isOld: boolean;
}

function Details({ detail, against, isOld }: DetailsProps) {
  const { definition, definition_error, differences, version, changes } = detail;
  const kind = kindIn(definition);
  const settings = Object.entries(definition).map(([field, after]) => ({ field, before: null, after }));
  const names = useNames([...differences, ...settings]);
  const rows = rowsOf(differences, kind, names);
  const title = against === null ? messages.differences : messages.differencesFrom(against);
  // Whatever is saved as a version changes something.
  const isFirst = against === null && changes.length === 0;
  const nothingBefore = version === 1 ? messages.nothingBefore : messages.beforeNotKept;
  return (
    <div className={cx('transition-opacity', isOld && 'opacity-60')}>
      {definition_error && <UnreadableNote error={definition_error} />}
      <Section title={title} className="mt-6">
        {rows.length > 0 ? (
          <Differences label={title} rows={rows} />
        ) : (
          <p className="card px-5 py-6 text-center text-ink-soft text-sm">
            {isFirst ? nothingBefore : messages.noDifferences}
          </p>
        )}
      </Section>
      <div className="mt-5">
        <Disclosure title={messages.allSettings} hasError={false} lazy>
          <Settings rows={settingsOf(definition, kind, names)} />
        </Disclosure>
      </div>
    </div>
  );
}

const isGone = (error: unknown): boolean => error instanceof ApiError && error.status === 404;

function Gone({ monitorId }: { monitorId: number }) {
  return (
    <div className="mt-6">
      <EmptyState
        icon={FileClock}
        title={messages.gone}
        action={
          <Link to="/monitors/$monitorId/history" params={{ monitorId }} className={buttonClass('primary')}>
            {messages.toHistory}
          </Link>
        }
      >
        {messages.goneHint}
      </EmptyState>
    </div>
  );
}

/** One definition that a monitor had: what differs from another, and restoring it. */
export function VersionPage() {
  const { monitorId, version } = useParams({ from: '/logged-in/monitors/$monitorId/history/$version' });
  const { against: asked = null } = useSearch({ from: '/logged-in/monitors/$monitorId/history/$version' });
  const against = asked === version ? null : asked;
  const [isRestoring, setRestoring] = useState(false);
  const canRestore = useCan('manageMonitors');
  const monitor = useQuery(monitorQuery(monitorId));
  const query = useQuery({
    ...versionQuery(monitorId, version, against),
    placeholderData: (old: MonitorVersionDetail | undefined) => (old?.version === version ? old : undefined),
  });
  useTitle(messages.version(version));
  if (isGone(monitor.error)) return <NotFoundPage />;
  const detail = query.data;
  return (
    <div className="max-w-3xl">
      <BackLink to="/monitors/$monitorId/history" monitorId={monitorId}>
        {messages.title}
      </BackLink>
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <PageTitle>{messages.version(version)}</PageTitle>
          {monitor.data && <p className="wrap-anywhere text-ink-soft text-sm">{nameOf(monitor.data)}</p>}
        </div>
        {canRestore && detail && detail.until !== null && !detail.definition_error && (
          <Button onClick={() => setRestoring(true)}>
            <RotateCcw className="size-4" aria-hidden />
            {restoreMessages.action}
          </Button>
        )}
      </div>
      {isGone(query.error) ? (
        <Gone monitorId={monitorId} />
      ) : (
        <>
          {detail && <Facts monitorId={monitorId} shown={detail} />}
          <CompareWith monitorId={monitorId} version={version} against={against} />
          <QueryView query={query} loading={<Loading rows={3} className="mt-6 h-20" />}>
            {(shown) => <Details detail={shown} against={against} isOld={query.isPlaceholderData} />}
          </QueryView>
          <PermissionNote permission="manageMonitors" />
        </>
      )}
      {canRestore && isRestoring && (
        <RestoreDialog monitorId={monitorId} version={version} onClose={() => setRestoring(false)} />
      )}
    </div>
  );
}
