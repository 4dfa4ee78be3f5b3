import { screen, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { EmailRecipient } from '@/api/models';
import { renderAt } from '../../../test/render';
import { channel, http, page, problem, serveQuietAccount, server } from '../../../test/server';

const recipient = (address: string, changes: Partial<EmailRecipient> = {}): EmailRecipient => ({
  id: `id-of-${address}`,
  address,
  state: 'confirmed',
  asked_at: null,
  ...changes,
});

function serveRecipients(...recipients: EmailRecipient[]) {
  serveQuietAccount();
  const config = { to: recipients.map(({ address }) => address) };
  const onCall = channel({ id: 8, name: 'On call', kind: 'email', config, recipients });
  server.use(http.get('/channels', () => HttpResponse.json(page([onCall]))));
}

it('shows who has to confirm, and sends the confirmation email again', async () => {
  serveRecipients(
    recipient('ada@example.org'),
    recipient('ops@example.org', { state: 'waiting', asked_at: new Date().toISOString() }),
    recipient('bob@example.org', { state: 'waiting', error: 'no such user' }),
    recipient('new@example.org', { state: 'waiting' }),
    recipient('eve@example.org', { state: 'declined' }),
  );
  const sent: unknown[] = [];
  server.use(
    http.post('/channels/{id}/recipients/{recipient}/resend', ({ params, response }) => {
      sent.push([params.id, params.recipient]);
      return sent.length === 1
        ? response(202).empty()
        : response.untyped(problem(409, 'the recipient is confirmed already'));
    }),
  );
  const { user } = renderAt('/notifications');
  const list = await screen.findByRole('list', { name: 'Recipients of On call' });
  const rows = within(list)
    .getAllByRole('listitem')
    .map((row) => row.textContent);
  expect(rows[0]).toMatch(/^ada@example.orgConfirmed$/);
  expect(rows[1]).toMatch(/^ops@example.orgWaiting for confirmationConfirmation email sent .*Send again$/);
  expect(rows[2]).toMatch(/Confirmation email failed: no such user/);
  expect(rows[3]).toMatch(/Confirmation email not sent yet/);
  expect(rows[4]).toMatch(/^eve@example.orgDeclinedAsk again$/);
  const again = screen.getByRole('button', { name: 'Send the confirmation email to ops@example.org again' });
  await user.click(again);
  expect(await screen.findByText('Confirmation email to ops@example.org is on its way')).toBeTruthy();
  await user.click(again);
  expect(await screen.findByText('Could not send the confirmation email to ops@example.org')).toBeTruthy();
  expect(sent[0]).toEqual(['8', 'id-of-ops@example.org']);
});

it('asks somebody again who has declined, once the time for it has come', async () => {
  const inTenDays = new Date(Date.now() + 10 * 86_400_000).toISOString();
  serveRecipients(
    recipient('ada@example.org', { state: 'declined', ask_again_at: inTenDays }),
    recipient('eve@example.org', { state: 'declined' }),
  );
  const sent: unknown[] = [];
  server.use(
    http.post('/channels/{id}/recipients/{recipient}/resend', ({ params, response }) => {
      sent.push(params.recipient);
      return response(202).empty();
    }),
  );
  const { user } = renderAt('/notifications');
  expect(await screen.findByText(/Can be asked again/)).toBeTruthy();
  // The only button of the list is hers.
  await user.click(screen.getByRole('button', { name: /Send the confirmation email to .* again/ }));
  expect(await screen.findByText('Confirmation email to eve@example.org is on its way')).toBeTruthy();
  expect(sent).toEqual(['id-of-eve@example.org']);
});

it('lists nobody when all have confirmed', async () => {
  serveRecipients(recipient('ada@example.org'));
  renderAt('/notifications');
  expect(await screen.findByText(/ada@example.org/)).toBeTruthy();
  expect(screen.queryByRole('list', { name: 'Recipients of On call' })).toBeNull();
});

it('says who was left out of a test notification', async () => {
  serveRecipients(recipient('ada@example.org'));
  server.use(
    http.post('/channels/{id}/test', () =>
      HttpResponse.json({ ok: true, error: null, left_out: 'waiting for confirmation of ops@example.org' }),
    ),
  );
  const { user } = renderAt('/notifications');
  await user.click(await screen.findByRole('button', { name: 'Send test' }));
  expect(
    await screen.findByText('Test notification sent; waiting for confirmation of ops@example.org'),
  ).toBeTruthy();
});

it('asks the recipients of an own channel again', async () => {
  serveQuietAccount([], 'viewer');
  const recipients = [
    recipient('ada@example.org', { state: 'waiting' }),
    recipient('bob@example.org', { state: 'waiting' }),
    recipient('eve@example.org', { state: 'declined' }),
  ];
  const own = channel({ id: 9, name: 'Mine', kind: 'email', config: { to: [] }, recipients });
  let asked: unknown;
  server.use(
    http.get('/me/channels', () => HttpResponse.json(page([own]))),
    http.post('/me/channels/{id}/confirmation', ({ params, response }) => {
      asked = params.id;
      return response(202).empty();
    }),
  );
  const { user } = renderAt('/account/channels');
  const list = within(await screen.findByRole('list', { name: 'Recipients of Mine' }));
  expect(list.getByText('eve@example.org')).toBeTruthy();
  // They are asked together, so that no row has a button.
  expect(list.queryByRole('button')).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Send again to everyone waiting: Mine' }));
  expect(await screen.findByText('Confirmation emails are on their way')).toBeTruthy();
  expect(asked).toBe('9');
});

it('asks recipients of an own channel who have declined when nobody else is left to answer', async () => {
  serveQuietAccount([], 'viewer');
  const inTenDays = new Date(Date.now() + 10 * 86_400_000).toISOString();
  const own = (id: number, name: string, ...recipients: EmailRecipient[]) =>
    channel({ id, name, kind: 'email', config: { to: [] }, recipients });
  const later = recipient('ada@example.org', { state: 'declined', ask_again_at: inTenDays });
  const now = recipient('eve@example.org', { state: 'declined' });
  server.use(
    http.get('/me/channels', () => HttpResponse.json(page([own(8, 'Later', later), own(9, 'Now', now)]))),
    http.post('/me/channels/{id}/confirmation', ({ response }) =>
      response.untyped(problem(429, 'too many requests')),
    ),
  );
  const { user } = renderAt('/account/channels');
  await user.click(await screen.findByRole('button', { name: 'Ask everyone who declined again: Now' }));
  expect(await screen.findByText('Could not send the confirmation emails')).toBeTruthy();
  expect(screen.getByText(/Can be asked again/)).toBeTruthy();
  expect(screen.queryByRole('button', { name: /: Later$/ })).toBeNull();
});
