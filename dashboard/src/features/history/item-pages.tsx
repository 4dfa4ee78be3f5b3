import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ApiError } from '@/api/problem';
import { versionedQuery } from '@/api/versions';
import { BackLink } from '@/components/back-link';
import { NotFoundPage } from '@/components/fallback';
import { RequirePermission } from '@/components/require-permission';
import { HistoryView } from '@/components/versions/history-view';
import type { ItemKind } from '@/components/versions/item-links';
import { VersionView } from '@/components/versions/version-view';
import { ALERTING_TITLES, PAGE_TITLES } from '@/messages/terms';
import { isItemKind, useItemTrail } from './use-item-trail';

/** To where it is listed. */
const BACK: Record<ItemKind, ReactNode> = {
  'maintenance-windows': <BackLink to="/maintenance">{PAGE_TITLES.maintenance}</BackLink>,
  'alert-routes': <BackLink to="/notifications/routes">{ALERTING_TITLES.routes}</BackLink>,
  'escalation-policies': (
    <BackLink to="/notifications/escalation-policies">{ALERTING_TITLES.policies}</BackLink>
  ),
  'on-call-schedules': <BackLink to="/on-call">{PAGE_TITLES.onCall}</BackLink>,
};

/** Windows are seen by everybody; who is notified of what is not. */
function Seen({ kind, children }: { kind: ItemKind; children: ReactNode }) {
  if (kind === 'maintenance-windows') return children;
  return <RequirePermission permission="viewAlertPolicy">{children}</RequirePermission>;
}

const isGone = (error: unknown): boolean => error instanceof ApiError && error.status === 404;

interface Item {
  kind: ItemKind;
  id: number;
}

function History({ kind, id }: Item) {
  const item = useQuery(versionedQuery({ kind, id }));
  const trail = useItemTrail(kind, id, item.data);
  if (isGone(item.error)) return <NotFoundPage />;
  return <HistoryView trail={trail} back={BACK[kind]} name={trail.name} />;
}

/** Every definition that a window, a route, a policy or a schedule had, the newest first. */
export function ItemHistoryPage() {
  const { kind, itemId } = useParams({ from: '/logged-in/history/$kind/$itemId' });
  if (!isItemKind(kind)) return <NotFoundPage />;
  return (
    <Seen kind={kind}>
      <History key={`${kind} ${itemId}`} kind={kind} id={itemId} />
    </Seen>
  );
}

interface VersionProps extends Item {
  version: number;
  against: number | null;
}

function Version({ kind, id, version, against }: VersionProps) {
  const navigate = useNavigate({ from: '/history/$kind/$itemId/$version' });
  const item = useQuery(versionedQuery({ kind, id }));
  const trail = useItemTrail(kind, id, item.data);
  if (isGone(item.error)) return <NotFoundPage />;
  return (
    <VersionView
      trail={trail}
      version={version}
      against={against}
      onCompare={(chosen) =>
        void navigate({
          search: chosen === null ? {} : { against: chosen },
          replace: true,
          resetScroll: false,
        })
      }
    />
  );
}

/** One definition that such a thing had: what differs from another, and restoring it. */
export function ItemVersionPage() {
  const { kind, itemId, version } = useParams({ from: '/logged-in/history/$kind/$itemId/$version' });
  const { against = null } = useSearch({ from: '/logged-in/history/$kind/$itemId/$version' });
  if (!isItemKind(kind)) return <NotFoundPage />;
  return (
    <Seen kind={kind}>
      <Version kind={kind} id={itemId} version={version} against={against} />
    </Seen>
  );
}
