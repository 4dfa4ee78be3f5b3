import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Monitor } from '@/api/models';
import { renderAt } from '../../../../test/render';
import { http, monitor, page, problem, serveQuietAccount, server } from '../../../../test/server';

const { status } = monitor();
const GATEWAY = monitor({ id: 7, name: 'Gateway', status: { ...status, state: 'down' } });
const FLAPPING = { outages: 3, within_minutes: 30, lasting_minutes: 5 };

/** Serves a monitor and others; what is sent of it is in the list. */
function serve(changes: Partial<Monitor> = {}, others: Monitor[] = [GATEWAY]): unknown[] {
  const monitors = [monitor(changes), ...others];
  const sent: unknown[] = [];
  serveQuietAccount(monitors);
  server.use(
    http.get('/monitors/{id}', ({ params }) => {
      const found = monitors.find(({ id }) => id === Number(params.id));
      return found ? HttpResponse.json(found) : problem(404, 'there is no such monitor');
    }),
    http.get('/monitors/{id}/results', () => HttpResponse.json(page([]))),
    http.get('/monitors/{id}/uptime', () => problem(503, 'history is not available')),
    http.patch('/monitors/{id}', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(monitor(changes));
    }),
  );
  return sent;
}

const save = () => screen.getByRole('button', { name: 'Save' });

it('counts the failed among the last checks, and says how soon somebody is notified', async () => {
  const sent = serve();
  const { user } = renderAt('/monitors/42/edit');
  await user.click(await screen.findByText('Timing and retries'));
  expect(screen.getByText('Down after 1 failed check. The first notification is sent at once.')).toBeTruthy();
  expect(screen.queryByLabelText('Of the last')).toBeNull();
  await user.click(screen.getByRole('radio', { name: 'Some of the last' }));
  await user.clear(screen.getByLabelText('Down after'));
  await user.type(screen.getByLabelText('Down after'), '5');
  await user.click(save());
  const window = screen.getByLabelText('Of the last');
  expect(await screen.findByText('Must be more than 5 and at most 60')).toBeTruthy();
  expect(window.getAttribute('aria-invalid')).toBe('true');
  expect(sent).toEqual([]);

  await user.clear(screen.getByLabelText('Down after'));
  await user.type(screen.getByLabelText('Down after'), '3');
  await user.type(screen.getByLabelText('For at least'), '10');
  expect(
    screen.getByText(
      'Down after 3 failed checks of the last 5 over at least 10 min. The first notification is sent 10 min after the first of them at the earliest.',
    ),
  ).toBeTruthy();
  await user.click(save());
  await screen.findByText('Example saved');
  expect(sent).toEqual([{ down_after: 3, down_of: 5, down_for_seconds: 600 }]);
});

it('counts checks in a row again', async () => {
  const sent = serve({ down_after: 3, down_of: 5, down_for_seconds: 90 });
  const { user } = renderAt('/monitors/42/edit');
  expect(await screen.findByText('10 s · 1 retry · Down after 3 of 5')).toBeTruthy();
  await user.click(await screen.findByText('Timing and retries'));
  expect(screen.getByLabelText('For at least')).toHaveProperty('value', '90');
  expect(screen.getByLabelText('For at least: unit')).toHaveProperty('value', 's');
  await user.click(screen.getByRole('radio', { name: 'Failed in a row' }));
  await user.clear(screen.getByLabelText('For at least'));
  await user.click(save());
  await screen.findByText('Example saved');
  expect(sent).toEqual([{ down_of: null, down_for_seconds: null }]);
});

it('shows errors of the server at the fields of the rule', async () => {
  serve();
  server.use(
    http.patch('/monitors/{id}', () =>
      problem(422, '2 fields are not valid', [
        { field: 'down_of', message: 'must be 2 to 60' },
        { field: 'down_for_seconds', message: 'must be 0 to 86400' },
      ]),
    ),
  );
  const { user } = renderAt('/monitors/42/edit');
  await user.click(await screen.findByText('Timing and retries'));
  await user.click(screen.getByRole('radio', { name: 'Some of the last' }));
  await user.click(save());
  expect(await screen.findByText('must be 2 to 60')).toBeTruthy();
  expect(screen.getByText('must be 0 to 86400')).toBeTruthy();
  expect(screen.queryByRole('alert')).toBeNull();
});

it('asks a heartbeat for no rule about checks, and sends none', async () => {
  const sent = serve({ down_of: 5, down_after: 2 });
  const { user } = renderAt('/monitors/42/edit');
  await user.click(await screen.findByRole('radio', { name: 'Heartbeat' }));
  expect(screen.queryByText('When it counts as down')).toBeNull();
  expect(screen.getByText('Depends on')).toBeTruthy();
  expect(screen.getByText('Flapping')).toBeTruthy();
  await user.clear(screen.getByLabelText(/^Slug/));
  await user.type(screen.getByLabelText(/^Slug/), 'backup');
  await user.click(save());
  await screen.findByText('Example saved');
  expect(sent).toMatchObject([{ kind: 'heartbeat', down_of: null }]);
});

it('chooses with the keyboard what a monitor depends on, and says why that cannot be', async () => {
  // Of 9 only the ID is known here.
  const sent = serve({ depends_on: [9] });
  server.use(
    http.patch('/monitors/{id}', async ({ request }) => {
      sent.push(await request.json());
      return problem(422, '1 field is not valid', [
        { field: 'depends_on', message: 'makes it depend on itself: Example → Gateway → Example' },
      ]);
    }),
  );
  const { user } = renderAt('/monitors/42/edit');
  expect(await screen.findByText('1 monitor')).toBeTruthy();
  await user.click(screen.getByText('Depends on'));
  const picker = within(await screen.findByRole('group', { name: 'Depends on' }));
  expect(within(picker.getByRole('list')).getByText('#9')).toBeTruthy();
  const gateway = await picker.findByRole('checkbox', { name: 'Gateway' });
  expect(picker.queryByRole('checkbox', { name: 'Example' })).toBeNull();
  picker.getByRole('searchbox').focus();
  // It searches, and does not save.
  await user.keyboard('{Enter}');
  await user.tab();
  expect(document.activeElement).toBe(gateway);
  await user.keyboard(' ');
  expect(picker.getByRole('button', { name: /^Gateway/ })).toBeTruthy();
  expect(sent).toEqual([]);
  await user.click(save());
  expect(await picker.findByText(/makes it depend on itself/)).toBeTruthy();
  expect(sent).toEqual([{ depends_on: [9, 7] }]);

  await user.click(picker.getByRole('button', { name: /^Gateway/ }));
  expect(picker.queryByText(/makes it depend on itself/)).toBeNull();
});

it('offers no more than 20 monitors to depend on', async () => {
  serve({ depends_on: Array.from({ length: 20 }, (_, index) => 100 + index) });
  const { user } = renderAt('/monitors/42/edit');
  await user.click(await screen.findByText('Depends on'));
  const gateway = await screen.findByRole('checkbox', { name: 'Gateway' });
  expect(gateway).toHaveProperty('disabled', true);
  expect(screen.getByText('20 monitors are selected, and there cannot be more.')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: /^#100/ }));
  expect(gateway).toHaveProperty('disabled', false);
});

it('turns flapping on with three numbers in a sentence', async () => {
  const sent = serve();
  const { user } = renderAt('/monitors/42/edit');
  const title = await screen.findByText('Flapping');
  expect(within(title.closest('summary') as HTMLElement).getByText('Off')).toBeTruthy();
  await user.click(title);
  await user.click(screen.getByRole('checkbox', { name: 'Fewer notifications while it is flapping' }));
  const sentence = within(screen.getByRole('group', { name: 'Flapping' }));
  const incidents = sentence.getByLabelText('Incidents');
  await user.clear(incidents);
  await user.type(incidents, '1');
  await user.click(save());
  const error = await sentence.findByText('Incidents: must be between 2 and 20');
  expect(error.closest('[id]')?.id).toBe(incidents.getAttribute('aria-describedby'));
  expect(sent).toEqual([]);
  await user.clear(incidents);
  await user.type(incidents, '4');
  expect(screen.getByText('4 incidents within 30 min')).toBeTruthy();
  await user.click(save());
  await screen.findByText('Example saved');
  expect(sent).toEqual([{ flapping: { outages: 4, within_minutes: 30, lasting_minutes: 5 } }]);
});

it('turns flapping off, whatever is in its fields', async () => {
  const sent = serve({ flapping: FLAPPING });
  const { user } = renderAt('/monitors/42/edit');
  await user.click(await screen.findByText('Flapping', { selector: 'summary *' }));
  await user.clear(screen.getByLabelText('Minutes that an incident lasts'));
  await user.click(screen.getByRole('checkbox', { name: 'Fewer notifications while it is flapping' }));
  await user.click(save());
  await screen.findByText('Example saved');
  expect(sent).toEqual([{ flapping: null }]);
});

it('shows what a monitor depends on with its state, what depends on it, and when it is flapping', async () => {
  const shop = monitor({ id: 8, name: 'Shop', depends_on: [42] });
  serve({ depends_on: [7, 9], flapping: FLAPPING }, [GATEWAY, shop]);
  renderAt('/monitors/42');
  const needed = within(await screen.findByRole('list', { name: 'Depends on' }));
  expect(await needed.findByRole('link', { name: 'Gateway' })).toHaveProperty('pathname', '/monitors/7');
  expect(needed.getByRole('img', { name: 'Down' })).toBeTruthy();
  expect(needed.getByRole('link', { name: '#9' })).toBeTruthy();
  const dependants = within(await screen.findByRole('list', { name: 'Depended on by' }));
  expect(dependants.getByRole('link', { name: 'Shop' })).toHaveProperty('pathname', '/monitors/8');
  const rule = 'After 3 incidents within 30 min, notifies only of incidents that last 5 min';
  expect(screen.getByText(rule)).toBeTruthy();
});

it('says nothing of dependencies and flapping where there are none', async () => {
  serve();
  const { client } = renderAt('/monitors/42');
  expect(await screen.findByRole('heading', { name: 'Example' })).toBeTruthy();
  await waitFor(() => expect(client.isFetching()).toBe(0));
  expect(screen.queryByText('Depends on')).toBeNull();
  expect(screen.queryByText('Depended on by')).toBeNull();
  expect(screen.queryByText(/notifies only of/)).toBeNull();
});

it('opens a clone with the rule, the dependencies and the flapping of the original', async () => {
  const settings = { down_after: 3, down_of: 5, depends_on: [7], flapping: FLAPPING };
  const copy = monitor({ id: 43, name: 'Example (copy)', paused: true, ...settings });
  serve(settings, [GATEWAY, copy]);
  server.use(http.post('/monitors/{id}/clone', () => HttpResponse.json(copy, { status: 201 })));
  const { user } = renderAt('/monitors/42');
  await user.click(await screen.findByRole('button', { name: 'Clone' }));
  expect(await screen.findByRole('heading', { name: 'Edit monitor' })).toBeTruthy();
  expect(screen.getByLabelText('Of the last')).toHaveProperty('value', '5');
  expect(screen.getByText('1 monitor')).toBeTruthy();
  expect(screen.getByText('3 incidents within 30 min')).toBeTruthy();
});
