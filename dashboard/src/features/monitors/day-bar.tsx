import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type KeyboardEvent, type PointerEvent, useState } from 'react';
import { incidentsOfQuery } from '@/api/incidents';
import type { Monitor } from '@/api/models';
import { seriesQuery } from '@/api/monitors';
import { FailedQueries } from '@/components/query';
import { cx } from '@/lib/cx';
import { formatDateIn, formatRatio } from '@/lib/format';
import { common } from '@/messages/common';
import { describeCause, incidentCount } from '@/messages/incidents';
import { DAY_MS, type Day, type DayState, daysOf, downPart } from './days';
import { dayMessages as messages } from './messages';

const DAYS = 90;
const WEEK = 7;
/** More links of one day would push away what is below. */
const MAX_LINKS = 4;

const FILLS: Record<DayState, string> = {
  up: 'bg-up-fill',
  degraded: 'bg-degraded-fill',
  down: 'bg-down-fill',
  none: 'bg-line',
};

const ratioText = ({ ratio }: Day) => (ratio === null ? common.noData : messages.uptime(formatRatio(ratio)));

const describe = (day: Day): string =>
  [formatDateIn(day.at, 'UTC'), ratioText(day), incidentCount(day.incidents.length)].join(', ');

function Bar({ day, isSelected }: { day: Day; isSelected: boolean }) {
  return (
    <span
      className={cx(
        'flex min-w-0 flex-1 flex-col overflow-hidden rounded-xs transition-opacity',
        day.state === 'none' ? FILLS.none : FILLS.up,
        isSelected && 'outline-2 outline-ink outline-offset-1',
      )}
    >
      <span className={FILLS[day.state]} style={{ height: `${downPart(day) * 100}%` }} />
    </span>
  );
}

/** What is known of a day, with the way to its incidents. */
function Readout({ day }: { day: Day }) {
  const { incidents } = day;
  return (
    <p className="flex min-h-5 flex-wrap gap-x-3 gap-y-1">
      <span className="font-medium text-ink">{formatDateIn(day.at, 'UTC')}</span>
      <span>{ratioText(day)}</span>
      {incidents.length === 0 && <span>{incidentCount(0)}</span>}
      {incidents.slice(0, MAX_LINKS).map((incident) => (
        <Link
          key={incident.id}
          to="/incidents/$incidentId"
          params={{ incidentId: incident.id }}
          className="min-w-0 max-w-72 truncate text-ink underline underline-offset-4"
        >
          {describeCause(incident)}
        </Link>
      ))}
      {incidents.length > MAX_LINKS && <span>{messages.more(incidents.length - MAX_LINKS)}</span>}
    </p>
  );
}

/** The last 90 days, one bar each. The day that is selected stays, so that its links can be reached. */
export function DayBar({ monitor }: { monitor: Monitor }) {
  const series = useQuery({ ...seriesQuery(monitor.id, { range: DAYS }), refetchInterval: 300_000 });
  const incidents = useQuery({ ...incidentsOfQuery(monitor.id, DAYS), refetchInterval: 300_000 });
  const [selected, setSelected] = useState<number | null>(null);
  // Not what is of other lengths, where a server chooses them.
  const isDaily = series.data?.bucket_seconds === DAY_MS / 1_000;
  const days = isDaily ? daysOf(series.data?.buckets ?? [], incidents.data ?? [], DAYS) : [];
  const last = days.length - 1;
  const current = Math.min(selected ?? last, last);
  const day = days[current];
  // A new monitor has a single day, which says no more than the figures above.
  if (days.filter(({ ratio }) => ratio !== null).length < 2) return <FailedQueries queries={[series]} />;

  function onPointer({ clientX, currentTarget }: PointerEvent) {
    const { left, width } = currentTarget.getBoundingClientRect();
    const at = Math.floor(((clientX - left) / width) * days.length);
    if (Number.isFinite(at)) setSelected(Math.min(last, Math.max(0, at)));
  }

  function onKeyDown(event: KeyboardEvent) {
    const next = {
      ArrowLeft: current - 1,
      ArrowDown: current - 1,
      ArrowRight: current + 1,
      ArrowUp: current + 1,
      PageDown: current - WEEK,
      PageUp: current + WEEK,
      Home: 0,
      End: last,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    setSelected(Math.min(last, Math.max(0, next)));
  }

  return (
    <div className="card mt-3 p-4 text-ink-soft text-sm">
      <FailedQueries queries={[series, incidents]} />
      {/* A slider, so that a screen reader announces each day. */}
      <div
        role="slider"
        aria-label={messages.summary(days.length, days.filter(({ state }) => state === 'down').length)}
        aria-readonly
        aria-valuemin={1}
        aria-valuemax={days.length}
        aria-valuenow={current + 1}
        aria-valuetext={day && describe(day)}
        tabIndex={0}
        className="flex h-9 touch-pan-y gap-px rounded sm:gap-0.5"
        onKeyDown={onKeyDown}
        onPointerMove={onPointer}
        // A finger that taps does not move.
        onPointerDown={onPointer}
      >
        {days.map((each, index) => (
          <Bar key={each.at} day={each} isSelected={selected !== null && index === current} />
        ))}
      </div>
      <div className="mt-3">
        {selected !== null && day ? (
          <Readout day={day} />
        ) : (
          <p className="flex min-h-5 justify-between gap-x-4">
            <span>{messages.daysAgo(days.length)}</span>
            <span>{messages.today}</span>
          </p>
        )}
      </div>
    </div>
  );
}
