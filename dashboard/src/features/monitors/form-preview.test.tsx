import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import { renderAt } from '../../../test/render';
import { http, onDemandCheck, problem, serveQuietAccount, server } from '../../../test/server';

it('checks a pasted URL at once, and says when the settings are others', async () => {
  serveQuietAccount();
  const sent: unknown[] = [];
  server.use(
    http.post('/monitors/preview', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(onDemandCheck());
    }),
  );
  const { user } = renderAt('/monitors/new');
  const url = await screen.findByLabelText('URL');
  const preview = within(screen.getByRole('region', { name: 'Preview' }));
  expect(preview.getByText('Shows what is checked once there is an address.')).toBeTruthy();
  await user.click(url);
  await user.paste(' example.org/health\n');
  expect(url).toHaveProperty('value', 'https://example.org/health');
  expect(await preview.findByText('Up · 34 ms · HTTP 200')).toBeTruthy();
  expect(preview.getByText('GET https://example.org/health')).toBeTruthy();
  expect(preview.getByText('Every minute, with 1 retry')).toBeTruthy();
  expect(sent).toHaveLength(1);

  await user.type(screen.getByLabelText('Name'), 'Health');
  expect(preview.getByText('Health')).toBeTruthy();
  expect(preview.getByText(/Nothing is saved/)).toBeTruthy();
  await user.type(url, '/deep');
  expect(preview.getByText('The settings have changed since this check.')).toBeTruthy();
});

it('says in the preview why a pasted URL could not be checked', async () => {
  serveQuietAccount();
  server.use(http.post('/monitors/preview', () => problem(422, 'it must be a public address')));
  const { user } = renderAt('/monitors/new');
  await user.click(await screen.findByLabelText('URL'));
  await user.paste('http://10.0.0.1/');
  const preview = within(screen.getByRole('region', { name: 'Preview' }));
  expect((await preview.findByRole('alert')).textContent).toContain('it must be a public address');
  expect(screen.getAllByRole('alert')).toHaveLength(1);
});

it('checks by itself only what does no more than look', async () => {
  serveQuietAccount();
  const { user } = renderAt('/monitors/new');
  const url = await screen.findByLabelText('URL');
  expect(screen.getByText(/A pasted address is checked once\./)).toBeTruthy();
  await user.click(screen.getByText('Request'));
  await user.selectOptions(screen.getByLabelText('Method'), 'POST');
  await user.click(url);
  // A request would fail the test: no handler answers POST /monitors/preview.
  await user.paste('https://example.org/orders');
  expect(await screen.findByText('POST https://example.org/orders')).toBeTruthy();
});

it('saves once, also while a pasted URL is being checked', async () => {
  serveQuietAccount();
  const ends: (() => void)[] = [];
  const untilEnd = () => new Promise<void>((resolve) => ends.push(resolve));
  let saves = 0;
  server.use(
    http.post('/monitors/preview', async () => {
      await untilEnd();
      return HttpResponse.json(onDemandCheck());
    }),
    http.post('/monitors', async () => {
      saves++;
      await untilEnd();
      return problem(503, 'the database is not available');
    }),
  );
  const { user } = renderAt('/monitors/new');
  await user.click(await screen.findByLabelText('URL'));
  await user.paste('https://example.org/');
  const save = screen.getByRole('button', { name: 'Add monitor' });
  await user.dblClick(save);
  expect(save.getAttribute('aria-disabled')).toBe('true');
  await user.click(save);
  await user.type(screen.getByLabelText('Name'), 'Example{Enter}');
  await waitFor(() => expect(saves).toBe(1));
  for (const end of ends) end();
  expect(await screen.findByText('the database is not available')).toBeTruthy();
  expect(save.getAttribute('aria-disabled')).toBeNull();
  expect(saves).toBe(1);
});
