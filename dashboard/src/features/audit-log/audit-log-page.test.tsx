import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it, vi } from 'vitest';
import type { AuditEvent } from '@/api/models';
import { renderAt } from '../../../test/render';
import {
  auditEvent,
  http,
  member,
  monitor,
  page,
  problem,
  serveQuietAccount,
  server,
} from '../../../test/server';

/** Serves a page of one change for each of `events`; tells what was asked for. */
function serveLog(events: AuditEvent[]): URLSearchParams[] {
  const asked: URLSearchParams[] = [];
  serveQuietAccount([monitor({ name: 'Shop' })]);
  server.use(
    http.get('/orgs/{id}/members', () =>
      HttpResponse.json(page([member(), member({ user_id: 2, name: 'Grace' })])),
    ),
    http.get('/orgs/{id}/audit-log', ({ request }) => {
      const query = new URL(request.url).searchParams;
      asked.push(query);
      const index = Number(query.get('cursor') ?? 0);
      return HttpResponse.json({
        items: events.slice(index, index + 1),
        next_cursor: index + 1 < events.length ? `${index + 1}` : null,
      });
    }),
  );
  return asked;
}

const textOf = (file: Blob | undefined) =>
  new Promise<string>((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    if (file) reader.readAsText(file);
  });

const sentence = async () => (await screen.findByRole('list', { name: 'Audit log' })).textContent;

it('links from replaced addresses to their heartbeat', async () => {
  const nameless = { before: null, after: {} as never };
  serveLog([auditEvent({ action: 'RotateHeartbeat', resource: 'ping_addresses', ...nameless })]);
  renderAt('/audit-log');
  const link = await screen.findByRole('link', { name: 'Shop' });
  expect(link.getAttribute('href')).toBe('/monitors/42');
  expect(await sentence()).toContain('Ada replaced the ping addresses of Shop');
});

it('says in words what was changed, links to it, and shows the fields', async () => {
  serveLog([auditEvent()]);
  const { user } = renderAt('/audit-log');
  expect(await sentence()).toContain('Ada changed monitor Shop');
  expect((await screen.findByRole('link', { name: 'Shop' })).getAttribute('href')).toBe('/monitors/42');
  await user.click(screen.getByText('1 field changed'));
  const row = within(screen.getByRole('table')).getAllByRole('row')[1];
  expect(row?.textContent).toBe('interval_seconds6030');
  const history = screen.getByRole('link', { name: 'History of this monitor' });
  expect(history.getAttribute('href')).toBe('/monitors/42/history');
});

it('leads to the version of a monitor that was restored', async () => {
  const after = { interval_seconds: 30, restored_version: 4 } as never;
  serveLog([auditEvent({ action: 'RestoreMonitorVersion', after })]);
  const { user } = renderAt('/audit-log');
  expect(await sentence()).toContain('Ada restored a version of monitor Shop');
  await user.click(screen.getByText(/fields? changed$/));
  const link = await screen.findByRole('link', { name: 'Version 4' });
  expect(link.getAttribute('href')).toBe('/monitors/42/history/4');
});

it('leads to the history of what says who is notified, as long as that is there', async () => {
  const route = { resource: 'alert_route', resource_id: '11' };
  const after = { name: 'Nights', restored_version: 2 } as never;
  serveLog([auditEvent({ action: 'RestoreAlertRouteVersion', ...route, after })]);
  const { user, unmount } = renderAt('/audit-log');
  expect(await sentence()).toContain('Ada restored a version of route Nights');
  await user.click(screen.getByText(/fields? changed$/));
  const history = screen.getByRole('link', { name: 'History of changes' });
  expect(history.getAttribute('href')).toBe('/history/alert-routes/11');
  const version = screen.getByRole('link', { name: 'Version 2' });
  expect(version.getAttribute('href')).toBe('/history/alert-routes/11/2');
  unmount();
  serveLog([auditEvent({ action: 'DeleteAlertRoute', ...route, after: null })]);
  renderAt('/audit-log');
  expect(await sentence()).toContain('Ada deleted route');
  expect(screen.queryByRole('link', { name: 'History of changes' })).toBeNull();
});

it.each<[Partial<AuditEvent>, string]>([
  [{ action: 'DeleteMonitor', resource_id: '7', after: null }, 'Ada deleted monitor Shop'],
  [{ action: 'EditStatusPage', resource: 'status_page' }, 'Ada changed status page Shop'],
  [
    { action: 'RotatePingKey', resource: 'ping_key', resource_id: '1', before: null, after: {} as never },
    'Ada replaced the ping key',
  ],
  [{ actor: { kind: 'key', id: 3, name: 'CI' }, resource_id: '7' }, 'API key CI changed monitor Shop'],
  [{ actor: { kind: 'slack', id: null, name: 'Bo' }, resource_id: '7' }, 'Bo (Slack) changed monitor Shop'],
  [{ action: 'LeaveOrganisation', resource: 'member' }, 'Ada left the organisation'],
  [{ before: null, after: null, resource_id: '8' }, 'Ada changed monitor #8'],
  [
    {
      action: 'InviteMember',
      resource: 'invitation',
      resource_id: '6f503999',
      before: null,
      after: {} as never,
    },
    'Ada invited a member',
  ],
  [
    { action: 'FinishSignIn', resource: 'linked login', resource_id: '1', before: null, after: {} as never },
    'Ada linked a login',
  ],
  [
    { action: 'FinishSignIn', resource: 'member', resource_id: '1', before: null, after: {} as never },
    'Ada joined the organisation',
  ],
  [
    { action: 'DeleteOrganisation', resource: 'organisation_deletion', resource_id: '1', after: {} as never },
    'Ada asked for the deletion of the organisation',
  ],
  [
    {
      action: 'OrderAlertRoutes',
      resource: 'alert_route',
      resource_id: '0',
      before: { order: [1, 2] } as never,
      after: { order: [2, 1] } as never,
    },
    'Ada changed the order of the routes',
  ],
  [
    { action: 'DeleteEscalationPolicy', resource: 'escalation_policy', after: null },
    'Ada deleted escalation policy Shop',
  ],
  [
    {
      action: 'CreateOnCallOverride',
      resource: 'on_call_override',
      resource_id: '3',
      before: null,
      after: { user_id: 2 } as never,
    },
    'Ada added an on-call override',
  ],
  [
    {
      action: 'CreateSilence',
      resource: 'silence',
      resource_id: '4',
      before: null,
      after: { reason: 'Load test' } as never,
    },
    'Ada added silence Load test',
  ],
  [
    {
      action: 'CancelMaintenanceOccurrence',
      resource: 'maintenance_window',
      resource_id: '5',
      before: { name: 'Patch night' } as never,
      after: { name: 'Patch night' } as never,
    },
    'Ada cancelled an occurrence of maintenance window Patch night',
  ],
])('has words for %j', async (changes, expected) => {
  serveLog([auditEvent(changes)]);
  renderAt('/audit-log');
  expect(await sentence()).toContain(expected);
  expect(screen.queryByRole('link', { name: 'Shop' })).toBe(null);
});

it('names what a change does not name by what is there', async () => {
  serveLog([
    auditEvent({ before: { interval_seconds: 60 } as never, after: { interval_seconds: 30 } as never }),
  ]);
  renderAt('/audit-log');
  expect((await screen.findByRole('link', { name: 'Shop' })).getAttribute('href')).toBe('/monitors/42');
  expect(await sentence()).toContain('Ada changed monitor Shop');
});

it('filters on the server, keeps filters in the address, and shows more', async () => {
  const asked = serveLog([auditEvent(), auditEvent({ id: 69, action: 'PauseMonitor' })]);
  const { user } = renderAt('/audit-log');
  await sentence();
  await user.selectOptions(screen.getByLabelText('Action'), 'EditMonitor');
  await user.selectOptions(screen.getByLabelText('Resource'), 'monitor');
  await screen.findByRole('option', { name: 'Grace' });
  await user.selectOptions(screen.getByLabelText('Person'), '2');
  await waitFor(() => expect(asked.at(-1)?.get('user_id')).toBe('2'));
  expect(asked.at(-1)?.get('action')).toBe('EditMonitor');
  expect(asked.at(-1)?.get('resource')).toBe('monitor');
  expect(window.location.search).toContain('user=2');
  await user.click(await screen.findByRole('button', { name: 'Show more' }));
  await waitFor(() => expect(asked.at(-1)?.get('cursor')).toBe('1'));
  await waitFor(async () => expect(await sentence()).toContain('paused monitor Shop'));
});

it('includes the last day of a period', async () => {
  const asked = serveLog([auditEvent()]);
  renderAt('/audit-log?from=2025-11-20&to=2025-11-20');
  await sentence();
  const [from, to] = [asked[0]?.get('from') ?? '', asked[0]?.get('to') ?? ''];
  expect(Date.parse(to) - Date.parse(from)).toBe(86_400_000);
});

it('exports all pages as CSV, and waits where the server asks to', async () => {
  serveLog([auditEvent({ actor: { kind: 'user', id: 1, name: '=cmd()' } }), auditEvent({ id: 69 })]);
  const files: Blob[] = [];
  vi.stubGlobal(
    'URL',
    Object.assign(URL, {
      createObjectURL: (blob: Blob) => files.push(blob) && 'blob:x',
      revokeObjectURL() {},
    }),
  );
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => {});
  const { user } = renderAt('/audit-log');
  await sentence();
  const limited = () => {
    const headers = { 'Content-Type': 'application/problem+json', 'Retry-After': '0' };
    return new HttpResponse('{}', { status: 429, headers });
  };
  server.use(http.get('/orgs/{id}/audit-log', ({ response }) => response.untyped(limited()), { once: true }));
  await user.click(screen.getByRole('button', { name: 'Export' }));
  await user.click(await screen.findByRole('menuitem', { name: 'CSV file' }));
  expect(await screen.findByText('2 changes exported')).toBeTruthy();
  const [header, first, second] = (await textOf(files[0])).split('\r\n');
  expect(header).toBe(
    'id,at,actor_kind,actor_id,actor_name,action,resource,resource_id,address,request_id,before,after',
  );
  expect(first).toContain("70,2025-11-20T10:00:00.000Z,user,1,'=cmd(),EditMonitor");
  expect(second).toContain('"{""name"":""Shop"",""interval_seconds"":60}"');
});

it('shows a failed export, and writes no half of a file', async () => {
  serveLog([auditEvent()]);
  const { user } = renderAt('/audit-log');
  await sentence();
  server.use(http.get('/orgs/{id}/audit-log', () => problem(503, 'the database is not available')));
  const click = vi.spyOn(HTMLAnchorElement.prototype, 'click');
  await user.click(screen.getByRole('button', { name: 'Export' }));
  await user.click(await screen.findByRole('menuitem', { name: 'JSON file' }));
  expect(await screen.findByText('Could not export the audit log')).toBeTruthy();
  expect(click).not.toHaveBeenCalled();
});

it('is for admins', async () => {
  serveQuietAccount([], 'editor');
  renderAt('/audit-log');
  expect(await screen.findByText(/^Admins and owners can see the audit log/)).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Export' })).toBeNull();
});
