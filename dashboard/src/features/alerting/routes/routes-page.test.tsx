import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import { alertRoute, PAYMENTS, policy, serveAlerting } from '../../../../test/alert-policy';
import { backtest, outcome } from '../../../../test/backtest';
import { heartbeatMonitor } from '../../../../test/heartbeats';
import { renderAt } from '../../../../test/render';
import { http, monitor, noContent, page, problem, server } from '../../../../test/server';

const FIRST = alertRoute({
  conditions: { tags: [41], severities: ['critical'] },
  recipients: { to: 'policy', policy_id: 21 },
  continue: true,
});
const SECOND = alertRoute({ id: 12, position: 2, name: 'Nightly', recipients: { to: 'nobody' } });
const THIRD = alertRoute({
  id: 13,
  position: 3,
  name: 'Old',
  conditions: {
    tags: [99],
    hours: {
      time_zone: 'Europe/Berlin',
      days: ['Mon', 'Tue', 'Wed', 'Fri'],
      from: '08:00:00',
      until: '18:00:00',
    },
    outside_hours: true,
  },
  recipients: { to: 'channels', channels: [5, 77] },
});

const rows = () => within(screen.getByRole('list', { name: 'Routes in their order' }));

it('says in words what each route takes and who is notified, and what becomes of everything else', async () => {
  serveAlerting({ routes: [FIRST, SECOND, THIRD], policies: [policy()] });
  renderAt('/notifications/routes');
  expect(await screen.findByText('Tag payments')).toBeTruthy();
  expect(rows().getByText('Severity critical')).toBeTruthy();
  expect(await rows().findByText('Policy Night shift')).toBeTruthy();
  expect(rows().getByText('Then continues')).toBeTruthy();
  expect(rows().getByText('Every incident')).toBeTruthy();
  expect(rows().getByText('Nobody')).toBeTruthy();
  expect(rows().getByText('Tag deleted tag')).toBeTruthy();
  expect(rows().getByText('Outside Mon–Wed, Fri 08:00–18:00, Europe/Berlin')).toBeTruthy();
  expect(rows().getByText('#operations, a deleted channel')).toBeTruthy();
  expect(rows().getByText('Everything else')).toBeTruthy();
  expect(await rows().findByText('1 enabled channel')).toBeTruthy();
  // The second takes all that comes to it.
  expect(rows().getAllByText('Never used: a route above takes every incident.')).toHaveLength(2);
});

it('moves a route with the keyboard, and saves the order once it is dropped', async () => {
  serveAlerting({ routes: [FIRST, SECOND, THIRD], policies: [policy()] });
  const sent: unknown[] = [];
  server.use(
    http.put('/alert-routes/order', async ({ request }) => {
      sent.push(await request.json());
      return noContent();
    }),
  );
  const { user } = renderAt('/notifications/routes');
  const handle = await screen.findByRole('button', { name: 'Move Old' });
  handle.focus();
  await user.keyboard(' {ArrowUp}{ArrowUp}{Escape}');
  expect(await screen.findByText('Old put back, 3 of 3.')).toBeTruthy();
  await user.keyboard(' {ArrowUp}{ArrowUp}');
  expect(await screen.findByText('Old: 1 of 3.')).toBeTruthy();
  expect(sent).toEqual([]);
  await user.keyboard(' ');
  expect(await screen.findByText('Order saved')).toBeTruthy();
  expect(sent).toEqual([{ ids: [13, 11, 12] }]);
});

it('shows the saved order again when another one could not be saved', async () => {
  serveAlerting({ routes: [FIRST, SECOND] });
  server.use(http.put('/alert-routes/order', () => problem(422, 'ids must name every route once')));
  const { user } = renderAt('/notifications/routes');
  (await screen.findByRole('button', { name: 'Move Payments' })).focus();
  await user.keyboard(' {ArrowDown} ');
  expect(await screen.findByText('Could not save the order')).toBeTruthy();
  await waitFor(() => {
    const names = rows().getAllByRole('button', { name: /^Move/ });
    expect(names.map((each) => each.getAttribute('aria-label'))).toEqual(['Move Payments', 'Move Nightly']);
  });
});

it('adds a route with its conditions, and shows what is wrong at its field', async () => {
  serveAlerting({ routes: [], policies: [policy()] });
  const sent: unknown[] = [];
  server.use(
    http.post(
      '/alert-routes',
      async ({ request }) => {
        sent.push(await request.json());
        return problem(422, '1 field is not valid', [
          { field: 'conditions.tags.0', message: 'there is no tag 41' },
        ]);
      },
      { once: true },
    ),
    http.post('/alert-routes', () => HttpResponse.json(FIRST, { status: 201 })),
  );
  const { user } = renderAt('/notifications/routes');
  expect(await screen.findByText('No routes yet')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Add route' }));
  const dialog = within(screen.getByRole('dialog'));
  await user.type(dialog.getByLabelText('Name'), 'Payments');
  await user.click(dialog.getByRole('button', { name: 'Add route' }));
  expect(await dialog.findByText('Choose at least one channel')).toBeTruthy();
  await user.click(dialog.getByRole('checkbox', { name: PAYMENTS.name }));
  await user.click(dialog.getByRole('button', { name: 'Critical' }));
  await user.click(dialog.getByRole('button', { name: 'Warning' }));
  await user.click(dialog.getByRole('radio', { name: 'Outside hours' }));
  await user.click(dialog.getByRole('button', { name: 'Fri' }));
  await user.selectOptions(dialog.getByLabelText('Time zone'), 'Europe/Berlin');
  await user.click(dialog.getByRole('radio', { name: 'An escalation policy' }));
  await user.click(dialog.getByRole('button', { name: 'Add route' }));
  expect(await dialog.findByText('Choose an escalation policy')).toBeTruthy();
  await user.selectOptions(dialog.getByLabelText('Escalation policy'), 'Night shift');
  await user.click(dialog.getByRole('checkbox', { name: /^Continue/ }));
  await user.click(dialog.getByRole('button', { name: 'Add route' }));
  expect(await dialog.findByText('there is no tag 41')).toBeTruthy();
  expect(sent).toEqual([
    {
      name: 'Payments',
      conditions: {
        tags: [41],
        severities: ['warning', 'critical'],
        hours: {
          time_zone: 'Europe/Berlin',
          days: ['Mon', 'Tue', 'Wed', 'Thu'],
          from: '09:00:00',
          until: '17:00:00',
        },
        outside_hours: true,
      },
      recipients: { to: 'policy', policy_id: 21 },
      continue: true,
    },
  ]);
  await user.click(dialog.getByRole('button', { name: 'Add route' }));
  expect(await screen.findByText('Payments saved')).toBeTruthy();
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
});

it('warns that nobody is notified, and keeps conditions that an edit leaves alone', async () => {
  serveAlerting({ routes: [THIRD] });
  let sent: unknown;
  server.use(
    http.patch('/alert-routes/{id}', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(THIRD);
    }),
  );
  const { user } = renderAt('/notifications/routes');
  await user.click(await screen.findByRole('button', { name: 'Edit Old' }));
  await user.click(screen.getByRole('radio', { name: 'Nobody' }));
  expect(screen.getByText(/No notification is sent, to anybody/)).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Old saved')).toBeTruthy();
  expect(sent).toEqual({
    name: 'Old',
    conditions: THIRD.conditions,
    recipients: { to: 'nobody' },
    continue: false,
  });
});

it('deletes a route after confirmation', async () => {
  const routes = [FIRST];
  serveAlerting({ routes });
  server.use(
    http.delete('/alert-routes/{id}', () => {
      routes.pop();
      return noContent();
    }),
  );
  const { user } = renderAt('/notifications/routes');
  await user.click(await screen.findByRole('button', { name: 'Delete Payments' }));
  await user.click(screen.getByRole('button', { name: 'Delete route' }));
  expect(await screen.findByText('No routes yet')).toBeTruthy();
});

it('lets editors see the routes, and says who may change them', async () => {
  serveAlerting({ routes: [FIRST] }, 'editor');
  renderAt('/notifications/routes');
  expect(await screen.findByText('Admins and owners can change who is notified when.')).toBeTruthy();
  expect(rows().getByText('Payments')).toBeTruthy();
  expect(screen.queryByRole('button', { name: /Move|Edit|Delete|Add route/ })).toBeNull();
});

it('tries a route in its place on the monitors that it may concern', async () => {
  serveAlerting({ routes: [FIRST, SECOND], policies: [policy()] });
  const asked: unknown[] = [];
  server.use(
    http.get('/monitors', () =>
      HttpResponse.json(
        page([
          monitor({ id: 1, tags: ['payments'] }),
          monitor({ id: 2, tags: ['payments'], severity: 'info' }),
          monitor({ id: 3, tags: ['payments'], recipients: { to: 'nobody' } }),
          monitor({ id: 4 }),
          heartbeatMonitor({}, { id: 5, tags: ['payments'] }),
        ]),
      ),
    ),
    http.post('/backtests', async ({ request }) => {
      asked.push(await request.json());
      return HttpResponse.json(backtest({ candidates: [outcome({ messages: 5 })] }));
    }),
  );
  const { user } = renderAt('/notifications/routes');
  await user.click(await screen.findByRole('button', { name: 'Edit Payments' }));
  const dialog = within(screen.getByRole('dialog'));
  // It took critical ones alone, and would take all.
  await user.click(dialog.getByRole('button', { name: 'Critical' }));
  const button = dialog.getByRole('button', { name: 'Try on the last 7 days' });
  await waitFor(() => expect(button.getAttribute('aria-disabled')).toBeNull());
  await user.click(button);
  expect(await dialog.findByText('+3 notifications')).toBeTruthy();
  expect(asked).toMatchObject([
    {
      selection: { monitors: [1, 2] },
      backtest: {
        candidates: [
          {
            routes: [
              { conditions: { tags: [41] }, recipients: { to: 'policy', policy_id: 21 }, continue: true },
              { conditions: {}, recipients: { to: 'nobody' }, continue: false },
            ],
          },
        ],
      },
    },
  ]);
});

it('leads who cannot change a route to what it was before', async () => {
  serveAlerting({ routes: [FIRST] }, 'viewer');
  renderAt('/notifications/routes');
  const link = await screen.findByRole('link', { name: 'History of Payments' });
  expect(link.getAttribute('href')).toBe('/history/alert-routes/11');
});
