-- Owner: user-service. What a service has reported about messages that it took. Of alert_events, which is the processor's, one
-- index.

-- Channels cannot be changed while this waits for a backup or an export: who applies it tries again.
SET LOCAL lock_timeout = '3s';

-- Messages of WhatsApp by their names. First, because it takes as long as alert_events is large: the table below keeps
-- channels from being changed until all of this is done.
CREATE INDEX alert_events_whatsapp_idx ON alert_events (receipt) WHERE receipt LIKE 'wamid.%';

-- A report may come before the message's receipt is in alert_events, and one message may be the receipt of several
-- deliveries: what belongs together has the same receipt.
CREATE TABLE message_reports (
    channel_id   bigint      NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    -- The service's name of the message.
    receipt      text        NOT NULL,
    org_id       bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    -- api::ReportedState; it only goes on.
    state        text        NOT NULL CHECK (state IN ('sent', 'delivered', 'read', 'failed')),
    -- When the service says that it was.
    reported_at  timestamptz NOT NULL,
    -- Why it failed.
    error        text,
    -- Whether the receipt was known as a report came.
    is_known     boolean     NOT NULL,
    received_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (channel_id, receipt)
);
CREATE INDEX message_reports_org_idx ON message_reports (org_id);
CREATE INDEX message_reports_failed_idx ON message_reports (channel_id) WHERE state = 'failed';
CREATE INDEX message_reports_early_idx ON message_reports (org_id, received_at) WHERE NOT is_known;
