import { screen, waitFor } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import { renderAt } from '../../../test/render';
import { http, problem, server } from '../../../test/server';
import { serveStatusPage } from '../../../test/status-pages';

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
