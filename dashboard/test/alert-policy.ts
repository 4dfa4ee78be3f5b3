import { HttpResponse } from 'msw';
import type { AlertRoute, EscalationPolicy, Role, Tag } from '@/api/models';
import { channel, http, member, page, serveQuietAccount, server } from './server';

const AT = '2025-11-20T10:00:00.000Z';

export const alertRoute = (changes: Partial<AlertRoute> = {}): AlertRoute => ({
  id: 11,
  position: 1,
  name: 'Payments',
  conditions: {},
  recipients: { to: 'channels', channels: [5] },
  continue: false,
  version: 1,
  created_at: AT,
  updated_at: AT,
  ...changes,
});

export const policy = (changes: Partial<EscalationPolicy> = {}): EscalationPolicy => ({
  id: 21,
  name: 'Night shift',
  steps: [
    { wait_minutes: 0, targets: [{ kind: 'person', id: 1 }] },
    { wait_minutes: 5, targets: [{ kind: 'team', id: 31 }] },
  ],
  repeats: 3,
  repeat_after_minutes: 30,
  acknowledgement_minutes: 0,
  used_by: { routes: 1, monitors: 2 },
  version: 4,
  created_at: AT,
  updated_at: AT,
  ...changes,
});

export const PAYMENTS: Tag = { id: 41, name: 'payments', colour: 'red', monitors: 2, version: 1 };

/** Ada and Bo, of whom Bo has no channel; both in the team SRE, and Ada on call in Primary. */
export function serveAlerting(
  { routes = [], policies = [] }: { routes?: AlertRoute[]; policies?: EscalationPolicy[] },
  role: Role = 'owner',
): void {
  serveQuietAccount([], role);
  const ada = { id: 1, name: 'Ada', has_channel: true };
  const bo = { id: 2, name: 'Bo', has_channel: false };
  server.use(
    http.get('/alert-routes', () => HttpResponse.json(page(routes))),
    http.get('/escalation-policies', () => HttpResponse.json(page(policies))),
    http.get('/channels', () =>
      HttpResponse.json(page([channel(), channel({ id: 6, name: 'Pager', enabled: false })])),
    ),
    http.get('/tags', () => HttpResponse.json(page([PAYMENTS]))),
    http.get('/orgs/{id}/members', () =>
      HttpResponse.json(page([member(), member({ user_id: 2, name: 'Bo', email: 'bo@example.org' })])),
    ),
    http.get('/teams', () =>
      HttpResponse.json(
        page([{ id: 31, name: 'SRE', members: [ada, bo], version: 1, created_at: AT, updated_at: AT }]),
      ),
    ),
    http.get('/on-call-schedules', () =>
      HttpResponse.json(
        page([
          {
            id: 51,
            name: 'Primary',
            time_zone: 'UTC',
            layers: [],
            people: [{ ...ada, is_member: true }],
            used_by_policies: 0,
            version: 1,
            created_at: AT,
            updated_at: AT,
          },
        ]),
      ),
    ),
    http.get('/on-call', () =>
      HttpResponse.json({
        schedules: [
          {
            id: 51,
            name: 'Primary',
            now: { user_id: 1, name: 'Ada', has_channel: true, until: null },
            next: null,
          },
        ],
      }),
    ),
  );
}
