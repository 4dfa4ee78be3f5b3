import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import { renderAt } from '../../../test/render';
import { http, noContent, page, problem, server } from '../../../test/server';
import { serveStatusPage, statusPage } from '../../../test/status-pages';

async function openEditor(changes: Parameters<typeof statusPage>[0] = {}, section = 'Components') {
  const served = serveStatusPage(statusPage(changes));
  const view = renderAt('/status-pages/7');
  await view.user.click(await screen.findByRole('tab', { name: section }));
  return { ...served, ...view };
}

const refuse = (field: string, message: string) =>
  server.use(
    http.patch('/status-pages/{id}', () => problem(422, '1 field is invalid', [{ field, message }]), {
      once: true,
    }),
  );

it('shows the error of a nested field at that field, opens it, and forgets it when it is corrected', async () => {
  const { user, sent } = await openEditor({}, 'Appearance');
  refuse('groups.1.components.0.name', 'must not be rude');
  await user.type(screen.getByLabelText('Title'), ' page');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  // It is in another section, in a component that is closed.
  expect(await screen.findByText('must not be rude')).toBeTruthy();
  expect(screen.getByRole('tab', { name: 'Components' }).getAttribute('aria-selected')).toBe('true');
  const name = screen.getByLabelText('Name');
  expect(name).toHaveProperty('value', 'Checkout');
  expect(name.getAttribute('aria-invalid')).toBe('true');
  await waitFor(() => expect(document.activeElement).toBe(name));
  await user.type(name, '!');
  expect(screen.queryByText('must not be rude')).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Example status page saved')).toBeTruthy();
  expect(sent[0]?.body).toMatchObject({ title: 'Example status page' });
});

it('says at a component that its monitor is gone', async () => {
  const { user } = await openEditor();
  refuse('groups.1.components.1.monitor_id', 'there is no monitor 30');
  await user.click(screen.getByRole('button', { name: 'Remove Website' }));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  const row = screen.getByRole('button', { name: 'Move Search' }).closest('li');
  expect(row && (await within(row).findByText('there is no monitor 30'))).toBeTruthy();
});

it('explains that somebody else has changed it, and loads that without losing what was typed', async () => {
  const { user, stored, sent } = await openEditor({}, 'Appearance');
  server.use(
    http.patch('/status-pages/{id}', () => problem(412, 'it was changed in the meantime'), { once: true }),
  );
  stored.page = statusPage({ version: 9, contact_url: 'mailto:new@example.org' });
  await user.type(screen.getByLabelText('Title'), '!');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText(/Somebody else has changed this in the meantime/)).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Load the latest version' }));
  await waitFor(() =>
    expect(screen.getByLabelText('Contact')).toHaveProperty('value', 'mailto:new@example.org'),
  );
  expect(screen.getByLabelText('Title')).toHaveProperty('value', 'Example status!');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Example status! saved')).toBeTruthy();
  expect(sent).toEqual([{ body: { title: 'Example status!' }, ifMatch: '"9"' }]);
});

it('asks before what is not saved is left, and not after it was', async () => {
  const { user } = await openEditor({}, 'Appearance');
  await user.type(screen.getByLabelText('Title'), '!');
  await user.click(screen.getByRole('link', { name: 'Reports' }));
  expect(await screen.findByText('Your changes have not been saved.')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Keep editing' }));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findByText('Example status! saved');
  await user.click(screen.getByRole('link', { name: 'Reports' }));
  expect(await screen.findByRole('heading', { name: 'No reports yet' })).toBeTruthy();
});

it('publishes at once, keeps what was typed, and does not refuse its own version afterwards', async () => {
  const { user, sent } = await openEditor({ published: false }, 'Appearance');
  await user.type(screen.getByLabelText('Title'), '!');
  await user.click(screen.getByRole('switch', { name: 'Example status published' }));
  await waitFor(() => expect(screen.getByRole('switch').getAttribute('aria-checked')).toBe('true'));
  await screen.findByText('Published');
  expect(screen.getByLabelText('Title')).toHaveProperty('value', 'Example status!');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findByText('Example status! saved');
  expect(sent).toEqual([
    { body: { published: true }, ifMatch: null },
    { body: { title: 'Example status!' }, ifMatch: '"5"' },
  ]);
});

it('deletes a page once its title is typed', async () => {
  const { user } = await openEditor();
  let deleted = 0;
  server.use(
    http.delete('/status-pages/{id}', () => {
      deleted++;
      return noContent();
    }),
    http.get('/status-pages', () => HttpResponse.json(page([]))),
  );
  await user.click(screen.getByRole('button', { name: 'Delete status page' }));
  const dialog = within(screen.getByRole('dialog'));
  await user.type(dialog.getByLabelText('Type “Example status” to confirm'), 'Example');
  await user.click(dialog.getByRole('button', { name: 'Delete status page' }));
  expect(await dialog.findByText('Must be the title of the page')).toBeTruthy();
  expect(deleted).toBe(0);
  await user.type(dialog.getByLabelText('Type “Example status” to confirm'), ' status');
  await user.click(dialog.getByRole('button', { name: 'Delete status page' }));
  expect(await screen.findByRole('heading', { name: 'No status pages yet' })).toBeTruthy();
  expect(deleted).toBe(1);
});

it('never shows a password, and sends a new one only', async () => {
  const access = { kind: 'password' as const, has_password: true, email_domains: [], networks: [] };
  const { user, sent } = await openEditor({ access, allow_index: false }, 'Access');
  expect(screen.getByText('A password is set. It is never shown.')).toBeTruthy();
  expect(screen.queryByLabelText('New password')).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Change' }));
  await user.type(screen.getByLabelText('New password'), 'short');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Must be at least 8 characters')).toBeTruthy();
  await user.type(screen.getByLabelText('New password'), ' no longer');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findByText('Example status saved');
  expect(sent).toEqual([
    { body: { access: { kind: 'password', password: 'short no longer' } }, ifMatch: '"4"' },
  ]);
});

it('marks the network that the server refuses, until it is removed', async () => {
  const { user, sent } = await openEditor({}, 'Access');
  await user.click(screen.getByRole('radio', { name: /Whoever comes from a network/ }));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Add at least one network')).toBeTruthy();
  refuse('access.networks.1', 'is not a network');
  await user.type(screen.getByLabelText('Networks'), '192.0.2.0/24,office{Enter}');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('is not a network: office')).toBeTruthy();
  expect(screen.getByLabelText('Networks').getAttribute('aria-invalid')).toBe('true');
  await user.click(screen.getByRole('button', { name: 'Remove office' }));
  expect(screen.queryByText('is not a network: office')).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findByText('Example status saved');
  // Search engines list only what anybody may see.
  const access = { kind: 'addresses', networks: ['192.0.2.0/24'] };
  expect(sent[0]?.body).toEqual({ access, allow_index: false });
});

it('shows the record that proves a host name, and looks it up again', async () => {
  const domain = {
    host: 'status.example.org',
    record_name: '_uptime.status.example.org',
    record_value: 'proof=1',
    proven_at: null,
    checked_at: '2025-11-20T10:00:00.000Z',
    problem: 'there is no such record',
  };
  const { user, stored, sent } = await openEditor({ custom_domain: domain }, 'Address');
  expect(screen.getByText('there is no such record')).toBeTruthy();
  expect(screen.getByText('_uptime.status.example.org')).toBeTruthy();
  expect(screen.getByText('proof=1')).toBeTruthy();
  server.use(
    http.post('/status-pages/{id}/prove-domain', () => {
      const proven = { ...domain, proven_at: '2025-11-20T12:00:00.000Z', problem: null };
      stored.page = statusPage({ custom_domain: proven, version: 5 });
      return HttpResponse.json(stored.page);
    }),
  );
  await user.click(screen.getByRole('button', { name: 'Check now' }));
  expect(await screen.findByText('Proven')).toBeTruthy();
  expect(screen.queryByText('there is no such record')).toBeNull();
  const host = screen.getByLabelText('Host name of its own');
  await user.clear(host);
  await user.type(host, 'other.example.org');
  expect(screen.getByText('Save to get the DNS records for it.')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findByText('Example status saved');
  expect(sent).toEqual([{ body: { custom_domain: 'other.example.org' }, ifMatch: '"5"' }]);
});

it('refuses a logo that is too large before it is sent, and sends another as an address', async () => {
  const { user, sent } = await openEditor({}, 'Appearance');
  const input = screen.getByLabelText('Logo', { selector: 'input' });
  await user.upload(input, new File([new Uint8Array(600 * 1024)], 'large.png', { type: 'image/png' }));
  expect(await screen.findByText('600 KiB, must be at most 512 KiB', { exact: false })).toBeTruthy();
  await user.upload(input, new File(['png'], 'logo.png', { type: 'image/png' }));
  const src = 'data:image/png;base64,cG5n';
  await waitFor(() => expect(screen.getByRole('img', { name: 'New logo' }).getAttribute('src')).toBe(src));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findByText('Example status saved');
  expect(sent[0]?.body).toEqual({ logo: src });
});

it('says from when on incidents are reported automatically, and never where that is blank', async () => {
  const { user, sent } = await openEditor({ report_automatically_after_minutes: 15 }, 'Automatic reports');
  const field = screen.getByLabelText('Report an incident automatically after');
  expect(field).toHaveProperty('value', '15');
  expect(screen.getByText(/^Once an incident has lasted for 15 minutes, a report/)).toBeTruthy();
  await user.clear(field);
  expect(screen.getByText(/incidents are never reported automatically/)).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Example status saved')).toBeTruthy();
  await user.type(field, '1441');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Must be between 0 and 1440')).toBeTruthy();
  await user.clear(field);
  await user.type(field, '0');
  expect(screen.getByText(/^As soon as an incident begins, a report/)).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(sent).toHaveLength(2));
  expect(sent.map(({ body }) => body)).toEqual([
    { report_automatically_after_minutes: null },
    { report_automatically_after_minutes: 0 },
  ]);
});
