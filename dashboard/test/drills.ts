import type { Drill, DrillDelivery, DrillReport, DrillSchedule } from '@/api/models';

/** When the drills of the tests start. */
export const START = '2025-11-21T10:00:00.000Z';

/** As many seconds after the start. */
export const after = (seconds: number): string => new Date(Date.parse(START) + seconds * 1_000).toISOString();

/** It is over, and Grace has acknowledged it. */
export const drill = (changes: Partial<Drill> = {}): Drill => ({
  id: 7,
  name: 'Drill of Example',
  monitor_id: 42,
  monitor_name: 'Example',
  incident_id: '82f05d36-573a-59ff-9bcb-fc8dc8e27aa8',
  state: 'acknowledged',
  started_by: 'Ada',
  schedule_id: null,
  started_at: START,
  ends_at: after(1_800),
  acknowledged: { at: after(90.5), by: 'Grace' },
  received: 1,
  failed: 0,
  ...changes,
});

/** It was received at once. */
export const drillDelivery = (changes: Partial<DrillDelivery> = {}): DrillDelivery => ({
  id: 'd1',
  alert: 'down',
  channel_id: 5,
  channel_name: '#operations',
  decided_at: after(0.5),
  outcome: 'sent',
  ended_at: after(2),
  attempts: [],
  receipt: 'ok',
  seconds: 1.5,
  seconds_since_start: 2,
  ...changes,
});

export const drillReport = (changes: Partial<DrillReport> = {}): DrillReport => ({
  ...drill(),
  seconds_to_receive: 2,
  seconds_to_acknowledge: 90.5,
  deliveries: [drillDelivery()],
  notes: [],
  ...changes,
});

/** It starts at 10:00 in Tokyo. */
export const drillSchedule = (changes: Partial<DrillSchedule> = {}): DrillSchedule => ({
  id: 3,
  name: 'Monthly drill',
  monitor_id: 42,
  monitor_name: 'Example',
  day: 3,
  time: '10:00:30',
  time_zone: 'Asia/Tokyo',
  minutes: 45,
  enabled: true,
  next_at: '2125-12-03T01:00:30.000Z',
  last_drill_id: 7,
  version: 4,
  created_at: '2025-11-20T10:00:00.000Z',
  updated_at: '2025-11-20T10:00:00.000Z',
  ...changes,
});
