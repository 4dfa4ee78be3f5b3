-- Owner: user-service. Since which revision the same is checked: later ones changed the interval or the rule, and an
-- outage outlasts them. Unknown of monitors that were not changed since this was kept: then it is their revision.
ALTER TABLE monitors ADD COLUMN probe_revision integer;
