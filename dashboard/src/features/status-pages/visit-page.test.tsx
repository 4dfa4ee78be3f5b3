import { screen, waitFor } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import { renderAt } from '../../../test/render';
import { http, problem, serveQuietAccount, server } from '../../../test/server';

it('lets the browser in, and goes to the page', async () => {
  serveQuietAccount([], 'viewer');
  const asked: unknown[] = [];
  // Another host would be another document.
  const url = 'http://localhost:3000/status-pages/7/visit#entered';
  server.use(
    http.post('/status-pages/{id}/visit', ({ params }) => {
      asked.push(params.id);
      return HttpResponse.json({ url });
    }),
  );
  renderAt('/status-pages/7/visit');
  expect(await screen.findByText('Opening the status page…')).toBeTruthy();
  await waitFor(() => expect(window.location.href).toBe(url));
  expect(asked).toEqual(['7']);
});

it('says why it cannot be opened, and tries again', async () => {
  serveQuietAccount([], 'viewer');
  server.use(
    http.post('/status-pages/{id}/visit', () => problem(409, 'there are no status pages here'), {
      once: true,
    }),
    http.post('/status-pages/{id}/visit', () => problem(404, 'there is no such status page')),
  );
  const { user } = renderAt('/status-pages/7/visit');
  expect(await screen.findByText('there are no status pages here')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Retry' }));
  expect(await screen.findByText(/There is no such status page in Ada\./)).toBeTruthy();
});
