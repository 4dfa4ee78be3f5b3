import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { beforeEach, expect, it } from 'vitest';
import type { OnCallPreviewInput, OnCallScheduleInput } from '@/api/models';
import { onCallSchedule, onCallShift, serveOnCall } from '../../../test/on-call';
import { renderAt } from '../../../test/render';
import { http, problem, serveQuietAccount, server } from '../../../test/server';

let previews: OnCallPreviewInput[] = [];
let sent: OnCallScheduleInput[] = [];

beforeEach(() => {
  previews = [];
  sent = [];
  serveQuietAccount();
  serveOnCall([onCallSchedule()]);
  server.use(
    http.post('/on-call-schedules/preview', async ({ request }) => {
      const input = await request.json();
      previews.push(input);
      return HttpResponse.json({ shifts: [onCallShift(input.from, input.until)] });
    }),
    http.get('/on-call-schedules/{id}/shifts', () => HttpResponse.json({ shifts: [] })),
    http.get('/on-call-schedules/{id}/overrides', () => HttpResponse.json({ items: [], next_cursor: null })),
    http.post('/on-call-schedules', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(onCallSchedule({ name: 'Nights' }), { status: 201 });
    }),
    http.patch('/on-call-schedules/{id}', async ({ request }) => {
      expect(request.headers.get('If-Match')).toBe('"3"');
      sent.push(await request.json());
      return HttpResponse.json(onCallSchedule());
    }),
  );
});

const layer = async (number: number) =>
  within(await screen.findByRole('region', { name: `Layer ${number}` }));

it('makes a schedule, and shows who would be on call before it is saved', async () => {
  const { user } = renderAt('/on-call/schedules/new');
  await user.click(await screen.findByRole('button', { name: 'Add schedule' }));
  expect(await screen.findByText('Choose at least one person')).toBeTruthy();
  expect(screen.getByText('Required')).toBeTruthy();
  expect(sent).toEqual([]);
  expect(screen.getByText('Complete the layers to see who will be on call.')).toBeTruthy();

  await user.type(screen.getByLabelText('Name'), 'Nights');
  await user.selectOptions(screen.getByLabelText('Time zone'), 'Asia/Tokyo');
  const first = await layer(1);
  await first.findByRole('option', { name: 'Grace' });
  await user.selectOptions(first.getByLabelText('Add person'), 'Grace');
  await user.selectOptions(first.getByLabelText('Add person'), 'Ada (you)');
  const every = first.getByLabelText('Hand-off every');
  await user.clear(every);
  await user.type(every, '12');
  await user.selectOptions(first.getByLabelText('Unit'), 'Hours');
  const start = first.getByLabelText('First hand-off');
  await user.clear(start);
  await user.type(start, '2026-11-30T08:30');
  await user.click(first.getByRole('radio', { name: 'At certain times' }));
  const until = first.getByLabelText('Until');
  await user.clear(until);
  await user.type(until, '06:00');
  expect(first.getByText('Until the next day')).toBeTruthy();

  const layers = [
    {
      people: [2, 1],
      starts_at: '2026-11-30T08:30:00',
      rotation: { every: 12, unit: 'hours' },
      restrictions: [{ repeat: 'daily', from: '09:00:00', until: '06:00:00' }],
    },
  ];
  await waitFor(() => expect(previews.at(-1)).toMatchObject({ time_zone: 'Asia/Tokyo', layers }));
  expect(await screen.findByRole('list', { name: 'On call' })).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Add schedule' }));
  expect(await screen.findByText('Nights saved')).toBeTruthy();
  expect(sent).toEqual([{ name: 'Nights', time_zone: 'Asia/Tokyo', layers }]);
});

it('asks for a preview once the form has settled, rather than at each key', async () => {
  const { user } = renderAt('/on-call/schedules/7/edit');
  await waitFor(() => expect(previews.length).toBe(3));
  const every = (await layer(1)).getByLabelText('Hand-off every');
  await user.type(every, '23');
  await waitFor(() =>
    expect(previews.slice(3).map(({ layers }) => layers.map(({ rotation }) => rotation.every))).toEqual([
      [123, 1],
      [123],
    ]),
  );
});

it('reorders people and layers, and keeps what is not changed', async () => {
  const { user } = renderAt('/on-call/schedules/7/edit');
  const first = await layer(1);
  await first.findByText('Ada (you)');
  await user.click(first.getByRole('button', { name: 'Move Grace up' }));
  // The same button again would move Grace further.
  expect(document.activeElement).toBe(first.getByRole('button', { name: 'Move Grace up' }));
  await user.selectOptions(first.getByLabelText('Add person'), 'Bo');
  await user.click(first.getByRole('button', { name: 'Remove Ada' }));
  await user.click(screen.getByRole('button', { name: 'Move layer 1 down' }));
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Move layer 2 down' }));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Primary saved')).toBeTruthy();
  const { layers } = onCallSchedule();
  expect(sent).toEqual([
    {
      name: 'Primary',
      time_zone: 'UTC',
      layers: [layers[1], { ...layers[0], people: [2, 3], restrictions: [] }],
    },
  ]);
});

it('shows weekly times, and the errors of the server at their fields', async () => {
  const weekly = {
    repeat: 'weekly',
    from_day: 'Mon',
    from: '09:00:00',
    until_day: 'Fri',
    until: '18:00:00',
  } as const;
  const schedule = onCallSchedule({
    layers: [{ ...onCallSchedule().layers[0], restrictions: [weekly] } as never],
  });
  serveOnCall([schedule]);
  server.use(
    http.patch('/on-call-schedules/{id}', () =>
      problem(422, '3 fields are not valid', [
        { field: 'layers.0.people.1', message: 'must be a member' },
        { field: 'layers.0.restrictions.0.until', message: 'must differ' },
        { field: 'layers.0.rotation.every', message: 'must be smaller' },
      ]),
    ),
  );
  const { user } = renderAt('/on-call/schedules/7/edit');
  const first = await layer(1);
  expect((first.getByLabelText('Day') as HTMLSelectElement).value).toBe('Mon');
  expect((first.getByLabelText('Until day') as HTMLSelectElement).value).toBe('Fri');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await first.findByText('must be a member')).toBeTruthy();
  expect(first.getByLabelText('Until').getAttribute('aria-invalid')).toBe('true');
  expect(first.getByLabelText('Hand-off every').getAttribute('aria-invalid')).toBe('true');
  expect(first.getByLabelText('Add person').getAttribute('aria-invalid')).toBe('true');
});

it('shows why there is no preview', async () => {
  server.use(http.post('/on-call-schedules/preview', () => problem(422, 'there are too many shifts')));
  renderAt('/on-call/schedules/7/edit');
  expect(await screen.findByText('there are too many shifts')).toBeTruthy();
});

it('says to responders who may change schedules', async () => {
  serveQuietAccount([], 'responder');
  renderAt('/on-call/schedules/new');
  expect(await screen.findByText(/^Admins and owners can change who is notified when/)).toBeTruthy();
  expect(screen.queryByLabelText('Name')).toBeNull();
});
