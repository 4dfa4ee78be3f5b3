import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, Split } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import {
  alertRoutesQuery,
  deleteAlertRoute,
  escalationPoliciesQuery,
  orderAlertRoutes,
} from '@/api/alert-policy';
import { channelsQuery } from '@/api/channels';
import { keys } from '@/api/keys';
import type { AlertRoute } from '@/api/models';
import { useCan } from '@/api/use-session';
import { BacktestLink } from '@/components/backtest/backtest-link';
import { Button } from '@/components/button';
import { ConfirmDialog } from '@/components/dialog';
import { EmptyState } from '@/components/empty-state';
import { NotificationTabs } from '@/components/notification-tabs';
import { PageHeader } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { PermissionNote, RequirePermission, useWhyNot } from '@/components/require-permission';
import { SortableList } from '@/components/sortable-list';
import { toastError, toastSuccess } from '@/components/toasts';
import { useTagName } from '@/components/use-tag-name';
import { cx } from '@/lib/cx';
import { alertingMessages } from '@/messages/alerting';
import { common } from '@/messages/common';
import { PAGE_TITLES } from '@/messages/terms';
import { routeMessages as messages } from './messages';
import { RouteForm } from './route-form';
import { Note, Recipients, type RouteNames, RouteRow } from './route-row';
import { takesEverything } from './route-schema';

/** What things are called whose ids routes have. While that is loading they are not said to be deleted. */
function useNames(): RouteNames {
  const channels = useQuery(channelsQuery).data?.items;
  const policies = useQuery(escalationPoliciesQuery).data;
  const tag = useTagName();
  const nameIn = (list: readonly { id: number; name: string }[] | undefined) => (id: number) =>
    list ? list.find((each) => each.id === id)?.name : `#${id}`;
  return {
    channel: nameIn(channels),
    policy: nameIn(policies),
    tag,
  };
}

function DeleteRoute({ route, onClose }: { route: AlertRoute; onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteAlertRoute(route.id),
    async onSuccess() {
      await client.invalidateQueries({ queryKey: keys.alertPolicy });
      toastSuccess(common.removed(route.name));
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={common.confirmRemove(route.name)}
      action={messages.deleteRoute}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      {messages.deleteHint}
    </ConfirmDialog>
  );
}

/** What becomes of an incident that no route takes; in line with the rows above. */
function DefaultRoute({ isUnreached, canEdit }: { isUnreached: boolean; canEdit: boolean }) {
  const { data } = useQuery(channelsQuery);
  const count = data?.items.filter(({ enabled }) => enabled).length;
  return (
    <li
      className={cx(
        'grid gap-x-6 gap-y-1.5 bg-sunken/50 py-4 md:grid-cols-[minmax(0,1fr)_18rem]',
        canEdit ? 'pr-5 pl-18.5 sm:pr-22.5' : 'pr-5 pl-9.5 sm:pr-13.5',
      )}
    >
      <p className="font-semibold text-sm">{messages.everythingElse}</p>
      <div>
        <Recipients>{alertingMessages.allChannels}</Recipients>
        {count !== undefined && count > 0 && (
          <p className="mt-0.5 pl-5.5 text-ink-soft text-xs">{messages.enabledChannels(count)}</p>
        )}
      </div>
      {count === 0 && !isUnreached && <Note>{messages.noEnabledChannels}</Note>}
      {isUnreached && <Note>{messages.unreached}</Note>}
    </li>
  );
}

interface ListProps {
  routes: AlertRoute[];
  canEdit: boolean;
  onEdit: (route: AlertRoute) => void;
  onDelete: (route: AlertRoute) => void;
}

function RouteList({ routes, canEdit, onEdit, onDelete }: ListProps) {
  const client = useQueryClient();
  const names = useNames();
  const order = useMutation({
    mutationFn: (next: AlertRoute[]) => orderAlertRoutes(next.map(({ id }) => id)),
    onMutate: async (next) => {
      await client.cancelQueries({ queryKey: keys.alertRoutes });
      client.setQueryData(keys.alertRoutes, next);
    },
    onSuccess: () => toastSuccess(messages.orderSaved),
    onError: (error) => toastError(messages.orderFailed, error),
    onSettled: () => client.invalidateQueries({ queryKey: keys.alertPolicy }),
  });
  const last = routes.findIndex(takesEverything);
  const isUnreached = (at: number) => last !== -1 && at > last;
  const row = (route: AlertRoute, at: number, handle: ReactNode) => (
    <RouteRow
      route={route}
      position={at + 1}
      names={names}
      isUnreached={isUnreached(at)}
      handle={handle}
      onEdit={() => onEdit(route)}
      onDelete={() => onDelete(route)}
    />
  );
  const fixed = <DefaultRoute isUnreached={last !== -1} canEdit={canEdit} />;
  if (!canEdit) {
    return (
      <ol aria-label={messages.list} className="card divide-y divide-line overflow-hidden">
        {routes.map((route, at) => (
          <li key={route.id}>{row(route, at, null)}</li>
        ))}
        {fixed}
      </ol>
    );
  }
  return (
    <SortableList
      label={messages.list}
      items={routes}
      keyOf={({ id }) => String(id)}
      nameOf={({ name }) => name}
      onOrder={order.mutate}
      last={fixed}
    >
      {row}
    </SortableList>
  );
}

function Routes() {
  const query = useQuery(alertRoutesQuery);
  const canEdit = useCan('manageAlertPolicy');
  const whyNot = useWhyNot('manageAlertPolicy');
  const [editing, setEditing] = useState<AlertRoute | 'new' | null>(null);
  const [deleting, setDeleting] = useState<AlertRoute | null>(null);
  const addButton = canEdit && (
    <Button variant="primary" onClick={() => setEditing('new')}>
      <Plus className="size-4" aria-hidden />
      {messages.addRoute}
    </Button>
  );
  return (
    <>
      <PageHeader title={PAGE_TITLES.alerting}>
        <div className="flex flex-wrap gap-2">
          <BacktestLink />
          {query.data?.length !== 0 && addButton}
        </div>
      </PageHeader>
      <NotificationTabs />
      <QueryView query={query} loading={<Loading rows={3} />}>
        {(routes) =>
          routes.length === 0 ? (
            <EmptyState icon={Split} title={messages.none} action={addButton}>
              {messages.noneHint} {whyNot}
            </EmptyState>
          ) : (
            <>
              <p className="mb-4 max-w-3xl text-pretty text-ink-soft text-sm">{messages.about}</p>
              <RouteList routes={routes} canEdit={canEdit} onEdit={setEditing} onDelete={setDeleting} />
              <PermissionNote permission="manageAlertPolicy" />
            </>
          )
        }
      </QueryView>
      {editing && <RouteForm route={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
      {deleting && <DeleteRoute route={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}

export function AlertRoutesPage() {
  return (
    <RequirePermission permission="viewAlertPolicy">
      <Routes />
    </RequirePermission>
  );
}
