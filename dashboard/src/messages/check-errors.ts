import type { ErrorCode } from '@/api/models';
import { capitalise } from '@/lib/format';

const MESSAGES: Record<Exclude<ErrorCode, 'other'>, string> = {
  dns_failure: 'DNS lookup failed',
  dns_timeout: 'DNS lookup timed out',
  dns_mismatch: 'Unexpected DNS records',
  connect_refused: 'Connection refused',
  connect_timeout: 'Connection timed out',
  connect_failed: 'Connection failed',
  host_unreachable: 'Host unreachable',
  tls_invalid: 'Invalid TLS certificate',
  tls_expired: 'TLS certificate expired',
  tls_expiring: 'TLS certificate expires soon',
  tls_failed: 'TLS handshake failed',
  tls_timeout: 'TLS handshake timed out',
  connection_closed: 'Connection closed before a response',
  protocol_error: 'Invalid response',
  read_timeout: 'Response timed out',
  deadline_exceeded: 'Check timed out',
  status_mismatch: 'Unexpected status code',
  header_mismatch: 'Unexpected response header',
  body_mismatch: 'Unexpected response body',
  too_large: 'Response too large',
  too_many_redirects: 'Too many redirects',
  invalid_redirect: 'Invalid redirect',
  blocked_target: 'Address not allowed',
  icmp_timeout: 'Ping timed out',
  icmp_loss: 'Packet loss too high',
  upside_down: 'Check succeeded, result inverted',
  heartbeat_overdue: 'Heartbeat overdue',
  heartbeat_failed: 'Job reported a failure',
  heartbeat_too_long: 'Job takes too long',
  heartbeat_too_short: 'Job ended too soon',
  heartbeat_too_often: 'Job runs too often',
  heartbeat_not_started: 'Job has not started',
  heartbeat_unexpected: 'Job has run, result inverted',
  internal: 'Internal error',
};

interface FailedCheck {
  error_code: ErrorCode | null;
  error: string | null;
}

const isKnown = (code: ErrorCode): code is keyof typeof MESSAGES => Object.hasOwn(MESSAGES, code);

/** What a code means, to choose among them. */
export const errorCodeLabel = (code: ErrorCode): string => (isKnown(code) ? MESSAGES[code] : 'Other error');

/** Why a check failed: as the server says it, which alerts say too, or else what its code means. */
export function describeError({ error_code: code, error }: FailedCheck): string {
  if (error) return capitalise(error);
  return code && isKnown(code) ? MESSAGES[code] : 'Check failed';
}
