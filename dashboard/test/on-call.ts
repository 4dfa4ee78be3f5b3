import { HttpResponse } from 'msw';
import type { OnCallOverride, OnCallSchedule, OnCallShift, OnCallStatus, Team } from '@/api/models';
import { http, member, page, server } from './server';

export const onCallSchedule = (changes: Partial<OnCallSchedule> = {}): OnCallSchedule => ({
  id: 7,
  name: 'Primary',
  time_zone: 'UTC',
  layers: [
    { people: [1, 2], starts_at: '2025-11-24T09:00:00', rotation: { every: 1, unit: 'weeks' } },
    {
      people: [2],
      starts_at: '2025-11-24T09:00:00',
      rotation: { every: 1, unit: 'days' },
      restrictions: [{ repeat: 'daily', from: '22:00:00', until: '06:00:00' }],
    },
  ],
  people: [
    { id: 1, name: 'Ada', is_member: true, has_channel: true },
    { id: 2, name: 'Grace', is_member: true, has_channel: false },
  ],
  used_by_policies: 1,
  version: 3,
  created_at: '2025-11-20T10:00:00.000Z',
  updated_at: '2025-11-20T10:00:00.000Z',
  ...changes,
});

export const onCallShift = (
  from: string,
  until: string,
  changes: Partial<OnCallShift> = {},
): OnCallShift => ({
  from,
  until,
  user_id: 1,
  name: 'Ada',
  layer: 0,
  override_id: null,
  ...changes,
});

export const onCallOverride = (changes: Partial<OnCallOverride> = {}): OnCallOverride => ({
  id: 31,
  user_id: 2,
  name: 'Grace',
  from: '2025-11-20T10:00:00.000Z',
  until: '2125-11-20T10:00:00.000Z',
  created_by: 1,
  created_at: '2025-11-20T10:00:00.000Z',
  ...changes,
});

export const team = (changes: Partial<Team> = {}): Team => ({
  id: 11,
  name: 'Platform',
  members: [
    { id: 1, name: 'Ada', has_channel: true },
    { id: 2, name: 'Grace', has_channel: false },
  ],
  version: 2,
  created_at: '2025-11-20T10:00:00.000Z',
  updated_at: '2025-11-20T10:00:00.000Z',
  ...changes,
});

export const MEMBERS = [
  member(),
  member({ user_id: 2, name: 'Grace', email: 'grace@example.org', role: 'editor' }),
  member({ user_id: 3, name: 'Bo', email: 'bo@example.org', role: 'viewer' }),
];

/** Handlers of what the pages about on-call schedules ask for. */
export function serveOnCall(schedules: OnCallSchedule[], statuses: OnCallStatus[] = []): void {
  server.use(
    http.get('/on-call', () => HttpResponse.json({ schedules: statuses })),
    http.get('/on-call-schedules', () => HttpResponse.json(page(schedules))),
    http.get('/on-call-schedules/{id}', ({ params }) =>
      HttpResponse.json(schedules.find(({ id }) => String(id) === params.id) ?? onCallSchedule()),
    ),
    http.get('/orgs/{id}/members', () => HttpResponse.json(page(MEMBERS))),
  );
}
