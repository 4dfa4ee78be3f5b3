import { screen, waitFor } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { EmailRecipientState, Invitation } from '@/api/models';
import { renderAt } from '../../../test/render';
import { http, problem, server } from '../../../test/server';

const invitation = (state: EmailRecipientState, canConfirm = true): Invitation => ({
  address: 'ops@example.org',
  organisation: "Ada's organisation",
  state,
  can_confirm: canConfirm,
});

/** A server for somebody without an account; answers what was posted. */
function serveLink(): string[] {
  const posted: string[] = [];
  let state: EmailRecipientState = 'waiting';
  server.use(
    http.post('/auth/refresh', () => problem(401, 'the session has ended')),
    http.get('/recipients/{token}', () => HttpResponse.json(invitation(state))),
    http.post('/recipients/{token}/confirm', ({ params }) => {
      posted.push(`confirm ${params.token}`);
      state = 'confirmed';
      return HttpResponse.json(invitation(state));
    }),
    http.post('/recipients/{token}/decline', ({ params }) => {
      posted.push(`decline ${params.token}`);
      state = 'declined';
      return HttpResponse.json(invitation(state));
    }),
  );
  return posted;
}

it('confirms when the button is clicked, and not before', async () => {
  const posted = serveLink();
  const { user } = renderAt('/recipients/AQAB-x_y');
  const confirm = await screen.findByRole('button', { name: 'Yes, send alerts' });
  expect(screen.getByText(/Ada's organisation wants to send alerts to ops@example.org/)).toBeTruthy();
  expect(posted).toEqual([]);
  await user.click(confirm);
  expect(await screen.findByText("Alerts of Ada's organisation are sent to ops@example.org.")).toBeTruthy();
  expect(posted).toEqual(['confirm AQAB-x_y']);
  await user.click(screen.getByRole('button', { name: 'Stop sending alerts' }));
  expect(
    await screen.findByText("Alerts of Ada's organisation are not sent to ops@example.org."),
  ).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Send alerts after all' }));
  await waitFor(() => expect(posted).toHaveLength(3));
});

it('offers first what the link in the email was for', async () => {
  const posted = serveLink();
  const { user } = renderAt('/recipients/AQAB?decline=true');
  const decline = await screen.findByRole('button', { name: 'No, I do not want alerts' });
  expect(decline.className).toContain('bg-ink');
  expect(screen.getByRole('button', { name: 'Yes, send alerts' }).className).not.toContain('bg-ink ');
  await user.click(decline);
  expect(await screen.findByText(/are not sent to/)).toBeTruthy();
  expect(posted).toEqual(['decline AQAB']);
});

it('offers no confirmation where the link only declines', async () => {
  serveLink();
  server.use(
    http.get('/recipients/{token}', () => HttpResponse.json(invitation('confirmed', false))),
    http.post('/recipients/{token}/decline', () => HttpResponse.json(invitation('declined', false))),
  );
  const { user } = renderAt('/recipients/AgAB?decline=true');
  await user.click(await screen.findByRole('button', { name: 'Stop sending alerts' }));
  expect(await screen.findByText(/are not sent to/)).toBeTruthy();
  expect(screen.getByText(/ask the organisation to send you a confirmation email/)).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Send alerts after all' })).toBeNull();
});

it('shows that a link has expired', async () => {
  serveLink();
  server.use(
    http.get('/recipients/{token}', () => problem(404, 'the link has expired; have the mail sent again')),
  );
  renderAt('/recipients/AQAB');
  expect(await screen.findByText('the link has expired; have the mail sent again')).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Yes, send alerts' })).toBeNull();
});
