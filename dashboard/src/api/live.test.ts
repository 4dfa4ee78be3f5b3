import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { monitor, page } from '../../test/server';
import { keys } from './keys';
import { createEventHandler } from './live';
import type { Monitor, StatusEvent } from './models';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A cache in which each of `observed` has an observer. */
function setUp(observed: readonly (readonly unknown[])[]) {
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY } } });
  const fetches: string[] = [];
  for (const queryKey of observed) {
    const isList = queryKey[1] === 'list';
    client.setQueryData(queryKey, isList ? { pages: [page([monitor()])], pageParams: [undefined] } : {});
    const queryFn = () => {
      fetches.push(JSON.stringify(queryKey));
      return client.getQueryData(queryKey);
    };
    new QueryObserver(client, { queryKey, queryFn }).subscribe(() => {});
  }
  client.setQueryData(keys.monitor(42), monitor());
  return { client, fetches, handler: createEventHandler(client) };
}

function statusEvent(second: number, state: 'up' | 'down') {
  const at = new Date(Date.parse('2025-11-20T12:01:00.000Z') + second * 1_000).toISOString();
  const status = { ...monitor().status, state, last_checked_at: at };
  const data: StatusEvent = { monitor_id: 42, status, point: { at, state, latency_ms: 5 } };
  return { id: `${second}`, event: 'status', data: JSON.stringify(data) };
}

const ALL = keys.monitorList({ q: '', state: '', kind: '', tag: '' });
const DOWN = keys.monitorList({ q: '', state: 'down', kind: '', tag: '' });

it('refetches nothing for a result that changes no state and has no observer', async () => {
  const { client, fetches, handler } = setUp([ALL, DOWN, keys.summary]);
  for (let second = 0; second < 20; second++) handler.onEvent(statusEvent(second, 'up'));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(fetches).toEqual([]);
  expect(client.getQueryData<Monitor>(keys.monitor(42))?.sparkline).toHaveLength(21);
});

it('shows the first of many results at once, and the others together', async () => {
  const { client, handler } = setUp([ALL]);
  for (let second = 0; second < 50; second++) handler.onEvent(statusEvent(second, 'up'));
  await vi.advanceTimersByTimeAsync(0);
  expect(client.getQueryData<Monitor>(keys.monitor(42))?.sparkline).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(100);
  expect(client.getQueryData<Monitor>(keys.monitor(42))?.sparkline).toHaveLength(30);
  handler.onEvent(statusEvent(60, 'down'));
  handler.stop();
});

it('refetches the summary and lists filtered by state when a state changes, at most every 2 s', async () => {
  const { fetches, handler } = setUp([ALL, DOWN, keys.summary]);
  for (let second = 0; second < 20; second++) {
    handler.onEvent(statusEvent(second, second % 2 === 0 ? 'down' : 'up'));
  }
  await vi.advanceTimersByTimeAsync(0);
  const once = [JSON.stringify(keys.summary), JSON.stringify(DOWN)].sort();
  expect([...fetches].sort()).toEqual(once);
  await vi.advanceTimersByTimeAsync(10_000);
  expect([...fetches].sort()).toEqual([...once, ...once].sort());
});

it('refetches everything observed on a reset', async () => {
  const { fetches, handler } = setUp([ALL, keys.summary, keys.channels]);
  handler.onEvent({ id: '9', event: 'reset', data: '{}' });
  await vi.advanceTimersByTimeAsync(0);
  expect(fetches).toHaveLength(3);
});

it('refetches observed incidents when one opens or closes', async () => {
  const { fetches, handler } = setUp([keys.ongoingIncidents(''), keys.channels]);
  handler.onEvent({ id: '3', event: 'incident', data: '{}' });
  await vi.advanceTimersByTimeAsync(0);
  expect(fetches).toEqual([JSON.stringify(keys.ongoingIncidents(''))]);
});

it('refetches what shows a monitor that somebody renamed or deleted, and nothing else', async () => {
  const names = keys.monitorNames('');
  const { fetches, handler } = setUp([ALL, names, keys.monitor(42), keys.results(42), keys.channels]);
  handler.onEvent({ id: '3', event: 'changed', data: '{"resource": "monitor", "id": 42}' });
  await vi.advanceTimersByTimeAsync(0);
  expect(fetches.sort()).toEqual([ALL, names, keys.monitor(42)].map((key) => JSON.stringify(key)).sort());
});

it('refetches the versions of a monitor that somebody changed, and those of no other', async () => {
  const [list, one] = [keys.versionList('monitors', 42), keys.version('monitors', 42, 2, null)];
  const others = [keys.versionList('monitors', 43), keys.restorePreview('monitors', 42, 2)];
  const { fetches, handler } = setUp([one, list, ...others]);
  handler.onEvent({ id: '3', event: 'changed', data: '{"resource": "monitor", "id": 42}' });
  await vi.advanceTimersByTimeAsync(0);
  expect(fetches.sort()).toEqual([list, one].map((key) => JSON.stringify(key)).sort());
});

it.each([
  ['channel', keys.channels],
  ['maintenance_window', keys.windows],
] as const)('refetches the list when a %s changes', async (resource, key) => {
  const { fetches, handler } = setUp([ALL, keys.channels, keys.windows]);
  handler.onEvent({ id: '3', event: 'changed', data: JSON.stringify({ resource, id: 5 }) });
  await vi.advanceTimersByTimeAsync(0);
  expect(fetches).toEqual([JSON.stringify(key)]);
});

it('refetches what a changed window has planned, and not what others have', async () => {
  const own = [keys.occurrences(5), keys.occurrencesSince(5, '2025-11-20T00:00:00.000Z')];
  const version = keys.versionList('maintenance-windows', 5);
  const { fetches, handler } = setUp([...own, version, keys.occurrences(6)]);
  handler.onEvent({ id: '3', event: 'changed', data: '{"resource":"maintenance_window","id":5}' });
  await vi.advanceTimersByTimeAsync(0);
  expect(fetches.sort()).toEqual([...own, version].map((key) => JSON.stringify(key)).sort());
});

it('refetches the incidents of a range for an incident of that monitor alone', async () => {
  const own = keys.incidentsOf(42, 90);
  const { fetches, handler } = setUp([own, keys.incidentsOf(43, 90), keys.incidentNeighbours]);
  handler.onEvent({ id: '3', event: 'incident', data: '{"id":"i1","monitor_id":42}' });
  await vi.advanceTimersByTimeAsync(0);
  expect(fetches).toEqual([JSON.stringify(own)]);
});

it('refetches own channels when a channel changes, for a code was sent or entered', async () => {
  const { fetches, handler } = setUp([ALL, keys.ownChannels]);
  handler.onEvent({ id: '3', event: 'changed', data: '{"resource": "channel", "id": 5}' });
  await vi.advanceTimersByTimeAsync(0);
  expect(fetches).toEqual([JSON.stringify(keys.ownChannels)]);
});

it('ignores events that it does not know', () => {
  const { handler } = setUp([]);
  handler.onEvent({ id: '3', event: 'future', data: 'anything' });
  handler.onEvent({ id: '4', event: 'changed', data: '{"resource": "future", "id": 5}' });
});

/** A query whose answers come when the test says so. */
function setUpSlow(queryKey: readonly unknown[]) {
  const client = new QueryClient();
  const answers: ((answer: unknown) => void)[] = [];
  const queryFn = () => new Promise((resolve) => answers.push(resolve));
  new QueryObserver(client, { queryKey, queryFn }).subscribe(() => {});
  return { client, answers };
}

it('applies an event to an answer that was on its way when it came', async () => {
  const client = new QueryClient();
  const handler = createEventHandler(client);
  let answer = (_: Monitor) => {};
  const queryFn = () => new Promise<Monitor>((resolve) => (answer = resolve));
  new QueryObserver(client, { queryKey: keys.monitor(42), queryFn }).subscribe(() => {});
  handler.onEvent(statusEvent(1, 'down'));
  answer(monitor());
  await vi.advanceTimersByTimeAsync(0);
  expect(client.getQueryData<Monitor>(keys.monitor(42))?.status.state).toBe('down');
});

it('loads again after a gap what was on its way for the first time', async () => {
  const { client, answers } = setUpSlow(keys.summary);
  createEventHandler(client).onGap();
  answers[0]?.('before the gap');
  await vi.advanceTimersByTimeAsync(0);
  answers[1]?.('after it');
  await vi.advanceTimersByTimeAsync(0);
  expect(client.getQueryData(keys.summary)).toBe('after it');
});

it('lets a list that takes long be loaded to its end, whatever comes meanwhile', async () => {
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY } } });
  const answers: ((answer: unknown) => void)[] = [];
  const signals: AbortSignal[] = [];
  const queryFn = ({ signal }: { signal: AbortSignal }) => {
    signals.push(signal);
    return new Promise((resolve) => answers.push(resolve));
  };
  client.setQueryData(ALL, 'before');
  new QueryObserver(client, { queryKey: ALL, queryFn }).subscribe(() => {});
  const handler = createEventHandler(client);
  for (let second = 0; second < 20; second++) {
    handler.onEvent({ id: `${second}`, event: 'changed', data: '{"resource":"monitor","id":42}' });
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  answers[0]?.('meanwhile');
  await vi.advanceTimersByTimeAsync(0);
  expect(client.getQueryData(ALL)).toBe('meanwhile');
  // What came while it was being loaded may be missing from it.
  await vi.advanceTimersByTimeAsync(2_000);
  answers[1]?.('after');
  await vi.advanceTimersByTimeAsync(0);
  expect(client.getQueryData(ALL)).toBe('after');
  handler.stop();
});

it('refetches a status page, its reports and what became of them, and no other page', async () => {
  const shown = [
    keys.statusPageList,
    keys.statusPage(7),
    keys.destinations(7),
    keys.statusReportList(7),
    keys.statusReport(3),
    keys.reportNotices(3),
    keys.reportDrafts('i1'),
  ];
  const { fetches, handler } = setUp([...shown, keys.statusPage(8), keys.statusReportList(8), keys.summary]);
  handler.onEvent({ id: '1', event: 'changed', data: '{"resource":"status_page","id":7}' });
  await vi.advanceTimersByTimeAsync(10_000);
  expect([...new Set(fetches)].sort()).toEqual(shown.map((key) => JSON.stringify(key)).sort());
});
