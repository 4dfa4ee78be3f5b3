import { describe, expect, it } from 'vitest';
import { monitor } from '../../../test/server';
import { deadlineMs, defaultTimeoutMs, editOf, formOf, monitorSchema, NEW_MONITOR } from './monitor-schema';

const VALID = { ...NEW_MONITOR, url: 'https://example.org/' };

function wrongFields(changes: object): string[] {
  const result = monitorSchema.safeParse({ ...VALID, ...changes });
  return result.success ? [] : result.error.issues.map((issue) => issue.path.join('.'));
}

describe('monitorSchema', () => {
  it('accepts a URL alone', () => {
    expect(wrongFields({})).toEqual([]);
  });

  it.each([
    [{ url: 'gopher://x' }, 'url'],
    [{ url: 'http://' }, 'url'],
    [{ interval_seconds: '9' }, 'interval_seconds'],
    [{ interval_seconds: '86401' }, 'interval_seconds'],
    [{ interval_seconds: '60.5' }, 'interval_seconds'],
    [{ interval_seconds: '' }, 'interval_seconds'],
    [{ timeout_ms: '99' }, 'timeout_ms'],
    [{ retries: '6' }, 'retries'],
    [{ down_after: '0' }, 'down_after'],
    [{ slow_ms: '0' }, 'slow_ms'],
    [{ name: 'x'.repeat(121) }, 'name'],
    [{ http: { method: 'GET', expected_status: '300-200' } }, 'http.expected_status'],
    [{ http: { method: 'GET', expected_status: '' } }, 'http.expected_status'],
  ])('refuses %j', (changes, field) => {
    expect(wrongFields(changes)).toEqual([field]);
  });

  it('wants the deadline of a whole check to be shorter than the interval', () => {
    const ten = { interval_seconds: '10', retries: '0' };
    expect(wrongFields({ ...ten, timeout_ms: '10000' })).toEqual(['timeout_ms']);
    expect(wrongFields({ ...ten, timeout_ms: '9999' })).toEqual([]);
    expect(wrongFields({ ...ten, retries: '1', timeout_ms: '9999' })).toEqual(['timeout_ms']);
    expect(wrongFields({ ...ten, retries: '1', timeout_ms: '' })).toEqual([]);
  });

  it('refuses retries that leave no room for any timeout', () => {
    expect(wrongFields({ interval_seconds: '10', retries: '5', retry_delay_ms: '60000' })).toEqual([
      'timeout_ms',
    ]);
  });

  it('reads status codes and ranges', () => {
    const values = monitorSchema.parse({
      ...VALID,
      http: { method: 'GET', expected_status: '200-299, 404' },
    });
    expect(values.http.expected_status).toEqual([
      [200, 299],
      [404, 404],
    ]);
  });
});

it('computes deadlines and default timeouts as the server does', () => {
  expect(deadlineMs(10_000, 1, 1_000)).toBe(21_250);
  expect(deadlineMs(100, 2, 333)).toBe(300 + 2 * 417);
  expect(defaultTimeoutMs(10, 1, 1_000)).toBe(4_300);
  expect(defaultTimeoutMs(60, 1, 1_000)).toBe(10_000);
});

it('finds nothing changed in a form that was not touched', () => {
  expect(editOf(monitor(), monitorSchema.parse(formOf(monitor())))).toEqual({});
});
