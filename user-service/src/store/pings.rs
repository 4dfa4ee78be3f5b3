//! Rows of `pings`, which the processor writes: the latest of each heartbeat.

use api::HeartbeatPing;
use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::MonitorId;
use domain::record::{Ping, PingKind};
use shared::crypto::Keyring;
use tokio_postgres::Row;
use uuid::Uuid;

use super::Scope;
use super::error::StoreError;

/// Which pings are asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) before: Option<i64>,
    pub(crate) kind: Option<PingKind>,
}

pub(crate) const LIST: &str = "
    SELECT n, id, arrived_at, kind, run_id, exit_status, duration_ms, message, scheme, method, address,
           user_agent, body_bytes, sealed_body IS NOT NULL AS has_body
    FROM pings
    WHERE monitor_id = $1 AND org_id = $2 AND ($3::bigint IS NULL OR n < $3) AND ($4::text IS NULL OR kind = $4)
    ORDER BY n DESC LIMIT $5";

pub(crate) const BODY: &str =
    "SELECT id, sealed_body FROM pings WHERE monitor_id = $1 AND org_id = $2 AND n = $3";

/// The pings of a monitor that is seen, newest first.
pub(crate) async fn list(
    client: &impl GenericClient,
    scope: Scope,
    monitor: MonitorId,
    wanted: Wanted,
    limit: i64,
) -> Result<Vec<HeartbeatPing>, StoreError> {
    let kind = wanted.kind.map(PingKind::as_str);
    let statement = client.prepare_cached(LIST).await?;
    let rows = client
        .query(
            &statement,
            &[&monitor.0, scope.org_id(), &wanted.before, &kind, &limit],
        )
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<HeartbeatPing, StoreError> {
    Ok(HeartbeatPing {
        n: row.try_get("n")?,
        id: row.try_get("id")?,
        at: row.try_get::<_, DateTime<Utc>>("arrived_at")?.into(),
        kind: row.try_get("kind")?,
        run_id: row.try_get("run_id")?,
        exit_status: row.try_get("exit_status")?,
        duration_ms: row.try_get("duration_ms")?,
        message: row.try_get("message")?,
        scheme: row.try_get("scheme")?,
        method: row.try_get("method")?,
        address: row.try_get("address")?,
        user_agent: row.try_get("user_agent")?,
        body_bytes: row.try_get("body_bytes")?,
        has_body: row.try_get("has_body")?,
    })
}

/// The beginning of a ping's body.
///
/// # Errors
/// 404 when there is no such ping, or nothing is kept of its body.
pub(crate) async fn body(
    client: &impl GenericClient,
    keyring: &Keyring,
    scope: Scope,
    monitor: MonitorId,
    n: i64,
) -> Result<Vec<u8>, StoreError> {
    let row = client.query_opt(BODY, &[&monitor.0, scope.org_id(), &n]).await?;
    let row = row.ok_or(StoreError::NotFound("ping"))?;
    let (id, sealed): (Uuid, Option<&[u8]>) = (row.try_get(0)?, row.try_get(1)?);
    let sealed = sealed.ok_or(StoreError::NotFound("body"))?;
    let opened = keyring.open(&Ping::seal_context(scope.org(), monitor, id), sealed);
    opened.map_err(|error| StoreError::Unreadable(format!("the body of a ping: {error}")))
}
