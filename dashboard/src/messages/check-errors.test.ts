import { expect, it } from 'vitest';
import { describeError } from './check-errors';

it('says why a check failed as the server does', () => {
  const error = 'Unexpected status 503 (expected 200–399)';
  expect(describeError({ error_code: 'status_mismatch', error })).toBe(error);
  expect(describeError({ error_code: 'other', error: 'something else' })).toBe('Something else');
});

it('says what the code means where there is no text', () => {
  expect(describeError({ error_code: 'connect_refused', error: null })).toBe('Connection refused');
  expect(describeError({ error_code: null, error: null })).toBe('Check failed');
});
