import { screen } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { LinkedIncident } from '@/api/models';
import { renderAt } from '../../../test/render';
import { http, problem, server } from '../../../test/server';

const linked = (changes: Partial<LinkedIncident> = {}): LinkedIncident => ({
  monitor_name: 'Shop',
  drill: false,
  state: 'open',
  started_at: '2026-11-29T10:00:00Z',
  resolved_at: null,
  acknowledged: null,
  ...changes,
});

/** A server for somebody who has not signed in; answers what was posted. */
function serveLink(incident: LinkedIncident): string[] {
  const posted: string[] = [];
  let now = incident;
  server.use(
    http.post('/auth/refresh', () => problem(401, 'the session has ended')),
    http.get('/acknowledgements/{token}', () => HttpResponse.json(now)),
    http.post('/acknowledgements/{token}', ({ params }) => {
      posted.push(String(params.token));
      now = {
        ...incident,
        state: 'acknowledged',
        acknowledged: { at: '2026-11-29T10:05:00Z', by: 'link:#ops' },
      };
      return HttpResponse.json(now);
    }),
  );
  return posted;
}

it('acknowledges when the button is clicked, and not before', async () => {
  const posted = serveLink(linked());
  const { user } = renderAt('/acknowledge/AQAB-x_y');
  const button = await screen.findByRole('button', { name: 'Acknowledge' });
  expect(screen.getByText(/The incident of Shop has been ongoing since/)).toBeTruthy();
  expect(posted).toEqual([]);
  await user.click(button);
  expect(await screen.findByText(/The incident of Shop was acknowledged on/)).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Acknowledge' })).toBeNull();
  expect(posted).toEqual(['AQAB-x_y']);
});

it('says of a drill that it is one, and offers nothing for what is over', async () => {
  serveLink(linked({ drill: true, state: 'resolved', resolved_at: '2026-11-29T10:30:00Z' }));
  renderAt('/acknowledge/AQAB');
  expect(await screen.findByText(/The drill of Shop ended on/)).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Acknowledge' })).toBeNull();
});

it('says why the link of somebody who may not acknowledge does not', async () => {
  const refused = 'the member whose channel has this link may not acknowledge: this needs the role responder';
  serveLink(linked({ refused }));
  renderAt('/acknowledge/AQAB');
  expect(await screen.findByText(new RegExp(`cannot be acknowledged by this link: ${refused}`))).toBeTruthy();
  expect(screen.getByText(/has been ongoing since/)).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Acknowledge' })).toBeNull();
});

it('says that a link is not valid any more', async () => {
  server.use(
    http.post('/auth/refresh', () => problem(401, 'the session has ended')),
    http.get('/acknowledgements/{token}', () =>
      problem(404, 'there is no such link, or it is not valid any more'),
    ),
  );
  renderAt('/acknowledge/AQAB');
  expect(await screen.findByText(/not valid any more/)).toBeTruthy();
});
