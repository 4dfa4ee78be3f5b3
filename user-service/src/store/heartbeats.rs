//! Rows of `heartbeats` and `ping_keys`: by which names heartbeats are pinged. A heartbeat has its row since the
//! transaction that has made it one, and until the one that has made it something else or has removed it.

use std::collections::HashMap;

use deadpool_postgres::{GenericClient, Transaction};
use domain::fold::HeartbeatState;
use domain::heartbeat::PingTarget;
use domain::monitor::{Probe, Spec};
use domain::{MonitorId, OrgId};
use shared::crypto::{Keyring, random};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::{Builder, Uuid};

use super::Scope;
use super::error::StoreError;
use super::monitor_row::{COLUMNS, MonitorRow};

/// Heartbeats of one slug that are looked for: with a second one it is ambiguous, however many there are.
const OF_ONE_SLUG: i64 = 2;

/// The names of a heartbeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Names {
    pub(crate) ping_uuid: Uuid,
    pub(crate) slug: String,
    pub(crate) push_token: Option<String>,
    pub(crate) badge_key: String,
    /// That of the organisation.
    pub(crate) ping_key: Option<String>,
}

const NAMES: &str = "h.ping_uuid, h.slug, h.push_token, h.badge_key, k.ping_key";

impl Names {
    fn read(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            ping_uuid: row.try_get("ping_uuid")?,
            slug: row.try_get("slug")?,
            push_token: row.try_get("push_token")?,
            badge_key: row.try_get("badge_key")?,
            ping_key: row.try_get("ping_key")?,
        })
    }
}

/// A UUID (version 4) of the system's random bytes.
fn random_uuid() -> Uuid {
    Builder::from_random_bytes(random()).into_uuid()
}

/// 128 random bits in 32 lower-case digits: mail programs that fold case leave it alone.
fn random_name() -> String {
    Uuid::from_bytes(random()).simple().to_string()
}

/// The slug of a heartbeat; none of another kind.
fn slug_of(spec: &Spec) -> Option<&str> {
    match &spec.probe {
        Probe::Heartbeat(probe) => Some(&probe.slug),
        _ => None,
    }
}

/// Gives monitors of an organisation that are heartbeats their names, and takes them from those that are none. Names that are there stay.
pub(crate) async fn name_all(
    tx: &impl GenericClient,
    scope: Scope,
    monitors: &[(MonitorId, &Spec)],
) -> Result<(), StoreError> {
    let (mut ids, mut slugs, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for (id, spec) in monitors {
        match slug_of(spec) {
            Some(slug) => {
                ids.push(id.0);
                slugs.push(slug);
            }
            None => others.push(id.0),
        }
    }
    forget(tx, &others).await?;
    if ids.is_empty() {
        return Ok(());
    }
    let key = "INSERT INTO ping_keys (org_id, ping_key) VALUES ($1, $2) ON CONFLICT (org_id) DO NOTHING";
    tx.execute(key, &[scope.org_id(), &random_name()]).await?;
    let uuids: Vec<Uuid> = ids.iter().map(|_| random_uuid()).collect();
    let tokens: Vec<String> = ids.iter().map(|_| random_name()).collect();
    let badges: Vec<String> = ids.iter().map(|_| random_name()).collect();
    let sql = "INSERT INTO heartbeats AS h (monitor_id, org_id, ping_uuid, slug, push_token, badge_key)
               SELECT id, $1, ping_uuid, slug, push_token, badge_key
               FROM unnest($2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::text[])
                   AS new (id, ping_uuid, slug, push_token, badge_key)
               ON CONFLICT (monitor_id) DO UPDATE SET slug = excluded.slug WHERE h.slug <> excluded.slug";
    tx.execute(sql, &[scope.org_id(), &ids, &uuids, &slugs, &tokens, &badges])
        .await?;
    Ok(())
}

/// Takes monitors their names, if they have some.
pub(crate) async fn forget(tx: &impl GenericClient, monitors: &[i64]) -> Result<(), StoreError> {
    if monitors.is_empty() {
        return Ok(());
    }
    let statement = tx
        .prepare_cached("DELETE FROM heartbeats WHERE monitor_id = ANY($1)")
        .await?;
    tx.execute(&statement, &[&monitors]).await?;
    Ok(())
}

/// Gives a locked heartbeat another UUID and another push token.
///
/// # Errors
/// 404 when it is none.
pub(crate) async fn rotate(tx: &Transaction<'_>, scope: Scope, id: MonitorId) -> Result<(), StoreError> {
    let sql = "UPDATE heartbeats SET ping_uuid = $3, push_token = $4 WHERE monitor_id = $1 AND org_id = $2";
    let (uuid, token) = (random_uuid(), random_name());
    match tx.execute(sql, &[&id.0, scope.org_id(), &uuid, &token]).await? {
        0 => Err(StoreError::NotFound("heartbeat")),
        _ => Ok(()),
    }
}

/// The names of a heartbeat.
///
/// # Errors
/// 404 when it is none.
pub(crate) async fn names(
    client: &impl GenericClient,
    scope: Scope,
    id: MonitorId,
) -> Result<Names, StoreError> {
    let sql = format!(
        "SELECT {NAMES} FROM heartbeats h LEFT JOIN ping_keys k ON k.org_id = h.org_id
         WHERE h.monitor_id = $1 AND h.org_id = $2"
    );
    let row = client.query_opt(&sql, &[&id.0, scope.org_id()]).await?;
    Ok(Names::read(&row.ok_or(StoreError::NotFound("heartbeat"))?)?)
}

/// What the processor knows of the pings of a monitor; none where there was none, or it cannot be read.
pub(crate) async fn heard(
    client: &impl GenericClient,
    id: MonitorId,
) -> Result<Option<HeartbeatState>, StoreError> {
    let sql = "SELECT heartbeat::text FROM monitor_states WHERE monitor_id = $1";
    let Some(row) = client.query_opt(sql, &[&id.0]).await? else {
        return Ok(None);
    };
    let json: Option<&str> = row.try_get(0)?;
    Ok(json.and_then(|json| serde_json::from_str(json).ok()))
}

/// The ping key of an organisation, if it has one.
pub(crate) async fn ping_key(
    client: &impl GenericClient,
    scope: Scope,
) -> Result<Option<String>, StoreError> {
    let sql = "SELECT ping_key FROM ping_keys WHERE org_id = $1";
    let row = client.query_opt(sql, &[scope.org_id()]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Gives an organisation another ping key, or its first one; answers it.
pub(crate) async fn rotate_ping_key(tx: &Transaction<'_>, scope: Scope) -> Result<String, StoreError> {
    let key = random_name();
    let sql = "INSERT INTO ping_keys (org_id, ping_key) VALUES ($1, $2)
               ON CONFLICT (org_id) DO UPDATE SET ping_key = excluded.ping_key, created_at = now()";
    tx.execute(sql, &[scope.org_id(), &key]).await?;
    Ok(key)
}

/// The heartbeats of an organisation.
pub(crate) async fn of_organisation(
    client: &impl GenericClient,
    scope: Scope,
) -> Result<Vec<MonitorId>, StoreError> {
    let sql = "SELECT monitor_id FROM heartbeats WHERE org_id = $1 ORDER BY monitor_id";
    let rows = client.query(sql, &[scope.org_id()]).await?;
    rows.iter().map(|row| Ok(MonitorId(row.try_get(0)?))).collect()
}

/// Whose a ping key is, unless the organisation is to be deleted.
pub(crate) async fn owner_of_key(
    client: &impl GenericClient,
    key: &str,
) -> Result<Option<OrgId>, StoreError> {
    let sql = "SELECT k.org_id FROM ping_keys k WHERE k.ping_key = $1 AND NOT EXISTS (
                   SELECT FROM organisation_deletions d WHERE d.org_id = k.org_id AND d.cancelled_at IS NULL)";
    let row = client.query_opt(sql, &[&key]).await?;
    Ok(row.map(|row| row.try_get(0).map(OrgId)).transpose()?)
}

/// By what somebody names a heartbeat.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Named<'a> {
    Uuid(Uuid),
    Token(&'a str),
    Slug { key: &'a str, slug: &'a str },
}

/// What a ping means that names a heartbeat so: none when nobody has the name, and two when a slug is ambiguous.
///
/// # Errors
/// When what is stored of one cannot be read: it is not known then.
pub(crate) async fn targets(
    client: &impl GenericClient,
    keyring: &Keyring,
    named: Named<'_>,
) -> Result<Vec<PingTarget>, StoreError> {
    let select = format!(
        "SELECT {COLUMNS} FROM heartbeats h JOIN monitors m ON m.id = h.monitor_id AND m.deleted_at IS NULL"
    );
    let (sql, parameters): (String, Vec<&(dyn ToSql + Sync)>) = match &named {
        Named::Uuid(uuid) => (format!("{select} WHERE h.ping_uuid = $1"), vec![uuid]),
        Named::Token(token) => (format!("{select} WHERE h.push_token = $1"), vec![token]),
        Named::Slug { key, slug } => (
            format!(
                "{select} JOIN ping_keys k ON k.org_id = h.org_id
                 WHERE k.ping_key = $1 AND h.slug = $2 ORDER BY m.id LIMIT $3"
            ),
            vec![key, slug, &OF_ONE_SLUG],
        ),
    };
    let statement = client.prepare_cached(&sql).await?;
    let rows = client.query(&statement, &parameters).await?;
    rows.iter()
        .map(|row| {
            let target = MonitorRow::read(row, keyring)?.ping_target();
            target.ok_or_else(|| StoreError::Unreadable("a heartbeat cannot be read".to_owned()))
        })
        .collect()
}

/// A heartbeat with its names.
#[derive(Debug)]
pub(crate) struct NamedHeartbeat {
    pub(crate) id: MonitorId,
    pub(crate) org_id: OrgId,
    pub(crate) names: Names,
    /// None when it cannot be read.
    pub(crate) target: Option<PingTarget>,
}

/// The heartbeats among these monitors, of all organisations, for the mirror.
pub(crate) async fn among(
    client: &impl GenericClient,
    keyring: &Keyring,
    monitors: &[i64],
) -> Result<Vec<NamedHeartbeat>, tokio_postgres::Error> {
    let sql = format!(
        "SELECT {COLUMNS}, {NAMES} FROM heartbeats h JOIN monitors m ON m.id = h.monitor_id AND m.deleted_at IS NULL
         LEFT JOIN ping_keys k ON k.org_id = h.org_id WHERE h.monitor_id = ANY($1)"
    );
    let statement = client.prepare_cached(&sql).await?;
    let rows = client.query(&statement, &[&monitors]).await?;
    let read = |row: &Row| {
        let monitor = MonitorRow::read(row, keyring)?;
        Ok(NamedHeartbeat {
            id: monitor.id,
            org_id: monitor.org_id,
            names: Names::read(row)?,
            target: monitor.ping_target(),
        })
    };
    rows.iter().map(read).collect()
}

/// The heartbeats after `after`, by id, at most `limit`.
pub(crate) async fn next_ids(
    client: &impl GenericClient,
    after: i64,
    limit: i64,
) -> Result<Vec<i64>, tokio_postgres::Error> {
    let sql = "SELECT monitor_id FROM heartbeats WHERE monitor_id > $1 ORDER BY monitor_id LIMIT $2";
    let rows = client.query(sql, &[&after, &limit]).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

/// What the slugs of organisations mean, as [`targets`] says it; none for one of which a heartbeat cannot be read.
pub(crate) async fn of_slugs(
    client: &impl GenericClient,
    keyring: &Keyring,
    slugs: &[(OrgId, &str)],
) -> Result<HashMap<(OrgId, String), Option<Vec<PingTarget>>>, tokio_postgres::Error> {
    let (orgs, names): (Vec<i64>, Vec<&str>) = slugs.iter().map(|(org, slug)| (org.0, *slug)).unzip();
    let sql = format!(
        "SELECT {COLUMNS}, s.slug FROM unnest($1::bigint[], $2::text[]) AS s (org_id, slug)
         CROSS JOIN LATERAL (
             SELECT m.* FROM heartbeats h JOIN monitors m ON m.id = h.monitor_id AND m.deleted_at IS NULL
             WHERE h.org_id = s.org_id AND h.slug = s.slug ORDER BY h.monitor_id LIMIT $3
         ) m ORDER BY m.id"
    );
    let statement = client.prepare_cached(&sql).await?;
    let mut found: HashMap<(OrgId, String), Option<Vec<PingTarget>>> = HashMap::new();
    for row in &client.query(&statement, &[&orgs, &names, &OF_ONE_SLUG]).await? {
        let monitor = MonitorRow::read(row, keyring)?;
        let slug = (monitor.org_id, row.try_get("slug")?);
        let targets = found.entry(slug).or_insert_with(|| Some(Vec::new()));
        match monitor.ping_target() {
            Some(target) => {
                if let Some(targets) = targets {
                    targets.push(target);
                }
            }
            None => *targets = None,
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_random_and_as_ping_addresses_want_them() {
        let (one, other) = (random_uuid(), random_uuid());
        assert_ne!(one, other);
        assert_eq!(one.get_version_num(), 4);
        let name = random_name();
        assert_ne!(name, random_name());
        assert!(
            name.len() == 32
                && name
                    .bytes()
                    .all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f')),
            "{name}"
        );
    }
}
