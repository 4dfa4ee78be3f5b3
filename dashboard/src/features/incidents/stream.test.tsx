import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import type { AlertStep, Bucket, Incident } from '@/api/models';
import { renderAt } from '../../../test/render';
import { channel, http, page, series, serveQuietAccount, server } from '../../../test/server';
import { spanAround } from './around';
import { neighboursOf } from './neighbours';
import { notifiedOf } from './notified';

const incident = (id: string, changes: Partial<Incident> = {}): Incident => ({
  id,
  monitor_id: 42,
  monitor_name: id,
  started_at: '2025-11-20T11:00:00.000Z',
  resolved_at: null,
  duration_seconds: 600,
  close_reason: null,
  error_code: 'read_timeout',
  first_error: 'Timed out',
  last_error: null,
  acknowledged: null,
  ...changes,
});

const OVER = { resolved_at: '2025-11-20T11:10:00.000Z', close_reason: 'recovered' } as const;
const [SHOP, MAIL, WIKI] = [incident('Shop'), incident('Mail'), incident('Wiki', OVER)];
const ALL = [SHOP, MAIL, WIKI];

const step = (second: number, changes: Partial<AlertStep>): AlertStep => ({
  at: `2025-11-20T11:00:0${second}.000Z`,
  step: 'decided',
  alert: 'down',
  channel_id: 5,
  delivery_id: 'd',
  attempt: 0,
  reason: null,
  receipt: null,
  source: { cluster: 'c', topic: 'monitoring-results', partition: 3, offset: 17 },
  revision: 4,
  ...changes,
});

/** Each in the list, ongoing or over, and by itself. */
function serveIncidents(steps: AlertStep[] = []) {
  serveQuietAccount();
  server.use(
    http.get('/incidents', ({ query }) => {
      const isOpen = query.get('open') === 'true';
      return HttpResponse.json(page(ALL.filter(({ resolved_at }) => (resolved_at === null) === isOpen)));
    }),
    http.get('/incidents/{id}', ({ params }) =>
      HttpResponse.json(ALL.find(({ id }) => id === params.id) ?? SHOP),
    ),
    http.get('/incidents/{id}/events', () => HttpResponse.json(page(steps))),
    http.get('/channels', () => HttpResponse.json(page([channel()]))),
  );
}

describe('the neighbours of an incident', () => {
  const idsOf = (neighbours: ReturnType<typeof neighboursOf>) =>
    neighbours && [neighbours.previous?.id ?? null, neighbours.next?.id ?? null];

  it('are those before and after in the list', () => {
    const of = (id: string) => idsOf(neighboursOf(id, [SHOP, MAIL], true, [WIKI]));
    expect(of('Shop')).toEqual([null, 'Mail']);
    expect(of('Mail')).toEqual(['Shop', 'Wiki']);
    expect(of('Wiki')).toEqual(['Mail', null]);
    expect(of('other')).toBeNull();
  });

  it('do not skip what is not loaded', () => {
    expect(idsOf(neighboursOf('Mail', [SHOP, MAIL], false, [WIKI]))).toEqual(['Shop', null]);
    expect(idsOf(neighboursOf('Wiki', [SHOP, MAIL], false, [WIKI]))).toEqual([null, null]);
  });

  it('have one once that is over since the other list was loaded', () => {
    const over = incident('Mail', OVER);
    expect(idsOf(neighboursOf('Mail', [SHOP, MAIL], true, [over, WIKI]))).toEqual(['Shop', 'Wiki']);
  });
});

it('goes through the incidents with J and K, but not while somebody writes', async () => {
  serveIncidents();
  const { user } = renderAt('/incidents/Shop');
  expect(await screen.findByRole('link', { name: 'Next incident: Mail' })).toBeTruthy();
  expect(screen.getByRole('img', { name: 'No previous incident' })).toBeTruthy();
  await user.type(await screen.findByLabelText('New note'), 'jk');
  expect(screen.getByRole('heading', { level: 1, name: 'Shop' })).toBeTruthy();
  screen.getByRole('heading', { level: 1 }).focus();
  await user.keyboard('j');
  expect(await screen.findByRole('heading', { level: 1, name: 'Mail' })).toBeTruthy();
  await waitFor(() => expect(document.activeElement?.tagName).toBe('H1'));
  await user.keyboard('j');
  expect(await screen.findByRole('heading', { level: 1, name: 'Wiki' })).toBeTruthy();
  await user.keyboard('k');
  expect(await screen.findByRole('heading', { level: 1, name: 'Mail' })).toBeTruthy();
  // What was being written is with its incident.
  expect(await screen.findByLabelText('New note')).toHaveProperty('value', '');
});

it('has the note on top, what is newest below it, and links in what was written', async () => {
  const notes = [
    { at: '2025-11-20T11:01:00.000Z', by: 'Ada', text: 'See https://wiki.example/disk.' },
    { at: '2025-11-20T11:02:00.000Z', by: 'Bo', text: 'Cleaned' },
  ];
  serveIncidents();
  server.use(http.get('/incidents/{id}', () => HttpResponse.json({ ...SHOP, notes })));
  renderAt('/incidents/Shop');
  const list = await screen.findByRole('list', { name: 'Timeline' });
  const [newest] = within(list).getAllByRole('listitem');
  expect(newest?.textContent).toContain('Cleaned');
  const link: HTMLAnchorElement = within(list).getByRole('link', { name: 'https://wiki.example/disk' });
  expect(link.rel).toContain('noreferrer');
  const field = screen.getByLabelText('New note');
  expect(field.compareDocumentPosition(list) & Node.DOCUMENT_POSITION_FOLLOWING).toBeTruthy();
});

it('loads later steps by itself, since they belong on top', async () => {
  serveIncidents();
  const pages = [[step(1, {})], [step(2, { step: 'sent' })]];
  server.use(
    http.get('/incidents/{id}/events', ({ query }) => {
      const at = Number(query.get('cursor') ?? 0);
      return HttpResponse.json({ items: pages[at] ?? [], next_cursor: at === 0 ? '1' : null });
    }),
  );
  renderAt('/incidents/Shop');
  const list = within(await screen.findByRole('list', { name: 'Timeline' }));
  expect(await list.findByText(/^Sent to #operations/)).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Show more' })).toBeNull();
});

it('says who was notified when, or that nobody was', async () => {
  serveIncidents([
    step(1, {}),
    step(3, { step: 'sent' }),
    step(4, { step: 'suppressed', channel_id: 6, reason: 'muted' }),
  ]);
  const first = renderAt('/incidents/Shop');
  const list = within(await screen.findByRole('list', { name: 'Notified' }));
  expect(list.getAllByRole('listitem')).toHaveLength(1);
  expect(list.getByText('#operations')).toBeTruthy();
  expect(list.getByText('Sent')).toBeTruthy();
  expect(list.getByText(/, 3 s after the start$/)).toBeTruthy();
  first.unmount();
  serveIncidents([step(4, { step: 'suppressed', reason: 'muted' })]);
  renderAt('/incidents/Shop');
  expect(await screen.findByText('Nobody has been notified yet. The timeline says why.')).toBeTruthy();
});

describe('what came of a channel', () => {
  const of = (steps: AlertStep[]) => notifiedOf(steps, (id) => `channel ${id}`);
  const stateOf = (steps: AlertStep[]) => of(steps)[0]?.state;

  it('is what is known at last', () => {
    const [decided, attempted] = [step(1, {}), step(2, { step: 'attempted' })];
    expect(stateOf([decided])).toBe('queued');
    expect(stateOf([decided, attempted])).toBe('retried');
    expect(stateOf([decided, attempted, step(3, { step: 'failed' })])).toBe('failed');
    const reported = { state: 'failed', at: '2025-11-20T11:00:09.000Z', error: null } as const;
    expect(stateOf([decided, step(3, { step: 'sent', reported })])).toBe('failed');
  });

  it('is sent, although a reminder has failed since', () => {
    const reminder = step(5, { alert: 'reminder', step: 'failed', delivery_id: 'r' });
    expect(stateOf([step(3, { step: 'sent' }), reminder])).toBe('sent');
  });

  it('has the end beside it, which is no notification of the incident', () => {
    const up = step(8, { alert: 'up', step: 'sent', delivery_id: 'u' });
    expect(of([up])).toEqual([]);
    expect(of([step(3, { step: 'sent', channel_name: 'Pager' }), up])).toEqual([
      {
        channelId: 5,
        channel: 'Pager',
        state: 'sent',
        at: '2025-11-20T11:00:03.000Z',
        overAt: '2025-11-20T11:00:08.000Z',
      },
    ]);
  });
});

describe('the response time around it', () => {
  const minutes = (span: ReturnType<typeof spanAround>) =>
    [span.from, span.to].map((at) => (Date.parse(at) - Date.parse(SHOP.started_at)) / 60_000);
  const now = Date.parse('2025-11-20T20:00:00.000Z');

  it('is of a while before and after, and not of the future', () => {
    expect(minutes(spanAround(WIKI, now))).toEqual([-30, 40]);
    expect(minutes(spanAround(WIKI, Date.parse('2025-11-20T11:12:30.000Z')))).toEqual([-30, 13]);
    expect(minutes(spanAround(SHOP, now))).toEqual([-135, 540]);
    // By a clock that is behind.
    expect(minutes(spanAround(SHOP, now - 86_400_000))).toEqual([-30, 1]);
  });

  it('is shown with the incident shaded, and left out where there is none', async () => {
    const bucket: Bucket = {
      ...{ at: '2025-11-20T11:00:00.000Z', up: 1, degraded: 0, down: 2, skipped: 0 },
      ...{ availability: 0.5, coverage: 1, p50_ms: 20, p95_ms: 40, p99_ms: 80, min_ms: 10, max_ms: 90 },
    };
    serveIncidents();
    server.use(http.get('/monitors/{id}/series', () => HttpResponse.json(series([bucket]))));
    const first = renderAt('/incidents/Wiki');
    const chart = await screen.findByRole('region', { name: 'Response time around it' });
    expect(await within(chart).findByText('Incident')).toBeTruthy();
    first.unmount();
    server.use(http.get('/monitors/{id}/series', () => HttpResponse.json(series([]))));
    renderAt('/incidents/Wiki');
    expect(await screen.findByRole('list', { name: 'Timeline' })).toBeTruthy();
    await waitFor(() => expect(screen.queryByRole('region', { name: 'Response time around it' })).toBeNull());
  });
});
