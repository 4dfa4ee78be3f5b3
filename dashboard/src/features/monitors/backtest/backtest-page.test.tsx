import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Backtest } from '@/api/models';
import { PAYMENTS, policy, serveAlerting } from '../../../../test/alert-policy';
import { backtest, outcome, pastIncident } from '../../../../test/backtest';
import { renderAt } from '../../../../test/render';
import { http, monitor, page, problem, serveQuietAccount, server } from '../../../../test/server';

function serveBacktests(answer: Backtest): unknown[] {
  const asked: unknown[] = [];
  server.use(
    http.post('/backtests', async ({ request }) => {
      asked.push(await request.json());
      return HttpResponse.json(answer);
    }),
  );
  return asked;
}

const comparison = () => within(screen.getByRole('region', { name: 'Comparison with what was sent' }));

it('tries what is left out on the monitors of a policy, and says which were left out themselves', async () => {
  serveAlerting({ policies: [policy()] });
  const asked = serveBacktests(
    backtest({
      monitors: [
        { id: 42, name: 'Example' },
        { id: 43, name: 'Shop' },
      ],
      left_out: [
        { id: 44, name: 'Backup', reason: 'there was no time left for it' },
        { id: 45, name: 'Report', reason: 'there was no time left for it' },
      ],
      candidates: [
        outcome({
          messages: 4,
          added: 1,
          list: [pastIncident(), pastIncident({ id: 'x', monitor_id: 43, change: 'added' })],
        }),
      ],
    }),
  );
  const { user } = renderAt('/alerting/backtest');
  await user.click(await screen.findByRole('radio', { name: 'By escalation policy' }));
  await user.click(screen.getByRole('button', { name: 'Compare' }));
  expect(await screen.findByText('Choose an escalation policy')).toBeTruthy();
  expect(screen.getByText('Choose what to leave out, another rule or a maintenance window')).toBeTruthy();
  await user.selectOptions(screen.getByLabelText('Escalation policy'), 'Night shift');
  await user.click(screen.getByRole('button', { name: 'Quiet hours' }));
  await user.click(screen.getByRole('button', { name: 'Cooldown' }));
  await user.selectOptions(screen.getByLabelText('Period'), 'Last 90 days');
  await user.click(screen.getByRole('button', { name: 'Compare' }));
  expect(await comparison().findByText('+2 notifications; 1 incident added')).toBeTruthy();
  expect(comparison().getByText('43,200 checks of 2 monitors')).toBeTruthy();
  const added = within(comparison().getByRole('region', { name: 'Missed and added incidents' }));
  expect(added.getByText('Shop')).toBeTruthy();
  expect(comparison().getByText('Backup, Report')).toBeTruthy();
  expect(asked).toMatchObject([
    {
      selection: { policy_id: 21 },
      backtest: { days: 90, candidates: [{ without: ['quiet_hours', 'throttle'] }] },
    },
  ]);
  // What is shown is no longer of what is chosen.
  await user.click(screen.getByRole('button', { name: 'Silences' }));
  expect(comparison().getByText('The settings have changed since.')).toBeTruthy();
});

it('tries another rule on the monitors with a tag', async () => {
  serveQuietAccount();
  server.use(http.get('/tags', () => HttpResponse.json(page([PAYMENTS]))));
  const asked = serveBacktests(backtest());
  const { user } = renderAt('/alerting/backtest');
  await user.click(await screen.findByRole('radio', { name: 'By tag' }));
  await user.selectOptions(
    await screen.findByLabelText('Tag'),
    await screen.findByRole('option', { name: 'payments' }),
  );
  await user.click(screen.getByRole('checkbox', { name: /^Another rule/ }));
  await user.clear(screen.getByLabelText('Down after'));
  await user.click(screen.getByRole('button', { name: 'Compare' }));
  expect(await screen.findByText('Must be a whole number')).toBeTruthy();
  await user.type(screen.getByLabelText('Down after'), '3');
  await user.click(screen.getByRole('button', { name: 'Compare' }));
  expect(await comparison().findByText('Nothing changes: 2 notifications, as sent')).toBeTruthy();
  expect(asked).toMatchObject([
    {
      selection: { tag: 'payments' },
      backtest: {
        candidates: [
          { rule: { down_after: 3, down_of: null, down_for_seconds: 0, up_after: 1, slow_ms: null } },
        ],
      },
    },
  ]);
});

it('needs monitors that are chosen by hand', async () => {
  serveQuietAccount([monitor()]);
  const asked = serveBacktests(backtest());
  const { user } = renderAt('/alerting/backtest');
  await user.click(await screen.findByRole('button', { name: 'Compare' }));
  expect(await screen.findByText('Select at least one monitor')).toBeTruthy();
  await user.click(screen.getByRole('checkbox', { name: 'Example' }));
  await user.click(screen.getByRole('button', { name: 'Dependencies' }));
  await user.click(screen.getByRole('button', { name: 'Compare' }));
  expect(await comparison().findByText(/^Nothing changes/)).toBeTruthy();
  expect(asked).toMatchObject([{ selection: { monitors: [42] } }]);
});

const candidate = (name: string) => within(screen.getByRole('region', { name }));

it('compares as it was then and several candidates side by side, with differences in words', async () => {
  serveQuietAccount([monitor()]);
  const asked = serveBacktests(
    backtest({
      known_since: '2025-11-01T12:00:00.000Z',
      is_complete: false,
      left_out: [{ id: 44, name: 'Backup', reason: 'there was no time left for it' }],
      sent: outcome({ incidents: 5, messages: 20, messages_at_night: 12 }),
      candidates: [
        outcome({ name: 'As it was set then', incidents: 5, messages: 20, messages_at_night: 12 }),
        outcome({ name: 'Nights', incidents: 5, messages: 26, messages_at_night: 18, added: 2 }),
        outcome({ name: 'Candidate 2', incidents: 4, messages: 6, missed: 1, seconds_to_detect: 180 }),
      ],
    }),
  );
  const { user } = renderAt('/alerting/backtest');
  await user.click(await screen.findByRole('checkbox', { name: 'Example' }));
  expect(screen.queryByRole('button', { name: 'Remove Candidate 1' })).toBeNull();
  await user.click(candidate('Candidate 1').getByRole('button', { name: 'Quiet hours' }));
  await user.type(candidate('Candidate 1').getByLabelText('Name'), 'Nights');
  await user.click(screen.getByRole('button', { name: 'Add candidate' }));
  await user.click(candidate('Candidate 2').getByRole('button', { name: 'Cooldown' }));
  await user.click(screen.getByRole('button', { name: 'Copy Nights' }));
  const copied = candidate('Nights (copy)').getByRole('button', { name: 'Quiet hours' });
  expect(copied.getAttribute('aria-pressed')).toBe('true');
  await user.click(screen.getByRole('button', { name: 'Remove Nights (copy)' }));
  await user.click(screen.getByRole('checkbox', { name: 'As it was set then' }));
  await user.click(screen.getByRole('button', { name: 'Compare' }));
  const shown = comparison();
  expect(
    await shown.findByRole('row', { name: 'Notifications 20 20 same 26 6 more 6 14 fewer' }),
  ).toBeTruthy();
  expect(shown.getByRole('row', { name: 'Incidents 5 5 same 5 same 4 1 fewer' })).toBeTruthy();
  expect(
    shown.getByRole('row', { name: 'Time to detect 1 min 1 min same 1 min same 3 min 2 min later' }),
  ).toBeTruthy();
  expect(shown.getByRole('row', { name: 'Missed None 0 0 1' })).toBeTruthy();
  expect(shown.getByText(/^“As it was set then” counts from Sat 1 Nov/)).toBeTruthy();
  expect(
    shown.getByText(/^Not everything could be compared.*Which monitors, and why, is below/),
  ).toBeTruthy();
  expect(shown.getByText('there was no time left for it', { exact: false })).toBeTruthy();
  await user.selectOptions(shown.getByLabelText('Details of'), 'Candidate 2');
  expect(shown.getByText(/^−14 notifications/)).toBeTruthy();
  expect(asked).toMatchObject([
    {
      backtest: {
        candidates: [
          { name: 'As it was set then', as_it_was: true },
          { name: 'Nights', without: ['quiet_hours'] },
          { name: 'Candidate 2', without: ['throttle'] },
        ],
      },
    },
  ]);
});

it('compares no more candidates than the server does', async () => {
  serveQuietAccount([monitor()]);
  const { user } = renderAt('/alerting/backtest');
  await user.click(await screen.findByRole('checkbox', { name: 'As it was set then' }));
  for (const number of [2, 3, 4]) {
    await user.click(screen.getByRole('button', { name: 'Add candidate' }));
    expect(candidate(`Candidate ${number}`).getByLabelText('Name')).toBeTruthy();
  }
  expect(screen.getByText('At most 5 are compared at a time.')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Add candidate' }));
  await user.click(screen.getByRole('button', { name: 'Copy Candidate 1' }));
  expect(screen.queryByRole('region', { name: 'Candidate 5' })).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Remove Candidate 4' }));
  expect(screen.queryByText('At most 5 are compared at a time.')).toBeNull();
});

it('tries more maintenance windows, and says at its place what is refused', async () => {
  serveQuietAccount([monitor()]);
  const asked: unknown[] = [];
  server.use(
    http.post('/backtests', async ({ request }) => {
      asked.push(await request.json());
      return problem(422, '2 fields are not valid', [
        { field: 'backtest.candidates.1.windows.0.minutes', message: 'must be shorter' },
        { field: 'backtest.candidates.0.as_it_was', message: 'is known since yesterday only' },
      ]);
    }),
  );
  const { user } = renderAt('/alerting/backtest');
  await user.click(await screen.findByRole('checkbox', { name: 'Example' }));
  await user.click(screen.getByRole('checkbox', { name: 'As it was set then' }));
  await user.click(screen.getByRole('button', { name: 'Add maintenance window' }));
  const dialog = within(screen.getByRole('dialog', { name: 'Add maintenance window' }));
  await user.click(dialog.getByRole('radio', { name: 'Weekly' }));
  await user.selectOptions(dialog.getByLabelText('Day'), 'Tuesday');
  await user.click(dialog.getByRole('button', { name: 'Use these times' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  const shown = candidate('Candidate 1');
  expect(shown.getByText(/^Every Tuesday at 02:00 for 2 h/)).toBeTruthy();
  // The dialog's form is not the page's.
  expect(asked).toEqual([]);
  await user.click(screen.getByRole('button', { name: 'Compare' }));
  const wrong = await shown.findByText('must be shorter');
  const edit = shown.getByRole('button', { name: /^Edit Every Tuesday/ });
  expect(edit.getAttribute('aria-describedby')).toBe(wrong.closest('[id]')?.id);
  const asItWas = screen.getByRole('checkbox', { name: 'As it was set then' });
  expect(asItWas.getAttribute('aria-invalid')).toBe('true');
  expect(comparison().getByText('Candidate 1: windows.0.minutes must be shorter')).toBeTruthy();
  expect(asked).toMatchObject([
    {
      backtest: {
        candidates: [
          { as_it_was: true },
          { windows: [{ repeat: 'weekly', weekday: 'Tue', from: '02:00:00', minutes: 120 }] },
        ],
      },
    },
  ]);
});

it('says what to do when the server has no time', async () => {
  serveQuietAccount([monitor()]);
  server.use(http.post('/backtests', () => problem(503, 'a backtest of that many results is not available')));
  const { user } = renderAt('/alerting/backtest');
  await user.click(await screen.findByRole('checkbox', { name: 'Example' }));
  await user.click(screen.getByRole('button', { name: 'Mute' }));
  await user.click(screen.getByRole('button', { name: 'Compare' }));
  expect(await comparison().findByText(/^The server is busy, or this takes too long/)).toBeTruthy();
  expect(comparison().getByRole('button', { name: 'Retry' })).toBeTruthy();
});
