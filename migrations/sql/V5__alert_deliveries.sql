-- Owner: processor. One incident may have several messages of one kind to one channel (reminders): the
-- message is a part of a step's name.

ALTER TABLE alert_events DROP CONSTRAINT alert_events_pkey;
CREATE UNIQUE INDEX alert_events_name_key
    ON alert_events (incident_id, alert, channel_id, delivery_id, step, attempt) NULLS NOT DISTINCT;
-- The steps of one message; and the messages to a channel by what came of them.
CREATE INDEX alert_events_delivery_idx ON alert_events (delivery_id, at) WHERE delivery_id IS NOT NULL;
CREATE INDEX alert_events_step_idx ON alert_events (org_id, channel_id, step, at DESC)
    WHERE delivery_id IS NOT NULL;
