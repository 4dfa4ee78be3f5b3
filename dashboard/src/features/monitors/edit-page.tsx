import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { keys } from '@/api/keys';
import type { Monitor } from '@/api/models';
import { createMonitor, monitorQuery, updateMonitor } from '@/api/monitors';
import { ApiError } from '@/api/problem';
import { BackLink } from '@/components/back-link';
import { Button, buttonClass } from '@/components/button';
import { NotFoundPage } from '@/components/fallback';
import { ErrorNotice } from '@/components/notice';
import { PageHeader } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { RequirePermission } from '@/components/require-permission';
import { toastSuccess } from '@/components/toasts';
import { common } from '@/messages/common';
import { PAGE_TITLES } from '@/messages/terms';
import { monitorMessages, monitorToasts } from './messages';
import { MonitorForm } from './monitor-form';
import { editOf, formOf, inputOf } from './monitor-input';
import { type MonitorValues, NEW_MONITOR } from './monitor-schema';

function useShowMonitor() {
  const client = useQueryClient();
  const navigate = useNavigate();
  return async (monitor: Monitor) => {
    client.setQueryData(keys.monitor(monitor.id), monitor);
    void client.invalidateQueries({ queryKey: keys.monitorLists });
    void client.invalidateQueries({ queryKey: keys.summary });
    await navigate({ to: '/monitors/$monitorId', params: { monitorId: monitor.id } });
  };
}

export function NewMonitorPage() {
  const show = useShowMonitor();
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

/** Keeps the monitor as it was when the form opened: live updates must not change it while editing. */
function EditForm({ current, onReload }: { current: Monitor; onReload: () => void }) {
  const show = useShowMonitor();
  const [monitor] = useState(current);
  const [stale, setStale] = useState<ApiError | null>(null);

  async function save(values: MonitorValues) {
    setStale(null);
    const changes = editOf(monitor, values);
    if (Object.keys(changes).length === 0) return show(current);
    try {
      const saved = await updateMonitor(monitor.id, monitor.version, changes);
      toastSuccess(common.saved(saved.name));
      await show(saved);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 412)) throw error;
      setStale(error);
    }
  }

  return (
    <>
      {stale && (
        <div className="mb-5 max-w-2xl">
          <ErrorNotice error={stale}>
            <Button className="mt-3" onClick={onReload}>
              Discard changes and reload
            </Button>
          </ErrorNotice>
        </div>
      )}
      <MonitorForm
        draft={`monitor:${monitor.id}`}
        initial={formOf(monitor)}
        action={common.save}
        cancel={
          <Link to="/monitors/$monitorId" params={{ monitorId: monitor.id }} className={buttonClass('ghost')}>
            {common.cancel}
          </Link>
        }
        onSubmit={save}
      />
    </>
  );
}

export function EditMonitorPage() {
  const { monitorId } = useParams({ from: '/logged-in/monitors/$monitorId/edit' });
  const query = useQuery(monitorQuery(monitorId));
  const [generation, setGeneration] = useState(0);
  if (query.error instanceof ApiError && query.error.status === 404) return <NotFoundPage />;
  return (
    <>
      <BackLink to="/">{PAGE_TITLES.monitors}</BackLink>
      <PageHeader title="Edit monitor" />
      <RequirePermission permission="manageMonitors">
        <QueryView query={query} loading={<Loading rows={2} className="h-40" />}>
          {(monitor) => (
            <EditForm
              key={generation}
              current={monitor}
              onReload={async () => {
                await query.refetch();
                setGeneration((old) => old + 1);
              }}
            />
          )}
        </QueryView>
      </RequirePermission>
    </>
  );
}
