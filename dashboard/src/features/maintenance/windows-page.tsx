import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Plus, Wrench } from 'lucide-react';
import { useState } from 'react';
import { keys } from '@/api/keys';
import type { MaintenanceWindow } from '@/api/models';
import { groupByPhase, occurrence, type Phase } from '@/api/occurrence';
import { useCan, useIsNarrowed } from '@/api/use-session';
import { deleteWindow, windowsQuery } from '@/api/windows';
import { Button } from '@/components/button';
import { ConfirmDialog } from '@/components/dialog';
import { EmptyState } from '@/components/empty-state';
import { PageHeader, Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { PermissionNote } from '@/components/require-permission';
import { toastSuccess } from '@/components/toasts';
import { useOccurrences } from '@/components/use-occurrences';
import { useNow } from '@/lib/now';
import { useWish } from '@/lib/wishes';
import { common } from '@/messages/common';
import { PAGE_TITLES } from '@/messages/terms';
import { PHASE_LABELS, windowMessages } from './messages';
import { WindowForm } from './window-form';
import { WindowRow } from './window-row';

/** Whether it is of monitors beside those that it names. */
const coversMore = ({ monitors, tags }: MaintenanceWindow): boolean =>
  monitors.length === 0 || tags.length > 0;

const PHASES: Phase[] = ['active', 'upcoming', 'past'];

function DeleteWindow({ window, onClose }: { window: MaintenanceWindow; onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteWindow(window.id),
    async onSuccess() {
      await client.invalidateQueries({ queryKey: keys.windows });
      toastSuccess(common.removed(window.name));
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={common.confirmRemove(window.name)}
      action="Delete window"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      Alerts for its monitors resume immediately.
    </ConfirmDialog>
  );
}

const toggled = (ids: ReadonlySet<number>, id: number): ReadonlySet<number> =>
  new Set(ids.has(id) ? [...ids].filter((each) => each !== id) : [...ids, id]);

interface ListProps {
  windows: MaintenanceWindow[];
  onEdit: (window: MaintenanceWindow) => void;
  onDelete: (window: MaintenanceWindow) => void;
}

function WindowLists({ windows, onEdit, onDelete }: ListProps) {
  const now = useNow();
  const canEdit = useCan('manageMonitors');
  const isNarrowed = useIsNarrowed();
  const [openedAt] = useState(Date.now);
  const occurrences = useOccurrences(
    windows.filter((window) => !('error' in window) && occurrence(window, openedAt)?.phase !== 'past'),
  );
  /** Those of which the occurrences are shown: they stay so when a window begins or ends. */
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set());
  if (occurrences === null) return <Loading rows={2} />;
  const phases = groupByPhase(windows, occurrences, now);
  return PHASES.map(
    (phase) =>
      phases[phase].length > 0 && (
        <Section key={phase} title={PHASE_LABELS[phase]}>
          <ul
            aria-label={windowMessages.windowsLabel(phase)}
            className="card divide-y divide-line overflow-hidden"
          >
            {phases[phase].map((each) => (
              <WindowRow
                key={each.window.id}
                {...each}
                now={now}
                isOpen={opened.has(each.window.id)}
                onToggle={() => setOpened(toggled(opened, each.window.id))}
                canEdit={canEdit && !(isNarrowed && coversMore(each.window))}
                onEdit={onEdit}
                onDelete={onDelete}
              />
            ))}
          </ul>
        </Section>
      ),
  );
}

export function WindowsPage() {
  const query = useQuery(windowsQuery);
  const canEdit = useCan('manageMonitors');
  const [editing, setEditing] = useState<MaintenanceWindow | 'new' | null>(null);
  const [deleting, setDeleting] = useState<MaintenanceWindow | null>(null);
  useWish('window', setEditing);

  const addButton = canEdit && (
    <Button variant="primary" onClick={() => setEditing('new')}>
      <Plus className="size-4" aria-hidden />
      {windowMessages.addWindow}
    </Button>
  );

  return (
    <>
      <PageHeader title={PAGE_TITLES.maintenance}>{query.data?.items.length !== 0 && addButton}</PageHeader>
      <QueryView query={query} loading={<Loading rows={2} />}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={Wrench} title="No maintenance windows yet" action={addButton}>
              During a maintenance window checks continue, but incidents send no alerts unless they are still
              ongoing when it ends.
            </EmptyState>
          ) : (
            <>
              <p className="text-pretty text-ink-soft text-sm">
                Checks continue during maintenance. Incidents that start in a window send no alerts unless
                they are still ongoing when it ends.{' '}
                <Link to="/notifications/silences" className="font-medium underline underline-offset-4">
                  {windowMessages.unplanned}
                </Link>
              </p>
              <WindowLists windows={items} onEdit={setEditing} onDelete={setDeleting} />
            </>
          )
        }
      </QueryView>
      <PermissionNote permission="manageMonitors" />
      {editing && <WindowForm window={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
      {deleting && <DeleteWindow window={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}
