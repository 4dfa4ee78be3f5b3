import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { BellOff, CalendarClock, PhoneCall, Plus } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { OnCallPerson, OnCallSchedule, OnCallStatus } from '@/api/models';
import { onCallQuery, onCallSchedulesQuery } from '@/api/on-call';
import { useCan, useSession } from '@/api/use-session';
import { Badge } from '@/components/badge';
import { Button, buttonClass } from '@/components/button';
import { EmptyState } from '@/components/empty-state';
import { PageHeader } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { PermissionNote, RequirePermission, useWhyNot } from '@/components/require-permission';
import { useNow } from '@/lib/now';
import { browserTimeZone } from '@/lib/time-zone';
import { PAGE_TITLES } from '@/messages/terms';
import { onCallMessages as messages, takeOverMessages } from './messages';
import { nameOf, Unreachable } from './people';
import { OnCallTabs } from './tabs';
import { TakeOverDialog } from './take-over-dialog';
import type { Span } from './timeline-scale';

type Turn = NonNullable<OnCallStatus['now']>;

function OwnTurns({ turns }: { turns: { schedule: OnCallStatus; turn: Turn }[] }) {
  const now = useNow();
  if (turns.length === 0) return null;
  return (
    <section
      aria-label={messages.youAre(turns.map(({ schedule }) => schedule.name))}
      className="mb-6 rounded-xl bg-ink px-5 py-4 text-paper"
    >
      <ul className="grid gap-2">
        {turns.map(({ schedule, turn }) => (
          <li key={schedule.id} className="flex items-start gap-3">
            <PhoneCall className="mt-1 size-5 shrink-0" aria-hidden />
            <p className="min-w-0">
              <span className="block break-words font-semibold text-lg">
                {messages.youAre([schedule.name])}
              </span>
              <span className="text-sm opacity-80">
                {turn.until ? messages.until(turn.until, now) : messages.untilFurther}
              </span>
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function NobodyPages() {
  return (
    <div
      role="status"
      className="mb-6 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border border-down/40 bg-down/8 px-4 py-3 text-sm"
    >
      <BellOff className="size-4.5 shrink-0 text-down" aria-hidden />
      <p className="min-w-48 flex-1 font-medium">{messages.nobodyPages}</p>
      <Link to="/account/channels" className={buttonClass()}>
        {messages.addOwnChannel}
      </Link>
    </div>
  );
}

interface PersonProps {
  name: string;
  person: OnCallPerson | undefined;
  isSelf: boolean;
  strong?: boolean;
}

function Person({ name, person, isSelf, strong = false }: PersonProps) {
  return (
    <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
      <span className={`min-w-0 break-words ${strong ? 'font-semibold' : 'font-medium text-sm'}`}>
        {name}
      </span>
      {isSelf && <Badge>{messages.you}</Badge>}
      <Unreachable person={person} />
    </p>
  );
}

interface RowProps {
  status: OnCallStatus;
  schedule: OnCallSchedule | undefined;
  onTakeOver: (() => void) | undefined;
}

function ScheduleRow({ status, schedule, onTakeOver }: RowProps) {
  const now = useNow();
  const self = useSession()?.user.id;
  const person = (id: number) => schedule?.people.find((each) => each.id === id);
  const { now: turn, next } = status;
  return (
    <li className="grid grid-cols-1 gap-x-6 gap-y-4 px-5 py-4 sm:grid-cols-[minmax(0,1fr)_minmax(0,1.3fr)_minmax(0,1.1fr)_auto] sm:items-start">
      <div className="min-w-0">
        <Link
          to="/on-call/schedules/$scheduleId"
          params={{ scheduleId: status.id }}
          className="break-words font-semibold underline-offset-4 hover:underline"
        >
          {status.name}
        </Link>
        {schedule && (
          <p className="text-pretty text-ink-soft text-xs">{messages.usedBy(schedule.used_by_policies)}</p>
        )}
      </div>
      <div className="min-w-0">
        <p className="mb-0.5 text-ink-soft text-xs">{messages.now}</p>
        {turn ? (
          <>
            <Person name={nameOf(turn)} person={person(turn.user_id)} isSelf={turn.user_id === self} strong />
            <p className="text-ink-soft text-xs">
              {turn.until ? messages.until(turn.until, now) : messages.untilFurther}
            </p>
          </>
        ) : (
          <p className="font-semibold text-degraded">{messages.nobody}</p>
        )}
      </div>
      <div className="min-w-0">
        <p className="mb-0.5 text-ink-soft text-xs">{messages.next}</p>
        {next ? (
          <>
            <Person name={nameOf(next)} person={person(next.user_id)} isSelf={next.user_id === self} />
            <p className="text-ink-soft text-xs">{messages.from(next.from)}</p>
          </>
        ) : (
          <p className="text-ink-soft text-sm">{messages.noNext}</p>
        )}
      </div>
      {onTakeOver && (
        <Button aria-label={takeOverMessages.of(status.name)} onClick={onTakeOver} className="w-fit">
          {takeOverMessages.action}
        </Button>
      )}
    </li>
  );
}

/** What is left of a turn; null where that is not known. */
const restOf = ({ now: turn }: OnCallStatus): Span | null =>
  turn?.until ? { from: 0, until: Date.parse(turn.until) } : null;

function Schedules({ statuses }: { statuses: OnCallStatus[] }) {
  const self = useSession()?.user.id;
  const canTakeOver = useCan('takeOver');
  const { data } = useQuery(onCallSchedulesQuery);
  const [taking, setTaking] = useState<OnCallStatus | null>(null);
  const schedules = new Map(data?.items.map((schedule) => [schedule.id, schedule]));
  const me = data?.items.flatMap(({ people }) => people).find(({ id }) => id === self);
  const turns = statuses.flatMap((schedule) =>
    schedule.now && schedule.now.user_id === self ? [{ schedule, turn: schedule.now }] : [],
  );
  return (
    <>
      <OwnTurns turns={turns} />
      {me && !me.has_channel && <NobodyPages />}
      <p className="mb-4 text-pretty text-ink-soft text-sm">{messages.about}</p>
      <ul aria-label={messages.schedules} className="card divide-y divide-line">
        {statuses.map((status) => (
          <ScheduleRow
            key={status.id}
            status={status}
            schedule={schedules.get(status.id)}
            onTakeOver={canTakeOver ? () => setTaking(status) : undefined}
          />
        ))}
      </ul>
      {taking && (
        <TakeOverDialog
          schedule={taking}
          span={restOf(taking)}
          zone={browserTimeZone()}
          onClose={() => setTaking(null)}
        />
      )}
    </>
  );
}

function OnCall({ add }: { add: ReactNode }) {
  const query = useQuery(onCallQuery);
  const whyNot = useWhyNot('manageAlertPolicy');
  return (
    <QueryView query={query} loading={<Loading rows={2} className="h-20" />}>
      {({ schedules }) =>
        schedules.length === 0 ? (
          <EmptyState icon={CalendarClock} title={messages.none} action={add}>
            {messages.noneHint} {whyNot}
          </EmptyState>
        ) : (
          <>
            <Schedules statuses={schedules} />
            <PermissionNote permission="manageAlertPolicy" />
          </>
        )
      }
    </QueryView>
  );
}

export function OnCallPage() {
  const canEdit = useCan('manageAlertPolicy');
  const hasSome =
    (useQuery({ ...onCallQuery, enabled: useCan('viewAlertPolicy') }).data?.schedules.length ?? 0) > 0;
  const add = canEdit && (
    <Link to="/on-call/schedules/new" className={buttonClass('primary')}>
      <Plus className="size-4" aria-hidden />
      {messages.add}
    </Link>
  );
  return (
    <>
      <PageHeader title={PAGE_TITLES.onCall}>{hasSome && add}</PageHeader>
      <OnCallTabs />
      <RequirePermission permission="viewAlertPolicy">
        <OnCall add={add} />
      </RequirePermission>
    </>
  );
}
