import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CalendarPlus, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { calendarsQuery, deleteCalendar } from '@/api/calendars';
import { keys } from '@/api/keys';
import type { CalendarFeed } from '@/api/models';
import { useCan } from '@/api/use-session';
import { Button, IconButton } from '@/components/button';
import { ConfirmDialog } from '@/components/dialog';
import { EmptyState } from '@/components/empty-state';
import { PageHeader } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { RequirePermission } from '@/components/require-permission';
import { RelativeTime } from '@/components/time';
import { toastSuccess } from '@/components/toasts';
import { formatDate } from '@/lib/format';
import { PAGE_TITLES } from '@/messages/terms';
import { CalendarDialog } from './calendar-dialog';
import { calendarMessages as messages, onCallMessages } from './messages';
import { OnCallTabs } from './tabs';

function DeleteCalendar({ feed, onClose }: { feed: CalendarFeed; onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteCalendar(feed.id),
    async onSuccess() {
      await client.invalidateQueries({ queryKey: keys.calendars });
      toastSuccess(messages.deleted);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={messages.confirmDelete}
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

/** What a calendar shows. */
const nameOf = ({ schedule_id: id, schedule_name: name }: CalendarFeed): string =>
  id === null ? messages.mine : (name ?? messages.scheduleWithId(id));

function Calendars({ onAdd }: { onAdd: () => void }) {
  const query = useQuery(calendarsQuery);
  const [deleting, setDeleting] = useState<CalendarFeed | null>(null);
  return (
    <>
      <QueryView query={query} loading={<Loading rows={2} />}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={CalendarPlus} title={messages.none} action={<AddCalendar onClick={onAdd} />}>
              {messages.noneHint}
            </EmptyState>
          ) : (
            <>
              <p className="mb-4 text-pretty text-ink-soft text-sm">{messages.about}</p>
              <ul aria-label={onCallMessages.calendars} className="card divide-y divide-line">
                {items.map((feed) => (
                  <li key={feed.id} className="flex items-center gap-4 px-5 py-3.5">
                    <div className="min-w-0 flex-1">
                      <p className="break-words font-semibold">{nameOf(feed)}</p>
                      <p className="text-ink-soft text-xs">
                        {messages.addedOn(formatDate(feed.created_at))}
                        {' · '}
                        {feed.read_at ? (
                          <>
                            {messages.lastRead}
                            <RelativeTime at={feed.read_at} />
                          </>
                        ) : (
                          messages.neverRead
                        )}
                      </p>
                    </div>
                    <IconButton label={messages.deleteOf(nameOf(feed))} onClick={() => setDeleting(feed)}>
                      <Trash2 className="size-4" aria-hidden />
                    </IconButton>
                  </li>
                ))}
              </ul>
            </>
          )
        }
      </QueryView>
      {deleting && <DeleteCalendar feed={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}

function AddCalendar({ onClick }: { onClick: () => void }) {
  return (
    <Button variant="primary" onClick={onClick}>
      <Plus className="size-4" aria-hidden />
      {messages.add}
    </Button>
  );
}

export function CalendarsPage() {
  const canView = useCan('viewAlertPolicy');
  const hasSome = (useQuery({ ...calendarsQuery, enabled: canView }).data?.items.length ?? 0) > 0;
  const [isAdding, setAdding] = useState(false);
  return (
    <>
      <PageHeader title={PAGE_TITLES.onCall}>
        {canView && hasSome && <AddCalendar onClick={() => setAdding(true)} />}
      </PageHeader>
      <OnCallTabs />
      <RequirePermission permission="viewAlertPolicy">
        <Calendars onAdd={() => setAdding(true)} />
      </RequirePermission>
      {isAdding && <CalendarDialog onClose={() => setAdding(false)} />}
    </>
  );
}
