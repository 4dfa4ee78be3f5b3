-- Owner: processor. The hours in which somebody was down: few, and what most monitors do not have.
CREATE INDEX rollups_hourly_down_idx ON rollups_hourly (monitor_id, hour) WHERE down_ms > 0;
