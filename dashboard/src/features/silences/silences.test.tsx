import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Role, Silence } from '@/api/models';
import { PAYMENTS } from '../../../test/alert-policy';
import { renderAt } from '../../../test/render';
import {
  http,
  monitor,
  page,
  problem,
  serveQuietAccount,
  server,
  session,
  silence,
} from '../../../test/server';

const PATH = '/notifications/silences';

const OF_MONITOR = silence({ id: 61, monitors: [42], conditions: { tags: [41], severities: ['info'] } });
const SCHEDULED = silence({
  id: 62,
  reason: 'Load test',
  starts_at: new Date(Date.now() + 86_400_000).toISOString(),
  created_by: null,
});
const ENDED = silence({ id: 63, reason: 'Office move', ends_at: new Date(Date.now() - 1_000).toISOString() });

function serveSilences(silences: Silence[], role: Role = 'editor') {
  serveQuietAccount([monitor()], role);
  server.use(
    http.get('/tags', () => HttpResponse.json(page([PAYMENTS]))),
    http.get('/silences', ({ query }) =>
      HttpResponse.json(
        page(silences.filter(({ ends_at: at }) => query.get('ended') || Date.parse(at) > Date.now())),
      ),
    ),
  );
}

/** What is sent by a request that creates or changes one. */
function recordSent(): unknown[] {
  const sent: unknown[] = [];
  server.use(
    http.post('/silences', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(OF_MONITOR, { status: 201 });
    }),
    http.patch('/silences/{id}', async ({ request }) => {
      sent.push([request.headers.get('If-Match'), await request.json()]);
      return HttpResponse.json(OF_MONITOR);
    }),
  );
  return sent;
}

const listOf = async (name: string) => within(await screen.findByRole('list', { name }));

it('says what each silence is of, until when and who has made it; ended ones when asked', async () => {
  serveSilences([OF_MONITOR, SCHEDULED, ENDED]);
  const { user } = renderAt(PATH);
  const active = await listOf('Active silences');
  expect(await active.findByText('Example')).toBeTruthy();
  expect(await active.findByText('Tag payments')).toBeTruthy();
  expect(active.getByText('Severity info')).toBeTruthy();
  expect(active.getByText('Added by Ada')).toBeTruthy();
  expect(active.getByText(/^Ends in \d+ d/)).toBeTruthy();
  const scheduled = await listOf('Scheduled silences');
  expect(scheduled.getByText('Every incident of every monitor')).toBeTruthy();
  expect(scheduled.getByText('Added by an API key or a former member')).toBeTruthy();
  expect(screen.queryByText('Office move')).toBeNull();
  await user.click(screen.getByRole('switch', { name: 'Show ended' }));
  expect((await listOf('Ended silences')).getByText('Office move')).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Edit silence: Office move' })).toBeNull();
});

it('adds one for an hour, warns where it is of everything, and shows what is wrong at its field', async () => {
  serveSilences([]);
  const sent = recordSent();
  const { user } = renderAt(PATH);
  expect(await screen.findByText('No silences')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Add silence' }));
  const dialog = within(screen.getByRole('dialog'));
  expect(dialog.getByText(/^Nobody is notified of any incident/)).toBeTruthy();
  await user.click(dialog.getByRole('radio', { name: 'Selected monitors' }));
  await user.click(dialog.getByRole('button', { name: 'Add silence' }));
  expect(await dialog.findByText('Required')).toBeTruthy();
  expect(dialog.getByText('Select at least one monitor')).toBeTruthy();
  await user.type(dialog.getByLabelText('Reason'), 'Provider works');
  await user.click(await dialog.findByRole('checkbox', { name: 'Example' }));
  expect(dialog.queryByText(/^Nobody is notified of any incident/)).toBeNull();
  await user.click(dialog.getByRole('checkbox', { name: 'Only incidents that meet conditions' }));
  await user.click(dialog.getByRole('button', { name: 'Degraded' }));
  server.use(
    http.post(
      '/silences',
      () =>
        problem(422, '2 fields are not valid', [
          { field: 'ends_at', message: 'must be in the future' },
          { field: 'conditions.alerts', message: 'must list at most 1' },
        ]),
      { once: true },
    ),
  );
  await user.click(dialog.getByRole('button', { name: 'Add silence' }));
  expect(await dialog.findByText('must be in the future')).toBeTruthy();
  expect(dialog.getByText('must list at most 1')).toBeTruthy();
  const before = Date.now();
  await user.click(dialog.getByRole('button', { name: 'Add silence' }));
  expect(await screen.findByText('Silence added')).toBeTruthy();
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  const [{ ends_at: end, ...input }] = sent as [{ ends_at: string }];
  expect(input).toEqual({ reason: 'Provider works', monitors: [42], conditions: { alerts: ['degraded'] } });
  expect(Date.parse(end) - before).toBeGreaterThanOrEqual(3_600_000);
  expect(Date.parse(end) - before).toBeLessThan(3_660_000);
});

it('opens with the monitor of a link, and not again once it is closed', async () => {
  serveSilences([OF_MONITOR]);
  server.use(
    http.get('/monitors/{id}', () => HttpResponse.json(monitor())),
    http.get('/monitors/{id}/uptime', () => problem(503, 'not now')),
  );
  const { user } = renderAt('/monitors/42');
  await user.click(await screen.findByRole('link', { name: 'Silence…' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Add silence' }));
  expect(await dialog.findByRole('button', { name: /^Example/ })).toBeTruthy();
  expect(document.activeElement).toBe(dialog.getByLabelText('Reason'));
  await user.click(dialog.getByRole('button', { name: 'Close' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(window.location.search).toBe('');
});

it('changes one: times that stay as they are are not sent', async () => {
  serveSilences([OF_MONITOR]);
  const sent = recordSent();
  const { user } = renderAt(PATH);
  await user.click(await screen.findByRole('button', { name: 'Edit silence: Provider works' }));
  const dialog = within(screen.getByRole('dialog'));
  await user.type(dialog.getByLabelText('Reason'), ' again');
  await user.click(dialog.getByRole('checkbox', { name: 'Only incidents that meet conditions' }));
  await user.click(dialog.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Silence saved')).toBeTruthy();
  expect(sent).toEqual([['"3"', { reason: 'Provider works again', monitors: [42], conditions: {} }]]);
});

it('sends the times that are chosen, and refuses more than 90 days', async () => {
  serveSilences([]);
  const sent = recordSent();
  const { user } = renderAt(PATH);
  await user.click(await screen.findByRole('button', { name: 'Add silence' }));
  const dialog = within(screen.getByRole('dialog'));
  await user.type(dialog.getByLabelText('Reason'), 'Load test');
  await user.click(dialog.getByRole('radio', { name: 'Custom' }));
  const fill = async (label: string, value: string) => {
    await user.clear(dialog.getByLabelText(label));
    await user.type(dialog.getByLabelText(label), value);
  };
  await fill('Start', '2124-01-01T10:00');
  await fill('End', '2124-05-01T10:00');
  await user.click(dialog.getByRole('button', { name: 'Add silence' }));
  expect(await dialog.findByText('Must be at most 90 days after the start')).toBeTruthy();
  await fill('End', '2124-01-02T10:00');
  await user.click(dialog.getByRole('button', { name: 'Add silence' }));
  expect(await screen.findByText('Silence added')).toBeTruthy();
  const at = (text: string) => new Date(text).toISOString();
  expect(sent).toEqual([
    {
      reason: 'Load test',
      monitors: [],
      conditions: {},
      starts_at: at('2124-01-01T10:00'),
      ends_at: at('2124-01-02T10:00'),
    },
  ]);
});

it('ends one after a question, and calls it off where it has not begun', async () => {
  const silences = [OF_MONITOR, SCHEDULED];
  serveSilences(silences);
  const ended: string[] = [];
  server.use(
    http.post('/silences/{id}/end', ({ params }) => {
      ended.push(params.id);
      silences.splice(
        silences.findIndex(({ id }) => String(id) === params.id),
        1,
      );
      return HttpResponse.json(OF_MONITOR);
    }),
  );
  const { user } = renderAt(PATH);
  await user.click(await screen.findByRole('button', { name: 'End now: Provider works' }));
  await user.click(screen.getByRole('button', { name: 'Keep it' }));
  expect(ended).toEqual([]);
  await user.click(screen.getByRole('button', { name: 'End now: Provider works' }));
  await user.click(screen.getByRole('button', { name: 'End silence' }));
  expect(await screen.findByText('Silence ended')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Cancel: Load test' }));
  await user.click(screen.getByRole('button', { name: 'Cancel silence' }));
  expect(await screen.findByText('Silence cancelled')).toBeTruthy();
  expect(ended).toEqual(['61', '62']);
  expect(await screen.findByText('No silences')).toBeTruthy();
});

it('is only looked at by viewers', async () => {
  serveSilences([OF_MONITOR, silence({ id: 64, error: 'its conditions cannot be read' })], 'viewer');
  renderAt(`${PATH}?monitor=42`);
  expect((await screen.findAllByText('Provider works')).length).toBe(2);
  expect(screen.getByText('It silences nothing.', { exact: false })).toBeTruthy();
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(screen.queryByRole('button', { name: 'Add silence' })).toBeNull();
  expect(screen.queryByRole('button', { name: /^(Edit|End)/ })).toBeNull();
});

it('lets those whose access is narrowed change what names monitors, and makes them name some', async () => {
  serveSilences([OF_MONITOR, silence({ id: 64, reason: 'Of all' })]);
  const { org, ...others } = session('token', 'editor');
  server.use(
    http.post('/auth/refresh', () =>
      HttpResponse.json({ ...others, org: { ...org, only_tags: ['payments'] } }),
    ),
  );
  const { user } = renderAt(PATH);
  expect(await screen.findByRole('button', { name: 'Edit silence: Provider works' })).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Edit silence: Of all' })).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Add silence' }));
  const dialog = within(screen.getByRole('dialog'));
  expect(dialog.queryByRole('radio', { name: 'All monitors' })).toBeNull();
  await user.click(dialog.getByRole('button', { name: 'Add silence' }));
  expect(await dialog.findByText('Select at least one monitor')).toBeTruthy();
});
