import { expect, it } from 'vitest';
import type { AlertCause, DrillNote } from '@/api/models';
import { after, drillDelivery, drillReport } from '../../../test/drills';
import { markdownOf } from './markdown';
import { channelNames, secondsAfter, timeline } from './timeline';

const names = { startedBy: 'Ada', channelName: (id: number) => `channel ${id}`, monitorName: () => 'Router' };

const stepOf = (step: number): AlertCause => ({
  by: 'default',
  step: { policy_id: 1, policy_name: 'Night', step, round: 1 },
});

const note = (changes: Partial<DrillNote>): DrillNote => ({
  at: after(60),
  reason: 'the monitor is muted',
  alert: 'down',
  channel_id: null,
  delivery_id: null,
  ...changes,
});

const textsOf = (report: Parameters<typeof timeline>[0]) =>
  timeline(report, 'Ada', names.channelName).map(({ text, at }) => `${secondsAfter(report, at)} ${text}`);

it('puts together what one step has decided at a time, and keeps what comes again apart', () => {
  const deliveries = [
    drillDelivery({ cause: stepOf(1) }),
    drillDelivery({ id: 'd2', cause: stepOf(1), decided_at: after(0.6) }),
    drillDelivery({ id: 'd3', cause: stepOf(2), decided_at: after(0.7) }),
    drillDelivery({ id: 'd4', alert: 'reminder', decided_at: after(300) }),
    drillDelivery({ id: 'd5', alert: 'reminder', decided_at: after(600) }),
    drillDelivery({ id: 'd6', alert: 'up', decided_at: after(1_800.4) }),
  ];
  expect(textsOf(drillReport({ deliveries }))).toEqual([
    '0 Started by Ada',
    '0.5 Down: 2 notifications by step 1 of Night',
    '0.7 Down: 1 notification by step 2 of Night',
    '90.5 Acknowledged by Grace',
    '300 Reminder: 1 notification',
    '600 Reminder: 1 notification',
    '1800 Ended',
    '1800.4 Up: 1 notification',
  ]);
});

it('says of each note whom it concerns, unless the notification itself says it', () => {
  const notes = [
    note({ cause: stepOf(2), reason: 'nobody is on call' }),
    note({ at: after(61), channel_id: 6 }),
    note({ at: after(62) }),
    note({ at: after(63), channel_id: 5, delivery_id: 'd1' }),
    note({ at: after(64), channel_id: 9, delivery_id: 'never decided' }),
  ];
  const report = drillReport({ notes, acknowledged: null, state: 'running' });
  expect(textsOf(report).slice(2)).toEqual([
    '60 Nobody notified by step 2 of Night',
    '61 Not sent to channel 6',
    '62 Nobody notified',
    '64 Not sent to channel 9',
    '1800 Ends by itself',
  ]);
  expect(channelNames(report, new Map([[6, 'Pager']]))(6)).toBe('Pager');
  expect(channelNames(report, new Map())(5)).toBe('#operations');
  expect(channelNames(report, new Map())(9)).toBe('a deleted or personal channel');
  expect(channelNames(report, null)(9)).toBe('channel 9');
});

it('is written down step by step, in one table', () => {
  const deliveries = [
    drillDelivery({ cause: { by: 'default' } }),
    drillDelivery({
      id: 'd2',
      channel_name: 'a | b',
      outcome: 'failed',
      ended_at: after(95),
      attempts: [{ at: after(3), number: 1, reason: 'no\nanswer' }],
      receipt: null,
    }),
    drillDelivery({ id: 'd3', channel_id: 8, channel_name: 'Pager', outcome: 'suppressed', receipt: null }),
  ];
  const notes = [
    note({ at: after(2), channel_id: 8, delivery_id: 'd3', reason: 'quiet hours' }),
    note({ at: after(70), reason: 'monitor 9, on which it depends, is down' }),
  ];
  const report = drillReport({ name: 'Night\nshift', deliveries, notes, failed: 1 });
  expect(markdownOf(report, names).split('\n')).toEqual([
    '# Night shift',
    '',
    '- Result: **Acknowledged**. Grace acknowledged it after 1 min 30 s. 1 notification received. 1 delivery failed.',
    '- Monitor: Example',
    '- Started: 2025-11-21 10:00:00 UTC, by Ada',
    '- Ended: 2025-11-21 10:30:00 UTC',
    '- First receipt: 2.0 s after the start',
    '- Acknowledgement: 1 min 30 s after the start, by Grace',
    '- Notifications of Down: 1 received, 1 failed',
    '',
    '| Time (UTC) | After the start | What |',
    '| --- | ---: | --- |',
    '| 2025-11-21 10:00:00 | 0.0 s | Started by Ada |',
    '| 2025-11-21 10:00:00 | 0.5 s | Down to #operations: Queued · No route matched |',
    '| 2025-11-21 10:00:00 | 0.5 s | Down to a \\| b: Queued |',
    '| 2025-11-21 10:00:00 | 0.5 s | Down to Pager: Queued |',
    '| 2025-11-21 10:00:02 | 2.0 s | Down to #operations: Sent · ok |',
    '| 2025-11-21 10:00:02 | 2.0 s | Down to Pager: Not sent · quiet hours |',
    '| 2025-11-21 10:00:03 | 3.0 s | Down to a \\| b: Attempt 1 failed · no answer |',
    '| 2025-11-21 10:01:10 | 1 min 10 s | Nobody notified: Router, on which it depends, is down |',
    '| 2025-11-21 10:01:30 | 1 min 30 s | Acknowledged by Grace |',
    '| 2025-11-21 10:01:35 | 1 min 35 s | Down to a \\| b: Failed |',
    '| 2025-11-21 10:30:00 | 30 min | Ended |',
    '',
  ]);
});
