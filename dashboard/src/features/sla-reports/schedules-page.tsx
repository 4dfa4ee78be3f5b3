import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CalendarClock, Pencil, Plus, Trash2, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { keys } from '@/api/keys';
import type { SlaSchedule } from '@/api/models';
import { deleteSlaSchedule, slaSchedulesQuery } from '@/api/sla-reports';
import { useCan } from '@/api/use-session';
import { Badge } from '@/components/badge';
import { Button, IconButton } from '@/components/button';
import { ConfirmDialog } from '@/components/dialog';
import { EmptyState } from '@/components/empty-state';
import { PageHeader } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { PermissionNote, RequirePermission } from '@/components/require-permission';
import { toastSuccess } from '@/components/toasts';
import { common } from '@/messages/common';
import { PAGE_TITLES } from '@/messages/terms';
import {
  CADENCES,
  describeSelection,
  describeTarget,
  scheduleMessages as messages,
  slaMessages,
} from './messages';
import { ScheduleFormDialog } from './schedule-form';
import { SlaTabs } from './tabs';

function DeleteDialog({ schedule, onClose }: { schedule: SlaSchedule; onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteSlaSchedule(schedule.id),
    onSuccess() {
      toastSuccess(common.removed(schedule.name));
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.slaSchedules }),
  });
  return (
    <ConfirmDialog
      title={common.confirmRemove(schedule.name)}
      action={messages.delete}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      {messages.deleteHint}
    </ConfirmDialog>
  );
}

interface RowProps {
  schedule: SlaSchedule;
  canEdit: boolean;
  onEdit: () => void;
  onDelete: () => void;
}

function ScheduleRow({ schedule, canEdit, onEdit, onDelete }: RowProps) {
  const { name, cadence, selection, recipients, enabled, error, last_report_id: last } = schedule;
  const of = describeSelection(selection);
  return (
    <li className="flex flex-wrap items-center gap-x-5 gap-y-2 px-5 py-4">
      <div className="min-w-0 flex-1 basis-64">
        <p className="flex flex-wrap items-center gap-2">
          <span className="min-w-0 break-words font-semibold">{name}</span>
          {!enabled && <Badge>{messages.off}</Badge>}
        </p>
        <p className="break-words text-ink-soft text-sm">
          {CADENCES[cadence]} · {of} · {describeTarget(schedule)}
        </p>
        <p className="text-ink-soft text-xs">
          {recipients.length === 0 ? messages.noRecipients : messages.recipientCount(recipients.length)}
          {enabled && ` · ${messages.next(schedule.next_at, schedule.time_zone)}`}
        </p>
        {error && (
          <p className="mt-1 flex items-start gap-1.5 text-degraded text-xs">
            <TriangleAlert className="mt-px size-3.5 shrink-0" aria-hidden />
            {messages.failed(error)}
          </p>
        )}
      </div>
      <div className="ml-auto flex items-center gap-1">
        {last !== null && (
          <Link
            to="/sla-reports/$reportId"
            params={{ reportId: last }}
            className="mr-2 text-sm underline-offset-4 hover:underline"
          >
            {messages.lastReport}
          </Link>
        )}
        {canEdit && (
          <>
            <IconButton label={common.edit(name)} onClick={onEdit}>
              <Pencil className="size-4" aria-hidden />
            </IconButton>
            <IconButton label={common.remove(name)} onClick={onDelete}>
              <Trash2 className="size-4" aria-hidden />
            </IconButton>
          </>
        )}
      </div>
    </li>
  );
}

function Schedules() {
  const query = useQuery(slaSchedulesQuery);
  const canEdit = useCan('manageSlaSchedules');
  /** Null for a new one. */
  const [editing, setEditing] = useState<{ schedule: SlaSchedule | null } | null>(null);
  const [deleting, setDeleting] = useState<SlaSchedule | null>(null);
  const add = canEdit && (
    <Button variant="primary" onClick={() => setEditing({ schedule: null })}>
      <Plus className="size-4" aria-hidden />
      {messages.add}
    </Button>
  );
  return (
    <>
      <QueryView query={query} loading={<Loading rows={2} />}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={CalendarClock} title={messages.none} action={add}>
              {messages.noneHint}
            </EmptyState>
          ) : (
            <>
              <div className="mb-4 flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
                <p className="min-w-0 flex-1 basis-72 text-pretty text-ink-soft text-sm">{messages.about}</p>
                {add}
              </div>
              <ul aria-label={slaMessages.schedules} className="card divide-y divide-line">
                {items.map((schedule) => (
                  <ScheduleRow
                    key={schedule.id}
                    schedule={schedule}
                    canEdit={canEdit}
                    onEdit={() => setEditing({ schedule })}
                    onDelete={() => setDeleting(schedule)}
                  />
                ))}
              </ul>
            </>
          )
        }
      </QueryView>
      <PermissionNote permission="manageSlaSchedules" />
      {editing && <ScheduleFormDialog schedule={editing.schedule} onClose={() => setEditing(null)} />}
      {deleting && <DeleteDialog schedule={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}

export function SlaSchedulesPage() {
  return (
    <>
      <PageHeader title={PAGE_TITLES.slaReports} />
      <SlaTabs />
      <RequirePermission permission="seeSlaSchedules">
        <Schedules />
      </RequirePermission>
    </>
  );
}
