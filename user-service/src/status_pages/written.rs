//! What of status pages stands in Redis. Each name, a slug or a host name, has the turn of what was written last under it:
//! whoever comes late with an earlier one, a pod that stood still, writes nothing any more.

use domain::StatusPageId;
use fred::clients::Client;
use fred::error::Error;
use fred::interfaces::LuaInterface as _;
use fred::types::Value;
use shared::redis::Keys;

/// For how long a turn is remembered, in seconds: longer than anybody stands still.
const TURN_SECONDS: i64 = 86_400;

/// Answers whether it was written.
const PUBLISH: &str = "
local turn, known = tonumber(ARGV[1]), redis.call('GET', KEYS[1])
if known and tonumber(known) > turn then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('SET', KEYS[2], ARGV[3])
if ARGV[4] == '' then redis.call('DEL', KEYS[3]) else redis.call('SET', KEYS[3], ARGV[4]) end
redis.call(ARGV[5] == '1' and 'SADD' or 'SREM', KEYS[4], ARGV[6])
if KEYS[5] then
  local proven = redis.call('GET', KEYS[5])
  if not proven or tonumber(proven) <= turn then
    redis.call('SET', KEYS[5], ARGV[1], 'EX', ARGV[2])
    redis.call('SET', KEYS[6], ARGV[6])
  end
end
redis.call('PUBLISH', ARGV[7], ARGV[6])
return 1";

const REMOVE: &str = "
local known = redis.call('GET', KEYS[1])
if known and tonumber(known) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('DEL', KEYS[2], KEYS[3])
redis.call('SREM', KEYS[4], ARGV[3])
redis.call('PUBLISH', ARGV[4], ARGV[3])
return 1";

const REMOVE_HOST: &str = "
local known = redis.call('GET', KEYS[1])
if known and tonumber(known) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('DEL', KEYS[2])
return 1";

/// A page as it is written.
#[derive(Debug)]
pub(super) struct Published<'a> {
    pub(super) page: StatusPageId,
    pub(super) slug: &'a str,
    pub(super) document: Vec<u8>,
    pub(super) logo: Option<Vec<u8>>,
    pub(super) is_public: bool,
    /// The host name, where it is proven.
    pub(super) host: Option<&'a str>,
}

/// Writes to Redis.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) redis: Client,
    pub(super) keys: Keys,
}

impl Written {
    /// Writes a page, unless something newer stands there.
    pub(super) async fn publish(&self, turn: i64, page: Published<'_>) -> Result<(), Error> {
        let mut places = vec![
            self.keys.status_page_turn(page.slug),
            self.keys.status_page(page.slug),
            self.keys.status_page_logo(page.slug),
            self.keys.status_pages(),
        ];
        if let Some(host) = page.host {
            places.push(self.keys.status_page_turn(host));
            places.push(self.keys.status_page_host(host));
        }
        let args: Vec<Value> = vec![
            turn.into(),
            TURN_SECONDS.into(),
            Value::Bytes(page.document.into()),
            Value::Bytes(page.logo.unwrap_or_default().into()),
            i64::from(page.is_public).into(),
            page.slug.into(),
            self.keys.status_pages_changed().into(),
        ];
        let written: i64 = self.redis.eval(PUBLISH, places, args).await?;
        if written == 0 {
            tracing::debug!(page = page.page.0, turn, "a newer document stands there already");
        }
        Ok(())
    }

    /// Removes what stands under a slug, unless it is newer.
    pub(super) async fn remove(&self, turn: i64, slug: &str) -> Result<(), Error> {
        let places = vec![
            self.keys.status_page_turn(slug),
            self.keys.status_page(slug),
            self.keys.status_page_logo(slug),
            self.keys.status_pages(),
        ];
        let args: Vec<Value> = vec![
            turn.into(),
            TURN_SECONDS.into(),
            slug.into(),
            self.keys.status_pages_changed().into(),
        ];
        self.redis.eval::<i64, _, _, _>(REMOVE, places, args).await?;
        Ok(())
    }

    /// Removes whose host name it is, unless that is newer.
    pub(super) async fn remove_host(&self, turn: i64, host: &str) -> Result<(), Error> {
        let places = vec![self.keys.status_page_turn(host), self.keys.status_page_host(host)];
        let args: Vec<Value> = vec![turn.into(), TURN_SECONDS.into()];
        self.redis.eval::<i64, _, _, _>(REMOVE_HOST, places, args).await?;
        Ok(())
    }
}
