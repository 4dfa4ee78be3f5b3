import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import type { Channel, ChannelConfig, ChannelKind } from '@/api/models';
import { channelKindValues } from '@/api/schema';
import { renderAt } from '../../../../test/render';
import { channel, http, page, problem, serveQuietAccount, server } from '../../../../test/server';
import { destination } from '../channel-schema';
import { CHANNEL_FIELDS } from '../form-fields';
import { KIND_GROUPS, KIND_TEXTS } from '../messages';
import { CHANNEL_FORMS } from './forms';

const GROUPED = KIND_GROUPS.flatMap(({ kinds }) => kinds);

/** What a kind of the API's document lacks here. */
function lacking(kind: ChannelKind): string[] {
  const parts = {
    'its texts in messages.ts': KIND_TEXTS[kind],
    'a group in messages.ts': GROUPED.includes(kind),
    'a form in kinds/forms.ts': CHANNEL_FORMS[kind],
  };
  return Object.entries(parts).flatMap(([name, part]) => (part ? [] : [name]));
}

/** The form of a new channel of this kind. */
async function openNew(kind: ChannelKind) {
  serveQuietAccount();
  server.use(http.get('/channels', () => HttpResponse.json(page([]))));
  const { user } = renderAt('/notifications');
  await screen.findByRole('heading', { name: 'No channels yet' });
  await user.click(screen.getByRole('button', { name: 'Add channel' }));
  await user.click(screen.getByRole('button', { name: KIND_TEXTS[kind].label }));
  return user;
}

/** The form of a channel that there is, and what an edit of it sends. */
async function openEdit(kind: ChannelKind, config: ChannelConfig) {
  const known = channel({ id: 9, name: 'Known', kind, config });
  const sent: unknown[] = [];
  serveQuietAccount();
  server.use(
    http.get('/channels', () => HttpResponse.json(page([known]))),
    http.patch('/channels/{id}', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(known);
    }),
  );
  const { user } = renderAt('/notifications');
  await user.click(await screen.findByRole('button', { name: 'Edit Known' }));
  return { user, sent };
}

type User = Awaited<ReturnType<typeof openNew>>;

/** Fills in fields by their labels; of selects an option is chosen, and a check box is ticked. */
async function fill(user: User, values: Record<string, string | true>) {
  for (const [label, value] of Object.entries(values)) {
    const field = screen.getByLabelText(label);
    if (value === true) await user.click(field);
    else if (field instanceof HTMLSelectElement) await user.selectOptions(field, value);
    else {
      await user.clear(field);
      if (value !== '') await user.type(field, value);
    }
  }
}

const closed = () => waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());

describe.each(channelKindValues)('the kind %s', (kind) => {
  it('lacks nothing', () => {
    expect(lacking(kind)).toEqual([]);
  });

  it('has fields in the form, which must be filled in', async () => {
    const user = await openNew(kind);
    const named = [...screen.getByRole('dialog').querySelectorAll('[name^="config."]')];
    expect(named.length).toBeGreaterThan(0);
    expect(CHANNEL_FIELDS).toEqual(expect.arrayContaining(named.map((field) => field.getAttribute('name'))));
    await user.type(screen.getByLabelText('Name'), KIND_TEXTS[kind].example);
    await user.click(screen.getByRole('button', { name: 'Add channel' }));
    expect(await screen.findByRole('dialog')).toBeTruthy();
    expect(named.some((field) => field.getAttribute('aria-invalid') === 'true')).toBe(true);
  });
});

const ACCOUNT = `AC${'0a'.repeat(16)}`;
const KEY = 'azGDORePK8gMaC0QOYAMyEEuzJnyUi';
const TELEGRAM = '110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw';

interface Example {
  fields: Record<string, string | true>;
  config: ChannelConfig;
}

const EXAMPLES: Partial<Record<ChannelKind, Example>> = {
  teams: {
    fields: { 'Workflow URL': 'https://a.example/x?sig=1' },
    config: { workflow_url: 'https://a.example/x?sig=1' },
  },
  discord: {
    fields: { 'Webhook URL': 'https://discord.com/api/webhooks/1/x', 'Thread ID': '42' },
    config: { webhook_url: 'https://discord.com/api/webhooks/1/x', thread_id: '42' },
  },
  telegram: {
    fields: { 'Bot token': TELEGRAM, 'Chat ID': '@status' },
    config: { bot_token: TELEGRAM, chat_id: '@status', api_url: 'https://api.telegram.org' },
  },
  mattermost: {
    fields: { 'Incoming webhook URL': 'https://chat.example.org/hooks/x', Channel: '@ada' },
    config: { webhook_url: 'https://chat.example.org/hooks/x', channel: '@ada' },
  },
  google_chat: {
    fields: { 'Webhook URL': 'https://chat.googleapis.com/v1/spaces/A/messages?key=k' },
    config: { webhook_url: 'https://chat.googleapis.com/v1/spaces/A/messages?key=k' },
  },
  matrix: {
    fields: { 'Homeserver URL': 'https://matrix.org', 'Access token': 'syt_1', 'Room ID': '!abc:matrix.org' },
    config: { homeserver_url: 'https://matrix.org', access_token: 'syt_1', room_id: '!abc:matrix.org' },
  },
  pagerduty: {
    fields: { 'Integration key': 'a'.repeat(32), Region: 'Europe' },
    config: { routing_key: 'a'.repeat(32), api_url: 'https://events.eu.pagerduty.com' },
  },
  jsm: {
    fields: { 'API key': 'k-1', Priority: 'P1 Critical' },
    config: { api_url: 'https://api.atlassian.com/jsm/ops/integration', api_key: 'k-1', priority: 'P1' },
  },
  whatsapp: {
    fields: { 'Access token': 'EAA1', 'Phone number ID': '1065', To: '+49 (151) 123-456.78' },
    config: {
      access_token: 'EAA1',
      phone_number_id: '1065',
      to_number: '+49 (151) 123-456.78',
      template_prefix: 'uptime',
      template_language: 'en',
      api_url: 'https://graph.facebook.com/v23.0',
    },
  },
  twilio: {
    fields: {
      'Send as': 'Call that reads it out',
      To: '+4915112345678',
      From: '+15550100000',
      'Account SID': ACCOUNT,
      'Auth token': 't0',
    },
    config: {
      by: 'call',
      to_number: '+4915112345678',
      from_number: '+15550100000',
      account_sid: ACCOUNT,
      auth_token: 't0',
      api_url: 'https://api.twilio.com',
    },
  },
  ntfy: {
    fields: { Topic: 'backups', Priority: '5 Max' },
    config: { topic: 'backups', server_url: 'https://ntfy.sh', urgency: 5 },
  },
  pushover: {
    fields: { 'API token': KEY, 'User or group key': KEY, 'Emergency priority': true },
    config: { app_token: KEY, user_key: KEY, emergency: true, api_url: 'https://api.pushover.net' },
  },
};

it.each(Object.entries(EXAMPLES))('sends the configuration of %s', async (name, { fields, config }) => {
  const kind = name as ChannelKind;
  const user = await openNew(kind);
  let sent: unknown;
  server.use(
    http.post('/channels', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(channel({ kind, config }), { status: 201 });
    }),
  );
  await fill(user, { Name: 'New', ...fields });
  await user.click(screen.getByRole('button', { name: 'Add channel' }));
  await closed();
  expect(sent).toEqual({ name: 'New', kind, config, enabled: true });
});

const TWILIO = {
  account_sid: ACCOUNT,
  auth_token: '***',
  from_number: '+15550100000',
  to_number: '+4915112345678',
  api_url: 'https://api.twilio.com',
};

/** As the server shows them. */
const SHOWN: [ChannelKind, ChannelConfig, string][] = [
  ['slack', { webhook_url: 'https://hooks.slack.com/…' }, 'https://hooks.slack.com/…'],
  ['slack_bot', { bot_token: '***', channel: 'C01', signing_secret: '***' }, 'C01'],
  ['teams', { workflow_url: 'https://a.example/…' }, 'https://a.example/…'],
  ['discord', { webhook_url: 'https://discord.com/…' }, 'https://discord.com/…'],
  ['discord', { webhook_url: 'https://discord.com/…', thread_id: '42' }, 'https://discord.com/… · thread 42'],
  ['telegram', { bot_token: '***', chat_id: '-100', thread_id: '5' }, 'chat -100 · topic 5'],
  ['telegram', { bot_token: '***', chat_id: '@status' }, '@status'],
  ['mattermost', { webhook_url: 'https://chat.example/…' }, 'https://chat.example/…'],
  ['mattermost', { webhook_url: 'https://chat.example/…', channel: '@ada' }, '@ada at chat.example'],
  ['google_chat', { webhook_url: 'https://chat.googleapis.com/…' }, 'https://chat.googleapis.com/…'],
  [
    'matrix',
    { homeserver_url: 'https://m.example', access_token: '***', room_id: '!a:b.org' },
    '!a:b.org at m.example',
  ],
  ['pagerduty', { routing_key: '***', api_url: 'https://events.eu.pagerduty.com' }, 'Europe'],
  ['pagerduty', { routing_key: '***', api_url: 'https://proxy.example' }, 'https://proxy.example'],
  [
    'jsm',
    { api_key: '***', priority: 'P2', api_url: 'https://api.atlassian.com/jsm/ops/integration' },
    'priority P2',
  ],
  [
    'jsm',
    { api_key: '***', priority: 'P1', api_url: 'https://api.eu.opsgenie.com' },
    'Opsgenie (EU) · priority P1',
  ],
  ['whatsapp', { access_token: '***', phone_number_id: '1', to_number: '+4915112345678' }, '+4915112345678'],
  ['twilio', { ...TWILIO, by: 'sms' }, 'SMS to +4915112345678'],
  ['twilio', { ...TWILIO, by: 'call' }, 'call to +4915112345678'],
  ['ntfy', { topic: 'backups', server_url: 'https://ntfy.sh' }, 'topic backups at ntfy.sh'],
  ['pushover', { app_token: '***', user_key: '***', emergency: true }, 'emergency priority'],
  ['pushover', { app_token: '***', user_key: '***', emergency: false }, ''],
  ['email', { to: ['a@b.org', 'c@d.org'] }, 'a@b.org, c@d.org'],
  ['webhook', { url: 'https://a.example/hook', secret: '***' }, 'https://a.example/hook'],
  [
    'webhook',
    {
      url: 'https://a.example/hook',
      secret: '***',
      method: 'PUT',
      headers: [{ name: 'X-Api-Key', value: '***' }],
      body: '{{json}}',
    },
    'https://a.example/hook',
  ],
];

it.each(SHOWN)('shows where notifications of %s go: %o', (kind, config, shown) => {
  expect(destination({ ...channel(), kind, config } as Channel)).toBe(shown);
});

it.each(SHOWN)('keeps the secrets of %s in an edit', async (kind, config) => {
  const { user, sent } = await openEdit(kind, config);
  await fill(user, { Name: 'Renamed' });
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await closed();
  expect(JSON.stringify(sent)).toContain('Renamed');
  // Neither what stands for a secret nor a shortened address is sent back, and nothing is removed.
  expect(JSON.stringify(sent)).not.toMatch(/\*\*\*|…|null/);
});

const MOVED: [ChannelKind, ChannelConfig, Record<string, string>, Record<string, string>][] = [
  [
    'pagerduty',
    { routing_key: '***', api_url: 'https://events.pagerduty.com' },
    { Region: 'Europe' },
    { 'Integration key': 'b'.repeat(32) },
  ],
  [
    'jsm',
    { api_key: '***', priority: 'P2', api_url: 'https://api.atlassian.com/jsm/ops/integration' },
    { Service: 'Other…', 'API URL': 'https://proxy.example' },
    { 'API key': 'k-2' },
  ],
  [
    'telegram',
    { bot_token: '***', chat_id: '1', api_url: 'https://api.telegram.org' },
    { 'API URL': 'https://proxy.example' },
    { 'Bot token': TELEGRAM },
  ],
  [
    'pushover',
    { app_token: '***', user_key: '***', emergency: false, api_url: 'https://proxy.example' },
    // What is emptied is at the service itself again.
    { 'API URL': '' },
    { 'API token': KEY, 'User or group key': KEY },
  ],
  [
    'matrix',
    { homeserver_url: 'https://a.example', access_token: '***', room_id: '!a:b.org' },
    { 'Homeserver URL': 'https://b.example' },
    { 'Access token': 'syt_2' },
  ],
  [
    'whatsapp',
    // The app secret is sent nowhere, and stays.
    {
      access_token: '***',
      phone_number_id: '1',
      to_number: '+4915112345678',
      app_secret: '***',
      api_url: 'https://graph.facebook.com/v23.0',
    },
    { 'API URL': 'https://proxy.example/v23.0' },
    { 'Access token': 'EAA2' },
  ],
];

it.each(MOVED)('asks for the secrets of %s again when they would go elsewhere', async (...row) => {
  const [kind, config, address, secrets] = row;
  const { user, sent } = await openEdit(kind, config);
  expect(screen.queryByText(/only for the old server/)).toBeNull();
  await fill(user, address);
  const labels = Object.keys(secrets);
  expect(screen.getAllByText(/only for the old server/)).toHaveLength(labels.length);
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findAllByText('Required')).toHaveLength(labels.length);
  expect(sent).toEqual([]);
  await fill(user, secrets);
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await closed();
  for (const secret of Object.values(secrets)) expect(JSON.stringify(sent)).toContain(secret);
  expect(JSON.stringify(sent)).not.toContain('null');
});

const NTFY = { topic: 'backups', access_token: '***', urgency: 4, server_url: 'https://ntfy.sh' };

it.each<[string, Record<string, string | true>, ChannelConfig]>([
  ['keeps', { Topic: 'b' }, { topic: 'b', server_url: 'https://ntfy.sh', urgency: 4 }],
  [
    'removes',
    { 'Remove access token': true },
    { topic: 'backups', access_token: null, server_url: 'https://ntfy.sh', urgency: 4 },
  ],
  [
    'does not take to another server',
    { 'Server URL': 'https://ntfy.example' },
    { topic: 'backups', access_token: null, server_url: 'https://ntfy.example', urgency: 4 },
  ],
])('%s the optional access token of ntfy', async (_, fields, config) => {
  const { user, sent } = await openEdit('ntfy', NTFY);
  await fill(user, fields);
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await closed();
  expect(sent).toEqual([{ name: 'Known', config }]);
});

it('removes an optional field that is emptied', async () => {
  const { user, sent } = await openEdit('telegram', {
    bot_token: '***',
    chat_id: '-100',
    thread_id: '5',
    api_url: 'https://api.telegram.org',
  });
  await fill(user, { 'Topic ID': '' });
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await closed();
  const config = { chat_id: '-100', thread_id: null, api_url: 'https://api.telegram.org' };
  expect(sent).toEqual([{ name: 'Known', config }]);
});

it.each<[ChannelKind, string, string, RegExp]>([
  ['telegram', 'Chat ID', 'general', /Must be a chat ID/],
  ['telegram', 'Topic ID', 'x', /Must be a topic ID/],
  ['matrix', 'Room ID', '#ops:example.org', /not the name of the room/],
  ['matrix', 'Homeserver URL', 'https://a.example/?x', /neither a query nor a fragment/],
  ['ntfy', 'Topic', 'a b', /letters, digits, hyphens and underscores/],
  ['whatsapp', 'Phone number ID', '+49151', /not the number itself/],
  ['whatsapp', 'To', '0151 12345678', /Must be a phone number/],
  ['whatsapp', 'Template prefix', 'Up', /lowercase letters/],
  ['whatsapp', 'App secret', 'a b', /secret of the app/],
  ['twilio', 'Account SID', 'AC1', /32 hexadecimal digits/],
  ['twilio', 'From', 'MG1', /or the SID of/],
  ['pushover', 'API token', 'x', /30 letters and digits/],
  ['pagerduty', 'Integration key', 'x', /32 letters and digits/],
  ['discord', 'Thread ID', 'x', /Must be a thread ID/],
])('says what %s needs as %s instead of %s', async (kind, label, value, wrong) => {
  const user = await openNew(kind);
  await fill(user, { Name: 'New', [label]: value });
  await user.click(screen.getByRole('button', { name: 'Add channel' }));
  const error = await screen.findByText(wrong);
  const field = screen.getByLabelText(label);
  expect(field.getAttribute('aria-describedby')?.split(' ')).toContain(error.closest('[id]')?.id);
});

it('takes a messaging service for SMS, and not for calls', async () => {
  const user = await openNew('twilio');
  await fill(user, { Name: 'New', From: `MG${'0'.repeat(32)}`, 'Send as': 'Call that reads it out' });
  await user.click(screen.getByRole('button', { name: 'Add channel' }));
  await screen.findAllByText('Required');
  expect(screen.getByLabelText('From').getAttribute('aria-invalid')).toBe('true');
  await fill(user, { 'Send as': 'SMS' });
  await user.click(screen.getByRole('button', { name: 'Add channel' }));
  await waitFor(() => expect(screen.getByLabelText('From').getAttribute('aria-invalid')).toBeNull());
});

it('shows an error of the server at a field, also at one that is folded away or among known addresses', async () => {
  const user = await openNew('jsm');
  server.use(
    http.post('/channels', () =>
      problem(422, '2 fields are not valid', [
        { field: 'config.api_key', message: 'must be a key' },
        { field: 'config.api_url', message: 'must be reachable' },
      ]),
    ),
  );
  await fill(user, { Name: 'New', 'API key': 'k' });
  await user.click(screen.getByRole('button', { name: 'Add channel' }));
  expect(await screen.findByText('must be a key')).toBeTruthy();
  const service = screen.getByLabelText('Service');
  expect(service.getAttribute('aria-invalid')).toBe('true');
  expect(service.getAttribute('aria-describedby')).toBe(
    screen.getByText('must be reachable').closest('[id]')?.id,
  );
});

it('opens the advanced fields when one of them is wrong', async () => {
  const user = await openNew('whatsapp');
  const details = screen.getByText('Advanced').closest('details');
  expect(details?.open).toBe(false);
  await fill(user, { 'Template language': 'pt-BR' });
  expect(within(details as HTMLElement).getAllByText('Template language')).toHaveLength(2);
  await user.click(screen.getByRole('button', { name: 'Add channel' }));
  expect(await screen.findByText('Must be a language code, such as en or pt_BR')).toBeTruthy();
  expect(details?.open).toBe(true);
  // An error must not be folded away.
  await user.click(screen.getByText('Advanced'));
  expect(details?.open).toBe(true);
});
