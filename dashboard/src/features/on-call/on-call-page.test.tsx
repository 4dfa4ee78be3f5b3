import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { OnCallOverrideInput, OnCallStatus } from '@/api/models';
import { onCallOverride, onCallSchedule, serveOnCall } from '../../../test/on-call';
import { renderAt } from '../../../test/render';
import { http, problem, serveQuietAccount, server } from '../../../test/server';

const HOUR = 3_600_000;
const inHours = (hours: number) =>
  new Date(Math.floor(Date.now() / 60_000) * 60_000 + hours * HOUR).toISOString();

const status = (changes: Partial<OnCallStatus> = {}): OnCallStatus => ({
  id: 7,
  name: 'Primary',
  now: { user_id: 1, name: 'Ada', has_channel: true, until: inHours(3) },
  next: { user_id: 2, name: 'Grace', from: inHours(3) },
  ...changes,
});

it('shows who is on call and who is next, and that somebody cannot be reached', async () => {
  serveQuietAccount([], 'viewer');
  serveOnCall(
    [onCallSchedule(), onCallSchedule({ id: 8, name: 'Database', used_by_policies: 0 })],
    [status(), status({ id: 8, name: 'Database', now: null, next: null })],
  );
  renderAt('/on-call');
  const banner = await screen.findByRole('region', { name: 'You are on call for Primary' });
  expect(banner.textContent).toMatch(/until .* \((3 h|2 h 59 min)\)/);
  const list = await screen.findByRole('list', { name: 'Schedules' });
  const [first, second] = within(list).getAllByRole('listitem');
  if (!first || !second) throw new Error('two schedules');
  await waitFor(() => expect(first.textContent).toContain('Used by 1 escalation policy'));
  expect(within(first).getByText('You')).toBeTruthy();
  // Grace is next, and has no channel of her own.
  expect(within(first).getByText('Grace').parentElement?.textContent).toBe('GraceCannot be reached');
  expect(within(second).getByText('Nobody is on call')).toBeTruthy();
  expect(within(second).getByText('Nobody planned')).toBeTruthy();
  // A viewer changes nothing.
  expect(screen.queryByRole('button', { name: /^Take over/ })).toBeNull();
  expect(screen.queryByRole('link', { name: 'Add schedule' })).toBeNull();
});

it('warns whoever is in a schedule and has no channel', async () => {
  serveQuietAccount();
  const people = [{ id: 1, name: 'Ada', is_member: true, has_channel: false }];
  serveOnCall([onCallSchedule({ people })], [status()]);
  renderAt('/on-call');
  expect(await screen.findByText(/^Nobody can page you/)).toBeTruthy();
  const link = screen.getByRole('link', { name: 'Add a channel of your own' });
  expect(link.getAttribute('href')).toBe('/account/channels');
});

it('names whoever has left by the id', async () => {
  serveQuietAccount();
  const people = [{ id: 9, name: null, is_member: false, has_channel: false }];
  serveOnCall(
    [onCallSchedule({ people })],
    [status({ now: { user_id: 9, name: null, has_channel: false, until: null }, next: null })],
  );
  renderAt('/on-call');
  expect(await screen.findByText('Former member #9')).toBeTruthy();
  expect(await screen.findByText('No longer a member')).toBeTruthy();
  expect(screen.getByText('with no end planned')).toBeTruthy();
});

it('lets a responder take over the rest of a shift', async () => {
  serveQuietAccount([], 'responder');
  const until = inHours(3);
  const now = { user_id: 2, name: 'Grace', has_channel: false, until };
  serveOnCall([onCallSchedule()], [status({ now, next: null })]);
  const sent: OnCallOverrideInput[] = [];
  server.use(
    http.post(
      '/on-call-schedules/{id}/overrides',
      async ({ request }) => {
        sent.push(await request.json());
        return problem(422, '1 field is not valid', [{ field: 'until', message: 'must be later than now' }]);
      },
      { once: true },
    ),
    http.post('/on-call-schedules/{id}/overrides', () =>
      HttpResponse.json(onCallOverride({ user_id: 3 }), { status: 201 }),
    ),
  );
  const { user } = renderAt('/on-call');
  await user.click(await screen.findByRole('button', { name: 'Take over Primary' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Take over Primary' }));
  const who = await dialog.findByRole('option', { name: 'Ada (you)' });
  expect((who as HTMLOptionElement).selected).toBe(true);
  await user.click(dialog.getByRole('button', { name: 'Take over' }));
  expect(await dialog.findByText('must be later than now')).toBeTruthy();
  expect(sent).toMatchObject([{ user_id: 1, until }]);
  await user.selectOptions(dialog.getByLabelText('Who'), 'Bo');
  await user.click(dialog.getByRole('button', { name: 'Take over' }));
  expect(await screen.findByText('Bo is on call by an override')).toBeTruthy();
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
});

it('does not take a shift over backwards', async () => {
  serveQuietAccount();
  serveOnCall([onCallSchedule()], [status()]);
  const { user } = renderAt('/on-call');
  await user.click(await screen.findByRole('button', { name: 'Take over Primary' }));
  const dialog = within(await screen.findByRole('dialog'));
  const until = dialog.getByLabelText('Until');
  await user.clear(until);
  await user.type(until, '2020-01-01T09:00');
  await user.click(dialog.getByRole('button', { name: 'Take over' }));
  expect(await dialog.findByText('Must be after the start')).toBeTruthy();
});

it('offers to add the first schedule', async () => {
  serveQuietAccount();
  serveOnCall([]);
  renderAt('/on-call');
  expect(await screen.findByRole('heading', { name: 'No on-call schedules yet' })).toBeTruthy();
  expect(screen.getByRole('link', { name: 'Add schedule' })).toBeTruthy();
});
