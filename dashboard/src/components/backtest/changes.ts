import type { Backtest, BacktestIncident, BacktestOutcome } from '@/api/models';

export interface Change {
  kind: 'missed' | 'added';
  /** As it was sent, or where nothing was, as it would have been. */
  incident: BacktestIncident;
  /** Whether there was an incident under this name. */
  isSent: boolean;
  /** Why nobody would have been notified of it, or nobody was. */
  reasons: readonly string[];
}

const isAnnounced = ({ notified_at }: BacktestIncident): boolean => notified_at !== null;

/** The incidents of which it changes whether somebody is notified, by their beginning. */
export function changesOf(sent: BacktestOutcome, tried: BacktestOutcome): Change[] {
  const known = new Map(sent.list.map((incident) => [incident.id, incident]));
  const announced = sent.list.filter(isAnnounced);
  const changes = new Map<string, Change>();
  for (const incident of tried.list) {
    if (incident.change === 'same') continue;
    const same = known.get(incident.id);
    if (incident.change === 'added') {
      changes.set(incident.id, { kind: 'added', incident, isSent: false, reasons: same?.reasons ?? [] });
      continue;
    }
    // By another rule it begins at another time, and has another name. One that was sent may become several.
    const other = same ?? announced.find((each) => overlaps(each, incident));
    const shown = other ?? incident;
    if (changes.has(shown.id)) continue;
    changes.set(shown.id, {
      kind: 'missed',
      incident: shown,
      isSent: other !== undefined,
      reasons: incident.reasons,
    });
  }
  return [...changes.values()].sort((a, b) => a.incident.started_at.localeCompare(b.incident.started_at));
}

const endOf = ({ ended_at }: BacktestIncident): number =>
  ended_at === null ? Number.POSITIVE_INFINITY : Date.parse(ended_at);

const overlaps = (a: BacktestIncident, b: BacktestIncident): boolean =>
  a.monitor_id === b.monitor_id &&
  a.degraded === b.degraded &&
  Date.parse(a.started_at) < endOf(b) &&
  Date.parse(b.started_at) < endOf(a);

export type Mark = 'announced' | 'silent' | 'degraded' | 'missed' | 'added';

/** An incident in a lane of the timeline, in parts of its width. */
export interface Bar {
  key: string;
  mark: Mark;
  from: number;
  until: number;
}

interface Range {
  from: string;
  until: string;
}

function barOf(incident: BacktestIncident, mark: Mark, range: Range): Bar {
  const [from, until] = [Date.parse(range.from), Date.parse(range.until)];
  const part = (at: number) => Math.min(1, Math.max(0, (at - from) / (until - from)));
  const end = incident.ended_at === null ? until : Date.parse(incident.ended_at);
  return { key: incident.id, mark, from: part(Date.parse(incident.started_at)), until: part(end) };
}

const plainMark = (incident: BacktestIncident): Mark => {
  if (incident.degraded) return 'degraded';
  return isAnnounced(incident) ? 'announced' : 'silent';
};

/** What was sent, and below it what would have been, where what is missed leaves a gap that is marked. */
export function lanesOf(backtest: Backtest, tried: BacktestOutcome): { sent: Bar[]; tried: Bar[] } {
  const missed = changesOf(backtest.sent, tried).filter(({ kind }) => kind === 'missed');
  return {
    sent: backtest.sent.list.map((incident) => barOf(incident, plainMark(incident), backtest)),
    tried: [
      ...tried.list
        .filter(({ change }) => change !== 'missed')
        .map((incident) =>
          barOf(incident, incident.change === 'added' ? 'added' : plainMark(incident), backtest),
        ),
      ...missed.map(({ incident }) => barOf(incident, 'missed', backtest)),
    ],
  };
}

/** The nights, from 22:00 to 07:00 by the local clock, in parts of the width. */
export function nightsOf({ from, until }: Range): { from: number; until: number }[] {
  const [first, last] = [Date.parse(from), Date.parse(until)];
  const nights: { from: number; until: number }[] = [];
  const start = new Date(first);
  start.setHours(22, 0, 0, 0);
  start.setDate(start.getDate() - 1);
  for (const night = start; night.getTime() < last; night.setDate(night.getDate() + 1)) {
    const end = new Date(night);
    end.setDate(end.getDate() + 1);
    end.setHours(7);
    const part = (at: Date) => Math.min(1, Math.max(0, (at.getTime() - first) / (last - first)));
    if (end.getTime() > first) nights.push({ from: part(night), until: part(end) });
  }
  return nights;
}
