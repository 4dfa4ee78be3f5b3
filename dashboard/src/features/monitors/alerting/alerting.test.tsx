import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Monitor, RouteExplanation } from '@/api/models';
import { policy, serveAlerting } from '../../../../test/alert-policy';
import { renderAt } from '../../../../test/render';
import { explanation, http, monitor, page, problem, server } from '../../../../test/server';

const ROUTED = explanation({
  severity: 'warning',
  tags: ['payments'],
  routes: [
    { id: 1, name: 'Certificates', matched: false, unmet: 'kinds', asked: true },
    { id: 2, name: 'Payments', matched: true, unmet: null, asked: true },
    { id: 3, name: 'All', matched: true, unmet: null, asked: false },
  ],
  destinations: [
    {
      by: 'route',
      route_id: 2,
      route_name: 'Payments',
      recipients: { to: 'policy', policy_id: 21 },
      channels: [],
      policy: {
        id: 21,
        name: 'Night shift',
        followed: true,
        steps: [
          {
            after_minutes: 0,
            applies: true,
            targets: [
              {
                kind: 'schedule',
                id: 51,
                name: 'Primary',
                channels: 1,
                people: [{ id: 1, name: 'Ada' }],
                unreachable: null,
              },
            ],
          },
          {
            after_minutes: 5,
            applies: false,
            targets: [{ kind: 'channel', id: 6, name: null, channels: 0, people: [], unreachable: 'gone' }],
          },
        ],
      },
    },
  ],
});

function serve(explained: RouteExplanation, changes: Partial<Monitor> = {}) {
  serveAlerting({ policies: [policy()] });
  const window = { ratio: 1, downtime_seconds: 0, incidents: 0, coverage: 1 };
  server.use(
    http.get('/monitors/{id}', () => HttpResponse.json(monitor(changes))),
    http.get('/monitors/{id}/results', () => HttpResponse.json(page([]))),
    http.get('/monitors/{id}/uptime', () =>
      HttpResponse.json({ '24h': window, '7d': window, '30d': window, '90d': window, '365d': window }),
    ),
    http.get('/monitors/{id}/alert-route', ({ query }) =>
      HttpResponse.json(query.get('alert') === 'degraded' ? explanation() : explained),
    ),
  );
}

it('says in a line who is notified, and on request why', async () => {
  serve(ROUTED);
  const { user } = renderAt('/monitors/42');
  expect(await screen.findByText('Notifies policy Night shift (route Payments)')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Why?' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Who is notified, and why' }));
  const routes = within(dialog.getByRole('list', { name: 'Routes in their order' }));
  expect(routes.getAllByRole('listitem').map((item) => item.textContent)).toEqual([
    'CertificatesNo match: is of another type',
    'PaymentsTaken: all conditions match',
    'AllMatches, but is not asked',
    'Everything elseNot asked',
  ]);
  const steps = within(dialog.getByRole('list', { name: 'Steps of Night shift' }));
  expect(steps.getByText('Primary')).toBeTruthy();
  expect(steps.getByText('Ada')).toBeTruthy();
  expect(steps.getByText('After 5 min')).toBeTruthy();
  expect(steps.getByText('Deleted')).toBeTruthy();
  expect(steps.getByText(/^Left out now/)).toBeTruthy();
  expect(dialog.getByText('Severity warning')).toBeTruthy();

  await user.click(dialog.getByRole('radio', { name: 'Degraded' }));
  expect(await dialog.findByText('Taken: no route matches')).toBeTruthy();
  expect(dialog.getByText('#operations')).toBeTruthy();
});

it('says what would keep a notification back for now', async () => {
  serve(
    explanation({
      held: [
        { by: 'maintenance', until: null, reason: 'in a maintenance window', channel_id: null },
        {
          by: 'quiet_hours',
          until: '2025-11-21T06:00:00.000Z',
          reason: 'in quiet hours',
          channel_id: 6,
          channel_name: 'Pager',
        },
      ],
    }),
  );
  const { user } = renderAt('/monitors/42');
  await user.click(await screen.findByRole('button', { name: 'Why?' }));
  const held = within(await screen.findByRole('region', { name: 'Kept back for now' }));
  const [all, one] = held.getAllByRole('listitem');
  expect(all?.textContent).toBe('In a maintenance windowFor everybody');
  expect(one?.textContent).toMatch(/^In quiet hoursFor Pager · Until 21 Nov/);
  await user.keyboard('{Escape}');
  expect(screen.getByRole('link', { name: 'Why was I (not) notified?' })).toHaveProperty(
    'pathname',
    '/monitors/42/why',
  );
});

it.each<[string, Partial<RouteExplanation>]>([
  ['Notifies the only enabled channel (no route matches)', {}],
  [
    'Notifies nobody (set here)',
    {
      recipients: { to: 'nobody' },
      destinations: [{ by: 'monitor', recipients: { to: 'nobody' }, channels: [], policy: null }],
    },
  ],
  [
    'Notifies nobody: no channel is enabled (no route matches)',
    { destinations: [{ by: 'default', recipients: null, channels: [], policy: null }] },
  ],
])('has the line: %s', async (expected, changes) => {
  serve(explanation(changes));
  renderAt('/monitors/42');
  expect(await screen.findByText(expected)).toBeTruthy();
});

it('says which route takes a saved monitor, and sends the recipients that are chosen instead', async () => {
  serve(ROUTED);
  const sent: unknown[] = [];
  server.use(
    http.patch('/monitors/{id}', async ({ request }) => {
      sent.push(await request.json());
      return problem(422, '1 field is not valid', [
        { field: 'recipients.channels.0', message: 'there is no channel 5' },
      ]);
    }),
  );
  const { user } = renderAt('/monitors/42/edit');
  const section = within(await screen.findByRole('region', { name: 'Alerting' }));
  expect(await section.findByText(/As saved: policy Night shift \(route Payments\)\./)).toBeTruthy();
  await user.click(section.getByRole('radio', { name: 'Info' }));
  await user.click(section.getByRole('radio', { name: 'These channels' }));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await section.findByText('Choose at least one channel')).toBeTruthy();
  await user.click(section.getByRole('checkbox', { name: '#operations' }));
  expect(section.getByRole('checkbox', { name: 'Pager Disabled' })).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await section.findByText('there is no channel 5')).toBeTruthy();
  expect(sent).toEqual([{ severity: 'info', recipients: { to: 'channels', channels: [5] } }]);
});

it('leaves it to the routes again', async () => {
  const recipients = { to: 'policy' as const, policy_id: 21 };
  serve(explanation({ recipients }), { recipients });
  let sent: unknown;
  server.use(
    http.patch('/monitors/{id}', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(monitor());
    }),
  );
  const { user } = renderAt('/monitors/42/edit');
  const section = within(await screen.findByRole('region', { name: 'Alerting' }));
  expect(await section.findByRole('option', { name: 'Night shift', selected: true })).toBeTruthy();
  await user.click(section.getByRole('radio', { name: 'By the routes' }));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(sent).toEqual({ recipients: null }));
});
