import { expect, it } from 'vitest';
import { describeError } from './check-errors';

it('describes an error code, with the status code if there is one', () => {
  expect(describeError({ error_code: 'connect_refused', error: 'os error 111' })).toBe('Connection refused');
  const mismatch = {
    error_code: 'status_mismatch',
    error: 'HTTP status 503, expected 200-399',
  } as const;
  expect(describeError(mismatch)).toBe('Unexpected status code');
  expect(describeError({ ...mismatch, status_code: 503 })).toBe('Unexpected status 503');
});

it('falls back to the error of the server for an unknown code', () => {
  expect(describeError({ error_code: 'other', error: 'something else' })).toBe('something else');
  expect(describeError({ error_code: null, error: null })).toBe('Check failed');
});
