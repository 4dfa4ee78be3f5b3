-- Owner: processor. The indexes by which incidents are searched (docs/adr/0055-search-looks-at-what-is-newest-first.md). While they
-- are made incidents can be read; whoever writes one waits, as long as it takes to read the table twice: few have words yet.

-- Whoever writes incidents would wait behind this for as long as somebody else does so: who applies it tries again.
SET LOCAL lock_timeout = '3s';

-- Without a list of what is yet to be sorted in, through which each search would go.
CREATE INDEX incidents_words_idx ON incidents USING gin (words) WITH (fastupdate = off) WHERE words IS NOT NULL;
-- Those whose words are yet to be made, the newest first.
CREATE INDEX incidents_wordless_idx ON incidents (started_at DESC, id DESC) WHERE words IS NULL;
