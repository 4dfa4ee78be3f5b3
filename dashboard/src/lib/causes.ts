const SENTENCES: Record<string, string> = {
  dns_failure: 'The host name could not be resolved.',
  dns_timeout: 'The name server did not answer in time.',
  dns_mismatch: 'The DNS answer is not the expected one.',
  connect_refused: 'The host refused the connection.',
  connect_timeout: 'No connection could be made in time.',
  connect_failed: 'No connection could be made.',
  host_unreachable: 'There is no route to the host.',
  tls_invalid: 'The TLS certificate is not valid for this host.',
  tls_expired: 'The TLS certificate has expired.',
  tls_expiring: 'The TLS certificate expires soon.',
  tls_failed: 'The TLS handshake failed.',
  tls_timeout: 'The TLS handshake did not finish in time.',
  connection_closed: 'The host closed the connection before it had answered.',
  protocol_error: 'The answer does not follow the protocol.',
  read_timeout: 'The answer did not arrive in time.',
  deadline_exceeded: 'The check did not finish in time.',
  status_mismatch: 'The status code is not one of those expected.',
  header_mismatch: 'A response header is not the expected one.',
  body_mismatch: 'The body does not contain what is expected.',
  too_large: 'The answer is larger than allowed.',
  too_many_redirects: 'There are more redirects than allowed.',
  invalid_redirect: 'The redirect leads nowhere that can be checked.',
  blocked_target: 'The address may not be checked from here.',
  icmp_timeout: 'The host did not answer the ping.',
  icmp_loss: 'Too many pings were lost.',
  upside_down: 'The target answers although it should not.',
  heartbeat_overdue: 'The expected heartbeat did not arrive in time.',
  heartbeat_failed: 'The job reported a failure.',
  internal: 'The check could not be carried out because of a fault on our side.',
};

/** Why a check failed, in words. A code of a newer server falls back to its own text. */
export function describeCause(code: string | null, error: string | null): string {
  return (code && SENTENCES[code]) || error || 'The check failed.';
}
