-- Owner: user-service. Messages that were reported as not delivered: every few seconds it is looked for deliveries of them that
-- alerters have not heard of, because they were stored later than the report, or an earlier release took it.

-- Reports cannot be noted while this waits for a backup or an export: who applies it tries again.
SET LOCAL lock_timeout = '3s';

-- Rows of alert_events with the receipt, when alerters last heard of the message.
ALTER TABLE message_reports ADD COLUMN passed_on bigint NOT NULL DEFAULT 0;

CREATE INDEX message_reports_undelivered_idx ON message_reports (received_at) WHERE state = 'failed';
