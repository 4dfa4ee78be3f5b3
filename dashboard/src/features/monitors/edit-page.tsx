import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useEffect } from 'react';
import { keys } from '@/api/keys';
import type { Monitor } from '@/api/models';
import { createMonitor, monitorQuery, readMonitor, updateMonitor } from '@/api/monitors';
import { ApiError } from '@/api/problem';
import { BackLink } from '@/components/back-link';
import { buttonClass } from '@/components/button';
import { NotFoundPage } from '@/components/fallback';
import { PageHeader } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { RequirePermission } from '@/components/require-permission';
import { toastSuccess } from '@/components/toasts';
import { useEdited } from '@/components/use-edited';
import { focusPage } from '@/lib/focus';
import { common } from '@/messages/common';
import { monitorToasts } from '@/messages/monitor-toasts';
import { PAGE_TITLES } from '@/messages/terms';
import { monitorMessages } from './messages';
import { MonitorForm } from './monitor-form';
import { editOf, formOf, inputOf } from './monitor-input';
import { type MonitorForm as Fields, type MonitorValues, NEW_MONITOR } from './monitor-schema';

function useShowMonitor() {
  const client = useQueryClient();
  const navigate = useNavigate();
  return async (monitor: Monitor) => {
    client.setQueryData(keys.monitor(monitor.id), monitor);
    void client.invalidateQueries({ queryKey: keys.heartbeat(monitor.id) });
    void client.invalidateQueries({ queryKey: keys.versions('monitors', monitor.id) });
    void client.invalidateQueries({ queryKey: keys.allAlertRoutesOf });
    void client.invalidateQueries({ queryKey: keys.monitorLists });
    void client.invalidateQueries({ queryKey: keys.allMonitorNames });
    void client.invalidateQueries({ queryKey: keys.summary });
    await navigate({ to: '/monitors/$monitorId', params: { monitorId: monitor.id } });
  };
}

export function NewMonitorPage() {
  const show = useShowMonitor();
  useEffect(() => {
    // Where it is the first page: a navigation moves the focus by itself.
    if (document.activeElement === document.body) focusPage();
  }, []);
  return (
    <>
      <BackLink to="/">{PAGE_TITLES.monitors}</BackLink>
      <PageHeader title={monitorMessages.addMonitor} />
      <RequirePermission permission="manageMonitors">
        <MonitorForm
          draft="monitor:new"
          initial={NEW_MONITOR}
          action={monitorMessages.addMonitor}
          cancel={
            <Link to="/" className={buttonClass('ghost')}>
              {common.cancel}
            </Link>
          }
          onSubmit={async (values) => {
            const monitor = await createMonitor(inputOf(values));
            toastSuccess(monitorToasts.added(monitor.name));
            await show(monitor);
          }}
        />
      </RequirePermission>
    </>
  );
}

function EditForm({ current }: { current: Monitor }) {
  const client = useQueryClient();
  const show = useShowMonitor();
  const { edited, initial, load } = useEdited<Monitor, Fields, MonitorValues>(current, formOf);

  async function save(values: MonitorValues) {
    const changes = editOf(edited, values);
    if (Object.keys(changes).length === 0) return show(current);
    const saved = await updateMonitor(edited, changes);
    toastSuccess(common.saved(saved.name));
    await show(saved);
  }

  return (
    <MonitorForm
      draft={`monitor:${edited.id}`}
      monitorId={edited.id}
      initial={initial}
      action={common.save}
      cancel={
        <Link to="/monitors/$monitorId" params={{ monitorId: edited.id }} className={buttonClass('ghost')}>
          {common.cancel}
        </Link>
      }
      onSubmit={save}
      onLoadLatest={async (form) => {
        const latest = await readMonitor(edited.id);
        client.setQueryData(keys.monitor(latest.id), latest);
        load(form, latest);
      }}
    />
  );
}

export function EditMonitorPage() {
  const { monitorId } = useParams({ from: '/logged-in/monitors/$monitorId/edit' });
  const query = useQuery(monitorQuery(monitorId));
  if (query.error instanceof ApiError && query.error.status === 404) return <NotFoundPage />;
  return (
    <>
      <BackLink to="/">{PAGE_TITLES.monitors}</BackLink>
      <PageHeader title="Edit monitor" />
      <RequirePermission permission="manageMonitors">
        <QueryView query={query} loading={<Loading rows={2} className="h-40" />}>
          {(monitor) => <EditForm current={monitor} />}
        </QueryView>
      </RequirePermission>
    </>
  );
}
