-- Owner: user-service. Messages that were reported as not delivered before their receipts were known: every few seconds it is
-- looked whether they are by now.

-- Reports cannot be noted while this waits for a backup or an export: who applies it tries again.
SET LOCAL lock_timeout = '3s';

CREATE INDEX message_reports_undelivered_idx ON message_reports (received_at) WHERE state = 'failed' AND NOT is_known;
