-- Owner: processor. What is old, or too much of an hour, is found by it to be merged.
CREATE INDEX heartbeat_spans_began_idx ON heartbeat_spans (began);
