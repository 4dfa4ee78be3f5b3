import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Destination } from '@/api/models';
import { renderAt } from '../../../../test/render';
import { http, noContent, page, problem, server } from '../../../../test/server';
import { destination, destinationDelivery, serveStatusPage, statusPage } from '../../../../test/status-pages';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwC2FLbWx1Yk4=';

/** A page with destinations, and nobody who gets emails. */
function serveDestinations(...stored: Destination[]) {
  serveStatusPage(statusPage(), 'admin');
  const sent: { body: unknown; ifMatch: string | null }[] = [];
  const list = { stored };
  server.use(
    http.get('/status-pages/{id}/subscribers', () =>
      HttpResponse.json({ ...page([]), counts: { pending: 0, confirmed: 0, unsubscribed: 0 } }),
    ),
    http.get('/status-pages/{id}/destinations', () => HttpResponse.json(page(list.stored))),
    http.patch('/status-pages/{id}/destinations/{destination}', async ({ request }) => {
      const body = await request.json();
      sent.push({ body, ifMatch: request.headers.get('if-match') });
      const saved = { ...(list.stored[0] as Destination), version: 2, enabled: body.enabled ?? true };
      list.stored = [saved];
      return HttpResponse.json({
        ...saved,
        config: { ...saved.config, ...(body.config?.secret === null && { secret: SECRET }) },
      });
    }),
  );
  return { list, sent };
}

const open = () => renderAt('/status-pages/7/subscribers');
const rows = async () =>
  within(await screen.findByRole('list', { name: 'Webhooks, Slack and Teams' })).findAllByRole('listitem');

it('shows where updates are posted to, about what, and what came of the last one', async () => {
  serveDestinations(
    destination({ last_delivery: destinationDelivery() }),
    destination({
      id: 2,
      name: 'Support',
      kind: 'teams',
      config: { workflow_url: 'https://teams.example/…' },
      components: [3],
      enabled: false,
      gone_at: '2025-11-20T12:00:00.000Z',
      last_delivery: destinationDelivery({ status: 'refused', error: 'HTTP 404: no such workflow' }),
    }),
    destination({ id: 3, name: 'New' }),
  );
  open();
  const [portal, support, fresh] = (await rows()).map(({ textContent }) => textContent);
  expect(portal).toMatch(/^PortalWebhook · https:\/\/example.org\/hookAll componentsEnabled/);
  expect(portal).toContain('Last updateDelivered');
  expect(support).toMatch(/^SupportTeams · https:\/\/teams.example\/…SearchDisabled/);
  expect(support).toContain('Disabled because it answered three times in a row that it does not exist');
  expect(support).toMatch(/Refused.*HTTP 404: no such workflow/);
  expect(fresh).toContain('Nothing sent yet');
  expect(screen.getAllByRole('link', { name: 'Last update' })[0]).toHaveProperty(
    'pathname',
    '/status-pages/7/reports/3',
  );
});

it('adds a webhook for chosen components, and shows its signing secret once', async () => {
  const { list } = serveDestinations();
  const sent: unknown[] = [];
  server.use(
    http.post('/status-pages/{id}/destinations', async ({ request }) => {
      sent.push(await request.json());
      if (sent.length === 1) {
        return problem(422, '1 field is invalid', [{ field: 'config.url', message: 'must be public' }]);
      }
      list.stored = [destination()];
      return HttpResponse.json(destination({ config: { url: 'https://example.org/hook', secret: SECRET } }), {
        status: 201,
      });
    }),
  );
  const { user } = open();
  await user.click(await screen.findByRole('button', { name: 'Add destination' }));
  const dialog = within(screen.getByRole('dialog'));
  const submit = () => user.click(dialog.getByRole('button', { name: 'Add destination' }));
  await user.type(dialog.getByLabelText('Name'), 'Portal');
  await user.type(dialog.getByLabelText('URL'), 'example');
  await submit();
  expect(await dialog.findByText('Must be a valid URL')).toBeTruthy();
  await user.clear(dialog.getByLabelText('URL'));
  await user.type(dialog.getByLabelText('URL'), 'https://example.org/hook');
  await user.click(dialog.getByRole('radio', { name: 'Chosen components' }));
  await user.click(dialog.getByRole('checkbox', { name: /^Checkout/ }));
  await submit();
  expect(await dialog.findByText('must be public')).toBeTruthy();
  await submit();
  expect(await screen.findByText(SECRET)).toBeTruthy();
  expect(sent[1]).toEqual({
    kind: 'webhook',
    name: 'Portal',
    config: { url: 'https://example.org/hook' },
    components: [2],
  });
  await user.click(screen.getByRole('button', { name: 'Done' }));
  const question = screen.queryByRole('alertdialog');
  if (question) await user.click(within(question).getByRole('button', { name: 'Close' }));
  await waitFor(() => expect(screen.queryByText(SECRET)).toBeNull());
  expect(await rows()).toHaveLength(1);
});

it('asks for the address of the kind, and keeps a secret one that is left blank', async () => {
  const { sent } = serveDestinations(
    destination({ name: 'Ops', kind: 'slack', config: { webhook_url: 'https://hooks.slack.com/…' } }),
  );
  const { user } = open();
  await user.click(await screen.findByRole('button', { name: 'Edit Ops' }));
  const dialog = within(screen.getByRole('dialog'));
  expect(dialog.getByLabelText('Incoming webhook URL')).toHaveProperty('value', '');
  expect(dialog.queryByLabelText('Rotate signing secret')).toBeNull();
  await user.type(dialog.getByLabelText('Name'), '!');
  await user.click(dialog.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Ops saved')).toBeTruthy();
  expect(sent).toEqual([{ body: { name: 'Ops!', components: null }, ifMatch: '"1"' }]);
});

it('makes another secret where the URL leads to another server, or when it is asked for', async () => {
  const { sent } = serveDestinations(destination());
  const { user } = open();
  await user.click(await screen.findByRole('button', { name: 'Edit Portal' }));
  const dialog = within(screen.getByRole('dialog'));
  expect(dialog.getByLabelText('Rotate signing secret')).toBeTruthy();
  await user.clear(dialog.getByLabelText('URL'));
  await user.type(dialog.getByLabelText('URL'), 'https://example.net/');
  expect(dialog.getByText(/on another server/)).toBeTruthy();
  expect(dialog.queryByLabelText('Rotate signing secret')).toBeNull();
  await user.click(dialog.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText(SECRET)).toBeTruthy();
  expect(sent[0]?.body).toMatchObject({ config: { url: 'https://example.net/', secret: null } });
});

it('is switched off at once, tested, and deleted once that is confirmed', async () => {
  const { list, sent } = serveDestinations(destination());
  server.use(
    http.post('/status-pages/{id}/destinations/{destination}/test', () =>
      HttpResponse.json({ ok: false, error: 'HTTP 500' }),
    ),
    http.delete('/status-pages/{id}/destinations/{destination}', () => {
      list.stored = [];
      return noContent();
    }),
  );
  const { user } = open();
  await user.click(await screen.findByRole('switch', { name: 'Portal enabled' }));
  await waitFor(() => expect(sent).toEqual([{ body: { enabled: false }, ifMatch: null }]));
  await waitFor(() =>
    expect(screen.getByRole('switch', { name: 'Portal enabled' }).getAttribute('aria-checked')).toBe('false'),
  );
  await user.click(screen.getByRole('button', { name: 'Send test to Portal' }));
  expect(await screen.findByText('Test notification failed: HTTP 500')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Delete Portal' }));
  await user.click(screen.getByRole('button', { name: 'Delete destination' }));
  expect(await screen.findByText('Portal deleted')).toBeTruthy();
  expect(screen.getByText(/can also be posted to a webhook/)).toBeTruthy();
});

it('lists what came of each update, page by page', async () => {
  serveDestinations(
    destination({ last_delivery: destinationDelivery({ update_id: 33, status: 'waiting' }) }),
  );
  const asked: (string | null)[] = [];
  server.use(
    http.get('/status-pages/{id}/destinations/{destination}/deliveries', ({ request }) => {
      const cursor = new URL(request.url).searchParams.get('cursor');
      asked.push(cursor);
      if (cursor !== null) {
        return HttpResponse.json(
          page([destinationDelivery({ id: '7a0c1c1e-0000-4000-8000-000000000031', attempts: 2 })]),
        );
      }
      return HttpResponse.json({
        items: [
          destinationDelivery({
            id: '7a0c1c1e-0000-4000-8000-000000000033',
            title: 'Search is slow',
            update_id: 33,
            update_status: 'monitoring',
            status: 'waiting',
            attempts: 3,
            http_status: 500,
            error: 'HTTP 500: try again',
            delivered_at: null,
            next_attempt_at: '2025-11-20T11:02:00.000Z',
          }),
        ],
        next_cursor: 'more',
      });
    }),
  );
  const { user } = open();
  await user.click(await screen.findByRole('button', { name: 'Show all updates posted to Portal' }));
  const dialog = within(screen.getByRole('dialog'));
  const list = async () =>
    within(await dialog.findByRole('list', { name: 'Updates posted to Portal' }))
      .getAllByRole('listitem')
      .map(({ textContent }) => textContent);
  const [waiting] = await list();
  expect(waiting).toMatch(/^Search is slowMonitoringPublished .*Waiting.*3 attemptsHTTP 500: try again/);
  expect(waiting).toContain('Next attempt');
  await user.click(dialog.getByRole('button', { name: 'Show more' }));
  await waitFor(async () => expect(await list()).toHaveLength(2));
  const [, delivered] = await list();
  expect(delivered).toMatch(/^Payments failInvestigating.*Delivered.*2 attempts · HTTP\s200$/);
  expect(asked).toEqual([null, 'more']);
  expect(dialog.getByRole('link', { name: 'Search is slow' })).toHaveProperty(
    'pathname',
    '/status-pages/7/reports/3',
  );
});
