//! How often something may be done, counted for all processes together.

use std::time::Duration;

use domain::EmailAddress;
use fred::clients::Client;
use fred::error::Error;
use fred::interfaces::LuaInterface;
use ring::digest::{SHA256, digest};

use super::Keys;

/// Counts all and answers nothing, or counts none and answers of each limit after how many milliseconds it ends, 0 where
/// it is not reached.
const COUNT: &str = "
local waits, is_reached = {}, false
for i, key in ipairs(KEYS) do
  waits[i] = 0
  if tonumber(redis.call('GET', key) or '0') >= tonumber(ARGV[2 * i - 1]) then
    waits[i], is_reached = math.max(redis.call('PTTL', key), 1), true
  end
end
if is_reached then return waits end
for i, key in ipairs(KEYS) do
  if redis.call('INCR', key) == 1 then redis.call('PEXPIRE', key, ARGV[2 * i]) end
end
return {}";

/// Leaves alone what is counted no more: a key without an end would never go.
const UNCOUNT: &str = "
if tonumber(redis.call('GET', KEYS[1]) or '0') > 0 then redis.call('DECR', KEYS[1]) end
return {}";

/// So many times in a window, which begins with the first of them.
#[derive(Clone, Debug)]
pub struct Limit {
    /// What is done.
    pub what: &'static str,
    /// On whose behalf, or to whom; short, and of few characters.
    pub who: String,
    /// How many times.
    pub times: u32,
    /// In how long.
    pub window: Duration,
}

/// A limit that is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// What is limited.
    pub what: &'static str,
    /// When it ends.
    pub wait: Duration,
}

/// Counts one time against each of `limits`; answers how long to wait when one of them is reached, and counts nothing
/// then.
///
/// # Errors
/// When Redis does not answer.
pub async fn count(client: &Client, keys: &Keys, limits: &[Limit]) -> Result<Option<Duration>, Error> {
    let reached = count_or_reached(client, keys, limits).await?;
    Ok(reached.iter().map(|reached| reached.wait).max())
}

/// As [`count`]; answers which limits are reached.
///
/// # Errors
/// When Redis does not answer.
pub async fn count_or_reached(client: &Client, keys: &Keys, limits: &[Limit]) -> Result<Vec<Reached>, Error> {
    let names: Vec<String> = limits
        .iter()
        .map(|limit| keys.rate(limit.what, &limit.who))
        .collect();
    let args = limits.iter().flat_map(|limit| {
        let window = u64::try_from(limit.window.as_millis()).unwrap_or(u64::MAX);
        [limit.times.to_string(), window.to_string()]
    });
    let waits: Vec<u64> = client.eval(COUNT, names, args.collect::<Vec<_>>()).await?;
    let reached = limits.iter().zip(waits).filter(|(_, wait)| *wait > 0);
    let reached = reached.map(|(limit, wait)| Reached {
        what: limit.what,
        wait: Duration::from_millis(wait),
    });
    Ok(reached.collect())
}

/// Takes back one time that was counted against a limit, unless its window has ended.
///
/// # Errors
/// When Redis does not answer.
pub async fn uncount(client: &Client, keys: &Keys, limit: &Limit) -> Result<(), Error> {
    client
        .eval(
            UNCOUNT,
            vec![keys.rate(limit.what, &limit.who)],
            Vec::<String>::new(),
        )
        .await
}

/// The mailbox of an e-mail address as limits count it: by a hash, for Redis need not hold the address. What follows `+`
/// is a mailbox's own name for itself.
pub fn mailbox(address: &str) -> String {
    let address = EmailAddress::normal_of(address);
    let (local, host) = address.rsplit_once('@').unwrap_or((&address, ""));
    let mailbox = local.split('+').next().unwrap_or_default();
    let hash = digest(&SHA256, format!("{mailbox}@{host}").as_bytes());
    let half = hash.as_ref().iter().take(16);
    half.map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::mailbox;

    #[test]
    fn a_mailbox_is_the_same_however_its_address_is_written() {
        assert_eq!(mailbox("Ada@Example.org"), mailbox(" ada@example.org"));
        assert_eq!(mailbox("ada+1@example.org"), mailbox("ada+2@example.org"));
        assert_ne!(mailbox("ada@example.org"), mailbox("eve@example.org"));
        assert_eq!(
            mailbox("ada@bücher.example"),
            mailbox("ada@xn--bcher-kva.example")
        );
        assert_eq!(mailbox("a@b.org").len(), 32);
    }
}
