import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Monitor, MonitorInput } from '@/api/models';
import { regions, THREE } from '../../../../test/regions';
import { renderAt } from '../../../../test/render';
import { http, monitor, problem, serveQuietAccount, server } from '../../../../test/server';

function serveRegions(answer = THREE) {
  serveQuietAccount();
  server.use(http.get('/regions', () => HttpResponse.json(answer)));
}

/** What is saved of a monitor is kept. */
function serveEdit(saved: Monitor, refused = false): MonitorInput[] {
  const sent: MonitorInput[] = [];
  server.use(
    http.get('/monitors/{id}', () => HttpResponse.json(saved)),
    http.patch('/monitors/{id}', async ({ request }) => {
      sent.push((await request.json()) as MonitorInput);
      return refused
        ? problem(422, '2 fields are not valid', [
            { field: 'regions.1', message: 'is not a region' },
            { field: 'quorum.down', message: 'must be less' },
          ])
        : HttpResponse.json(saved);
    }),
    http.get('/monitors/{id}/uptime', () => problem(503, 'history is not available')),
  );
  return sent;
}

const section = async () => within(await screen.findByRole('region', { name: 'Checked from' }));

it('is not there where there is one region', async () => {
  let isAsked = false;
  serveQuietAccount();
  server.use(
    http.get('/regions', () => {
      isAsked = true;
      return HttpResponse.json(regions(['default']));
    }),
  );
  renderAt('/monitors/new');
  await screen.findByLabelText('URL');
  await waitFor(() => expect(isAsked).toBe(true));
  expect(screen.queryByRole('region', { name: 'Checked from' })).toBeNull();
});

it('checks from the home region, unless others are chosen', async () => {
  serveRegions();
  const { user } = renderAt('/monitors/new');
  const shown = await section();
  const home: HTMLInputElement = shown.getByRole('checkbox', { name: 'eu home region' });
  expect(home.checked && home.disabled).toBe(true);
  expect(shown.getByRole('status').textContent).toMatch(
    /^Down when eu finds it down; .* about 1 min 22 s\.$/,
  );
  expect(shown.queryByRole('radio', { name: 'Majority' })).toBeNull();
  await user.click(shown.getByRole('checkbox', { name: 'us' }));
  await user.click(home);
  expect(shown.getByRole('status').textContent).toMatch(/^Down when us finds it down/);
  // Without any it is the home region again.
  await user.click(shown.getByRole('checkbox', { name: 'us' }));
  expect(home.checked).toBe(true);
});

it('says what the chosen quorum means, and sends it', async () => {
  serveRegions();
  let sent: unknown;
  server.use(
    http.post('/monitors', async ({ request }) => {
      sent = await request.json();
      return problem(422, '1 field is not valid', [{ field: 'url', message: 'must be public' }]);
    }),
  );
  const { user } = renderAt('/monitors/new');
  const shown = await section();
  await user.click(shown.getByRole('checkbox', { name: 'us' }));
  await user.click(shown.getByRole('checkbox', { name: 'ap' }));
  await user.clear(screen.getByLabelText('Retries'));
  await user.type(screen.getByLabelText('Retries'), '0');
  expect(shown.getByRole('status').textContent).toBe(
    'Down when 2 of 3 regions find it down; that is found within about 50 s. Decided while at least 2 regions have recent results.',
  );
  await user.click(shown.getByRole('radio', { name: 'A number' }));
  const count = shown.getByLabelText('Regions that find it down');
  await user.clear(count);
  await user.type(count, '4');
  expect(shown.queryByRole('status')).toBeNull();
  await user.type(screen.getByLabelText('URL'), 'https://example.org/');
  await user.click(screen.getByRole('button', { name: 'Add monitor' }));
  expect(await shown.findByText('Must be between 1 and 3')).toBeTruthy();
  expect(sent).toBeUndefined();
  await user.clear(count);
  await user.type(count, '3');
  await user.click(screen.getByRole('button', { name: 'Add monitor' }));
  expect(await screen.findByText('must be public')).toBeTruthy();
  expect(sent).toMatchObject({ regions: ['ap', 'eu', 'us'], quorum: { down: 3, min_regions: null } });
});

it('sends nothing of them while they stay as they are', async () => {
  serveRegions();
  const saved = monitor({ regions: ['eu', 'us'], quorum: { down: 'majority', min_regions: null } });
  const sent = serveEdit(saved);
  const { user } = renderAt('/monitors/42/edit');
  const name = await screen.findByLabelText('Name');
  await user.clear(name);
  await user.type(name, 'Shop');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(sent).toEqual([{ name: 'Shop' }]));
});

it('drops the quorum with the regions of which it was', async () => {
  serveRegions();
  const sent = serveEdit(monitor({ regions: ['eu', 'us'], quorum: { down: 'all', min_regions: 1 } }));
  const { user } = renderAt('/monitors/42/edit');
  const shown = await section();
  expect(shown.getByRole<HTMLInputElement>('radio', { name: 'All' }).checked).toBe(true);
  await shown.findByRole('checkbox', { name: 'eu home region' });
  await user.click(shown.getByRole('checkbox', { name: 'us' }));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(sent).toEqual([{ regions: [], quorum: null }]));
});

it('shows what the server refuses, and regions that are there no more', async () => {
  serveRegions();
  const sent = serveEdit(monitor({ regions: ['eu', 'sa'], quorum: null }), true);
  const { user } = renderAt('/monitors/42/edit');
  const shown = await section();
  expect(await shown.findByRole('checkbox', { name: 'sa no longer among the regions' })).toBeTruthy();
  await user.click(shown.getByRole('radio', { name: 'All' }));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await shown.findByText('must be less')).toBeTruthy();
  expect(shown.getByRole('group', { name: 'Regions' }).getAttribute('data-invalid')).toBe('true');
  expect(sent).toHaveLength(1);
});

it('is not there for a heartbeat', async () => {
  serveRegions();
  const { user } = renderAt('/monitors/new');
  await section();
  await user.click(screen.getByRole('radio', { name: 'Heartbeat' }));
  expect(screen.queryByRole('region', { name: 'Checked from' })).toBeNull();
});
