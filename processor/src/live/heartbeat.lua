-- Writes what is known of the pings of some heartbeats. What is older than what is there is left out.
-- KEYS: the heartbeats. ARGV, per heartbeat: revision, slot, json, removed (0 or 1).
local FORGET_REMOVED_MS = 3600000
for i, key in ipairs(KEYS) do
  local at = 4 * (i - 1)
  local revision, slot, json, removed = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), ARGV[at + 3], ARGV[at + 4]
  local there, older = redis.call('GET', key), false
  if there then
    -- What cannot be read is replaced.
    local ok, known = pcall(cjson.decode, there)
    local version = ok and type(known) == 'table' and known.version
    older = version and (revision < version[1] or (revision == version[1] and slot < version[2]))
  end
  if not older then
    redis.call('SET', key, json)
    -- What is left for a while keeps a late writer from bringing it back.
    if removed == '1' then redis.call('PEXPIRE', key, FORGET_REMOVED_MS) end
  end
end
return 1
