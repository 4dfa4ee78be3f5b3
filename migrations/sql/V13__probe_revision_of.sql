-- Owner: user-service. The revision for which probe_revision was computed. A release that does not know of it edits a
-- monitor without either: then it is not known since when the same is checked.
ALTER TABLE monitors ADD COLUMN probe_revision_of integer;
UPDATE monitors SET probe_revision_of = revision WHERE probe_revision IS NOT NULL;
