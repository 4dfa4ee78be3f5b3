//! Puts the mirror right where it differs from the database: after a time without Redis, or a lost change.

use std::collections::HashMap;

use deadpool_postgres::GenericClient;
use deadpool_postgres::Pool;
use domain::MonitorId;
use domain::internal::{MAX_SHARDS, shard_of};
use domain::monitor::Definition;
use fred::clients::Client;
use fred::interfaces::{HashesInterface, KeysInterface as _, LuaInterface as _};
use fred::types::Value;
use shared::crypto::Keyring;
use shared::redis::Keys;

use super::{MirrorError, open, seal};
use crate::store::monitor_row::{COLUMNS, MonitorRow};

/// The right to reconcile.
const LOCK: i64 = 0x6d69_7272_6f72;

/// Rows that are read together.
const PAGE: i64 = 2_000;

/// Compares every shard and puts right what differs; answers how much did. Does nothing while another pod
/// does it.
pub(crate) async fn reconcile(
    pool: &Pool,
    redis: &Client,
    keys: &Keys,
    keyring: &Keyring,
    shards: u32,
) -> Result<usize, MirrorError> {
    let mut client = pool.get().await?;
    let tx = client.transaction().await?;
    let locked = tx
        .query_one("SELECT pg_try_advisory_xact_lock($1)", &[&LOCK])
        .await?;
    if !locked.try_get::<_, bool>(0)? {
        return Ok(0);
    }
    // The mirror is read first: what changes from here on is followed anyway, and must not be undone.
    let mut mirrored = HashMap::new();
    for shard in 0..shards {
        let entries: HashMap<String, Vec<u8>> = redis.hgetall(keys.definitions(shard)).await?;
        if !entries.is_empty() {
            mirrored.insert(shard, entries);
        }
    }
    let mut wanted = definitions(&tx, shards).await?;
    drop(tx);
    drop(client);

    let mut repairs = 0;
    for shard in 0..shards {
        let entries = mirrored.remove(&shard).unwrap_or_default();
        let wanted = wanted.remove(&shard).unwrap_or_default();
        for repairing in differences(&entries, &wanted, keyring)?.chunks(REPAIRS_PER_CALL) {
            let args: Vec<Value> = repairing.iter().flat_map(Repair::arguments).collect();
            let repaired: i64 = redis.eval(REPAIR, keys.definitions(shard), args).await?;
            repairs += usize::try_from(repaired).unwrap_or_default();
        }
    }
    Ok(repairs)
}

/// Removes what was mirrored when there were more shards.
pub(crate) async fn forget_other_shards(
    redis: &Client,
    keys: &Keys,
    shards: u32,
) -> Result<(), fred::error::Error> {
    let others: Vec<String> = (shards..MAX_SHARDS)
        .map(|shard| keys.definitions(shard))
        .collect();
    for others in others.chunks(KEYS_PER_CALL) {
        redis.unlink::<i64, _>(others.to_vec()).await?;
    }
    Ok(())
}

/// Keys that are removed in one call.
const KEYS_PER_CALL: usize = 1_000;

/// Repairs in one call: Redis does nothing else meanwhile.
const REPAIRS_PER_CALL: usize = 50;

/// Sets or removes a definition where what is mirrored is still what was compared: a change that was followed meanwhile
/// is newer than what the database was found to say.
const REPAIR: &str = "
local repaired = 0
for i = 1, #ARGV, 3 do
  local id, before, after = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local now = redis.call('HGET', KEYS[1], id) or ''
  if string.sub(now, 1, #before) == before and (before ~= '' or now == '') then
    if after == '' then redis.call('HDEL', KEYS[1], id) else redis.call('HSET', KEYS[1], id, after) end
    repaired = repaired + 1
  end
end
return repaired";

/// The bytes at the start of what is sealed that no other seal has: the key's id and the nonce are among them.
const SEAL_START: usize = 32;

/// What is to be put right of one definition.
#[derive(Debug)]
struct Repair {
    id: String,
    /// The start of what is mirrored; empty where nothing is.
    before: Vec<u8>,
    /// What is to be mirrored; empty where nothing is.
    after: Vec<u8>,
}

impl Repair {
    fn new(id: &str, before: Option<&Vec<u8>>, after: Vec<u8>) -> Self {
        let start = |sealed: &Vec<u8>| sealed[..sealed.len().min(SEAL_START)].to_vec();
        Self {
            id: id.to_owned(),
            before: before.map(start).unwrap_or_default(),
            after,
        }
    }

    fn arguments(&self) -> [Value; 3] {
        [
            self.id.as_str().into(),
            self.before.as_slice().into(),
            self.after.as_slice().into(),
        ]
    }
}

/// What a shard is to hold. Of a definition that cannot be read here only the id is known: what is mirrored of it is
/// left to those who can read it.
type Shard = HashMap<MonitorId, Option<Definition>>;

async fn definitions(tx: &impl GenericClient, shards: u32) -> Result<HashMap<u32, Shard>, MirrorError> {
    let sql =
        format!("SELECT {COLUMNS} FROM monitors m WHERE deleted_at IS NULL AND id > $1 ORDER BY id LIMIT $2");
    let mut all: HashMap<u32, Shard> = HashMap::new();
    let mut after = 0_i64;
    loop {
        let rows = tx.query(&sql, &[&after, &PAGE]).await?;
        for row in &rows {
            let row = MonitorRow::read(row)?;
            after = row.id.0;
            let shard = all.entry(shard_of(row.id, shards)).or_default();
            shard.insert(row.id, row.into_definition());
        }
        if (rows.len() as i64) < PAGE {
            return Ok(all);
        }
    }
}

/// What is to be put right for `entries` to say what is `wanted`.
fn differences(
    entries: &HashMap<String, Vec<u8>>,
    wanted: &Shard,
    keyring: &Keyring,
) -> Result<Vec<Repair>, MirrorError> {
    let mut repairs = Vec::new();
    for (id, definition) in wanted {
        let Some(definition) = definition else { continue };
        let field = id.to_string();
        let mirrored = entries.get(&field);
        let current = mirrored.filter(|sealed| keyring.is_current(sealed));
        let known = current.and_then(|sealed| open(keyring, *id, sealed));
        if known.as_ref() != Some(definition) {
            repairs.push(Repair::new(&field, mirrored, seal(keyring, definition)?));
        }
    }
    let is_wanted = |field: &str| field.parse().is_ok_and(|id| wanted.contains_key(&MonitorId(id)));
    for (field, sealed) in entries {
        if !is_wanted(field) {
            repairs.push(Repair::new(field, Some(sealed), Vec::new()));
        }
    }
    Ok(repairs)
}

#[cfg(test)]
mod tests {
    use fred::interfaces::ClientLike as _;

    use super::*;

    #[tokio::test]
    async fn what_was_followed_meanwhile_stays() {
        shared::install_crypto();
        let settings = testkit::redis();
        let (redis, keys) = (shared::redis::connect(&settings).unwrap(), settings.keys());
        redis.wait_for_connect().await.unwrap();
        let key = keys.definitions(0);
        let sealed = |of: u8| vec![of; 100];
        let _: i64 = redis
            .hset(
                &key,
                vec![
                    ("1", Value::from(sealed(1).as_slice())),
                    ("2", Value::from(sealed(9).as_slice())),
                    ("3", Value::from(sealed(3).as_slice())),
                    ("4", Value::from(sealed(9).as_slice())),
                    ("5", Value::from(sealed(9).as_slice())),
                ],
            )
            .await
            .unwrap();
        let repairs = [
            Repair::new("1", Some(&sealed(1)), sealed(7)),
            Repair::new("2", Some(&sealed(2)), sealed(7)),
            Repair::new("3", Some(&sealed(3)), Vec::new()),
            Repair::new("4", Some(&sealed(4)), Vec::new()),
            Repair::new("5", None, sealed(7)),
            Repair::new("6", None, sealed(7)),
        ];
        let args: Vec<Value> = repairs.iter().flat_map(Repair::arguments).collect();
        let repaired: i64 = redis.eval(REPAIR, &key, args).await.unwrap();
        assert_eq!(repaired, 3);
        let left: HashMap<String, Vec<u8>> = redis.hgetall(&key).await.unwrap();
        let expected = [("1", 7), ("2", 9), ("4", 9), ("5", 9), ("6", 7)];
        let expected = expected.map(|(id, of)| (id.to_owned(), sealed(of)));
        assert_eq!(left, HashMap::from(expected));
    }
}
