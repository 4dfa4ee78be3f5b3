/** How checks of the mock fail. */
import type { CheckResult, Monitor } from '../src/api/models';

export type Failure = Pick<CheckResult, 'error' | 'error_code' | 'status_code'>;

export const SUCCESS: Failure = { error: null, error_code: null, status_code: 200 };

const FAILURES: Failure[] = [
  { error: 'Connection refused by 203.0.113.9:443', error_code: 'connect_refused', status_code: null },
  { error: 'Unexpected status 503 (expected 200–399)', error_code: 'status_mismatch', status_code: 503 },
  {
    error: 'Timed out after 5 s (waiting for the response)',
    error_code: 'read_timeout',
    status_code: null,
  },
];

const PING_FAILURE: Failure = { error: 'Timed out after 5 s', error_code: 'icmp_timeout', status_code: null };

export const failureOf = ({ id, kind }: Monitor): Failure =>
  kind === 'icmp' ? PING_FAILURE : (FAILURES[kind === 'http' ? id % FAILURES.length : 0] ?? PING_FAILURE);
