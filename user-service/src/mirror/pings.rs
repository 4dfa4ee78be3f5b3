//! What pings mean, in Redis: under each name of a heartbeat what gateways have to know of it. Where nothing stands a
//! gateway asks this service, so that a name may be missing, and must not say something that is not so.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use deadpool_postgres::{Client, GenericClient, Pool, Transaction};
use domain::badge::BadgeTarget;
use domain::heartbeat::PingTarget;
use domain::{MonitorId, OrgId};
use fred::clients::Client as Redis;
use fred::interfaces::{HashesInterface as _, KeysInterface as _};
use shared::crypto::Keyring;
use shared::redis::{Keys, PING_NAME_BUCKETS};

use super::{MirrorError, turns};
use crate::store::heartbeats::{self, NamedHeartbeat};

/// The right to reconcile.
const LOCK: i64 = 0x7069_6e67_7300;

/// Heartbeats that are compared together.
const PAGE: i64 = 500;

/// Heartbeats that are put right together.
const AT_ONCE: usize = 200;

/// What Redis is to say.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wanted {
    /// By their keys.
    values: BTreeMap<String, String>,
    /// The keys of each heartbeat.
    names: HashMap<MonitorId, BTreeSet<String>>,
    /// Heartbeats that cannot be read here: what is said of them is left to those who can.
    unreadable: BTreeSet<MonitorId>,
    /// Slugs of which one cannot be read: others have to be asked.
    unknown: BTreeSet<String>,
}

/// The key of the hash in which the names of a monitor stand.
fn bucket(keys: &Keys, monitor: MonitorId) -> String {
    keys.ping_names(monitor.0.rem_euclid(i64::from(PING_NAME_BUCKETS)) as u32)
}

/// The turn of a slug, by its key.
fn turn(key: &str) -> i32 {
    let digits = key.get(key.len().saturating_sub(8)..).unwrap_or_default();
    u32::from_str_radix(digits, 16).unwrap_or_default().cast_signed()
}

fn slug_key(keys: &Keys, named: &NamedHeartbeat) -> Option<String> {
    let ping_key = named.names.ping_key.as_deref()?;
    Some(keys.ping_slug(ping_key, &named.names.slug))
}

/// What Redis is to say of these heartbeats.
fn wanted(
    keys: &Keys,
    heartbeats: &[NamedHeartbeat],
    slugs: &HashMap<(OrgId, String), Option<Vec<PingTarget>>>,
) -> Result<Wanted, serde_json::Error> {
    let mut all = Wanted::default();
    for named in heartbeats {
        let Some(target) = &named.target else {
            all.unreadable.insert(named.id);
            continue;
        };
        let json = serde_json::to_string(target)?;
        let mut names = BTreeSet::from([keys.ping_target(&named.names.ping_uuid.to_string())]);
        names.extend(
            named
                .names
                .push_token
                .as_ref()
                .map(|token| keys.ping_target(&format!("push/{token}"))),
        );
        for name in &names {
            all.values.insert(name.clone(), json.clone());
        }
        let badge = keys.badge(&named.names.badge_key);
        let shown = serde_json::to_string(&BadgeTarget::from(target))?;
        all.values.insert(badge.clone(), shown);
        names.insert(badge);
        if let Some(key) = slug_key(keys, named) {
            match slugs.get(&(named.org_id, named.names.slug.clone())) {
                Some(Some(targets)) => {
                    all.values.insert(key.clone(), serde_json::to_string(targets)?);
                    names.insert(key);
                }
                _ => {
                    all.unknown.insert(key);
                }
            }
        }
        all.names.insert(named.id, names);
    }
    Ok(all)
}

/// Reads what Redis is to say of these monitors, as far as they are heartbeats.
async fn read(
    client: &impl GenericClient,
    keys: &Keys,
    keyring: &Keyring,
    ids: &[i64],
) -> Result<Wanted, MirrorError> {
    let heartbeats = heartbeats::among(client, keyring, ids).await?;
    let slugs: BTreeSet<(OrgId, &str)> = heartbeats
        .iter()
        .map(|named| (named.org_id, named.names.slug.as_str()))
        .collect();
    let slugs: Vec<_> = slugs.into_iter().collect();
    let meant = match slugs.is_empty() {
        true => HashMap::new(),
        false => heartbeats::of_slugs(client, keyring, &slugs).await?,
    };
    Ok(wanted(keys, &heartbeats, &meant)?)
}

/// Under which keys Redis has what of these monitors.
async fn known(
    redis: &Redis,
    keys: &Keys,
    ids: &[i64],
) -> Result<HashMap<MonitorId, BTreeSet<String>>, MirrorError> {
    let mut by_bucket: BTreeMap<String, Vec<MonitorId>> = BTreeMap::new();
    for id in ids.iter().copied().map(MonitorId) {
        by_bucket.entry(bucket(keys, id)).or_default().push(id);
    }
    let mut known = HashMap::new();
    for (bucket, ids) in by_bucket {
        let fields: Vec<String> = ids.iter().map(MonitorId::to_string).collect();
        let entries: Vec<Option<String>> = redis.hmget(bucket, fields).await?;
        for (id, json) in ids.into_iter().zip(entries) {
            if let Some(json) = json {
                known.insert(id, serde_json::from_str(&json).unwrap_or_default());
            }
        }
    }
    Ok(known)
}

/// Brings to Redis what these monitors are pinged by, once it is their turn.
pub(super) async fn follow(
    tx: &Transaction<'_>,
    redis: &Redis,
    keys: &Keys,
    keyring: &Keyring,
    ids: &[i64],
) -> Result<(), MirrorError> {
    let known = known(redis, keys, ids).await?;
    let heartbeats = heartbeats::among(tx, keyring, ids).await?;
    if known.is_empty() && heartbeats.is_empty() {
        return Ok(());
    }
    let is_slug = |key: &&String| key.contains("ping-slug:");
    let slugs = heartbeats.iter().filter_map(|named| slug_key(keys, named));
    let slug_turns: BTreeSet<i32> = slugs
        .map(|key| turn(&key))
        .chain(known.values().flatten().filter(is_slug).map(|key| turn(key)))
        .collect();
    turns::take(tx, turns::SLUGS, slug_turns).await?;
    // Read once more, now that nobody else writes.
    let wanted = read(tx, keys, keyring, ids).await?;
    write(redis, keys, ids, &known, &wanted).await
}

/// Writes what is wanted. What is written is named before, so that whoever breaks off leaves nothing that is not found.
async fn write(
    redis: &Redis,
    keys: &Keys,
    ids: &[i64],
    known: &HashMap<MonitorId, BTreeSet<String>>,
    wanted: &Wanted,
) -> Result<(), MirrorError> {
    let nothing = BTreeSet::new();
    let mut changes = Vec::new();
    for id in ids.iter().copied().map(MonitorId) {
        let before = known.get(&id).unwrap_or(&nothing);
        let after = wanted.names.get(&id).unwrap_or(&nothing);
        let is_nothing = before.is_empty() && after.is_empty();
        if !is_nothing && !wanted.unreadable.contains(&id) {
            changes.push((id, before, after));
        }
    }
    if changes.is_empty() {
        return Ok(());
    }
    let pipeline = redis.pipeline();
    for (id, before, after) in &changes {
        let both: BTreeSet<&String> = before.union(after).collect();
        let entry = (id.to_string(), serde_json::to_string(&both)?);
        pipeline.hset::<(), _, _>(bucket(keys, *id), entry).await?;
    }
    let mut gone: BTreeSet<&String> = wanted.unknown.iter().collect();
    for (_, before, after) in &changes {
        gone.extend(before.difference(after));
    }
    for (key, json) in &wanted.values {
        pipeline
            .set::<(), _, _>(key.as_str(), json.as_str(), None, None, false)
            .await?;
    }
    for key in gone {
        if !wanted.values.contains_key(key) {
            pipeline.del::<(), _>(key.as_str()).await?;
        }
    }
    for (id, _, after) in &changes {
        let (bucket, field) = (bucket(keys, *id), id.to_string());
        match after.is_empty() {
            true => pipeline.hdel::<(), _, _>(bucket, field).await?,
            false => {
                let entry = (field, serde_json::to_string(after)?);
                pipeline.hset::<(), _, _>(bucket, entry).await?;
            }
        }
    }
    Ok(pipeline.all::<()>().await?)
}

/// Brings to Redis at once what these monitors are pinged by.
pub(crate) async fn follow_now(
    client: &mut Client,
    redis: &Redis,
    keys: &Keys,
    keyring: &Keyring,
    ids: &[i64],
) -> Result<(), MirrorError> {
    for ids in ids.chunks(AT_ONCE) {
        let tx = client.transaction().await?;
        let own_turns = ids.iter().map(|id| *id as i32).collect();
        turns::take(&tx, turns::MONITORS, own_turns).await?;
        follow(&tx, redis, keys, keyring, ids).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Compares all of it, and puts right what differs; answers of how many heartbeats that was. Does nothing while another
/// pod does it.
pub(crate) async fn reconcile(
    pool: &Pool,
    redis: &Redis,
    keys: &Keys,
    keyring: &Keyring,
) -> Result<usize, MirrorError> {
    let mut client = pool.get().await?;
    let tx = client.transaction().await?;
    let locked = tx
        .query_one("SELECT pg_try_advisory_xact_lock($1)", &[&LOCK])
        .await?;
    if !locked.try_get::<_, bool>(0)? {
        return Ok(0);
    }
    let wrong = differing(&tx, redis, keys, keyring).await?;
    tx.commit().await?;
    follow_now(&mut client, redis, keys, keyring, &wrong).await?;
    Ok(wrong.len())
}

/// The monitors of which Redis says something else than is so.
async fn differing(
    tx: &Transaction<'_>,
    redis: &Redis,
    keys: &Keys,
    keyring: &Keyring,
) -> Result<Vec<i64>, MirrorError> {
    // What is there before anything is read may be too much; what comes later is followed anyway.
    let mut unwanted = BTreeSet::new();
    for bucket in 0..PING_NAME_BUCKETS {
        let fields: Vec<String> = redis.hkeys(keys.ping_names(bucket)).await?;
        unwanted.extend(fields.iter().filter_map(|id| id.parse::<i64>().ok()));
    }
    let (mut wrong, mut after) = (Vec::new(), 0);
    loop {
        let ids = heartbeats::next_ids(tx, after, PAGE).await?;
        let Some(&last) = ids.last() else { break };
        after = last;
        let wanted = read(tx, keys, keyring, &ids).await?;
        let known = known(redis, keys, &ids).await?;
        let names: Vec<&String> = wanted.values.keys().collect();
        let values: Vec<Option<String>> = match names.is_empty() {
            true => Vec::new(),
            false => {
                redis
                    .mget(names.iter().map(|name| name.as_str()).collect::<Vec<_>>())
                    .await?
            }
        };
        let stands: HashMap<&String, String> = names
            .into_iter()
            .zip(values)
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        for id in ids {
            let monitor = MonitorId(id);
            // One that was removed meanwhile is followed.
            let Some(names) = wanted.names.get(&monitor) else {
                if wanted.unreadable.contains(&monitor) {
                    unwanted.remove(&id);
                }
                continue;
            };
            unwanted.remove(&id);
            let is_right = known.get(&monitor) == Some(names)
                && names
                    .iter()
                    .all(|name| stands.get(name) == wanted.values.get(name));
            if !is_right {
                wrong.push(id);
            }
        }
    }
    wrong.extend(unwanted);
    Ok(wrong)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::store::heartbeats::Names;

    fn heartbeat(id: i64, readable: bool) -> NamedHeartbeat {
        let target = json!({
            "monitor_id": id, "org_id": 1, "url": "heartbeat://backup",
            "expectation": {"schedule": {"kind": "period", "period_seconds": 3600}, "grace_seconds": 300},
        });
        NamedHeartbeat {
            id: MonitorId(id),
            org_id: OrgId(1),
            names: Names {
                ping_uuid: Uuid::from_u128(id as u128),
                slug: "backup".to_owned(),
                push_token: Some(format!("token{id}")),
                badge_key: format!("badge{id}"),
                ping_key: Some("key".to_owned()),
            },
            target: readable.then(|| serde_json::from_value(target).unwrap()),
        }
    }

    #[test]
    fn each_name_says_what_is_meant_and_an_ambiguous_slug_says_both() {
        let keys = Keys::new("x:");
        let both = [heartbeat(1, true), heartbeat(2, true)];
        let targets: Vec<PingTarget> = both.iter().filter_map(|one| one.target.clone()).collect();
        let slugs = HashMap::from([((OrgId(1), "backup".to_owned()), Some(targets.clone()))]);
        let all = wanted(&keys, &both, &slugs).unwrap();
        assert_eq!(all.values.len(), 7);
        let of_slug: Vec<PingTarget> =
            serde_json::from_str(&all.values[&keys.ping_slug("key", "backup")]).unwrap();
        assert_eq!(of_slug, targets);
        let of_token: PingTarget =
            serde_json::from_str(&all.values[&keys.ping_target("push/token2")]).unwrap();
        assert_eq!(of_token.monitor_id, MonitorId(2));
        let of_badge: BadgeTarget = serde_json::from_str(&all.values[&keys.badge("badge1")]).unwrap();
        assert_eq!(of_badge.monitor_id, MonitorId(1));
        assert_eq!(all.names[&MonitorId(1)].len(), 4);
    }

    #[test]
    fn what_cannot_be_read_is_left_to_others() {
        let keys = Keys::new("x:");
        let both = [heartbeat(1, true), heartbeat(2, false)];
        let slugs = HashMap::from([((OrgId(1), "backup".to_owned()), None)]);
        let all = wanted(&keys, &both, &slugs).unwrap();
        assert_eq!(all.unreadable, BTreeSet::from([MonitorId(2)]));
        assert_eq!(all.unknown, BTreeSet::from([keys.ping_slug("key", "backup")]));
        assert_eq!(all.values.len(), 3);
    }
}
