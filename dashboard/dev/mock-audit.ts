/** Who is logged in to the mock, and what was changed there. */
import type { AuditEvent, Session } from '../src/api/models';

const at = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
let lastId = 1_000;

export const nextId = () => ++lastId;

export const user: Session['user'] = {
  id: 1,
  email: 'ada@example.org',
  name: 'Ada Lovelace',
  email_verified: false,
  second_factor: false,
  pending_email: null,
};

export type Change = Pick<AuditEvent, 'action' | 'resource' | 'resource_id' | 'before' | 'after'>;

export const eventOf = (change: Change, days = 0, actor?: AuditEvent['actor']): AuditEvent => ({
  ...change,
  id: nextId(),
  at: at(-days),
  actor: actor ?? { kind: 'user', id: user.id, name: user.name },
  address: '198.51.100.7',
  request_id: crypto.randomUUID(),
});

export function exampleLog(): AuditEvent[] {
  const grace = { kind: 'user' as const, id: 2, name: 'Grace Hopper' };
  const ci = { kind: 'key' as const, id: 9, name: 'Deployment' };
  const make = (action: string, resource: string, id: string, before: unknown, after: unknown) =>
    ({ action, resource, resource_id: id, before, after }) as Change;
  const monitor = {
    name: 'Checkout API',
    interval_seconds: 60,
    http: { method: 'POST', expected_status: [[200, 399]] },
  };
  const changes: [Change, AuditEvent['actor'] | undefined][] = [
    [make('EditMonitor', 'monitor', '2', monitor, { ...monitor, interval_seconds: 30 }), grace],
    [
      make(
        'PauseMonitor',
        'monitor',
        '7',
        { name: 'Legacy CRM', paused: false },
        { name: 'Legacy CRM', paused: true },
      ),
      undefined,
    ],
    [
      make(
        'MuteMonitor',
        'monitor',
        '1',
        { name: 'Website', muted: false },
        { name: 'Website', muted: true },
      ),
      ci,
    ],
    [
      make(
        'EditMember',
        'member',
        '3',
        { name: 'Bo Chen', role: 'viewer' },
        { name: 'Bo Chen', role: 'responder' },
      ),
      undefined,
    ],
    [
      make('DeleteMonitor', 'monitor', '900', { name: 'Old shop', url: 'https://old.example.org/' }, null),
      grace,
    ],
    [
      make('CreateChannel', 'channel', '13', null, { name: '#operations', kind: 'slack', enabled: true }),
      undefined,
    ],
    [
      make(
        'AcknowledgeIncident',
        'incident',
        crypto.randomUUID(),
        { monitor_name: 'Checkout API' },
        { monitor_name: 'Checkout API', acknowledged: { by: 'Bo Chen' } },
      ),
      { kind: 'slack', id: null, name: 'Bo Chen' },
    ],
    [make('EndSilence', 'silence', '61', { reason: 'Load test' }, { reason: 'Load test' }), grace],
    [
      make(
        'CancelMaintenanceOccurrence',
        'maintenance_window',
        '5',
        { name: 'Patch night' },
        { name: 'Patch night' },
      ),
      undefined,
    ],
    [
      make('InviteMember', 'invitation', crypto.randomUUID(), null, {
        email: 'mary@example.org',
        role: 'editor',
      }),
      undefined,
    ],
    [
      make('CreateApiKey', 'api_key', '9', null, {
        name: 'Deployment',
        role: 'editor',
        networks: ['192.0.2.0/24'],
      }),
      undefined,
    ],
    [
      make(
        'EditStatusPage',
        'status_page',
        '4',
        { name: 'Public', theme: 'light' },
        { name: 'Public', theme: 'dark' },
      ),
      grace,
    ],
  ];
  return Array.from({ length: 12 }, (_, round) =>
    changes.map(([change, actor], index) => eventOf(change, round * 2.5 + index * 0.21, actor)),
  ).flat();
}
