import type { Backtest, BacktestIncident, BacktestOutcome, Why } from '@/api/models';

/** Ten minutes at noon, of which somebody was notified after a minute. */
export const pastIncident = (changes: Partial<BacktestIncident> = {}): BacktestIncident => ({
  id: '01936f1e-0000-7000-8000-000000000001',
  monitor_id: 42,
  degraded: false,
  started_at: '2025-11-10T12:00:00.000Z',
  detected_at: '2025-11-10T12:01:00.000Z',
  ended_at: '2025-11-10T12:10:00.000Z',
  error_code: 'read_timeout',
  notified_at: '2025-11-10T12:01:00.000Z',
  messages: 2,
  reasons: [],
  change: 'same',
  ...changes,
});

export const outcome = (changes: Partial<BacktestOutcome> = {}): BacktestOutcome => ({
  name: null,
  incidents: 1,
  announced: 1,
  degradations: 0,
  messages: 2,
  messages_at_night: 0,
  seconds_to_detect: 60,
  seconds_to_notify: 60,
  missed: 0,
  added: 0,
  down_seconds: 600,
  channels: [{ id: 5, name: '#operations', messages: 2 }],
  list: [pastIncident()],
  ...changes,
});

/** Of which nothing would change. */
export const backtest = (changes: Partial<Backtest> = {}): Backtest => ({
  from: '2025-10-21T12:00:00.000Z',
  until: '2025-11-20T12:00:00.000Z',
  known_since: '2025-10-01T00:00:00.000Z',
  results: 43_200,
  is_complete: true,
  monitors: [{ id: 42, name: 'Example' }],
  left_out: [],
  sent: outcome(),
  candidates: [outcome({ name: 'Candidate' })],
  ...changes,
});

/** Of a monitor that was up. */
export const why = (changes: Partial<Why> = {}): Why => ({
  monitor_id: 42,
  monitor_name: 'Example',
  at: '2025-11-20T12:00:00.000Z',
  answer: 'not_down',
  summary: 'the last check was successful',
  checks: [
    {
      scheduled_at: '2025-11-20T11:59:00.000Z',
      checked_at: '2025-11-20T11:59:00.100Z',
      appended_at: '2025-11-20T11:59:00.200Z',
      state: 'up',
      latency_ms: 87,
      error_code: null,
      error: null,
      revision: 2,
    },
  ],
  rule: {
    revision: 2,
    down_after: 3,
    up_after: 1,
    slow_ms: null,
    down_of: null,
    down_for_seconds: 0,
    failing: 0,
    is_down: false,
    is_known: true,
  },
  incident: null,
  route: null,
  known_since: '2025-10-01T00:00:00.000Z',
  suppressions: [],
  deliveries: [],
  without: [],
  without_known: true,
  ...changes,
});
