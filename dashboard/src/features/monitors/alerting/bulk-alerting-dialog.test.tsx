import { screen, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import { renderAt } from '../../../../test/render';
import { http, monitor, problem, serveQuietAccount, server } from '../../../../test/server';

/** Opens the dialog for two of three monitors. */
async function open() {
  const monitors = [42, 43, 44].map((id) => monitor({ id, name: `M${id}` }));
  const sent: unknown[] = [];
  serveQuietAccount(monitors);
  server.use(
    http.post('/monitors/bulk', async ({ request }) => {
      sent.push(await request.json());
      const items = [42, 43].map((id) => ({ id, status: 200 }));
      return HttpResponse.json({ succeeded: 2, failed: 0, items });
    }),
  );
  const { user } = renderAt('/');
  await user.click(await screen.findByRole('button', { name: 'Select' }));
  await user.click(screen.getByLabelText('Select M42'));
  await user.click(screen.getByLabelText('Select M43'));
  await user.click(screen.getByRole('button', { name: 'Alerting' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Alerting of 2 monitors' }));
  const choose = (what: string) => user.selectOptions(dialog.getByLabelText('What to change'), what);
  const save = () => user.click(dialog.getByRole('button', { name: 'Save' }));
  return { user, dialog, sent, choose, save };
}

it('sets when monitors count as down', async () => {
  const { user, dialog, sent, save } = await open();
  await user.click(dialog.getByRole('radio', { name: 'Some of the last' }));
  await user.clear(dialog.getByLabelText('Of the last'));
  await save();
  expect(await dialog.findByText('Must be a whole number')).toBeTruthy();
  await user.type(dialog.getByLabelText('Of the last'), '4');
  await user.clear(dialog.getByLabelText('Down after'));
  await user.type(dialog.getByLabelText('Down after'), '2');
  expect(dialog.getByText('Down after 2 failed checks of the last 4.')).toBeTruthy();
  await save();
  expect(await screen.findByText('2 monitors changed')).toBeTruthy();
  const changes = { down_after: 2, down_of: 4, down_for_seconds: null };
  expect(sent).toEqual([{ action: 'edit', changes, monitors: [42, 43] }]);
});

it('sets what monitors depend on, but not on themselves', async () => {
  const { user, dialog, sent, choose, save } = await open();
  await user.clear(dialog.getByLabelText('Down after'));
  await choose('Depends on');
  await user.click(await dialog.findByRole('checkbox', { name: 'M44' }));
  expect(dialog.queryByRole('checkbox', { name: 'M42' })).toBeNull();
  await save();
  expect(await screen.findByText('2 monitors changed')).toBeTruthy();
  expect(sent).toEqual([{ action: 'edit', changes: { depends_on: [44] }, monitors: [42, 43] }]);
});

it('sets when monitors are flapping, or that they never are', async () => {
  const { user, dialog, sent, choose, save } = await open();
  server.use(http.post('/monitors/bulk', () => problem(503, 'not available'), { once: true }));
  await choose('Flapping');
  await user.click(dialog.getByRole('checkbox', { name: 'Fewer notifications while it is flapping' }));
  await save();
  expect(await dialog.findByText(/not available/)).toBeTruthy();
  await save();
  expect(await screen.findByText('2 monitors changed')).toBeTruthy();
  const flapping = { outages: 3, within_minutes: 30, lasting_minutes: 5 };
  expect(sent).toEqual([{ action: 'edit', changes: { flapping }, monitors: [42, 43] }]);
});
