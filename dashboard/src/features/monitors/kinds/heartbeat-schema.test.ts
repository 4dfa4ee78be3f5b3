import { describe, expect, it } from 'vitest';
import type { HeartbeatSettings } from '@/api/models';
import { heartbeatMonitor } from '../../../../test/heartbeats';
import { monitor } from '../../../../test/server';
import { editOf, formOf, inputOf } from '../monitor-input';
import { type MonitorForm, monitorSchema, NEW_MONITOR } from '../monitor-schema';
import { durationOf, secondsOf } from './duration';
import { isCron, previewOf, slugOf } from './heartbeat-schema';

const VALID: MonitorForm = { ...NEW_MONITOR, kind: 'heartbeat', name: 'Nightly backup' };

type HeartbeatForm = MonitorForm['heartbeat'];

const withHeartbeat = (changes: Partial<HeartbeatForm>): MonitorForm => ({
  ...VALID,
  heartbeat: { ...NEW_MONITOR.heartbeat, ...changes },
});

const withSchedule = (changes: Partial<HeartbeatForm['schedule']>): MonitorForm =>
  withHeartbeat({ schedule: { ...NEW_MONITOR.heartbeat.schedule, ...changes } });

function wrongFields(form: MonitorForm): string[] {
  const result = monitorSchema.safeParse(form);
  return result.success ? [] : result.error.issues.map((issue) => issue.path.join('.'));
}

const sentOf = (form: MonitorForm) => inputOf(monitorSchema.parse(form));

it.each([
  [60, { count: '1', unit: 'min' }],
  [90, { count: '90', unit: 's' }],
  [5_400, { count: '90', unit: 'min' }],
  [86_400, { count: '1', unit: 'd' }],
  [0, { count: '0', unit: 'min' }],
  [null, { count: '', unit: 'min' }],
] as const)('shows %s s in the largest unit', (seconds, field) => {
  expect(durationOf(seconds)).toEqual(field);
  expect(secondsOf(durationOf(seconds))).toBe(seconds);
});

it.each([
  ['Nightly backup (db1)', 'nightly-backup-db1'],
  ['  --a__b--  ', 'a__b'],
  ['Überprüfung', 'berpr-fung'],
  ['日本', ''],
  ['x'.repeat(100), 'x'.repeat(64)],
])('makes a slug of "%s" as the server does', (name, slug) => {
  expect(slugOf(name)).toBe(slug);
});

it.each([
  ['0 3 * * *', true],
  ['  0  3 * * MON-FRI ', true],
  ['Mon..Fri 03:00', false],
  ['0 3 * * *\n0 4 * * *', false],
])('reads %j as cron: %s', (expression, cron) => {
  expect(isCron(expression)).toBe(cron);
});

describe('the form of a heartbeat', () => {
  it('needs a name alone', () => {
    expect(sentOf(VALID)).toMatchObject({
      kind: 'heartbeat',
      url: 'heartbeat://nightly-backup',
      name: 'Nightly backup',
      heartbeat: { schedule: { period_seconds: 86_400 }, grace_seconds: 3_600 },
    });
    expect(wrongFields({ ...VALID, name: '' })).toEqual(['url']);
    expect(wrongFields({ ...VALID, name: '日本' })).toEqual(['url']);
  });

  it('leaves out when and how something is sent, whatever is hidden', () => {
    const hidden = { interval_seconds: '5', timeout_ms: '9', retries: '7', slow_ms: '1', up_after: '300' };
    expect(Object.keys(sentOf({ ...VALID, ...hidden })).sort()).toEqual(
      ['down_after', 'heartbeat', 'kind', 'name', 'url'].sort(),
    );
  });

  it('sends the schedule of the selected type', () => {
    const written = { expression: ' 0 3 * * * ', timezone: 'Europe/Berlin' };
    expect(sentOf(withSchedule({ type: 'cron', ...written })).heartbeat?.schedule).toEqual({
      expression: '0 3 * * *',
      timezone: 'Europe/Berlin',
    });
    expect(sentOf(withSchedule({ type: 'period', ...written })).heartbeat?.schedule).toEqual({
      period_seconds: 86_400,
    });
  });

  it.each<[string, MonitorForm]>([
    ['url', { ...VALID, url: 'Nightly Backup' }],
    ['url', { ...VALID, url: 'x'.repeat(65) }],
    ['heartbeat.schedule.period_seconds.count', withSchedule({ period_seconds: durationOf(59) })],
    ['heartbeat.schedule.period_seconds.count', withSchedule({ period_seconds: durationOf(null) })],
    ['heartbeat.schedule.period_seconds.count', withSchedule({ period_seconds: durationOf(366 * 86_400) })],
    ['heartbeat.schedule.expression', withSchedule({ type: 'cron', expression: '' })],
    ['heartbeat.schedule.expression', withSchedule({ type: 'cron', expression: '0 3 * *' })],
    ['heartbeat.schedule.expression', withSchedule({ type: 'on_calendar', expression: '0 3 * * *' })],
    ['heartbeat.schedule.expression', withSchedule({ type: 'on_calendar', expression: 'x'.repeat(101) })],
    ['heartbeat.grace_seconds.count', withHeartbeat({ grace_seconds: { count: '1.5', unit: 'h' } })],
    ['heartbeat.grace_seconds.count', withHeartbeat({ grace_seconds: durationOf(59) })],
    ['heartbeat.early_seconds.count', withHeartbeat({ early_seconds: durationOf(3_660) })],
    ['heartbeat.start_grace_seconds.count', withHeartbeat({ start_grace_seconds: durationOf(0) })],
    ['heartbeat.longest_run_seconds.count', withHeartbeat({ longest_run_seconds: durationOf(30) })],
    ['heartbeat.shortest_run_seconds.count', withHeartbeat({ shortest_run_seconds: durationOf(8 * 86_400) })],
    ['heartbeat.least_pause_seconds.count', withHeartbeat({ least_pause_seconds: durationOf(8 * 86_400) })],
    [
      'heartbeat.body.otherwise_fail',
      withHeartbeat({ body: { fail: '', success: ' ', start: '', otherwise_fail: true } }),
    ],
    [
      'heartbeat.body.fail',
      withHeartbeat({ body: { fail: 'x'.repeat(101), success: '', start: '', otherwise_fail: false } }),
    ],
  ])('says at %s what is wrong', (field, form) => {
    expect(wrongFields(form)).toEqual([field]);
  });

  it('takes 0 as no limit of a run', () => {
    expect(sentOf(withHeartbeat({ longest_run_seconds: durationOf(0) })).heartbeat).toMatchObject({
      longest_run_seconds: 0,
    });
  });
});

const FULL: HeartbeatSettings = {
  schedule: { expression: 'Mon..Fri 03:00\nSat 05:00', timezone: 'Europe/Berlin' },
  grace_seconds: 900,
  early_seconds: 90,
  start_grace_seconds: 60,
  longest_run_seconds: 0,
  shortest_run_seconds: 5,
  least_pause_seconds: 7_200,
  post_only: true,
  body: { fail: ['ERROR', 'panic'], success: ['done'], otherwise_fail: true },
};

it('sends nothing of a saved heartbeat that was not changed', () => {
  for (const saved of [heartbeatMonitor(), heartbeatMonitor({}, { heartbeat: FULL })]) {
    expect(editOf(saved, monitorSchema.parse(formOf(saved)))).toEqual({});
  }
});

it('sends the fields that were changed, and null for those that were cleared', () => {
  const saved = heartbeatMonitor({}, { heartbeat: FULL });
  const form = formOf(saved);
  const heartbeat = {
    ...form.heartbeat,
    start_grace_seconds: durationOf(null),
    grace_seconds: durationOf(600),
  };
  expect(editOf(saved, monitorSchema.parse({ ...form, heartbeat }))).toEqual({
    heartbeat: { start_grace_seconds: null, grace_seconds: 600 },
  });
});

it('makes a heartbeat of another monitor as a whole', () => {
  const form = { ...formOf(monitor()), kind: 'heartbeat' as const, url: 'nightly-backup' };
  expect(editOf(monitor(), monitorSchema.parse(form))).toEqual({
    kind: 'heartbeat',
    url: 'heartbeat://nightly-backup',
    heartbeat: {
      schedule: { period_seconds: 86_400 },
      grace_seconds: 3_600,
      early_seconds: 0,
      post_only: false,
    },
  });
});

it('makes another monitor of a heartbeat with the defaults of what is sent', () => {
  const saved = heartbeatMonitor();
  const form = { ...formOf(saved), kind: 'http' as const, url: 'https://example.org/' };
  expect(editOf(saved, monitorSchema.parse(form))).toMatchObject({
    kind: 'http',
    url: 'https://example.org/',
    interval_seconds: 60,
    retries: 1,
    retry_delay_ms: 1_000,
    up_after: 1,
  });
});

it('previews a schedule once it is complete', () => {
  expect(previewOf(NEW_MONITOR.heartbeat)).toEqual({
    schedule: { period_seconds: 86_400 },
    grace_seconds: 3_600,
  });
  expect(previewOf(withSchedule({ type: 'cron' }).heartbeat)).toBeNull();
});
