import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import type { Channel, QuietHours } from '@/api/models';
import { browserTimeZone } from '@/lib/time-zone';
import { renderAt } from '../../../test/render';
import { channel, http, page, problem, serveQuietAccount, server } from '../../../test/server';
import { describeQuietHours } from './messages';

const ALERTS = channel().alerts;

const quiet = (changes: Partial<QuietHours> = {}): QuietHours => ({
  hours: { time_zone: browserTimeZone(), from: '22:00:00', until: '07:00:00' },
  passes: 'critical',
  ...changes,
});

function serve(edited: Channel): unknown[] {
  const sent: unknown[] = [];
  serveQuietAccount();
  server.use(
    http.get('/channels', () => HttpResponse.json(page([edited]))),
    http.patch('/channels/{id}', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(edited);
    }),
  );
  return sent;
}

async function edit() {
  const { user } = renderAt('/notifications');
  await user.click(await screen.findByRole('button', { name: 'Edit #operations' }));
  const dialog = within(screen.getByRole('dialog', { name: 'Edit channel' }));
  return { user, dialog, save: () => user.click(dialog.getByRole('button', { name: 'Save' })) };
}

it('has a channel rest at night in the time zone of the browser, and says what happens in the morning', async () => {
  const sent = serve(channel());
  const { user, dialog, save } = await edit();
  expect(dialog.queryByLabelText('Notify at once of')).toBeNull();
  await user.click(dialog.getByRole('checkbox', { name: 'Quiet hours' }));
  expect(dialog.getByLabelText('Time zone')).toHaveProperty('value', browserTimeZone());
  expect(dialog.getByText('Every day.')).toBeTruthy();
  expect(dialog.getByText('On the next day.')).toBeTruthy();
  expect(dialog.getByLabelText('Notify at once of')).toHaveProperty('value', 'critical');
  expect(dialog.getByText(/^At 07:00 the channel is notified/)).toBeTruthy();
  await save();
  await screen.findByText('#operations saved');
  const hours = { time_zone: browserTimeZone(), days: [], from: '22:00:00', until: '07:00:00' };
  expect(sent).toEqual([{ name: '#operations', alerts: { quiet_hours: { hours, passes: 'critical' } } }]);
});

it('sends the days, the times and what passes, and shows an error of the server at its field', async () => {
  const sent = serve(channel({ alerts: { ...ALERTS, quiet_hours: quiet() } }));
  server.use(
    http.patch('/channels/{id}', async ({ request }) => {
      sent.push(await request.json());
      return problem(422, '1 field is not valid', [
        { field: 'alerts.quiet_hours.hours.until', message: 'must be something else' },
      ]);
    }),
  );
  const { user, dialog, save } = await edit();
  await user.click(dialog.getByRole('button', { name: 'Sat' }));
  await user.click(dialog.getByRole('button', { name: 'Sun' }));
  await user.clear(dialog.getByLabelText('From'));
  await save();
  expect(await dialog.findByText('Must be a time')).toBeTruthy();
  expect(sent).toEqual([]);
  await user.type(dialog.getByLabelText('From'), '20:30');
  await user.selectOptions(dialog.getByLabelText('Notify at once of'), 'Nothing');
  expect(dialog.getByText('All incidents wait, critical ones too.')).toBeTruthy();
  await save();
  expect(await dialog.findByText('must be something else')).toBeTruthy();
  expect(dialog.getByLabelText('Until').getAttribute('aria-invalid')).toBe('true');
  const hours = { time_zone: browserTimeZone(), days: ['Sat', 'Sun'], from: '20:30:00', until: '07:00:00' };
  expect(sent).toEqual([{ name: '#operations', alerts: { quiet_hours: { hours, passes: null } } }]);
});

it('says that quiet hours in which everything passes change nothing', async () => {
  serve(channel({ alerts: { ...ALERTS, quiet_hours: quiet({ passes: 'info' }) } }));
  const { dialog } = await edit();
  expect(dialog.getByText('Nothing waits: these quiet hours change nothing.')).toBeTruthy();
  expect(dialog.queryByText(/^At 07:00/)).toBeNull();
});

it('ends quiet hours, and leaves out what was not changed', async () => {
  const sent = serve(channel({ alerts: { ...ALERTS, quiet_hours: quiet({ passes: null }) } }));
  const { user, dialog, save } = await edit();
  await user.type(dialog.getByLabelText('Name'), '!');
  await save();
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  await user.click(screen.getByRole('button', { name: 'Edit #operations' }));
  await user.click(screen.getByRole('checkbox', { name: 'Quiet hours' }));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(sent).toEqual([{ name: '#operations!' }, { name: '#operations', alerts: { quiet_hours: null } }]);
});

it('shows the quiet hours of a channel in its row, of an own one too', async () => {
  const email = channel({ kind: 'email', config: { to: [] }, alerts: { ...ALERTS, quiet_hours: quiet() } });
  serveQuietAccount();
  server.use(http.get('/me/channels', () => HttpResponse.json(page([email]))));
  const { user } = renderAt('/account/channels');
  expect(await screen.findByText('Quiet 22:00–07:00')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Edit #operations' }));
  expect(screen.getByRole('checkbox', { name: 'Quiet hours' })).toHaveProperty('checked', true);
});

describe('quiet hours in short', () => {
  const hours = { time_zone: 'Pacific/Chatham', from: '22:00:00', until: '07:30:00' };
  it.each([
    [{ hours }, 'Quiet 22:00–07:30, Pacific/Chatham'],
    [{ hours: { ...hours, days: ['Fri', 'Sat', 'Sun'] } }, 'Quiet Fri–Sun 22:00–07:30, Pacific/Chatham'],
  ] as [QuietHours, string][])('%j', (of, text) => {
    expect(describeQuietHours(of)).toBe(text);
  });
});
