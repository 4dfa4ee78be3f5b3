import { screen, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { AlertStep, Incident } from '@/api/types';
import { renderAt } from '../../../test/render';
import { api, page, problem, serveQuietAccount, server } from '../../../test/server';

const ID = '8f0c1c1e-0000-4000-8000-000000000000';
const INCIDENT: Incident = {
  id: ID,
  monitor_id: 42,
  monitor_name: 'Example',
  started_at: '2025-11-20T11:00:00.000Z',
  resolved_at: '2025-11-20T11:10:00.000Z',
  duration_seconds: 600,
  close_reason: 'recovered',
  error_code: 'read_timeout',
  first_error: 'no answer within 5000 ms',
  last_error: 'no answer within 5000 ms',
  acknowledged: { at: '2025-11-20T11:05:00.000Z', by: 'Ada' },
  notes: [{ at: '2025-11-20T11:06:00.000Z', by: 'Ada', text: 'The disk is full' }],
};

const step = (at: string, changes: Partial<AlertStep>): AlertStep => ({
  at: `2025-11-20T11:${at}.000Z`,
  step: 'decided',
  alert: 'down',
  channel_id: 5,
  delivery_id: 'd',
  attempt: 0,
  reason: null,
  receipt: null,
  source: { cluster: 'c', topic: 'monitoring-results', partition: 3, offset: 17 },
  revision: 4,
  ...changes,
});

function serveIncident(steps: AlertStep[]) {
  serveQuietAccount();
  const channel = { id: 5, name: '#operations', kind: 'slack', config: {}, enabled: true };
  server.use(
    http.get(api(`/incidents/${ID}`), () => HttpResponse.json(INCIDENT)),
    http.get(api(`/incidents/${ID}/events`), () => HttpResponse.json(page(steps))),
    http.get(api('/channels'), () => HttpResponse.json(page([channel]))),
  );
}

it('tells step by step who was told, who was not and why', async () => {
  serveIncident([
    step('00:00', {}),
    step('00:01', { step: 'attempted', attempt: 1 }),
    step('00:02', { step: 'attempted', attempt: 2, reason: 'Slack answered 429' }),
    step('00:02', { step: 'attempted', attempt: 3, reason: 'Slack answered 503' }),
    step('00:03', { step: 'sent', attempt: 2, receipt: '1732100000.000100' }),
    step('00:04', { step: 'suppressed', channel_id: null, reason: 'the monitor is muted' }),
    step('10:00', { step: 'failed', alert: 'up', channel_id: 6, reason: 'no such channel' }),
  ]);
  const { user } = renderAt(`/incidents/${ID}`);
  const list = await screen.findByRole('list', { name: 'Timeline' });
  await within(list).findByText(/#operations was told/);
  expect(
    within(list)
      .getAllByRole('listitem')
      .map((item) => item.querySelector('p')?.textContent),
  ).toEqual([
    'The answer did not arrive in time.',
    'DOWN#operations is to be told',
    'DOWNFirst attempt to tell #operations',
    'DOWNAttempts 2 to 3 to tell #operations: Slack answered 503',
    'DOWN#operations was told',
    'DOWNEvery channel is not told: the monitor is muted',
    'Ada has taken it on',
    'Recovered',
    'UPA deleted channel could not be told: no such channel',
  ]);
  expect(within(list).getByText('1732100000.000100')).toBeTruthy();
  const place = 'monitoring-results, partition 3, offset 17, by revision 4 of the monitor';
  expect(within(list).getAllByTitle(place)).toHaveLength(6);
  await user.click(screen.getByRole('button', { name: 'Show every attempt' }));
  expect(within(list).getByText(/Attempt 2 to tell #operations: Slack answered 429/)).toBeTruthy();
});

it('lists notes and adds one, and says what is wrong with one', async () => {
  serveIncident([]);
  const notes = [...(INCIDENT.notes ?? []), { at: '2025-11-20T12:00:00.000Z', by: 'Bo', text: 'Cleaned' }];
  server.use(
    http.post(
      api(`/incidents/${ID}/notes`),
      () => problem(422, '1 field is invalid', [{ field: 'text', message: 'must not be rude' }]),
      { once: true },
    ),
    http.post(api(`/incidents/${ID}/notes`), () => HttpResponse.json({ ...INCIDENT, notes })),
  );
  const { user } = renderAt(`/incidents/${ID}`);
  expect(await screen.findByText('The disk is full')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Add note' }));
  expect(await screen.findByText('must not be blank')).toBeTruthy();
  await user.type(screen.getByLabelText('New note'), 'Cleaned');
  await user.click(screen.getByRole('button', { name: 'Add note' }));
  expect(await screen.findByText('must not be rude')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Add note' }));
  const list = screen.getByRole('list', { name: 'Notes' });
  expect(await within(list).findByText('Cleaned')).toBeTruthy();
  expect(screen.getByLabelText('New note')).toHaveProperty('value', '');
});

it('says that there is no such incident', async () => {
  serveQuietAccount();
  server.use(http.get(api('/incidents/nothing'), () => problem(404, 'there is no such incident')));
  renderAt('/incidents/nothing');
  expect(await screen.findByRole('heading', { name: 'There is nothing here' })).toBeTruthy();
});
