import { screen, waitFor } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import { renderAt } from '../../../test/render';
import { http, problem, server } from '../../../test/server';
import { serveStatusPage } from '../../../test/status-pages';

const STORED = 'data:image/png;base64,AAAA';

const frame = () => screen.getByTitle<HTMLIFrameElement>('Preview of Example status');

/** Answers with what was asked for; the first time only when it is told to. */
function servePreview() {
  const asked: unknown[] = [];
  const aborted: number[] = [];
  const waiting: (() => void)[] = [];
  server.use(
    http.post('/status-pages/{id}/preview', async ({ request }) => {
      const body = await request.json();
      const at = asked.push(body) - 1;
      request.signal.addEventListener('abort', () => aborted.push(at));
      if (at === 0) await new Promise<void>((resolve) => waiting.push(resolve));
      return HttpResponse.json({ html: `<p>${JSON.stringify(body)}</p>` });
    }),
  );
  const answer = () => {
    for (const resolve of waiting) resolve();
  };
  return { asked, aborted, answer };
}

it('asks for what is typed once it has settled, and gives up what was asked before', async () => {
  serveStatusPage();
  const { asked, aborted, answer } = servePreview();
  const { user } = renderAt('/status-pages/7');
  await user.click(await screen.findByRole('tab', { name: 'Preview' }));
  await waitFor(() => expect(asked).toEqual([{}]));
  await user.click(screen.getByRole('button', { name: 'Dark' }));
  await waitFor(() => expect(asked).toEqual([{}, { theme: 'dark' }]));
  await waitFor(() => expect(aborted).toEqual([0]));
  await waitFor(() => expect(frame().srcdoc).toBe('<p>{"theme":"dark"}</p>'));
  // What comes too late changes nothing.
  answer();
  expect(frame().srcdoc).toBe('<p>{"theme":"dark"}</p>');
  // Nothing in it runs.
  expect(frame().getAttribute('sandbox')).toBe('allow-same-origin');

  await user.click(screen.getByRole('tab', { name: 'Appearance' }));
  await user.type(screen.getByLabelText('Contact'), 'mailto:a@example.org');
  await user.click(screen.getByRole('tab', { name: 'Preview' }));
  await waitFor(() => expect(asked.at(-1)).toEqual({ contact_url: 'mailto:a@example.org' }));
});

it('keeps what was shown where something is not valid yet, and says what', async () => {
  serveStatusPage();
  const { asked, answer } = servePreview();
  const { user } = renderAt('/status-pages/7');
  await user.click(await screen.findByRole('tab', { name: 'Preview' }));
  await waitFor(() => expect(asked).toHaveLength(1));
  answer();
  await waitFor(() => expect(frame().srcdoc).toBe('<p>{}</p>'));
  server.use(
    http.post('/status-pages/{id}/preview', () =>
      problem(422, '1 field is invalid', [{ field: 'accent_colour', message: 'is not a colour' }]),
    ),
  );
  await user.click(screen.getByRole('button', { name: 'Light' }));
  expect(
    await screen.findByText('Not up to date until this is corrected. Appearance: is not a colour'),
  ).toBeTruthy();
  expect(frame().srcdoc).toBe('<p>{}</p>');
});

it('shows a logo that is chosen in the place of the title, without sending it', async () => {
  const { stored } = serveStatusPage();
  const asked: unknown[] = [];
  server.use(
    http.post('/status-pages/{id}/preview', async ({ request }) => {
      const body = await request.json();
      asked.push(body);
      const brand =
        stored.page.has_logo && body.logo !== null ? `<img src="${STORED}" alt="Example">` : 'Example';
      return HttpResponse.json({ html: `<!doctype html><style>p{}</style><h1 class="brand">${brand}</h1>` });
    }),
  );
  const { user } = renderAt('/status-pages/7');
  await user.click(await screen.findByRole('tab', { name: 'Appearance' }));
  const input = document.querySelector<HTMLInputElement>('input[type=file]') as HTMLInputElement;
  await user.upload(input, new File(['png'], 'logo.png', { type: 'image/png' }));
  await screen.findByRole('img', { name: 'New logo' });
  const show = async () => user.click(screen.getByRole('tab', { name: 'Preview' }));
  const shown = () => new DOMParser().parseFromString(frame().srcdoc, 'text/html');
  await show();
  const src = `data:image/png;base64,${btoa('png')}`;
  await waitFor(() => expect(shown().querySelector('.brand img')?.getAttribute('src')).toBe(src));
  expect(shown().querySelector('.brand img')?.getAttribute('alt')).toBe('Example');
  expect(shown().querySelector('style')?.textContent).toBe('p{}');
  // When it is saved it is shown as it is stored, and goes when it is removed.
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findByText('Example status saved');
  await waitFor(() => expect(shown().querySelector('.brand img')?.getAttribute('src')).toBe(STORED));
  await user.click(screen.getByRole('tab', { name: 'Appearance' }));
  await user.click(await screen.findByRole('button', { name: 'Remove logo' }));
  await show();
  await waitFor(() => expect(shown().querySelector('.brand')?.textContent).toBe('Example'));
  expect(asked.at(-1)).toEqual({ logo: null });
  expect(JSON.stringify(asked)).not.toContain('data:');
});
