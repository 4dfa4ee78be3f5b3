import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, Wrench } from 'lucide-react';
import { useState } from 'react';
import { keys } from '@/api/keys';
import type { MaintenanceWindow } from '@/api/types';
import { deleteWindow, windowsQuery } from '@/api/windows';
import { Button } from '@/components/button';
import { ConfirmDialog } from '@/components/dialog';
import { EmptyState } from '@/components/empty-state';
import { PageHeader, Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { toastSuccess } from '@/components/toasts';
import { useNow } from '@/lib/now';
import { useCanEdit } from '../auth/use-session';
import { WindowForm } from './window-form';
import { WindowRow } from './window-row';
import { placed } from './window-time';

const PHASES = [
  ['active', 'Active'],
  ['coming', 'Coming'],
  ['past', 'Past'],
] as const;

function DeleteWindow({ window, onClose }: { window: MaintenanceWindow; onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteWindow(window.id),
    async onSuccess() {
      await client.invalidateQueries({ queryKey: keys.windows });
      toastSuccess(`${window.name} was deleted`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={`Delete ${window.name}?`}
      action="Delete window"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      Outages are told again at once, also those that begin while it would have been open.
    </ConfirmDialog>
  );
}

interface ListProps {
  windows: MaintenanceWindow[];
  onEdit: (window: MaintenanceWindow) => void;
  onDelete: (window: MaintenanceWindow) => void;
}

function WindowLists({ windows, onEdit, onDelete }: ListProps) {
  const now = useNow();
  const canEdit = useCanEdit();
  const phases = placed(windows, now);
  return PHASES.map(
    ([phase, title]) =>
      phases[phase].length > 0 && (
        <Section key={phase} title={title}>
          <ul aria-label={`${title} windows`} className="card divide-y divide-line overflow-hidden">
            {phases[phase].map((each) => (
              <WindowRow
                key={each.window.id}
                {...each}
                now={now}
                canEdit={canEdit}
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
  const canEdit = useCanEdit();
  const [editing, setEditing] = useState<MaintenanceWindow | 'new' | null>(null);
  const [deleting, setDeleting] = useState<MaintenanceWindow | null>(null);

  const add = (label: string) =>
    canEdit && (
      <Button variant="primary" onClick={() => setEditing('new')}>
        <Plus className="size-4" aria-hidden />
        {label}
      </Button>
    );

  return (
    <>
      <PageHeader title="Maintenance">{query.data?.items.length !== 0 && add('Add window')}</PageHeader>
      <QueryView query={query} loading={<Loading rows={2} />}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={Wrench} title="No maintenance is planned" action={add('Add the first window')}>
              While a maintenance window is open, monitors are checked as ever, but nobody is told of an
              outage unless it goes on when the window ends.
            </EmptyState>
          ) : (
            <>
              <p className="text-pretty text-ink-soft text-sm">
                Monitors are checked as ever. An outage that begins within a window is told when the window
                ends, unless it is over by then.
              </p>
              <WindowLists windows={items} onEdit={setEditing} onDelete={setDeleting} />
            </>
          )
        }
      </QueryView>
      {editing && <WindowForm window={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
      {deleting && <DeleteWindow window={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}
