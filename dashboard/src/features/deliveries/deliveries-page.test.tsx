import { screen, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Delivery } from '@/api/models';
import { renderAt } from '../../../test/render';
import { channel, http, page, problem, serveQuietAccount, server } from '../../../test/server';

const delivery = (changes: Partial<Delivery>): Delivery => ({
  id: 'd1',
  incident_id: 'i1',
  monitor_id: 42,
  monitor_name: 'Example',
  alert: 'down',
  status: 'pending',
  attempts: 3,
  decided_at: '2025-11-20T11:00:00.000Z',
  updated_at: '2025-11-20T11:01:00.000Z',
  error: 'Slack answered 500',
  receipt: null,
  source: { cluster: 'c', topic: 'monitoring-results', partition: 3, offset: 17 },
  ...changes,
});

function serveDeliveries(deliveries: Delivery[], enabled = true) {
  serveQuietAccount();
  const requested: (string | null)[] = [];
  server.use(
    http.get('/channels', () => HttpResponse.json(page([channel({ enabled })]))),
    http.get('/channels/{id}/deliveries', ({ request }) => {
      requested.push(new URL(request.url).searchParams.get('status'));
      return HttpResponse.json(page(deliveries));
    }),
  );
  return requested;
}

it('shows the status of each delivery, its last error and how long it is retried', async () => {
  serveDeliveries([
    delivery({}),
    delivery({ id: 'd2', alert: 'degraded', status: 'sent', attempts: 1, error: null, receipt: 'ts 17' }),
  ]);
  renderAt('/notifications/deliveries');
  const list = await screen.findByRole('list', { name: 'Deliveries to #operations' });
  const [pending, sent] = within(list).getAllByRole('listitem');
  expect(pending?.textContent).toContain('Pending');
  expect(pending?.textContent).toContain('Slack answered 500');
  expect(pending?.textContent).toMatch(/3 attempts · .* ago · Retrying until 21 Nov/);
  expect(within(pending as HTMLElement).getByRole('link', { name: 'Example' })).toHaveProperty(
    'pathname',
    '/incidents/i1',
  );
  expect(sent?.textContent).toMatch(/1 attempt · \d/);
  // A degraded period is not an incident.
  expect(within(sent as HTMLElement).queryByRole('link', { name: 'Example' })).toBeNull();
  expect(screen.queryByRole('button', { name: 'Resend' })).toBeNull();
});

it('leads from a notice of silent regions to no incident', async () => {
  serveDeliveries([delivery({ alert: 'unseen' }), delivery({ id: 'd2', alert: 'seen', status: 'sent' })]);
  renderAt('/notifications/deliveries');
  const list = await screen.findByRole('list', { name: 'Deliveries to #operations' });
  const [unseen, seen] = within(list).getAllByRole('listitem');
  expect(unseen?.textContent).toContain('Too few regions');
  expect(seen?.textContent).toContain('Regions are back');
  expect(within(list).queryByRole('link')).toBeNull();
});

it('marks what is of a drill, and leads to its report', async () => {
  serveDeliveries([delivery({ drill_id: 7, monitor_name: 'Shop' }), delivery({ id: 'd2' })]);
  renderAt('/notifications/deliveries');
  const list = await screen.findByRole('list', { name: 'Deliveries to #operations' });
  const [ofDrill, other] = within(list).getAllByRole('listitem') as [HTMLElement, HTMLElement];
  expect(within(ofDrill).getByText('Drill')).toBeTruthy();
  const links = within(ofDrill).getAllByRole('link') as HTMLAnchorElement[];
  expect(links.map(({ pathname }) => pathname)).toEqual(['/drills/7']);
  expect(within(other).queryByText('Drill')).toBeNull();
});

it('resends a failed notification, and shows why that was rejected', async () => {
  serveDeliveries([delivery({ status: 'failed' })]);
  server.use(
    http.post('/channels/{id}/deliveries/{delivery}/resend', () => problem(409, 'it has not failed'), {
      once: true,
    }),
    http.post('/channels/{id}/deliveries/{delivery}/resend', () => new HttpResponse(null, { status: 202 })),
  );
  const { user } = renderAt('/notifications/deliveries');
  await user.click(await screen.findByRole('button', { name: 'Resend' }));
  expect(await screen.findByText(/it has not failed/)).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Resend' }));
  expect(await screen.findByText('Resending to #operations')).toBeTruthy();
});

it('shows what the service reports, and resends nothing that it did not deliver', async () => {
  const at = '2025-11-20T11:02:00.000Z';
  const reason = 'the number is not on WhatsApp (error 131026)';
  serveDeliveries([
    delivery({ status: 'sent', error: null, receipt: 'wamid.A', reported: { state: 'read', at } }),
    delivery({ id: 'd2', status: 'sent', error: null, reported: { state: 'delivered', at } }),
    delivery({ id: 'd3', status: 'failed', error: reason, reported: { state: 'failed', at, error: reason } }),
  ]);
  renderAt('/notifications/deliveries');
  const list = await screen.findByRole('list', { name: 'Deliveries to #operations' });
  const [read, delivered, failed] = within(list).getAllByRole('listitem');
  expect(read?.textContent).toMatch(/^Read.*wamid\.A.* · Read .* ago/);
  expect(delivered?.textContent).toMatch(/^Delivered.* · Delivered .* ago/);
  expect(failed?.textContent).toMatch(/^Failed.*the number is not on WhatsApp.* · Failed .* ago/);
  expect(screen.queryByRole('button', { name: 'Resend' })).toBeNull();
});

it('filters by status, and offers no resend for a disabled channel', async () => {
  const requested = serveDeliveries([delivery({ status: 'failed' })], false);
  const { user } = renderAt('/notifications/deliveries');
  await user.selectOptions(await screen.findByLabelText('Status'), 'Failed');
  expect(await screen.findByText('Enable the channel to resend.')).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Resend' })).toBeNull();
  expect(requested).toEqual([null, 'failed']);
});
