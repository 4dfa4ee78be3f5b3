//! How often something may be done, counted for all processes together.

use std::time::Duration;

use domain::EmailAddress;
use fred::clients::Client;
use fred::error::Error;
use fred::interfaces::LuaInterface;
use ring::digest::{SHA256, digest};

use super::Keys;

/// Counts all or none. Answers 0, or after how many milliseconds the last of the reached limits ends.
const COUNT: &str = "
local wait = 0
for i, key in ipairs(KEYS) do
  if tonumber(redis.call('GET', key) or '0') >= tonumber(ARGV[2 * i - 1]) then
    wait = math.max(wait, redis.call('PTTL', key), 1)
  end
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
  if redis.call('INCR', key) == 1 then redis.call('PEXPIRE', key, ARGV[2 * i]) end
end
return 0";

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

/// Counts one time against each of `limits`; answers how long to wait when one of them is reached, and counts nothing
/// then.
///
/// # Errors
/// When Redis does not answer.
pub async fn count(client: &Client, keys: &Keys, limits: &[Limit]) -> Result<Option<Duration>, Error> {
    let names: Vec<String> = limits
        .iter()
        .map(|limit| keys.rate(limit.what, &limit.who))
        .collect();
    let args = limits.iter().flat_map(|limit| {
        let window = u64::try_from(limit.window.as_millis()).unwrap_or(u64::MAX);
        [limit.times.to_string(), window.to_string()]
    });
    let wait: u64 = client.eval(COUNT, names, args.collect::<Vec<_>>()).await?;
    Ok((wait > 0).then(|| Duration::from_millis(wait)))
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
