import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { ArrowLeft, FileClock, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import type { MonitorVersion } from '@/api/models';
import { ApiError } from '@/api/problem';
import { useCan, useIsNarrowed } from '@/api/use-session';
import { type VersionDetail, versionQuery, versionsQuery } from '@/api/versions';
import { Button, buttonClass } from '@/components/button';
import { Disclosure } from '@/components/disclosure';
import { EmptyState } from '@/components/empty-state';
import { SelectField } from '@/components/field';
import { PageTitle, Section, useTitle } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { PermissionNote } from '@/components/require-permission';
import { UnreadableNote } from '@/components/unreadable-note';
import { cx } from '@/lib/cx';
import { formatDateTime } from '@/lib/format';
import {
  authorName,
  describeVersion,
  versionMessages as messages,
  restoreMessages,
} from '@/messages/versions';
import { Differences, Settings } from './differences';
import { RestoreDialog } from './restore-dialog';
import type { Trail } from './trail';
import { CurrentBadge } from './version-row';

function Facts({ trail, shown }: { trail: Trail; shown: MonitorVersion }) {
  const { from, until, author, restored } = shown;
  const { VersionLink } = trail;
  const held = until
    ? messages.heldUntil(formatDateTime(from), formatDateTime(until))
    : messages.heldSince(formatDateTime(from));
  return (
    <div className="mt-2 flex flex-wrap items-center gap-x-4 gap-y-1 text-ink-soft text-sm">
      {until === null && <CurrentBadge />}
      <span>{held}</span>
      <span className="wrap-anywhere">{authorName(author)}</span>
      {restored !== null && (
        <VersionLink
          id={trail.subject.id}
          version={restored}
          className="font-medium text-ink underline underline-offset-4"
        >
          {messages.restored(restored)}
        </VersionLink>
      )}
    </div>
  );
}

interface CompareProps {
  trail: Trail;
  version: number;
  /** Null is the one before. */
  against: number | null;
  onCompare: (against: number | null) => void;
}

/** Chooses the version to compare with, among those that are loaded. */
function CompareWith({ trail, version, against, onCompare }: CompareProps) {
  const query = useInfiniteQuery(versionsQuery(trail.subject));
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
        onChange={({ target }) => onCompare(target.value === '' ? null : Number(target.value))}
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

/** Why nothing comes before a version; null if something may, among what is loaded or what is yet to be. */
function useWhyNoneBefore({ subject }: Trail, version: number): string | null {
  const { data, hasNextPage } = useInfiniteQuery(versionsQuery(subject));
  const isNarrowed = useIsNarrowed();
  if (version === 1) return messages.nothingBefore;
  const isOldest = data?.pages.every(({ items }) => items.every((each) => each.version >= version));
  if (!isOldest || hasNextPage) return null;
  return isNarrowed ? messages.beforeNotSeen : messages.beforeNotKept;
}

interface DetailsProps {
  trail: Trail;
  detail: VersionDetail;
  against: number | null;
  /** Whether it is about another comparison, until this one is there. */
  isOld: boolean;
}

function Details({ trail, detail, against, isOld }: DetailsProps) {
  const { definition, definition_error, differences, version, changes } = detail;
  const { Rows } = trail;
  const title = against === null ? messages.differences : messages.differencesFrom(against);
  const whyNone = useWhyNoneBefore(trail, version);
  // Whatever is saved as a version changes something, but not always something that is seen.
  const none = (against === null && changes.length === 0 && whyNone) || messages.noDifferences;
  return (
    <div className={cx('transition-opacity', isOld && 'opacity-60')}>
      {definition_error && <UnreadableNote title={trail.texts.unreadable} error={definition_error} />}
      <Rows differences={differences} definition={definition}>
        {({ rows, settings }) => (
          <>
            <Section title={title} className="mt-6">
              {rows.length > 0 ? (
                <Differences label={title} rows={rows} />
              ) : (
                <p className="card px-5 py-6 text-center text-ink-soft text-sm">{none}</p>
              )}
            </Section>
            <div className="mt-5">
              <Disclosure title={messages.allSettings} hasError={false} lazy>
                <Settings rows={settings()} />
              </Disclosure>
            </div>
          </>
        )}
      </Rows>
    </div>
  );
}

const isGone = (error: unknown): boolean => error instanceof ApiError && error.status === 404;

function Gone({ trail: { subject, HistoryLink } }: { trail: Trail }) {
  return (
    <div className="mt-6">
      <EmptyState
        icon={FileClock}
        title={messages.gone}
        action={
          <HistoryLink id={subject.id} className={buttonClass('primary')}>
            {messages.toHistory}
          </HistoryLink>
        }
      >
        {messages.goneHint}
      </EmptyState>
    </div>
  );
}

interface Props {
  trail: Trail;
  version: number;
  /** What it is compared with; null is the one before. */
  against: number | null;
  onCompare: (against: number | null) => void;
}

/** One definition that something had: what differs from another, and restoring it. */
export function VersionView({ trail, version, against: asked, onCompare }: Props) {
  const against = asked === version ? null : asked;
  const [isRestoring, setRestoring] = useState(false);
  const canRestore = useCan(trail.permission);
  const query = useQuery({
    ...versionQuery(trail.subject, version, against),
    placeholderData: (old: VersionDetail | undefined) => (old?.version === version ? old : undefined),
  });
  useTitle(messages.version(version));
  const { HistoryLink, subject } = trail;
  const detail = query.data;
  return (
    <div className="max-w-3xl">
      <HistoryLink
        id={subject.id}
        className="mb-4 inline-flex items-center gap-1.5 text-ink-soft text-sm hover:text-ink"
      >
        <ArrowLeft className="size-4" aria-hidden />
        {messages.title}
      </HistoryLink>
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <PageTitle>{messages.version(version)}</PageTitle>
          <p className="wrap-anywhere text-ink-soft text-sm">{trail.name}</p>
        </div>
        {canRestore && detail && detail.until !== null && !detail.definition_error && (
          <Button onClick={() => setRestoring(true)}>
            <RotateCcw className="size-4" aria-hidden />
            {restoreMessages.action}
          </Button>
        )}
      </div>
      {isGone(query.error) ? (
        <Gone trail={trail} />
      ) : (
        <>
          {detail && <Facts trail={trail} shown={detail} />}
          <CompareWith trail={trail} version={version} against={against} onCompare={onCompare} />
          <QueryView query={query} loading={<Loading rows={3} className="mt-6 h-20" />}>
            {(shown) => (
              <Details trail={trail} detail={shown} against={against} isOld={query.isPlaceholderData} />
            )}
          </QueryView>
          <PermissionNote permission={trail.permission} />
        </>
      )}
      {canRestore && isRestoring && (
        <RestoreDialog trail={trail} version={version} onClose={() => setRestoring(false)} />
      )}
    </div>
  );
}
