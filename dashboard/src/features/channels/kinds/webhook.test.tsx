import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { ChannelConfig } from '@/api/models';
import { renderAt } from '../../../../test/render';
import { channel, http, page, problem, serveQuietAccount, server } from '../../../../test/server';

const CUSTOM: ChannelConfig = {
  url: 'https://a.example/hook',
  secret: '***',
  method: 'PUT',
  headers: [
    { name: 'X-Api-Key', value: '***' },
    { name: 'Accept', value: '***' },
  ],
  body: '{"text": "{{text}}"}',
};

/** The form of a webhook, and what is sent of it. */
async function open(config: ChannelConfig = CUSTOM, refusal?: { field: string; message: string }) {
  const hook = channel({ id: 9, name: 'Hook', kind: 'webhook', config });
  const sent: { config?: ChannelConfig }[] = [];
  serveQuietAccount();
  server.use(
    http.get('/channels', () => HttpResponse.json(page([hook]))),
    http.patch('/channels/{id}', async ({ request }) => {
      sent.push((await request.json()) as { config?: ChannelConfig });
      return refusal && sent.length === 1
        ? problem(422, '1 field is invalid', [refusal])
        : HttpResponse.json(hook);
    }),
  );
  const { user } = renderAt('/notifications');
  await user.click(await screen.findByRole('button', { name: 'Edit Hook' }));
  const save = () => user.click(screen.getByRole('button', { name: 'Save' }));
  const closed = () => waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  return { user, sent, save, closed };
}

it('shows what was chosen of the request, without the values of headers', async () => {
  const { user, sent, save, closed } = await open();
  expect(screen.getByText('PUT · 2 headers · Own body')).toBeTruthy();
  await user.click(screen.getByText('Custom request'));
  expect(screen.getByLabelText('Method')).toHaveProperty('value', 'PUT');
  expect(screen.getByLabelText('Header 1')).toHaveProperty('value', 'X-Api-Key');
  expect(screen.getByLabelText('Value of header 1')).toHaveProperty('value', '');
  expect(screen.getByLabelText('Body')).toHaveProperty('value', CUSTOM.body);
  await save();
  await closed();
  expect(sent).toEqual([{ name: 'Hook', config: { url: CUSTOM.url } }]);
});

it('keeps the values of headers while others are added and removed', async () => {
  const { user, sent, save, closed } = await open();
  await user.click(screen.getByText('Custom request'));
  await user.click(screen.getByRole('button', { name: 'Remove header 2' }));
  await user.click(screen.getByRole('button', { name: 'Add header' }));
  await save();
  expect(await screen.findAllByText('Required')).toHaveLength(2);
  await user.type(screen.getByLabelText('Header 2'), 'X Tenant');
  await user.type(screen.getByLabelText('Value of header 2'), 't-1');
  expect(await screen.findByText(/Must be the name of a header/)).toBeTruthy();
  await user.clear(screen.getByLabelText('Header 2'));
  await user.type(screen.getByLabelText('Header 2'), 'X-Tenant');
  await user.selectOptions(screen.getByLabelText('Method'), 'POST');
  await save();
  await closed();
  const headers = [
    { name: 'X-Api-Key', value: '***' },
    { name: 'X-Tenant', value: 't-1' },
  ];
  expect(sent).toEqual([{ name: 'Hook', config: { url: CUSTOM.url, method: 'POST', headers } }]);
});

it('asks for the values of headers again when they would go to another server', async () => {
  const { user, sent, save, closed } = await open();
  await user.click(screen.getByText('Custom request'));
  await user.clear(screen.getByLabelText('URL'));
  await user.type(screen.getByLabelText('URL'), 'https://b.example/hook');
  expect(screen.getByText(/only for the old server/)).toBeTruthy();
  await save();
  expect(await screen.findAllByText('Required')).toHaveLength(2);
  expect(sent).toEqual([]);
  await user.click(screen.getByRole('button', { name: 'Remove header 2' }));
  await user.type(screen.getByLabelText('Value of header 1'), 'k-2');
  await save();
  await closed();
  const headers = [{ name: 'X-Api-Key', value: 'k-2' }];
  expect(sent).toEqual([{ name: 'Hook', config: { url: 'https://b.example/hook', secret: null, headers } }]);
});

it('puts a placeholder where the caret is, and sends the template', async () => {
  const { user, sent, save, closed } = await open({ url: CUSTOM.url, secret: '***' });
  await user.click(screen.getByText('Custom request'));
  const body = screen.getByLabelText<HTMLTextAreaElement>('Body');
  await user.selectOptions(screen.getByLabelText('Content type'), 'Form');
  await user.click(body);
  await user.paste('a=&b=1');
  body.setSelectionRange(2, 2);
  const placeholders = within(screen.getByRole('list', { name: 'Placeholders' }));
  await user.click(placeholders.getByRole('button', { name: 'monitor_name' }));
  expect(body.value).toBe('a={{monitor_name}}&b=1');
  await save();
  await closed();
  const request = { content_type: 'application/x-www-form-urlencoded', body: 'a={{monitor_name}}&b=1' };
  expect(sent).toEqual([{ name: 'Hook', config: { url: CUSTOM.url, ...request } }]);
});

it('goes back to the standard body when the template is emptied', async () => {
  const { user, sent, save, closed } = await open();
  await user.click(screen.getByText('Custom request'));
  await user.clear(screen.getByLabelText('Body'));
  await save();
  await closed();
  expect(sent).toEqual([{ name: 'Hook', config: { url: CUSTOM.url, body: null } }]);
});

it.each([
  ['config.body', 'has the unknown placeholder {{monitor}} (line 1, column 8)', 'Body'],
  ['config.headers.1.name', 'must not be one of those that are set for each request', 'Header 2'],
])('shows an error of the server for %s, also in the closed section', async (field, message, label) => {
  const { save } = await open(CUSTOM, { field, message });
  await save();
  const error = await screen.findByText(message);
  const input = screen.getByLabelText(label);
  expect(input.getAttribute('aria-describedby')?.split(' ')).toContain(error.closest('[id]')?.id);
  expect(screen.getByText('Custom request').closest('details')).toHaveProperty('open', true);
});
