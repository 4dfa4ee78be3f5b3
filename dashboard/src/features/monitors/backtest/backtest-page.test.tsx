import { screen, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Backtest } from '@/api/models';
import { PAYMENTS, policy, serveAlerting } from '../../../../test/alert-policy';
import { backtest, outcome, pastIncident } from '../../../../test/backtest';
import { renderAt } from '../../../../test/render';
import { http, monitor, page, serveQuietAccount, server } from '../../../../test/server';

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
        { id: 44, name: 'Backup', reason: 'of heartbeats only pings are stored' },
        { id: 45, name: 'Report', reason: 'of heartbeats only pings are stored' },
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
  expect(screen.getByText('Choose what to leave out, or another rule')).toBeTruthy();
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
