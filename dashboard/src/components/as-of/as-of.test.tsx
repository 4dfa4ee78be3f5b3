import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { Incident } from '@/api/models';
import { browserTimeZone, formatLocalTime, toLocalTime } from '@/lib/time-zone';
import { why } from '../../../test/backtest';
import { renderAt } from '../../../test/render';
import { http, monitor, page, problem, serveQuietAccount, server, summary } from '../../../test/server';

const HOUR = 3_600_000;
const NOW = Date.now();
const ago = (ms: number) => new Date(NOW - ms).toISOString();
const AT = ago(2 * HOUR);
const past = (path: string, at = AT) => `${path}?at=${encodeURIComponent(at)}`;

const INCIDENT: Incident = {
  id: '8f0c1c1e-0000-4000-8000-000000000000',
  monitor_id: 42,
  monitor_name: 'Example',
  started_at: ago(3 * HOUR),
  resolved_at: null,
  duration_seconds: 3_600,
  close_reason: null,
  error_code: 'connect_refused',
  first_error: 'Connection refused',
  last_error: null,
  acknowledged: null,
};

const instantOf = (request: Request) => new URL(request.url).searchParams.get('at');

/** Up now, and down at any earlier time. Returns of when the monitors were asked for. */
function serveDownThen(): (string | null)[] {
  serveQuietAccount();
  const asked: (string | null)[] = [];
  const { status } = monitor();
  const shown = (at: string | null) => (at ? monitor({ status: { ...status, state: 'down' } }) : monitor());
  server.use(
    http.get('/summary', ({ request }) =>
      HttpResponse.json(instantOf(request) ? summary({ down: 1, open_incidents: 1 }) : summary({ up: 1 })),
    ),
    http.get('/monitors', ({ request }) => {
      asked.push(instantOf(request));
      return HttpResponse.json(page([shown(instantOf(request))]));
    }),
    http.get('/monitors/{id}', ({ request }) => HttpResponse.json(shown(instantOf(request)))),
    http.get('/incidents', ({ request }) => {
      const isOngoing = new URL(request.url).searchParams.get('open') !== 'false';
      return HttpResponse.json(page(instantOf(request) && isOngoing ? [INCIDENT] : []));
    }),
  );
  return asked;
}

const bar = async () => within(await screen.findByRole('region', { name: 'Choose the time' }));
const addressAt = () => new URLSearchParams(window.location.search).get('at');

it('leads from the monitors to an hour before, and back to now', async () => {
  const asked = serveDownThen();
  const { user } = renderAt('/');
  expect(await screen.findByText('All monitors are up')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'View an earlier time' }));

  expect(await screen.findByText('1 monitor is down')).toBeTruthy();
  expect(screen.getByText('This is not the current state')).toBeTruthy();
  expect(document.activeElement?.textContent).toContain('Earlier time');
  const at = addressAt();
  expect(Date.parse(at ?? '')).toBeLessThanOrEqual(Date.now() - HOUR);
  expect(asked.at(-1)).toBe(at);
  expect(screen.getByText('Not live')).toBeTruthy();
  expect(screen.queryByRole('link', { name: 'Add monitor' })).toBeNull();
  expect(screen.queryByRole('button', { name: 'Select' })).toBeNull();
  expect(screen.queryByRole('button', { name: 'Acknowledge' })).toBeNull();

  await user.click(screen.getByRole('button', { name: 'Back to now' }));
  expect(await screen.findByText('All monitors are up')).toBeTruthy();
  expect(screen.queryByText('Earlier time')).toBeNull();
  expect(addressAt()).toBeNull();
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('heading', { name: 'Monitors' })));
});

it('keeps the instant from page to page', async () => {
  serveDownThen();
  const { user } = renderAt(past('/'));
  const list = await screen.findByRole('table', { name: 'Monitors' });
  await user.click(within(list).getByRole('link', { name: 'Example' }));
  expect(await screen.findByText(/Uptime, results and alerting are shown for the current time/)).toBeTruthy();
  expect([window.location.pathname, addressAt()]).toEqual(['/monitors/42', AT]);
  expect(screen.queryByRole('button', { name: 'Pause' })).toBeNull();
  expect(screen.queryByRole('link', { name: 'Edit' })).toBeNull();

  await user.click(screen.getByRole('link', { name: /^Incidents/ }));
  expect(await screen.findByText('No past incidents')).toBeTruthy();
  expect([window.location.pathname, addressAt()]).toEqual(['/incidents', AT]);
});

it('names pages of the past as such among those that were open', async () => {
  serveDownThen();
  const { user } = renderAt(past('/'));
  await screen.findByRole('table', { name: 'Monitors' });
  await user.click(screen.getByRole('link', { name: /^Incidents/ }));
  await screen.findByRole('heading', { name: 'Incidents' });
  await user.click(screen.getByRole('button', { name: 'Search and commands' }));
  const recent = within(await screen.findByRole('group', { name: 'Recent pages' }));
  expect(recent.getByRole('option', { name: /Earlier time: Monitors/ })).toBeTruthy();
});

it('leads from why somebody was notified back to the past', async () => {
  serveDownThen();
  server.use(http.get('/monitors/{id}/why', () => HttpResponse.json(why())));
  const { user } = renderAt(past('/monitors/42'));
  await user.click(await screen.findByRole('link', { name: 'Why was I (not) notified?' }));
  await waitFor(() => expect(window.location.pathname).toBe('/monitors/42/why'));
  await user.click(await screen.findByRole('link', { name: 'Example' }));
  await waitFor(() => expect([window.location.pathname, addressAt()]).toEqual(['/monitors/42', AT]));
});

it('applies no live events to the past', async () => {
  const asked = serveDownThen();
  let tags = 0;
  server.use(
    http.get('/tags', () => {
      tags++;
      return HttpResponse.json(page([]));
    }),
    http.get('/stream', ({ response }) => {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('id: 1\nevent: reset\ndata: {}\n\n'));
        },
      });
      const headers = { 'Content-Type': 'text/event-stream' };
      return response.untyped(new HttpResponse(body, { headers }));
    }),
  );
  const { user } = renderAt(past('/'));
  const list = await screen.findByRole('table', { name: 'Monitors' });
  expect(within(list).getByText('Down')).toBeTruthy();
  // They are loaded again, since they are those of now.
  await waitFor(() => expect(tags).toBeGreaterThan(1));
  await user.click(screen.getByRole('button', { name: 'Back to now' }));
  expect(await screen.findByText('All monitors are up')).toBeTruthy();
  expect(asked.filter((at) => at !== null)).toEqual([AT]);
});

it('asks only for the instant at which the slider comes to rest', async () => {
  const asked = serveDownThen();
  renderAt(past('/'));
  const slider = (await bar()).getByRole('slider', { name: 'Time' });
  await screen.findByText('1 monitor is down');
  for (const value of ['900', '800', '700', '720']) fireEvent.change(slider, { target: { value } });
  expect(slider.getAttribute('aria-valuetext')).not.toBeNull();
  await waitFor(() => expect(asked).toHaveLength(2));
  expect(Date.now() - Date.parse(asked.at(-1) ?? '')).toBeGreaterThanOrEqual(12 * HOUR);
  expect(addressAt()).toBe(asked.at(-1));
});

it('steps by minutes, hours and days, and to where incidents began and ended', async () => {
  serveDownThen();
  const ended = { ...INCIDENT, started_at: ago(5 * HOUR), resolved_at: ago(4 * HOUR) };
  server.use(
    http.get('/incidents', ({ request }) => HttpResponse.json(page(instantOf(request) ? [] : [ended]))),
  );
  const { user } = renderAt(past('/'));
  const controls = await bar();
  await user.click(controls.getByRole('button', { name: '1 hour earlier' }));
  await waitFor(() => expect(addressAt()).toBe(new Date(Date.parse(AT) - HOUR).toISOString()));
  const later = controls.getByRole('button', { name: '1 day later' });
  expect(later.getAttribute('aria-disabled')).toBe('true');

  const before = controls.getByRole('button', { name: 'Previous begin or end of an incident' });
  await waitFor(() => expect(before.getAttribute('aria-disabled')).toBeNull());
  await user.click(before);
  await waitFor(() => expect(addressAt()).toBe(ended.resolved_at));
  await user.click(before);
  await waitFor(() => expect(addressAt()).toBe(ended.started_at));
});

it('takes an exact time, and no time of which nothing is known', async () => {
  serveDownThen();
  const { user } = renderAt(past('/'));
  const controls = await bar();
  const field = controls.getByLabelText('Exact time');
  fireEvent.change(field, { target: { value: '2125-01-01T00:00:00' } });
  await user.click(controls.getByRole('button', { name: 'Show' }));
  expect(await controls.findByText('Must not be in the future')).toBeTruthy();
  fireEvent.change(field, { target: { value: '2015-01-01T00:00:00' } });
  await user.click(controls.getByRole('button', { name: 'Show' }));
  expect(await controls.findByText('Must be within the last 400 days')).toBeTruthy();
  expect(addressAt()).toBe(AT);

  // Whoever submits another one goes on from where they are.
  const entered = formatLocalTime(toLocalTime(Date.parse(AT) - HOUR, browserTimeZone()));
  fireEvent.change(field, { target: { value: entered } });
  await user.click(controls.getByRole('button', { name: 'Show' }));
  await waitFor(() => expect(addressAt()).not.toBe(AT));
  expect(controls.queryByText('Must be within the last 400 days')).toBeNull();
  expect(document.activeElement).toBe(controls.getByRole('button', { name: 'Show' }));
  expect(controls.getByLabelText('Exact time')).toBe(field);
});

it('shows no state where none is known', async () => {
  serveQuietAccount();
  const status = { ...monitor().status, state: 'pending' as const };
  const unknown = monitor({ status, not_known: ['status', 'tags', 'muted'], tags: ['shop'], muted: true });
  server.use(
    http.get('/summary', () => HttpResponse.json(summary({ not_known: 2 }))),
    http.get('/monitors', () => HttpResponse.json(page([unknown]))),
    http.get('/monitors/{id}', () => HttpResponse.json(unknown)),
  );
  const { user } = renderAt(past('/'));
  const list = within(await screen.findByRole('table', { name: 'Monitors' }));
  expect(list.getByText('Not known')).toBeTruthy();
  expect(list.queryByText('Pending')).toBeNull();
  expect(list.queryByText('shop')).toBeNull();
  expect(await screen.findByText('The state of 2 monitors is not known')).toBeTruthy();
  await user.click(list.getByRole('link', { name: 'Example' }));
  expect(await screen.findByText('Not known at that time: tags, mutes.')).toBeTruthy();
  expect(screen.getByText(/^The state at that time is not known/)).toBeTruthy();
  expect(screen.queryByText('Muted')).toBeNull();
});

it('looks on where a page has none of what is filtered', async () => {
  serveDownThen();
  server.use(
    http.get('/monitors', ({ request }) => {
      const isFirst = new URL(request.url).searchParams.get('cursor') === null;
      return HttpResponse.json(isFirst ? { items: [], next_cursor: 'next' } : page([monitor()]));
    }),
  );
  renderAt(`${past('/')}&state=up`);
  const list = within(await screen.findByRole('table', { name: 'Monitors' }));
  expect(list.getByText('Up')).toBeTruthy();
});

it('says in words why there is no answer', async () => {
  serveDownThen();
  const refused = () =>
    problem(422, '1 field is not valid', [{ field: 'at', message: 'must not lie in the future' }]);
  server.use(http.get('/summary', refused), http.get('/monitors', refused), http.get('/incidents', refused));
  renderAt(past('/', '2125-01-01T00:00:00.000Z'));
  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toBe('The time must not lie in the future.');
  expect(screen.queryByRole('button', { name: 'Retry' })).toBeNull();
  expect(screen.getByText('Earlier time')).toBeTruthy();
});

it('leaves out the counts alone where there are too many monitors for them', async () => {
  serveDownThen();
  const message = 'must be left out: more than 2000 monitors are not counted as of an instant';
  server.use(http.get('/summary', () => problem(422, '1 field is not valid', [{ field: 'at', message }])));
  renderAt(past('/'));
  const list = within(await screen.findByRole('table', { name: 'Monitors' }));
  expect(list.getByText('Down')).toBeTruthy();
  expect(await screen.findByText('Counts are shown for up to 2,000 monitors.')).toBeTruthy();
  expect(screen.queryByRole('alert')).toBeNull();
});

it('shows what people had done with an incident by then', async () => {
  serveDownThen();
  const acknowledged = { at: ago(2.5 * HOUR), by: 'Ada' };
  server.use(http.get('/incidents/{id}', () => HttpResponse.json({ ...INCIDENT, acknowledged, notes: [] })));
  renderAt(past(`/incidents/${INCIDENT.id}`));
  const list = within(await screen.findByRole('list', { name: 'Timeline' }));
  expect(list.getByText('Acknowledged by Ada')).toBeTruthy();
  // As long as it had lasted then.
  expect(screen.getByText('1 h')).toBeTruthy();
  expect(screen.queryByRole('textbox')).toBeNull();
  expect(screen.getByText('Checks and notifications are shown for the current time only.')).toBeTruthy();
});

it('says that a monitor or an incident was not known yet', async () => {
  serveDownThen();
  const missing = () => problem(404, 'there is no such thing');
  server.use(http.get('/incidents/{id}', missing), http.get('/monitors/{id}', missing));
  const { user } = renderAt(past(`/incidents/${INCIDENT.id}`));
  expect(await screen.findByText('The incident is not known at that time')).toBeTruthy();
  await user.click(screen.getByRole('link', { name: 'Monitors' }));
  const monitors = within(await screen.findByRole('table', { name: 'Monitors' }));
  await user.click(monitors.getByRole('link', { name: 'Example' }));
  expect(await screen.findByText('The monitor is not known at that time')).toBeTruthy();
});

it('takes the at of other pages for their own', async () => {
  serveDownThen();
  renderAt(past('/tags'));
  expect(await screen.findByRole('heading', { name: 'Tags' })).toBeTruthy();
  expect(screen.queryByText('Earlier time')).toBeNull();
});
