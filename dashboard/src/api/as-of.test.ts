import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { expect, it, vi } from 'vitest';
import { inTime, isOfPast, keepList, keepThen, pageQuery, refusedInstant } from './as-of';
import { incidentTimesQuery } from './incidents';
import { keys } from './keys';
import { createEventHandler } from './live';
import { ApiError } from './problem';

const AT = '2025-11-20T10:00:00.000Z';
const LATER = '2025-11-20T11:00:00.000Z';

it('is not loaded again by live events, as the present is', async () => {
  const client = new QueryClient();
  const loaded = { past: 0, present: 0 };
  const past = new QueryObserver(client, { ...inTime(AT, keys.summary), queryFn: () => ++loaded.past });
  const present = new QueryObserver(client, {
    ...inTime(null, keys.summary),
    queryFn: () => ++loaded.present,
  });
  past.subscribe(() => {});
  present.subscribe(() => {});
  await vi.waitFor(() => expect([past, present].map((each) => each.getCurrentResult().data)).toEqual([1, 1]));

  const handler = createEventHandler(client);
  handler.onEvent({ id: '1', event: 'reset', data: '{}' });
  await vi.waitFor(() => expect(present.getCurrentResult().data).toBe(2));
  expect(loaded).toEqual({ past: 1, present: 2 });
  handler.stop();
  past.destroy();
  present.destroy();
});

it('knows the begins and ends of incidents that were found since', async () => {
  const client = new QueryClient();
  let loaded = 0;
  const times = new QueryObserver(client, { ...incidentTimesQuery(null), queryFn: () => [String(++loaded)] });
  times.subscribe(() => {});
  await vi.waitFor(() => expect(times.getCurrentResult().data).toEqual(['1']));
  const handler = createEventHandler(client);
  handler.onEvent({ id: '1', event: 'incident', data: '{}' });
  await vi.waitFor(() => expect(times.getCurrentResult().data).toEqual(['2']));
  handler.stop();
  times.destroy();
});

it('leads on from a page by its cursor alone', () => {
  expect(pageQuery(AT, undefined)).toEqual({ at: AT });
  expect(pageQuery(AT, 'next')).toEqual({ cursor: 'next' });
  expect(pageQuery(null, undefined)).toEqual({});
});

it('shows the answer of another instant in the meantime, and none to another question', () => {
  const keep = keepThen(AT, keys.monitor(42));
  const query = (at: string | null, id: number) => inTime(at, keys.monitor(id));
  expect(keep('shown', query(LATER, 42))).toBe('shown');
  expect(keep('shown', query(LATER, 43))).toBeUndefined();
  expect(keep('shown', query(null, 42))).toBeUndefined();
  expect(keep('shown', undefined)).toBeUndefined();
  expect(keepThen(null, keys.monitor(42))('shown', query(LATER, 42))).toBeUndefined();
});

it('keeps the past apart from the present', () => {
  const [then, now] = [inTime(AT, keys.summary), inTime(null, keys.summary)];
  expect([then, now].map(({ queryKey }) => isOfPast(queryKey))).toEqual([true, false]);
  expect(keepList(null, keys.summary)('shown', now)).toBe('shown');
  expect(keepList(null, keys.summary)('shown', then)).toBeUndefined();
  expect(keepList(LATER, keys.summary)('shown', then)).toBe('shown');
  expect(keepList(LATER, keys.summary)('shown', now)).toBeUndefined();
});

it('says why there is no answer as of an instant', () => {
  const message = 'must not lie in the future';
  const refused = (field: string) => new ApiError(422, 'Problem', 'not valid', [{ field, message }]);
  expect(refusedInstant(refused('at'))).toBe(message);
  expect(refusedInstant(refused('tag'))).toBeNull();
  expect(refusedInstant(new ApiError(503, 'Problem', 'busy'))).toBeNull();
});
