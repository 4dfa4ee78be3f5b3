import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CalendarClock, Pencil, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { deleteDrillSchedule, drillSchedulesQuery } from '@/api/drills';
import { keys } from '@/api/keys';
import type { DrillSchedule } from '@/api/models';
import { useCan } from '@/api/use-session';
import { BackLink } from '@/components/back-link';
import { Badge } from '@/components/badge';
import { Button, IconButton } from '@/components/button';
import { ConfirmDialog } from '@/components/dialog';
import { EmptyState } from '@/components/empty-state';
import { PageHeader } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { PermissionNote, useWhyNot } from '@/components/require-permission';
import { toastSuccess } from '@/components/toasts';
import { browserTimeZone } from '@/lib/time-zone';
import { common } from '@/messages/common';
import { ALERTING_TITLES } from '@/messages/terms';
import { scheduleMessages as messages, nextDates } from './messages';
import { ScheduleFormDialog } from './schedule-form';

function DeleteDialog({ schedule, onClose }: { schedule: DrillSchedule; onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteDrillSchedule(schedule.id),
    onSuccess() {
      toastSuccess(common.removed(schedule.name));
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.drillSchedules }),
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
  schedule: DrillSchedule;
  canEdit: boolean;
  onEdit: () => void;
  onDelete: () => void;
}

function ScheduleRow({ schedule, canEdit, onEdit, onDelete }: RowProps) {
  const { name, monitor_id: monitorId, monitor_name, minutes, enabled, last_drill_id: last } = schedule;
  return (
    <li className="flex flex-wrap items-center gap-x-5 gap-y-2 px-5 py-4">
      <div className="min-w-0 flex-1 basis-72">
        <p className="flex flex-wrap items-center gap-2">
          <span className="min-w-0 break-words font-semibold">{name}</span>
          {!enabled && <Badge>{messages.off}</Badge>}
        </p>
        <p className="break-words text-sm">{messages.plan(schedule)}</p>
        <p className="mt-0.5 break-words text-ink-soft text-xs">
          <Link
            to="/monitors/$monitorId"
            params={{ monitorId }}
            className="underline decoration-line-strong/50 underline-offset-4 hover:decoration-current"
          >
            {monitor_name}
          </Link>
          {` · ${messages.lasts(minutes)}`}
        </p>
      </div>
      <NextDate schedule={schedule} />
      <div className="ml-auto flex items-center gap-1">
        {last !== null && (
          <Link
            to="/drills/$drillId"
            params={{ drillId: last }}
            className="mr-2 text-sm underline-offset-4 hover:underline"
          >
            {messages.lastDrill}
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

/** In the viewer's zone, and in the schedule's own where that is another time. */
function NextDate({ schedule: { next_at: at, time_zone: zone } }: { schedule: DrillSchedule }) {
  if (at === null) return null;
  const { own, elsewhere } = nextDates(at, browserTimeZone(), zone);
  return (
    <div className="min-w-0 text-sm sm:text-right">
      <p>
        <span className="text-ink-soft">{messages.next}</span> <time dateTime={at}>{own}</time>
      </p>
      {elsewhere && <p className="text-ink-soft text-xs">{elsewhere}</p>}
    </div>
  );
}

export function DrillSchedulesPage() {
  const query = useQuery(drillSchedulesQuery);
  const canEdit = useCan('manageMonitors');
  const whyNot = useWhyNot('manageMonitors');
  /** Null for a new one. */
  const [editing, setEditing] = useState<{ schedule: DrillSchedule | null } | null>(null);
  const [deleting, setDeleting] = useState<DrillSchedule | null>(null);
  const add = canEdit && (
    <Button variant="primary" onClick={() => setEditing({ schedule: null })}>
      <Plus className="size-4" aria-hidden />
      {messages.add}
    </Button>
  );
  return (
    <>
      <BackLink to="/drills">{ALERTING_TITLES.drills}</BackLink>
      <PageHeader title={messages.title}>{query.data?.items.length !== 0 && add}</PageHeader>
      <QueryView query={query} loading={<Loading rows={2} className="h-20" />}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={CalendarClock} title={messages.none} action={add}>
              {messages.noneHint} {whyNot}
            </EmptyState>
          ) : (
            <>
              <p className="mb-4 max-w-3xl text-pretty text-ink-soft text-sm">{messages.about}</p>
              <ul aria-label={messages.title} className="card divide-y divide-line">
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
              <PermissionNote permission="manageMonitors" />
            </>
          )
        }
      </QueryView>
      {editing && <ScheduleFormDialog schedule={editing.schedule} onClose={() => setEditing(null)} />}
      {deleting && <DeleteDialog schedule={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}
