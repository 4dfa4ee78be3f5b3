-- Says how far partitions are folded, unless Redis has gone back to what it had earlier.
-- KEYS: what says that it is filled, and seeded; the partitions. ARGV, per partition: what was written last, what it is now.
for i = 3, #KEYS do
  local there, written = redis.call('GET', KEYS[i]), tonumber(ARGV[2 * (i - 3) + 1])
  if tonumber(there or 0) < written then
    redis.call('DEL', KEYS[1], KEYS[2])
    return 0
  end
end
for i = 3, #KEYS do
  redis.call('SET', KEYS[i], ARGV[2 * (i - 3) + 2])
end
return 1
