import { expect, it } from 'vitest';
import type { Incident } from '@/api/models';
import { closeReason, describeCause, monitorNameOf } from './incidents';

const incident = (changes: Partial<Incident>): Incident => ({
  id: '8f0c1c1e-0000-4000-8000-000000000000',
  monitor_id: 42,
  monitor_name: 'Nightly backup',
  started_at: '2025-11-20T11:00:00.000Z',
  resolved_at: '2025-11-20T11:00:01.000Z',
  duration_seconds: 1,
  close_reason: 'recovered',
  error_code: null,
  first_error: null,
  last_error: null,
  acknowledged: null,
  ...changes,
});

it('says that a heartbeat was not overdue after all', () => {
  expect(closeReason(incident({ close_reason: 'withdrawn' }))).toBe('Closed: not overdue after all');
});

it('takes a name that is missing for a monitor that is gone, but not in the past', () => {
  expect(monitorNameOf(incident({}))).toBe('Nightly backup');
  expect(monitorNameOf(incident({ monitor_name: null }))).toBe('Deleted monitor');
  expect(monitorNameOf(incident({ monitor_name: null }), true)).toBe('#42');
});

it.each([
  ['heartbeat_overdue', 'Heartbeat overdue'],
  ['heartbeat_failed', 'Job reported a failure'],
  ['heartbeat_too_long', 'Job takes too long'],
  ['heartbeat_too_short', 'Job ended too soon'],
  ['heartbeat_too_often', 'Job runs too often'],
  ['heartbeat_not_started', 'Job has not started'],
  ['heartbeat_unexpected', 'Job has run, result inverted'],
] as const)('says what %s means', (error_code, text) => {
  expect(describeCause(incident({ error_code }))).toBe(text);
});
