import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { Pencil, Trash2, UserRoundCheck } from 'lucide-react';
import { useState } from 'react';
import { keys } from '@/api/keys';
import type { OnCallSchedule } from '@/api/models';
import {
  deleteOnCallSchedule,
  onCallOverridesQuery,
  onCallScheduleQuery,
  onCallShiftsQuery,
} from '@/api/on-call';
import { ApiError } from '@/api/problem';
import { useCan, useSession } from '@/api/use-session';
import { BackLink } from '@/components/back-link';
import { Button, buttonClass, IconButton } from '@/components/button';
import { Choice } from '@/components/choice';
import { ConfirmDialog } from '@/components/dialog';
import { NotFoundPage } from '@/components/fallback';
import { PageHeader, Section } from '@/components/page';
import { FailedQueries, Loading, QueryView } from '@/components/query';
import { PermissionNote } from '@/components/require-permission';
import { toastSuccess } from '@/components/toasts';
import { ItemHistoryLink } from '@/components/versions/item-links';
import { cx } from '@/lib/cx';
import { useNow } from '@/lib/now';
import { browserTimeZone, formatTimeZone } from '@/lib/time-zone';
import { common } from '@/messages/common';
import { PAGE_TITLES } from '@/messages/terms';
import { finalLane, overridesLane, rowsOf, useLayerLanes } from './lanes';
import { describeLayer, onCallMessages as messages, takeOverMessages } from './messages';
import { Overrides } from './overrides';
import { isReachable, nameOf, Unreachable } from './people';
import { ShiftTable } from './shift-table';
import { TakeOverDialog } from './take-over-dialog';
import { Timeline } from './timeline';
import { type Span, spanOf, type View } from './timeline-scale';
import { ViewControls } from './view-controls';

const DISPLAYS = { timeline: messages.timeline, table: messages.table };

const unreachableOf = ({ people }: OnCallSchedule): ReadonlySet<number> =>
  new Set(people.filter((person) => !isReachable(person)).map(({ id }) => id));

interface RotaProps {
  schedule: OnCallSchedule;
  zone: string;
  onTakeOver: ((span: Span) => void) | undefined;
}

/** Who is on call in a period, and by what. */
function FinalRota({ schedule, zone, onTakeOver }: RotaProps) {
  const now = useNow();
  const self = useSession()?.user.id;
  const [{ view, step }, setPeriod] = useState<{ view: View; step: number }>({ view: 'week', step: 0 });
  const [display, setDisplay] = useState<keyof typeof DISPLAYS>('timeline');
  const span = spanOf(view, step, now, zone);
  const [from, until] = [new Date(span.from).toISOString(), new Date(span.until).toISOString()];
  const query = useQuery({
    ...onCallShiftsQuery(schedule.id, from, until),
    placeholderData: keepPreviousData,
  });
  const overrides = useQuery(onCallOverridesQuery(schedule.id));
  // Whoever cannot change a schedule cannot ask what single layers say.
  const canPreview = useCan('manageAlertPolicy');
  const layers = useLayerLanes(canPreview ? schedule : { ...schedule, layers: [] }, span);
  const shifts = query.data?.shifts ?? [];
  const unreachable = unreachableOf(schedule);
  const label = messages.timelineOf(span, zone);
  return (
    <section aria-label={messages.final} className="card">
      <div className="border-line border-b px-5 py-3">
        <ViewControls
          view={view}
          step={step}
          span={span}
          zone={zone}
          onChange={(nextView, nextStep) => setPeriod({ view: nextView, step: nextStep })}
        >
          <Choice label={messages.display} options={DISPLAYS} value={display} onChange={setDisplay} />
        </ViewControls>
      </div>
      <div
        className={cx('transition-opacity', query.isPlaceholderData && 'opacity-60')}
        aria-busy={query.isFetching}
      >
        {query.error && (
          <div className="p-5">
            <FailedQueries queries={[query]} />
          </div>
        )}
        {query.isPending && (
          <div className="p-5">
            <Loading rows={3} className="h-8" />
          </div>
        )}
        {query.data && display === 'timeline' && (
          <div className="px-5 py-4">
            <Timeline
              view={view}
              span={span}
              lanes={[
                finalLane(shifts, span, onTakeOver),
                ...layers,
                overridesLane(overrides.data?.items ?? []),
              ]}
              zone={zone}
              now={now}
              self={self}
              unreachable={unreachable}
            />
          </div>
        )}
        {query.data && display === 'table' && (
          <ShiftTable
            label={label}
            rows={rowsOf(shifts, span, self, unreachable)}
            zone={zone}
            onSelect={onTakeOver}
          />
        )}
      </div>
    </section>
  );
}

function Layers({ schedule }: { schedule: OnCallSchedule }) {
  const person = (id: number) => schedule.people.find((each) => each.id === id);
  return (
    <Section title={messages.layers}>
      <ol aria-label={messages.layers} className="card divide-y divide-line">
        {schedule.layers.map((layer, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a layer is what is at its place
          <li key={index} className="px-5 py-3.5">
            <p className="flex flex-wrap items-baseline gap-x-3 text-sm">
              <span className="font-medium">{messages.layer(index)}</span>
              <span className="text-ink-soft text-xs">{describeLayer(layer)}</span>
            </p>
            <ol className="mt-1.5 flex flex-wrap gap-x-4 gap-y-1.5 text-sm">
              {layer.people.map((id, turn) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: somebody may have several turns
                <li key={turn} className="inline-flex flex-wrap items-center gap-x-2">
                  <span className="text-ink-soft text-xs">{turn + 1}</span>
                  {nameOf({ user_id: id, name: person(id)?.name ?? null })}
                  <Unreachable person={person(id)} />
                </li>
              ))}
            </ol>
          </li>
        ))}
      </ol>
    </Section>
  );
}

function DeleteSchedule({ schedule, onClose }: { schedule: OnCallSchedule; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => deleteOnCallSchedule(schedule.id),
    async onSuccess() {
      toastSuccess(common.removed(schedule.name));
      await navigate({ to: '/on-call' });
      client.removeQueries({ queryKey: keys.onCallSchedule(schedule.id) });
      void client.invalidateQueries({ queryKey: keys.onCall });
    },
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

function Schedule({ schedule }: { schedule: OnCallSchedule }) {
  const own = browserTimeZone();
  const [zone, setZone] = useState(own);
  const canTakeOver = useCan('takeOver');
  const canEdit = useCan('manageAlertPolicy');
  const canSeeHistory = useCan('viewAlertPolicy');
  const [taking, setTaking] = useState<Span | 'now' | null>(null);
  const [isDeleting, setDeleting] = useState(false);
  const overrides = useQuery(onCallOverridesQuery(schedule.id));
  const zones = { [own]: formatTimeZone(own), [schedule.time_zone]: formatTimeZone(schedule.time_zone) };
  return (
    <>
      <PageHeader title={schedule.name}>
        <div className="flex flex-wrap items-center gap-2">
          {canTakeOver && (
            <Button variant="primary" onClick={() => setTaking('now')}>
              <UserRoundCheck className="size-4" aria-hidden />
              {takeOverMessages.action}
            </Button>
          )}
          {canEdit && (
            <>
              <Link
                to="/on-call/schedules/$scheduleId/edit"
                params={{ scheduleId: schedule.id }}
                className={buttonClass()}
              >
                <Pencil className="size-4" aria-hidden />
                {messages.edit}
              </Link>
              <IconButton label={common.remove(schedule.name)} onClick={() => setDeleting(true)}>
                <Trash2 className="size-4" aria-hidden />
              </IconButton>
            </>
          )}
        </div>
      </PageHeader>
      <div className="-mt-3 mb-4 flex min-h-8 flex-wrap items-center gap-x-4 gap-y-1 text-ink-soft text-sm">
        <span>{messages.usedBy(schedule.used_by_policies)}</span>
        <span className="flex flex-wrap items-center gap-x-2">
          {messages.zone}{' '}
          {own === schedule.time_zone ? (
            formatTimeZone(own)
          ) : (
            <Choice label={messages.zone} options={zones} value={zone} onChange={setZone} />
          )}
        </span>
      </div>
      <FinalRota schedule={schedule} zone={zone} onTakeOver={canTakeOver ? setTaking : undefined} />
      <QueryView query={overrides} loading={null}>
        {({ items }) => <Overrides schedule={schedule.id} overrides={items} zone={zone} />}
      </QueryView>
      <Layers schedule={schedule} />
      {canSeeHistory && <ItemHistoryLink kind="on-call-schedules" id={schedule.id} />}
      <PermissionNote permission="takeOver" />
      {taking && (
        <TakeOverDialog
          schedule={schedule}
          span={taking === 'now' ? null : taking}
          zone={zone}
          onClose={() => setTaking(null)}
        />
      )}
      {isDeleting && <DeleteSchedule schedule={schedule} onClose={() => setDeleting(false)} />}
    </>
  );
}

export function SchedulePage() {
  const { scheduleId } = useParams({ from: '/logged-in/on-call/schedules/$scheduleId' });
  const query = useQuery(onCallScheduleQuery(scheduleId));
  if (query.error instanceof ApiError && query.error.status === 404) return <NotFoundPage />;
  return (
    <>
      <BackLink to="/on-call">{PAGE_TITLES.onCall}</BackLink>
      <QueryView query={query} loading={<Loading rows={3} className="h-24" />}>
        {(schedule) => <Schedule key={schedule.id} schedule={schedule} />}
      </QueryView>
    </>
  );
}
