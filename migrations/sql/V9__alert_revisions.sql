-- Owner: processor. The monitor's revision, and with it its rule, when the step was taken; unknown of steps from
-- before it was kept.
ALTER TABLE alert_events ADD COLUMN revision integer;
