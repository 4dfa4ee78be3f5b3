//! Sets mirrored definitions that are found to be wrong, unless they were changed meanwhile.

use domain::MonitorId;
use fred::clients::Client;
use fred::interfaces::LuaInterface as _;
use fred::types::Value;

/// Definitions that are written by one command, in bytes: it has to end within its deadline.
const MAX_WRITE_BYTES: usize = 1024 * 1024;

/// Sets a definition where what is mirrored is still what was compared: a change that was followed meanwhile is newer
/// than what the database was found to say.
const REPAIR: &str = "
local repaired = 0
for i = 1, #ARGV, 3 do
  local id, before, after = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local now = redis.call('HGET', KEYS[1], id) or ''
  if string.sub(now, 1, #before) == before and (before ~= '' or now == '') then
    redis.call('HSET', KEYS[1], id, after)
    repaired = repaired + 1
  end
end
return repaired";

/// The bytes at the start of what is sealed that no other seal has: the key's id and the nonce are among them.
const SEAL_START: usize = 32;

/// A definition that is to be set.
#[derive(Debug)]
pub(super) struct Repair {
    id: MonitorId,
    /// The start of what is mirrored; empty where nothing is.
    before: Vec<u8>,
    /// What is to be mirrored.
    after: Vec<u8>,
}

impl Repair {
    /// Puts `after` in the place of `before`.
    pub(super) fn new(id: MonitorId, before: Option<&Vec<u8>>, after: Vec<u8>) -> Self {
        let start = |sealed: &Vec<u8>| sealed[..sealed.len().min(SEAL_START)].to_vec();
        Self {
            id,
            before: before.map(start).unwrap_or_default(),
            after,
        }
    }
}

/// Carries out what is still right, by as many commands as it takes; answers how much that was.
pub(super) async fn repair(
    redis: &Client,
    key: &str,
    repairs: Vec<Repair>,
) -> Result<usize, fred::error::Error> {
    let mut repairs = repairs.into_iter().peekable();
    let mut done = 0;
    while repairs.peek().is_some() {
        let (mut bytes, mut args) = (0, Vec::<Value>::new());
        while let Some(repair) = repairs.next_if(|_| bytes < MAX_WRITE_BYTES) {
            bytes += repair.after.len();
            args.push(repair.id.to_string().into());
            args.push(repair.before.as_slice().into());
            args.push(repair.after.as_slice().into());
        }
        let repaired: i64 = redis.eval(REPAIR, key, args).await?;
        done += usize::try_from(repaired).unwrap_or_default();
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use fred::interfaces::{ClientLike as _, HashesInterface as _};

    use super::*;

    #[tokio::test]
    async fn what_was_followed_meanwhile_stays() {
        shared::install_crypto();
        let settings = testkit::redis();
        let (redis, key) = (
            shared::redis::connect(&settings).unwrap(),
            settings.keys().definitions(0),
        );
        redis.wait_for_connect().await.unwrap();
        let sealed = |of: u8| vec![of; 700_000];
        for (id, of) in [(1, 1), (2, 9), (3, 9)] {
            let field = (id.to_string(), Value::from(sealed(of).as_slice()));
            let () = redis.hset(&key, field).await.unwrap();
        }
        let repairs = vec![
            Repair::new(MonitorId(1), Some(&sealed(1)), sealed(7)),
            Repair::new(MonitorId(2), Some(&sealed(2)), sealed(7)),
            Repair::new(MonitorId(3), None, sealed(7)),
            Repair::new(MonitorId(4), None, sealed(7)),
        ];
        assert_eq!(repair(&redis, &key, repairs).await.unwrap(), 2);
        let left: HashMap<String, Vec<u8>> = redis.hgetall(&key).await.unwrap();
        let expected = [(1, 7), (2, 9), (3, 9), (4, 7)];
        let expected = expected.map(|(id, of)| (id.to_string(), sealed(of)));
        assert!(left == HashMap::from(expected));
    }
}
