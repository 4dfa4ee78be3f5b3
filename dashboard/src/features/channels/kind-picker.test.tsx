import { screen, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import { renderAt } from '../../../test/render';
import { http, page, serveQuietAccount, server } from '../../../test/server';

async function open() {
  serveQuietAccount();
  server.use(http.get('/channels', () => HttpResponse.json(page([]))));
  const { user } = renderAt('/notifications');
  await screen.findByRole('heading', { name: 'No channels yet' });
  await user.click(screen.getByRole('button', { name: 'Add channel' }));
  return { user, dialog: within(screen.getByRole('dialog', { name: 'Add channel' })) };
}

const focused = () => document.activeElement as HTMLElement;

it('finds a kind by a word about it, and takes the first with Enter', async () => {
  const { user, dialog } = await open();
  expect(focused()).toBe(dialog.getByRole('searchbox', { name: 'Search types' }));
  await user.keyboard('{Enter}');
  expect(dialog.getByRole('searchbox')).toBeTruthy();
  await user.keyboard('opsgenie{Enter}');
  expect(dialog.getByRole('heading', { name: 'Jira Service Management' })).toBeTruthy();
  expect(focused()).toBe(dialog.getByLabelText('Name'));
});

it('goes through the kinds with the arrow keys, from group to group', async () => {
  const { user, dialog } = await open();
  await user.keyboard('{ArrowDown}');
  expect(focused()).toBe(dialog.getByRole('button', { name: 'Slack' }));
  await user.keyboard('{ArrowUp}');
  expect(focused()).toBe(dialog.getByRole('searchbox'));
  await user.keyboard('on call{ArrowDown}{ArrowDown}{ArrowDown}');
  expect(dialog.getAllByRole('listitem')).toHaveLength(2);
  expect(focused()).toBe(dialog.getByRole('button', { name: 'Jira Service Management' }));
  await user.keyboard('{Enter}');
  expect(dialog.getByLabelText('API key')).toBeTruthy();
});

it('prefers one that is called so to one of a group that is', async () => {
  const { user, dialog } = await open();
  await user.keyboard('call');
  expect(dialog.getAllByRole('listitem')).toHaveLength(3);
  await user.keyboard('{ArrowDown}');
  expect(focused()).toBe(dialog.getByRole('button', { name: 'SMS or call' }));
  await user.keyboard('{End}{Home}');
  expect(focused()).toBe(dialog.getByRole('button', { name: 'PagerDuty' }));
  await user.clear(dialog.getByRole('searchbox'));
  await user.keyboard('ms teams{Enter}');
  expect(dialog.getByRole('heading', { name: 'Teams' })).toBeTruthy();
});

it('says when there is no such kind, and offers what there is instead', async () => {
  const { user, dialog } = await open();
  await user.keyboard('fax{Enter}');
  expect(dialog.getByText(/No matching types/)).toBeTruthy();
  expect(dialog.getAllByRole('listitem')).toHaveLength(1);
  await user.keyboard('{ArrowDown}{Enter}');
  expect(dialog.getByRole('heading', { name: 'Webhook' })).toBeTruthy();
});

it('keeps the name and what each kind was given when the kind is changed', async () => {
  const { user, dialog } = await open();
  await user.click(dialog.getByRole('button', { name: 'Slack bot' }));
  await user.type(dialog.getByLabelText('Name'), 'Ops');
  await user.type(dialog.getByLabelText('Bot token'), 'xoxb-1');
  await user.click(dialog.getByRole('button', { name: 'Change type' }));
  const slackBot = dialog.getByRole('button', { name: 'Slack bot' });
  expect(slackBot.getAttribute('aria-current')).toBe('true');
  await user.click(dialog.getByRole('button', { name: 'Telegram' }));
  expect(dialog.getByLabelText('Name')).toHaveProperty('value', 'Ops');
  // A token of Slack is nothing to send to Telegram.
  expect(dialog.getByLabelText('Bot token')).toHaveProperty('value', '');
  await user.click(dialog.getByRole('button', { name: 'Change type' }));
  await user.click(dialog.getByRole('button', { name: 'Slack bot' }));
  expect(dialog.getByLabelText('Bot token')).toHaveProperty('value', 'xoxb-1');
  await user.keyboard('{Escape}');
  expect(await screen.findByRole('alertdialog', { name: 'Discard changes?' })).toBeTruthy();
});

it('closes without a question while nothing but a kind was chosen', async () => {
  const { user, dialog } = await open();
  await user.click(dialog.getByRole('button', { name: 'WhatsApp' }));
  await user.keyboard('{Escape}');
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(screen.queryByRole('alertdialog')).toBeNull();
});
