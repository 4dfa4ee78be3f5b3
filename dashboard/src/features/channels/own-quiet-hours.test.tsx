import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { OwnQuietHours } from '@/api/models';
import { browserTimeZone } from '@/lib/time-zone';
import { renderAt } from '../../../test/render';
import { channel, http, page, problem, serveQuietAccount, server } from '../../../test/server';

const NONE: OwnQuietHours = { time_zone: 'UTC', windows: [], passes: 'critical' };

function serve(quiet: OwnQuietHours): unknown[] {
  const sent: unknown[] = [];
  let now = quiet;
  serveQuietAccount([], 'viewer');
  server.use(
    http.get('/me/channels', () => HttpResponse.json(page([channel({ kind: 'ntfy', name: 'Phone' })]))),
    http.get('/me/quiet-hours', () => HttpResponse.json(now)),
    http.put('/me/quiet-hours', async ({ request }) => {
      const input = await request.json();
      sent.push(input);
      now = { ...NONE, ...input } as OwnQuietHours;
      return HttpResponse.json(now);
    }),
  );
  return sent;
}

async function open(name: string) {
  const { user } = renderAt('/account/channels');
  await user.click(await screen.findByRole('button', { name }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Quiet hours' }));
  return { user, dialog, save: () => user.click(dialog.getByRole('button', { name: 'Save' })) };
}

const night = { days: [], from: '22:00:00', until: '07:00:00' };

it('offers the night to whoever has none, and adds times', async () => {
  const sent = serve(NONE);
  const { user, dialog, save } = await open('Turn on quiet hours');
  expect(dialog.getByLabelText('From')).toHaveProperty('value', '22:00');
  await user.click(dialog.getByRole('button', { name: 'Add time' }));
  const second = within(dialog.getByRole('group', { name: 'Time 2' }));
  await user.click(second.getByRole('button', { name: 'Sun' }));
  await user.clear(second.getByLabelText('From'));
  await save();
  expect(await second.findByText('Must be a time')).toBeTruthy();
  expect(sent).toEqual([]);
  await user.type(second.getByLabelText('From'), '07:00');
  await user.clear(second.getByLabelText('Until'));
  await user.type(second.getByLabelText('Until'), '10:30');
  await user.selectOptions(dialog.getByLabelText('Notify at once of'), 'Nothing');
  await save();
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  const sunday = { days: ['Sun'], from: '07:00:00', until: '10:30:00' };
  expect(sent).toEqual([{ time_zone: browserTimeZone(), windows: [night, sunday], passes: null }]);
  expect(await screen.findByText('22:00–07:00; Sun 07:00–10:30')).toBeTruthy();
  expect(screen.getByText('All incidents wait, critical ones too.')).toBeTruthy();
});

it('shows what is wrong with the times', async () => {
  serve({ ...NONE, time_zone: 'Pacific/Chatham', windows: [night, { ...night, days: ['Mon'] }] });
  server.use(
    http.put('/me/quiet-hours', () =>
      problem(422, '1 field is not valid', [
        { field: 'windows', message: 'must leave a time at which you are notified' },
      ]),
    ),
  );
  const { user, dialog, save } = await open('Change quiet hours');
  await user.click(dialog.getByRole('button', { name: 'Remove time 2' }));
  await save();
  expect(await dialog.findByText('These times must leave a time at which you are notified')).toBeTruthy();
});

it('shows what the server refuses of a time at its field, and goes to the first', async () => {
  serve({ ...NONE, time_zone: 'Pacific/Chatham', windows: [night, { ...night, days: ['Mon'] }] });
  server.use(
    http.put('/me/quiet-hours', () =>
      problem(422, '3 fields are not valid', [
        { field: 'windows.1.from', message: 'must be a time of day' },
        { field: 'windows.1.days', message: 'must name each day once' },
        { field: 'windows', message: 'must leave a time at which you are notified' },
      ]),
    ),
  );
  const { user, dialog, save } = await open('Change quiet hours');
  await save();
  const second = within(dialog.getByRole('group', { name: 'Time 2' }));
  const wrong = await second.findByText('must be a time of day');
  const from = second.getByLabelText('From');
  expect(from.getAttribute('aria-invalid')).toBe('true');
  expect(from.getAttribute('aria-describedby')).toBe(wrong.closest('[id]')?.id);
  const days = second.getByRole('group', { name: 'Days' });
  expect(days.getAttribute('aria-describedby')).toBe(
    second.getByText('must name each day once').closest('[id]')?.id,
  );
  await waitFor(() => expect(days.contains(document.activeElement)).toBe(true));
  expect(dialog.getByText('These times must leave a time at which you are notified')).toBeTruthy();
  const first = within(dialog.getByRole('group', { name: 'Time 1' }));
  expect(first.getByLabelText('From').getAttribute('aria-invalid')).toBeNull();
  await user.click(second.getByRole('button', { name: 'Sun' }));
  await waitFor(() => expect(from.getAttribute('aria-invalid')).toBeNull());
});

it('turns them off', async () => {
  const sent = serve({ ...NONE, time_zone: 'Pacific/Chatham', windows: [night] });
  const { user } = renderAt('/account/channels');
  expect(await screen.findByText('22:00–07:00, Pacific/Chatham')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Turn off quiet hours' }));
  expect(await screen.findByText('Quiet hours are off')).toBeTruthy();
  expect(sent).toEqual([{ windows: [] }]);
  expect(screen.getByRole('button', { name: 'Turn on quiet hours' })).toBeTruthy();
});
