import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import { renderAt } from '../../test/render';
import { channel, http, page, serveQuietAccount, server } from '../../test/server';

function serveChannel() {
  serveQuietAccount();
  server.use(http.get('/channels', () => HttpResponse.json(page([channel()]))));
}

const focused = () => document.activeElement;

it('focuses the first field of a dialog, and on closing what opened it', async () => {
  serveChannel();
  const { user } = renderAt('/notifications');
  const edit = await screen.findByRole('button', { name: 'Edit #operations' });
  await user.click(edit);
  expect(focused()).toBe(within(screen.getByRole('dialog')).getByLabelText('Name'));
  await user.keyboard('{Escape}');
  await waitFor(() => expect(focused()).toBe(edit));
});

it('focuses Cancel where something is deleted, before the page behind is hidden', async () => {
  serveChannel();
  const { user } = renderAt('/notifications');
  const remove = await screen.findByRole('button', { name: 'Delete #operations' });
  const root = remove.closest('body > div');
  let hidFocused = false;
  const observer = new MutationObserver(() => {
    hidFocused ||= root?.getAttribute('aria-hidden') === 'true' && root.contains(focused());
  });
  observer.observe(document.body, { attributes: true, subtree: true });
  await user.click(remove);
  expect(focused()).toBe(screen.getByRole('button', { name: 'Cancel' }));
  await user.keyboard('{Escape}');
  await waitFor(() => expect(focused()).toBe(remove));
  observer.disconnect();
  expect(hidFocused).toBe(false);
});

it('focuses the page when what opened a dialog is deleted', async () => {
  serveChannel();
  server.use(
    http.delete('/channels/{id}', () => {
      server.use(http.get('/channels', () => HttpResponse.json(page([]))));
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const { user } = renderAt('/notifications');
  await user.click(await screen.findByRole('button', { name: 'Delete #operations' }));
  await user.click(screen.getByRole('button', { name: 'Delete channel' }));
  await screen.findByText('No channels yet');
  await waitFor(() => expect(focused()).toBe(screen.getByRole('heading', { name: 'Alerting' })));
});

it('asks before a click outside, or Escape, loses what was filled in', async () => {
  serveChannel();
  const { user } = renderAt('/notifications');
  await user.click(await screen.findByRole('button', { name: 'Edit #operations' }));
  const name = screen.getByLabelText('Name');
  await user.type(name, ' 2');
  await user.keyboard('{Escape}');
  await user.click(await screen.findByRole('button', { name: 'Keep editing' }));
  expect(name).toHaveProperty('value', '#operations 2');
  await waitFor(() => expect(focused()).toBe(name));
  // The layer is inert behind the dialog, which user-event would refuse to click.
  document.body.style.pointerEvents = '';
  await user.click(document.body);
  await user.click(await screen.findByRole('button', { name: 'Discard' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  const edit = screen.getByRole('button', { name: 'Edit #operations' });
  await waitFor(() => expect(focused()).toBe(edit));
});

it('focuses the heading after a navigation', async () => {
  serveChannel();
  const { user } = renderAt('/');
  await user.click(await screen.findByRole('link', { name: 'Alerting' }));
  const heading = await screen.findByRole('heading', { name: 'Alerting' });
  await waitFor(() => expect(focused()).toBe(heading));
});

it('keeps the place of a focused element that disappears', async () => {
  serveChannel();
  renderAt('/notifications');
  const remove = await screen.findByRole('button', { name: 'Delete #operations' });
  const edit = screen.getByRole('button', { name: 'Edit #operations' });
  remove.focus();
  remove.remove();
  // Around it: another key press must not edit anything.
  await waitFor(() => expect(focused()).toBe(edit.parentElement));
  edit.focus();
  expect(edit.parentElement?.hasAttribute('tabindex')).toBe(false);
});
