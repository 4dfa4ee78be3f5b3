import { describe, expect, it } from 'vitest';
import { describeDelta } from '@/messages/backtest';
import { backtest, outcome, pastIncident } from '../../../test/backtest';
import { changesOf, lanesOf, nightsOf } from './changes';

const SILENT = { notified_at: null, messages: 0 };

describe('the incidents of which something changes', () => {
  it('are those that the server marks, missed ones as they were sent', () => {
    const sent = outcome({
      list: [pastIncident(), pastIncident({ id: 'b', ...SILENT, reasons: ['muted'] })],
    });
    const tried = outcome({
      list: [
        pastIncident({ ...SILENT, change: 'missed', reasons: ['in quiet hours'] }),
        pastIncident({ id: 'b', change: 'added' }),
        pastIncident({ id: 'c', started_at: '2025-11-11T12:00:00.000Z' }),
      ],
    });
    expect(changesOf(sent, tried)).toEqual([
      { kind: 'missed', incident: pastIncident(), isSent: true, reasons: ['in quiet hours'] },
      {
        kind: 'added',
        incident: pastIncident({ id: 'b', change: 'added' }),
        isSent: false,
        reasons: ['muted'],
      },
    ]);
  });

  it('are once what was sent, where it would have been several of which nobody is notified', () => {
    const missed = { ...SILENT, change: 'missed' as const };
    const first = pastIncident({
      id: 'x',
      started_at: '2025-11-10T12:01:00.000Z',
      ended_at: '2025-11-10T12:04:00.000Z',
      ...missed,
    });
    const second = pastIncident({ id: 'y', started_at: '2025-11-10T12:06:00.000Z', ...missed });
    expect(changesOf(outcome(), outcome({ list: [first, second] }))).toEqual([
      { kind: 'missed', incident: pastIncident(), isSent: true, reasons: [] },
    ]);
    // At that time another monitor was down.
    const other = outcome({ list: [pastIncident({ monitor_id: 7 })] });
    expect(changesOf(other, outcome({ list: [first] }))).toEqual([
      { kind: 'missed', incident: first, isSent: false, reasons: [] },
    ]);
  });
});

it('leaves a marked gap in the lower lane where something is missed', () => {
  const lanes = lanesOf(
    backtest({ sent: outcome({ list: [pastIncident(), pastIncident({ id: 's', ...SILENT })] }) }),
    outcome({
      list: [
        pastIncident({ ...SILENT, change: 'missed' }),
        pastIncident({ id: 'd', degraded: true, ended_at: null }),
        pastIncident({ id: 'n', change: 'added' }),
      ],
    }),
  );
  expect(lanes.sent.map(({ mark }) => mark)).toEqual(['announced', 'silent']);
  expect(lanes.tried.map(({ mark }) => mark)).toEqual(['degraded', 'added', 'missed']);
  // Two thirds of the 30 days have passed by then; what goes on lasts to the end.
  expect(lanes.sent[0]?.from).toBeCloseTo(20 / 30, 5);
  expect(lanes.tried[0]?.until).toBe(1);
});

it('knows the nights by the local clock', () => {
  const local = (day: number, hour: number) => new Date(2025, 10, day, hour).toISOString();
  const nights = nightsOf({ from: local(10, 0), until: local(12, 0) });
  expect(nights.map(({ from, until }) => [Math.round(from * 48), Math.round(until * 48)])).toEqual([
    [0, 7],
    [22, 31],
    [46, 48],
  ]);
});

describe('the difference in words', () => {
  const SENT = { messages: 20, messages_at_night: 12, seconds_to_detect: 60 };
  it.each<[Parameters<typeof outcome>[0], string]>([
    [{}, 'Nothing changes: 20 notifications, as sent'],
    [
      { messages: 6, messages_at_night: 1, missed: 1 },
      '−14 notifications, 11 of them at night; 1 incident missed',
    ],
    [{ messages: 21, messages_at_night: 13 }, '+1 notification, at night'],
    [{ messages: 16, messages_at_night: 8 }, '−4 notifications, all of them at night'],
    [{ messages: 25, messages_at_night: 2, added: 2 }, '+5 notifications, −10 at night; 2 incidents added'],
    [{ messages_at_night: 0 }, 'As many notifications, −12 at night'],
    [{ messages: 18, seconds_to_detect: 180 }, '−2 notifications; detected 2 min later'],
    [{ seconds_to_detect: 30 }, 'As many notifications; detected 30 s sooner'],
    [
      { messages: 0, messages_at_night: 0, missed: 9, seconds_to_detect: null },
      '−20 notifications, 12 of them at night; 9 incidents missed',
    ],
  ])('%j: %s', (changes, text) => {
    expect(describeDelta(outcome(SENT), outcome({ ...SENT, ...changes }))).toBe(text);
  });
});
