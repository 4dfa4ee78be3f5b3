-- Owner: user-service. The version of a monitor whose definition could not be read when all were looked at last: what is
-- sealed of it can only be opened by the service, and lists and counts by state have to leave out what was found of the
-- monitor before. An edit makes another version, of which that is not said.
ALTER TABLE monitors ADD COLUMN unreadable_version integer;
