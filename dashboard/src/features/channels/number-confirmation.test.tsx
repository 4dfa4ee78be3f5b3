import { screen, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Channel, NumberConfirmation } from '@/api/models';
import { renderAt } from '../../../test/render';
import { channel, http, page, problem, serveQuietAccount, server } from '../../../test/server';

const WAITING: NumberConfirmation = { state: 'waiting', asked_at: null, expires_at: null };
const CONFIRMED: NumberConfirmation = { state: 'confirmed', asked_at: null, expires_at: null };

const phone = (changes: Partial<Channel> = {}) =>
  channel({
    id: 61,
    name: 'Mobile',
    kind: 'twilio',
    config: { to_number: '+4915112345678', by: 'sms' },
    confirmation: WAITING,
    ...changes,
  });

function serveOwn(channels: Channel[]) {
  serveQuietAccount([], 'viewer');
  server.use(http.get('/me/channels', () => HttpResponse.json(page(channels))));
}

it('takes the code of a number, and says what is wrong with it', async () => {
  const channels = [phone({ confirmation: { ...WAITING, asked_at: new Date().toISOString() } })];
  serveOwn(channels);
  const entered: unknown[] = [];
  server.use(
    http.post('/me/channels/{id}/confirmation/code', async ({ request, params, response }) => {
      const { code } = await request.json();
      entered.push([params.id, code]);
      if (code !== '123 456') {
        const wrong = [{ field: 'code', message: 'is wrong or has expired' }];
        return response.untyped(problem(422, '1 field is not valid', wrong));
      }
      channels[0] = phone({ confirmation: CONFIRMED });
      return response(200).json(channels[0]);
    }),
  );
  const { user } = renderAt('/account/channels');
  const form = within(await screen.findByRole('form', { name: 'Confirm the number of Mobile' }));
  expect(form.getByText('Waiting for confirmation of the number')).toBeTruthy();
  expect(form.getByText(/^Code sent/)).toBeTruthy();
  // It would be sent to whomever the number belongs.
  expect(screen.queryByRole('button', { name: 'Send test' })).toBeNull();
  expect(screen.getByText(/None of your enabled channels is confirmed/)).toBeTruthy();

  await user.type(form.getByLabelText('Code'), '654321');
  await user.click(form.getByRole('button', { name: 'Confirm number' }));
  expect(await form.findByText('is wrong or has expired')).toBeTruthy();
  await user.clear(form.getByLabelText('Code'));
  await user.type(form.getByLabelText('Code'), '123 456');
  await user.click(form.getByRole('button', { name: 'Confirm number' }));
  expect(await screen.findByText('The number of Mobile is confirmed')).toBeTruthy();
  expect(entered).toEqual([
    ['61', '654321'],
    ['61', '123 456'],
  ]);
  expect(await screen.findByRole('button', { name: 'Send test' })).toBeTruthy();
  expect(screen.queryByRole('form', { name: /Confirm the number/ })).toBeNull();
});

it('says why no code could be sent, and sends another one', async () => {
  const channels = [phone({ confirmation: { ...WAITING, error: 'the number is none' } })];
  serveOwn(channels);
  let asked = 0;
  server.use(
    http.post('/me/channels/{id}/confirmation', ({ response }) => {
      asked += 1;
      if (asked > 1) return response.untyped(problem(429, 'too many requests'));
      channels[0] = phone();
      return response(202).empty();
    }),
  );
  const { user } = renderAt('/account/channels');
  expect(await screen.findByText('Code could not be sent: the number is none')).toBeTruthy();
  const again = screen.getByRole('button', { name: 'Send another code to the number of Mobile' });
  await user.click(again);
  expect(await screen.findByText('A code to the number of Mobile is on its way')).toBeTruthy();
  expect(await screen.findByText('Code is being sent')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Send another code to the number of Mobile' }));
  expect(await screen.findByText('Could not send a code to the number of Mobile')).toBeTruthy();
});

it('asks for no code of a number that is confirmed', async () => {
  serveOwn([phone({ confirmation: CONFIRMED })]);
  renderAt('/account/channels');
  expect(await screen.findByRole('button', { name: 'Send test' })).toBeTruthy();
  expect(screen.queryByRole('form', { name: /Confirm the number/ })).toBeNull();
  expect(screen.queryByText(/nobody can page you/)).toBeNull();
});
