//! Rows of `monitor_dependencies`: on which monitors others depend. One that was deleted counts no more, whatever names it.

use std::collections::HashMap;
use std::time::Duration;

use deadpool_postgres::{GenericClient, Transaction};
use domain::MonitorId;
use domain::monitor::{FieldError, Spec};
use futures_util::TryStreamExt as _;
use shared::crypto::Keyring;
use shared::postgres::Stored;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::error::StoreError;
use super::monitor_row::MonitorRow;
use super::scope::sees;
use super::seen_monitors::seen_among;
use super::{Scope, advisory_lock, monitor_seal, only_tags};
use crate::rules::dependencies::{
    Above, Change, DEPENDS_ON, Depending, Graph, Refused, Sight, recheck_seconds, wait_seconds,
};

/// How long a turn is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Has those who have monitors of the organisation depend on others wait for each other until their transactions end, so
/// that they make no circle together. It comes before the monitors are locked.
///
/// # Errors
/// 503 while others have their turns for long.
pub(super) async fn take_turn(tx: &Transaction<'_>, scope: Scope) -> Result<(), StoreError> {
    let what = format!("dependencies of {}", scope.org());
    match advisory_lock::take(tx, &what, PATIENCE).await? {
        true => Ok(()),
        false => Err(StoreError::Busy("a turn to change dependencies")),
    }
}

impl From<Refused> for StoreError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Invalid(wrong) => Self::Invalid(vec![wrong]),
            Refused::Narrowed => Self::Narrowed,
        }
    }
}

/// Computes what takes some time at the limits away from what answers requests.
async fn computed<T: Send + 'static>(compute: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
    let computing = tokio::task::spawn_blocking(compute).await;
    computing.map_err(|error| StoreError::Unreadable(error.to_string()))
}

/// On which monitors each depends, of those that are seen, by id.
pub(crate) async fn of_monitors(
    client: &impl GenericClient,
    scope: Scope,
    monitors: &[i64],
) -> Result<HashMap<MonitorId, Vec<MonitorId>>, StoreError> {
    named(client, "monitor_dependencies", scope, monitors).await
}

/// On which monitors that are there and seen now each depended at the instant to which the transaction
/// [looks back](super::past::look_back).
pub(super) async fn of_monitors_then(
    tx: &Transaction<'_>,
    scope: Scope,
    monitors: &[i64],
) -> Result<HashMap<MonitorId, Vec<MonitorId>>, StoreError> {
    named(tx, "past.monitor_dependencies", scope, monitors).await
}

async fn named(
    client: &impl GenericClient,
    table: &str,
    scope: Scope,
    monitors: &[i64],
) -> Result<HashMap<MonitorId, Vec<MonitorId>>, StoreError> {
    let sql = format!(
        "SELECT d.monitor_id, array_agg(d.depends_on ORDER BY d.depends_on)
         FROM {table} d JOIN monitors m ON m.id = d.depends_on
         WHERE d.org_id = $1 AND d.monitor_id = ANY($2) AND m.deleted_at IS NULL AND {}
         GROUP BY d.monitor_id",
        sees("m.id", 1, 3)
    );
    let statement = client.prepare_cached(&sql).await?;
    let rows = client
        .query(&statement, &[scope.org_id(), &monitors, &scope.who()])
        .await?;
    let read = |row: &Row| {
        let named: Vec<i64> = row.try_get(1)?;
        let named: Vec<MonitorId> = named.into_iter().map(MonitorId).collect();
        Ok((MonitorId(row.try_get(0)?), named))
    };
    rows.iter().map(read).collect()
}

/// Adds to locked rows on which monitors they depend, also those that are not seen.
pub(super) async fn complete(
    tx: &impl GenericClient,
    scope: Scope,
    rows: &mut [MonitorRow],
) -> Result<(), StoreError> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id.0).collect();
    let mut all = of_monitors(tx, Scope::organisation(scope.org()), &ids).await?;
    for row in rows {
        row.alerts.depends_on = all.remove(&row.id).unwrap_or_default();
    }
    Ok(())
}

/// Requires that the monitors are there and seen that are named.
///
/// # Errors
/// 422 for each that is not.
pub(crate) async fn require(
    tx: &impl GenericClient,
    scope: Scope,
    named: &[MonitorId],
) -> Result<(), StoreError> {
    let ids: Vec<i64> = named.iter().map(|id| id.0).collect();
    let seen = seen_among(tx, scope, &ids).await?;
    let missing = named.iter().filter(|id| !seen.contains(*id));
    let errors: Vec<_> = missing
        .map(|id| FieldError::new(DEPENDS_ON, format!("there is no monitor {id}")))
        .collect();
    match errors.is_empty() {
        true => Ok(()),
        false => Err(StoreError::Invalid(errors)),
    }
}

/// On which monitors each of these locked ones depends, in their order, once it is to depend on the `named` ones, which are
/// [there](require). It is the turn of the transaction where one of those is new.
pub(crate) async fn changed_all(
    tx: &impl GenericClient,
    scope: Scope,
    named: &[MonitorId],
    rows: Vec<Depending>,
) -> Result<Vec<Result<Vec<MonitorId>, Refused>>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let sight = Sight::of(only_tags::monitors(tx, scope).await?);
    let adds = rows
        .iter()
        .any(|(_, old)| named.iter().any(|id| !old.contains(id)));
    // Where nothing is added nothing new is wrong. Who does not see everything may not have fewer held back, either.
    let pairs = match adds || !sight.is_all() {
        true => all_of(tx, scope).await?,
        false => Vec::new(),
    };
    let named = named.to_vec();
    computed(move || {
        let graph = Graph::of(pairs);
        Change { named, sight, graph }.make(&rows)
    })
    .await
}

/// On which monitors a locked one depends that is to depend on the `named` ones, and depended on the `old` ones.
///
/// # Errors
/// As those of [`require`]; 422 also when they would be too many, or the monitor would depend on itself; 403 when others
/// depend on it that are not seen.
pub(crate) async fn changed(
    tx: &impl GenericClient,
    scope: Scope,
    id: MonitorId,
    named: &[MonitorId],
    old: &[MonitorId],
) -> Result<Vec<MonitorId>, StoreError> {
    require(tx, scope, named).await?;
    let made = changed_all(tx, scope, named, vec![(id, old.to_vec())]).await?;
    let made: Result<Vec<Vec<MonitorId>>, Refused> = made.into_iter().collect();
    Ok(made?.into_iter().flatten().collect())
}

/// A monitor, and one on which it depends.
type Pair = (MonitorId, MonitorId);

/// All dependencies of the organisation.
async fn all_of(client: &impl GenericClient, scope: Scope) -> Result<Vec<Pair>, StoreError> {
    let sql = "SELECT d.monitor_id, d.depends_on FROM monitor_dependencies d
               JOIN monitors m ON m.id = d.monitor_id JOIN monitors above ON above.id = d.depends_on
               WHERE d.org_id = $1 AND m.deleted_at IS NULL AND above.deleted_at IS NULL";
    let statement = client.prepare_cached(sql).await?;
    pairs(&client.query(&statement, &[scope.org_id()]).await?)
}

fn pairs(rows: &[Row]) -> Result<Vec<Pair>, StoreError> {
    let read = |row: &Row| Ok((MonitorId(row.try_get(0)?), MonitorId(row.try_get(1)?)));
    rows.iter().map(read).collect()
}

/// Has locked monitors of an organisation depend on these and on no others.
pub(crate) async fn set_all(
    tx: &impl GenericClient,
    scope: Scope,
    wanted: &[(MonitorId, &[MonitorId])],
) -> Result<(), StoreError> {
    let monitors: Vec<i64> = wanted.iter().map(|(monitor, _)| monitor.0).collect();
    let of_each = |(monitor, named): &(MonitorId, &[MonitorId])| {
        let id = monitor.0;
        named.iter().map(|other| (id, other.0)).collect::<Vec<_>>()
    };
    let (of, named): (Vec<i64>, Vec<i64>) = wanted.iter().flat_map(of_each).unzip();
    let sql =
        "DELETE FROM monitor_dependencies d WHERE d.org_id = $1 AND d.monitor_id = ANY($2) AND NOT EXISTS (
                   SELECT FROM unnest($3::bigint[], $4::bigint[]) AS new (monitor_id, depends_on)
                   WHERE new.monitor_id = d.monitor_id AND new.depends_on = d.depends_on)";
    let statement = tx.prepare_cached(sql).await?;
    tx.execute(&statement, &[scope.org_id(), &monitors, &of, &named])
        .await?;
    let sql = "INSERT INTO monitor_dependencies (org_id, monitor_id, depends_on)
               SELECT $1, new.monitor_id, new.depends_on
               FROM unnest($2::bigint[], $3::bigint[]) AS new (monitor_id, depends_on)
               ON CONFLICT DO NOTHING";
    let statement = tx.prepare_cached(sql).await?;
    tx.execute(&statement, &[scope.org_id(), &of, &named]).await?;
    Ok(())
}

/// What is above some monitors.
#[derive(Debug)]
pub(super) struct AllAbove {
    graph: Graph,
    /// Of each monitor that depends on others, or others on it.
    delays: HashMap<MonitorId, Delays>,
}

/// How many seconds it takes at most until something is known of a monitor.
#[derive(Clone, Copy, Debug)]
struct Delays {
    /// That it is down.
    wait: u16,
    /// That it is up again.
    recheck: u16,
}

impl AllAbove {
    /// Of one of these monitors.
    pub(super) fn of(&self, monitor: MonitorId) -> Above {
        let depends_on = self.graph.ancestors(monitor);
        if depends_on.is_empty() {
            return Above::default();
        }
        let waits = depends_on.iter().filter_map(|id| self.delays.get(id));
        Above {
            wait_seconds: waits.map(|delays| delays.wait).max().unwrap_or(0),
            recheck_seconds: self.delays.get(&monitor).map_or(0, |delays| delays.recheck),
            depends_on,
        }
    }
}

/// What is above these monitors: each monitor is looked at once, however many depend on it.
pub(super) async fn above(
    client: &impl GenericClient,
    keyring: &Keyring,
    scope: Scope,
    monitors: &[i64],
) -> Result<AllAbove, StoreError> {
    let pairs = pairs_above(client, scope, monitors).await?;
    all_above(client, keyring, scope, pairs).await
}

/// What would be above a monitor that depended on these and on no others.
///
/// # Errors
/// 422 (`depends_on`) when it would depend on itself.
pub(crate) async fn above_if(
    client: &impl GenericClient,
    keyring: &Keyring,
    scope: Scope,
    monitor: MonitorId,
    named: &[MonitorId],
) -> Result<Above, StoreError> {
    let ids: Vec<i64> = named.iter().map(|id| id.0).collect();
    let mut pairs = pairs_above(client, scope, &ids).await?;
    pairs.retain(|(one, _)| *one != monitor);
    pairs.extend(named.iter().map(|id| (monitor, *id)));
    let above = all_above(client, keyring, scope, pairs).await?.of(monitor);
    // Nothing is above what depends on itself.
    if above.depends_on.is_empty() && !named.is_empty() {
        let wrong = FieldError::new(DEPENDS_ON, "must not have the monitor depend on itself");
        return Err(StoreError::Invalid(vec![wrong]));
    }
    Ok(above)
}

/// The dependencies of these monitors, and of all on which they depend.
async fn pairs_above(
    client: &impl GenericClient,
    scope: Scope,
    monitors: &[i64],
) -> Result<Vec<Pair>, StoreError> {
    let sql = "WITH RECURSIVE reached (id) AS (
                   SELECT unnest($2::bigint[])
                   UNION
                   SELECT d.depends_on FROM reached r JOIN monitor_dependencies d ON d.monitor_id = r.id
                   JOIN monitors m ON m.id = d.depends_on WHERE d.org_id = $1 AND m.deleted_at IS NULL
               )
               SELECT d.monitor_id, d.depends_on FROM reached r JOIN monitor_dependencies d ON d.monitor_id = r.id
               JOIN monitors m ON m.id = d.depends_on WHERE d.org_id = $1 AND m.deleted_at IS NULL";
    let statement = client.prepare_cached(sql).await?;
    let rows = client.query(&statement, &[scope.org_id(), &monitors]).await?;
    pairs(&rows)
}

async fn all_above(
    client: &impl GenericClient,
    keyring: &Keyring,
    scope: Scope,
    pairs: Vec<Pair>,
) -> Result<AllAbove, StoreError> {
    let graph = computed(move || Graph::of(pairs)).await?;
    let ids: Vec<i64> = graph.monitors().into_iter().map(|id| id.0).collect();
    let delays = delays(client, keyring, scope, &ids).await?;
    Ok(AllAbove { graph, delays })
}

/// Of each of these monitors; none of one that cannot be read, for it is not checked.
async fn delays(
    client: &impl GenericClient,
    keyring: &Keyring,
    scope: Scope,
    ids: &[i64],
) -> Result<HashMap<MonitorId, Delays>, StoreError> {
    let mut delays = HashMap::new();
    if ids.is_empty() {
        return Ok(delays);
    }
    let sql = "SELECT id, spec, sealed_spec FROM monitors WHERE org_id = $1 AND id = ANY($2)";
    let statement = client.prepare_cached(sql).await?;
    let parameters: [&(dyn ToSql + Sync); 2] = [scope.org_id(), &ids];
    // One by one: each may have 64 KiB.
    let mut rows = std::pin::pin!(client.query_raw(&statement, parameters).await?);
    while let Some(row) = rows.try_next().await? {
        let id = MonitorId(row.try_get("id")?);
        let (spec, sealed): (Stored<Spec>, Option<&[u8]>) =
            (row.try_get("spec")?, row.try_get("sealed_spec")?);
        let spec = monitor_seal::open(spec, sealed, keyring, scope.org(), id);
        if let Some(spec) = spec.value() {
            let (wait, recheck) = (wait_seconds(spec), recheck_seconds(spec));
            delays.insert(id, Delays { wait, recheck });
        }
    }
    Ok(delays)
}
