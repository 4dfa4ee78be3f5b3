//! Monitors as they were at an earlier instant: definitions from their versions, what alerts go by from the past, and statuses
//! from what was stored by then. Of those that are there now; who may see them is as it is now. As many queries, however many
//! monitors there are.

use deadpool_postgres::{Client, Transaction};
use domain::live::{LiveStatus, Point};
use domain::monitor::FieldError;
use domain::{MonitorId, Timestamp};
use futures_util::TryStreamExt as _;
use shared::crypto::Keyring;
use shared::postgres::Stored;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::error::StoreError;
use super::monitor_row::{Columns, MonitorRow};
use super::monitors::{Filter, MAX_PAGE_BYTES, searched_address};
use super::only_tags::sees_tag_or_everything;
use super::scope::sees;
use super::status_as_of::statuses;
use super::{Scope, dependencies, past, snapshot, tags};
use crate::rules::text::like_pattern;

/// Monitors that are looked at for a page, at most: what each was is made of up to 200 results.
const MAX_LOOKED_AT: usize = 200;

/// What is not known of a monitor of which no version is kept that held then.
pub(crate) const DEFINITION: &str = "definition";

/// What only the past knows.
const ALERTING: [&str; 8] = [
    "tags",
    "depends_on",
    "severity",
    "recipients",
    "flapping",
    "muted",
    "muted_until",
    "revision",
];

/// Of what nothing is kept where the monitor was changed since.
const CHANGED_SINCE: [&str; 4] = ["external_key", "version", "updated_at", "anomalies"];

/// A monitor as it was.
#[derive(Debug)]
pub(crate) struct MonitorThen {
    /// With the monitors on which it depended.
    pub(crate) row: MonitorRow,
    pub(crate) tags: Vec<String>,
    /// None where it is not known.
    pub(crate) status: Option<LiveStatus>,
    /// The last results, oldest first.
    pub(crate) points: Vec<Point>,
    /// What is not known: [`DEFINITION`], and fields that are as they are now.
    pub(crate) not_known: Vec<&'static str>,
}

/// The monitors of the organisation `$1` that `$4` sees, as they were at `$2`; `$3` says whether the past is known then. What is
/// kept between two versions is the earlier one but for whether it was paused: such versions go first. A monitor without
/// versions is from before they were kept, and has not been changed since. Of keys, versions of rows and what is asked of response
/// times nothing is kept: they are what they were where `updated_at`, which dates each change of theirs, is before the instant.
fn select() -> String {
    let columns = Columns {
        id: "m.id",
        org_id: "m.org_id",
        name: "held.name",
        external_key: "m.external_key",
        spec: "held.spec",
        sealed_spec: "held.sealed_spec",
        revision: "CASE WHEN kept.id IS NULL THEN m.revision ELSE (kept.was->>'revision')::integer END",
        probe_revision: "NULL::integer",
        probe_since: "NULL::timestamptz",
        version: "m.version",
        severity: "CASE WHEN kept.id IS NULL THEN m.severity ELSE kept.was->>'severity' END",
        alert_recipients: "CASE WHEN kept.id IS NULL THEN m.alert_recipients
                                ELSE nullif(kept.was->'alert_recipients', 'null') END",
        flapping: "CASE WHEN kept.id IS NULL THEN m.flapping ELSE nullif(kept.was->'flapping', 'null') END",
        anomalies: "m.anomalies",
        muted: "CASE WHEN kept.id IS NULL THEN m.muted ELSE (kept.was->>'muted')::boolean END",
        muted_until: "CASE WHEN kept.id IS NULL THEN m.muted_until
                           ELSE (kept.was->>'muted_until')::timestamptz END",
        created_at: "m.created_at",
        updated_at: "m.updated_at",
    };
    format!(
        "SELECT {}, m.updated_at > $2 AS is_changed, source.name AS source, source.paused
         FROM monitors m
         LEFT JOIN LATERAL (
             SELECT k.version, k.from_at, k.until_at, k.name, k.spec, k.sealed_spec FROM monitor_versions k
             WHERE k.monitor_id = m.id AND k.org_id = m.org_id AND k.from_at <= $2 ORDER BY k.version DESC LIMIT 1
         ) AS v ON true
         LEFT JOIN LATERAL (
             SELECT p.id, p.was FROM past_rows p
             WHERE $3::boolean AND p.org_id = m.org_id AND p.relation = 'monitors' AND p.row_key = m.id::text
               AND p.until_at > $2
             ORDER BY p.until_at, p.id LIMIT 1
         ) AS kept ON true
         CROSS JOIN LATERAL (
             SELECT CASE WHEN v.version IS NOT NULL AND v.until_at IS NULL THEN 'present'
                         WHEN v.until_at > $2 THEN 'kept'
                         WHEN v.version IS NOT NULL THEN 'before'
                         WHEN least(m.updated_at, (SELECT b.at FROM monitor_versions_begun b)) <= $2
                              AND NOT EXISTS (SELECT FROM monitor_versions k WHERE k.monitor_id = m.id) THEN 'present'
                         ELSE 'unknown' END AS name,
                    coalesce(CASE WHEN kept.id IS NULL THEN m.spec->'paused' ELSE kept.was->'paused' END = 'true', false)
                        AS paused
         ) AS source
         CROSS JOIN LATERAL (
             SELECT CASE WHEN source.name IN ('kept', 'before') THEN v.name ELSE m.name END AS name,
                    CASE WHEN source.name = 'present' THEN m.spec
                         WHEN source.name = 'unknown' THEN jsonb_build_object('paused', source.paused)
                         ELSE v.spec END AS spec,
                    CASE WHEN source.name = 'present' THEN m.sealed_spec
                         WHEN source.name = 'unknown' THEN NULL ELSE v.sealed_spec END AS sealed_spec
         ) AS held
         WHERE m.org_id = $1 AND m.deleted_at IS NULL AND m.created_at <= $2
           AND (kept.id IS NULL OR kept.was IS NOT NULL) AND {}",
        columns.selected(),
        sees("m.id", 1, 4)
    )
}

pub(crate) fn page_sql() -> String {
    format!(
        "{} AND m.id > $5
           AND ($6::text IS NULL OR source.name <> 'unknown' AND (held.name ILIKE $6 OR {} ILIKE $6))
           AND ($7::text IS NULL OR held.spec->>'kind' = $7)
           AND ($8::text IS NULL OR EXISTS (
               SELECT FROM past.monitor_tags mt JOIN tags t ON t.id = mt.tag_id
               WHERE mt.monitor_id = m.id AND t.org_id = $1 AND lower(t.name) = lower($8) AND {}
           ))
         ORDER BY m.id LIMIT $9",
        select(),
        searched_address("held.spec"),
        sees_tag_or_everything("t.id", 1, 4)
    )
}

/// A page of monitors, and after which monitor the next one begins, if there is one.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) monitors: Vec<MonitorThen>,
    pub(crate) end: Option<MonitorId>,
}

/// The monitors of an organisation after `after` that fitted `filter` at an instant, by id: at most `limit`, of so many as are
/// looked at together, and not many more bytes than a page may have. What is not known fits no filter.
///
/// # Errors
/// 422 for a filter of which it is not known what fitted it: `external_key`, and `at` where a tag is asked for from before the
/// past is known.
pub(crate) async fn page(
    client: &mut Client,
    keyring: &Keyring,
    scope: Scope,
    filter: &Filter,
    after: MonitorId,
    limit: usize,
    at: Timestamp,
) -> Result<Found, StoreError> {
    if filter.external_key.is_some() {
        let wrong = "must be left out with `at`: which monitor had it then is not known";
        return Err(StoreError::Invalid(vec![FieldError::new("external_key", wrong)]));
    }
    let known_since = past::known_since(&*client, scope).await?;
    if filter.tag.is_some() {
        past::require_tags(at, known_since)?;
    }
    let tx = snapshot(client).await?;
    past::look_back(&tx, scope, at).await?;
    // Which of them were in the state that is asked for is seen once they are looked at.
    let most = match filter.state {
        Some(_) => MAX_LOOKED_AT,
        None => limit.min(MAX_LOOKED_AT),
    };
    let when = When { at, known_since };
    let (rows, more) = rows(&tx, keyring, scope, when, filter, after, most).await?;
    let mut end = rows.last().map(|then| then.row.id).filter(|_| more);
    let mut monitors = completed(&tx, scope, when, rows).await?;
    tx.commit().await?;
    if let Some(state) = filter.state {
        let is_so = |then: &MonitorThen| then.status.as_ref().is_some_and(|status| status.state == state);
        monitors.retain(is_so);
    }
    if monitors.len() > limit {
        monitors.truncate(limit);
        end = monitors.last().map(|then| then.row.id);
    }
    Ok(Found { monitors, end })
}

/// A monitor as it was at an instant.
///
/// # Errors
/// 404 when it was not there yet, and when it is not there any more.
pub(crate) async fn find(
    client: &mut Client,
    keyring: &Keyring,
    scope: Scope,
    id: MonitorId,
    at: Timestamp,
) -> Result<MonitorThen, StoreError> {
    let known_since = past::known_since(&*client, scope).await?;
    let tx = snapshot(client).await?;
    past::look_back(&tx, scope, at).await?;
    let sql = format!("{} AND m.id = $5", select());
    let statement = tx.prepare_cached(&sql).await?;
    let when = When { at, known_since };
    let (then, is_known, who) = (at.to_datetime(), when.is_known(), scope.who());
    let parameters: [&(dyn ToSql + Sync); 5] = [scope.org_id(), &then, &is_known, &who, &id.0];
    let row = tx.query_opt(&statement, &parameters).await?;
    let row = row.ok_or(StoreError::NotFound("monitor"))?;
    let found = vec![read(&row, keyring, is_known)?];
    let found = completed(&tx, scope, when, found).await?;
    tx.commit().await?;
    found.into_iter().next().ok_or(StoreError::NotFound("monitor"))
}

/// As of which instant is answered, and since when the past is known.
#[derive(Clone, Copy)]
struct When {
    at: Timestamp,
    known_since: Timestamp,
}

impl When {
    /// Whether the past is known then.
    fn is_known(self) -> bool {
        self.at >= self.known_since
    }
}

/// The monitors of a page without what is in other tables, and whether there are more.
async fn rows(
    tx: &Transaction<'_>,
    keyring: &Keyring,
    scope: Scope,
    when: When,
    filter: &Filter,
    after: MonitorId,
    most: usize,
) -> Result<(Vec<MonitorThen>, bool), StoreError> {
    let statement = tx.prepare_cached(&page_sql()).await?;
    let pattern = filter.part.as_deref().map(like_pattern);
    let (then, is_known, who) = (when.at.to_datetime(), when.is_known(), scope.who());
    let one_more = most as i64 + 1;
    let parameters: [&(dyn ToSql + Sync); 9] = [
        scope.org_id(),
        &then,
        &is_known,
        &who,
        &after.0,
        &pattern,
        &filter.kind,
        &filter.tag,
        &one_more,
    ];
    let mut rows = std::pin::pin!(tx.query_raw(&statement, parameters).await?);
    let (mut page, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.try_next().await? {
        if page.len() == most || bytes >= MAX_PAGE_BYTES {
            return Ok((page, true));
        }
        bytes += row.raw_size_bytes();
        page.push(read(&row, keyring, is_known)?);
    }
    Ok((page, false))
}

fn read(row: &Row, keyring: &Keyring, is_known: bool) -> Result<MonitorThen, StoreError> {
    let mut monitor = MonitorRow::read(row, keyring)?;
    let source: &str = row.try_get("source")?;
    let (is_changed, paused): (bool, bool) = (row.try_get("is_changed")?, row.try_get("paused")?);
    let mut not_known = Vec::new();
    match (source, &mut monitor.spec) {
        ("unknown", _) => not_known.push(DEFINITION),
        ("before", Stored::Read(spec)) if is_known => spec.paused = paused,
        ("before", _) if !is_known => not_known.push("paused"),
        _ => {}
    }
    if !is_known {
        not_known.extend(ALERTING);
    }
    if is_changed {
        not_known.extend(CHANGED_SINCE);
    }
    Ok(MonitorThen {
        row: monitor,
        tags: Vec::new(),
        status: None,
        points: Vec::new(),
        not_known,
    })
}

/// The same with their tags, dependencies and statuses; where the past is not known, with the present tags and dependencies.
async fn completed(
    tx: &Transaction<'_>,
    scope: Scope,
    when: When,
    mut monitors: Vec<MonitorThen>,
) -> Result<Vec<MonitorThen>, StoreError> {
    let ids: Vec<i64> = monitors.iter().map(|then| then.row.id.0).collect();
    let (mut own_tags, mut named) = match when.is_known() {
        true => (
            tags::of_monitors_then(tx, scope, &ids).await?,
            dependencies::of_monitors_then(tx, scope, &ids).await?,
        ),
        false => (
            tags::of_monitors(tx, &ids).await?,
            dependencies::of_monitors(tx, scope, &ids).await?,
        ),
    };
    let mut found = statuses(tx, scope, &ids, when.at, when.known_since).await?;
    for then in &mut monitors {
        let id = then.row.id;
        then.tags = own_tags.remove(&id).unwrap_or_default();
        then.row.alerts.depends_on = named.remove(&id).unwrap_or_default();
        if let Some(found) = found.remove(&id) {
            then.status = found.status.ok();
            then.points = found.points;
        }
        if then.status.is_none() {
            then.not_known.push("status");
        }
    }
    Ok(monitors)
}
