-- Brings what Redis holds of some monitors up to date. A state that is not newer than the one that is there
-- is left out, so the same call may come twice, or late.
-- KEYS, per monitor: status, sparkline, stream.
-- ARGV: 1 to write again also what is the same, or 0; then per monitor: revision, slot, org, state, json (empty
-- when the monitor was removed), number of points, each as slot, skipped (0 or 1), json; number of events, each
-- as name, data.
local POINTS, STREAM, FORGET_REMOVED_MS = 60, 1000, 3600000
local again, at, key = ARGV[1] == '1', 2, 1
local function take()
  at = at + 1
  return ARGV[at - 1]
end
while key <= #KEYS do
  local status, sparkline, stream = KEYS[key], KEYS[key + 1], KEYS[key + 2]
  key = key + 3
  local revision, slot, org, state, json = take(), take(), take(), take(), take()
  local known = redis.call('HMGET', status, 'revision', 'slot', 'state')
  local newer = true
  if known[1] then
    local r, k = tonumber(revision), tonumber(known[1])
    newer = r > k or (r == k and tonumber(slot) > tonumber(known[2]))
    newer = newer or (again and r == k and slot == known[2])
  end
  if again then redis.call('DEL', sparkline) end
  if newer then
    if json == '' then
      -- What is left for a while keeps a late writer from bringing the monitor back.
      redis.call('DEL', status)
      redis.call('HSET', status, 'revision', revision, 'slot', slot, 'org', org)
      redis.call('PEXPIRE', status, FORGET_REMOVED_MS)
    else
      redis.call('HSET', status, 'revision', revision, 'slot', slot, 'org', org, 'state', state, 'json', json)
    end
  end
  local points = tonumber(take())
  -- Points come in the order of their slots as a rule: one command for all that follow the newest one.
  local newest = points > 0 and tonumber(redis.call('ZRANGE', sparkline, -1, -1, 'WITHSCORES')[2]) or -1
  local following = {}
  local function append()
    if #following > 0 then redis.call('ZADD', sparkline, unpack(following)) end
    following = {}
  end
  for _ = 1, points do
    local score, skipped, point = take(), take(), take()
    if tonumber(score) > newest then
      newest = tonumber(score)
      following[#following + 1] = score
      following[#following + 1] = point
    else
      append()
      if skipped == '0' then
        redis.call('ZREMRANGEBYSCORE', sparkline, score, score)
        redis.call('ZADD', sparkline, score, point)
      elseif redis.call('ZCOUNT', sparkline, score, score) == 0 then
        redis.call('ZADD', sparkline, score, point)
      end
    end
  end
  append()
  if json == '' or (known[1] and not known[3]) then
    redis.call('DEL', sparkline)
  elseif points > 0 then
    redis.call('ZREMRANGEBYRANK', sparkline, 0, -POINTS - 1)
  end
  for _ = 1, tonumber(take()) do
    local name, data = take(), take()
    if newer then redis.call('XADD', stream, 'MAXLEN', '~', STREAM, '*', 'event', name, 'data', data) end
  end
end
return 1
