//! The status of monitors as it was at an earlier instant, of what was stored by then: their incidents, and the results that are
//! still kept. As many queries, however many monitors there are.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use deadpool_postgres::{Client, Transaction};
use domain::live::{LiveState, LiveStatus, Point};
use domain::monitor::FieldError;
use domain::record::PointState;
use domain::{IncidentId, MonitorId, Timestamp};
use tokio_postgres::Row;
use uuid::Uuid;

use super::error::StoreError;
use super::incidents_as_of::{was_over, was_there};
use super::results_as_of::{self, Failures, Found, MAX_RESULTS, REACH_MS, points};
use super::scope::sees;
use super::{Scope, measure, past, snapshot};
use crate::rules::as_of;
use crate::rules::status_as_of::{Checked, Course, Recovery, follow};

/// The monitors as the past has them. What is checked began with the first revision of it, whatever else was changed since. Whether
/// one ever waited for pings is known of what is kept of it.
fn monitors_sql() -> String {
    format!(
        "SELECT m.id, coalesce(held.paused, false) AS paused, held.revision, checked.since AS probe_revision,
             coalesce(kept.until_at <= $4 + interval '1 day', false) AS is_changed_soon,
             greatest(m.created_at, (
                 SELECT max(p.until_at) FROM past_rows p
                 WHERE p.org_id = m.org_id AND p.relation = 'monitors' AND p.row_key = m.id::text AND p.until_at <= $4
                   AND (p.was IS NULL OR (p.was->>'revision')::integer < checked.since)
             )) AS began,
             coalesce(m.spec->>'kind' = 'heartbeat', false)
                 OR EXISTS (SELECT FROM heartbeat_spans s WHERE s.monitor_id = m.id)
                 OR EXISTS (SELECT FROM monitor_versions v WHERE v.monitor_id = m.id AND v.spec->>'kind' = 'heartbeat')
                 AS is_heartbeat
         FROM monitors m
         LEFT JOIN LATERAL (
             SELECT p.id, p.until_at, p.was FROM past_rows p
             WHERE p.org_id = m.org_id AND p.relation = 'monitors' AND p.row_key = m.id::text AND p.until_at > $4
             ORDER BY p.until_at, p.id LIMIT 1
         ) AS kept ON true
         CROSS JOIN LATERAL (
             SELECT CASE WHEN kept.id IS NULL THEN m.revision ELSE (kept.was->>'revision')::integer END AS revision,
                    CASE WHEN kept.id IS NULL THEN m.probe_revision
                         ELSE (kept.was->>'probe_revision')::integer END AS probe_revision,
                    CASE WHEN kept.id IS NULL THEN m.probe_revision_of
                         ELSE (kept.was->>'probe_revision_of')::integer END AS probe_revision_of,
                    CASE WHEN kept.id IS NULL THEN m.spec->'paused' ELSE kept.was->'paused' END = 'true' AS paused,
                    CASE WHEN kept.id IS NULL THEN m.deleted_at IS NULL
                         ELSE kept.was IS NOT NULL AND kept.was->>'deleted_at' IS NULL END AS is_there
         ) AS held
         CROSS JOIN LATERAL (
             SELECT CASE WHEN held.probe_revision_of = held.revision AND held.probe_revision IS NOT NULL
                         THEN held.probe_revision ELSE held.revision END AS since
         ) AS checked
         WHERE m.id = ANY($1) AND m.org_id = $2 AND m.created_at <= $4 AND held.is_there AND {}",
        sees("m.id", 2, 3)
    )
}

/// The incident of each monitor that was open, and the end of the last one that the target had recovered from. A monitor has one
/// that is open at a time, so that it is among the latest; a few more are looked at, for a refold makes some anew.
pub(super) fn incidents_sql() -> String {
    let (there, over) = (was_there(2), was_over(2));
    format!(
        "SELECT w.id, o.id AS incident_id, o.started_at, r.resolved_at, r.closed_at
         FROM unnest($1::bigint[]) AS w (id)
         LEFT JOIN LATERAL (
             SELECT i.id, i.started_at FROM (
                 SELECT i.id, i.started_at, i.resolved_at, i.closed_at FROM incidents i
                 WHERE i.monitor_id = w.id AND {there} ORDER BY i.started_at DESC LIMIT 20
             ) AS i
             WHERE NOT {over} ORDER BY i.started_at DESC LIMIT 1
         ) AS o ON true
         LEFT JOIN LATERAL (
             SELECT i.resolved_at, i.closed_at FROM incidents i
             WHERE i.monitor_id = w.id AND {there} AND {over} AND i.close_reason = 'recovered'
             ORDER BY i.started_at DESC LIMIT 1
         ) AS r ON true"
    )
}

/// What is known of a monitor as of an instant.
#[derive(Debug)]
pub(crate) struct Then {
    /// The status, or why it is not known.
    pub(crate) status: Result<LiveStatus, FieldError>,
    /// The last results, oldest first; none where the status is not known.
    pub(crate) points: Vec<Point>,
}

/// The status of a monitor as of an instant.
///
/// # Errors
/// 404 when it was not there; 422 (`at`) where the status is not known: before the past or the results are kept, and of
/// heartbeats and of what several regions checked.
pub(crate) async fn status(
    client: &mut Client,
    scope: Scope,
    id: MonitorId,
    at: Timestamp,
) -> Result<LiveStatus, StoreError> {
    let known_since = past::known_since(&*client, scope).await?;
    let tx = snapshot(client).await?;
    let found = statuses(&tx, scope, &[id.0], at, known_since).await?.remove(&id);
    tx.commit().await?;
    let found = found.ok_or(StoreError::NotFound("monitor"))?;
    let status = found.status.map_err(|wrong| StoreError::Invalid(vec![wrong]))?;
    Ok(LiveStatus {
        as_of: Some(at),
        ..status
    })
}

/// The statuses as of an instant of those monitors that were there and are seen; the past is known since `known_since`.
pub(crate) async fn statuses(
    tx: &Transaction<'_>,
    scope: Scope,
    monitors: &[i64],
    at: Timestamp,
    known_since: Timestamp,
) -> Result<HashMap<MonitorId, Then>, StoreError> {
    if monitors.is_empty() {
        return Ok(HashMap::new());
    }
    let then = at.to_datetime();
    let statement = tx.prepare_cached(&monitors_sql()).await?;
    let rows = tx
        .query(&statement, &[&monitors, scope.org_id(), &scope.who(), &then])
        .await?;
    let held: Vec<Held> = rows.iter().map(Held::read).collect::<Result<_, _>>()?;
    let there: Vec<i64> = held.iter().map(|one| one.id.0).collect();
    let kept = measure::kept_of(tx, &there).await?;
    let since = |id: MonitorId| {
        let results_from = kept.get(&id).map_or(known_since, |kept| kept.results_from);
        (results_from, known_since.max(results_from))
    };
    // Of the others it is not known whatever the results are.
    let answered: Vec<&Held> = held
        .iter()
        .filter(|one| !one.is_heartbeat && at >= since(one.id).1)
        .collect();
    let ids: Vec<i64> = answered.iter().map(|one| one.id.0).collect();
    let results = results_as_of::results(tx, &ids, at).await?;
    let results = |id: MonitorId| results.get(&id).map(Vec::as_slice).unwrap_or_default();
    let incidents = incidents(tx, &there, at).await?;
    let incident = |id: MonitorId| incidents.get(&id).copied().unwrap_or_default();
    let with_known = answered.iter().map(|one| (*one, known_revision(results(one.id))));
    let may_be_replaced: Vec<(MonitorId, i32)> = with_known
        .filter(|(one, known)| one.is_changed_soon || one.revision > *known)
        .map(|(one, known)| (one.id, known))
        .collect();
    let replacing = results_as_of::replacing(tx, &may_be_replaced, at).await?;
    let lower = at.plus_millis(-REACH_MS);
    let may_be_new: Vec<(MonitorId, Timestamp)> = answered
        .iter()
        .filter(|one| !one.paused && incident(one.id).open.is_none())
        .filter(|one| one.is_new(results(one.id), lower.max(since(one.id).0)))
        .map(|one| (one.id, one.began))
        .collect();
    let missing = results_as_of::missing(tx, &may_be_new, at).await?;
    let is_new: HashSet<MonitorId> = may_be_new.into_iter().map(|(id, _)| id).collect();
    let (mut found, mut failures) = (HashMap::new(), Failures::default());
    for one in &held {
        let id = one.id;
        let known = Known {
            results: results(id),
            replacing: replacing.get(&id).copied(),
            incident: incident(id),
            is_new: is_new.contains(&id) && !missing.contains(&id),
        };
        let (_, since) = since(id);
        let status = match one.is_heartbeat {
            true => Err(unknown("is not known of heartbeats")),
            false if at < since => {
                let what = "the results of the monitor and what it was are known";
                Err(as_of::before(since, what))
            }
            false => one.status(&known),
        };
        let status = status.map(|(mut status, latest)| {
            if let Some(latest) = latest {
                latest.add_to(&mut status);
                failures.add(id, latest);
            }
            status
        });
        let then = Then {
            points: status
                .as_ref()
                .map_or_else(|_| Vec::new(), |_| points(known.results)),
            status,
        };
        found.insert(id, then);
    }
    for (id, failure) in failures.look_up(tx).await? {
        if let Some(Ok(status)) = found.get_mut(&id).map(|then| then.status.as_mut()) {
            status.error_code = failure.code;
            status.error = failure.error;
        }
    }
    Ok(found)
}

/// A monitor as it was.
struct Held {
    id: MonitorId,
    revision: i32,
    probe_revision: i32,
    paused: bool,
    is_heartbeat: bool,
    /// Whether it was changed within a day after the instant.
    is_changed_soon: bool,
    /// Since when that was checked which was checked.
    began: Timestamp,
}

/// What is known of a monitor beside what it was.
struct Known<'a> {
    results: &'a [Found],
    /// The revision of what may have taken the place of another result.
    replacing: Option<i32>,
    incident: Incidents,
    /// Whether there was no success of what was checked.
    is_new: bool,
}

/// The highest revision of which there is a result.
fn known_revision(results: &[Found]) -> i32 {
    results
        .iter()
        .map(|result| result.checked.revision)
        .max()
        .unwrap_or(0)
}

impl Held {
    fn read(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            id: MonitorId(row.try_get("id")?),
            revision: row.try_get("revision")?,
            probe_revision: row.try_get("probe_revision")?,
            paused: row.try_get("paused")?,
            is_heartbeat: row.try_get("is_heartbeat")?,
            is_changed_soon: row.try_get("is_changed_soon")?,
            began: row.try_get::<_, DateTime<Utc>>("began")?.into(),
        })
    }

    /// Whether these results would hold a success of what was checked, if there had been one, and hold none; they are kept since
    /// `kept_from`.
    fn is_new(&self, results: &[Found], kept_from: Timestamp) -> bool {
        let of_what_is_checked = |result: &Found| result.checked.revision >= self.probe_revision;
        // A full page reaches back to what was checked before.
        let oldest = results.iter().min_by_key(|result| result.checked.slot);
        let is_whole =
            (results.len() as i64) < MAX_RESULTS || oldest.is_some_and(|oldest| !of_what_is_checked(oldest));
        let is_success =
            |result: &Found| of_what_is_checked(result) && result.checked.point != PointState::Down;
        self.began >= kept_from && is_whole && !results.iter().any(is_success)
    }

    /// What is known of it came to, and the latest result that counted, if that is known. Where the monitor is new, it is pending
    /// until there is one.
    fn status<'a>(&self, known: &Known<'a>) -> Result<(LiveStatus, Option<&'a Found>), FieldError> {
        let (results, incident) = (known.results, known.incident);
        if results.iter().any(|result| result.by_quorum) {
            return Err(unknown("is not known of monitors that several regions checked"));
        }
        let checked: Vec<Checked> = results.iter().map(|result| result.checked).collect();
        let course = follow(&checked, self.probe_revision, incident.recovery);
        let status = match (self.paused, incident.open, course) {
            (true, ..) => of(LiveState::Paused, None),
            (false, Some((incident, started_at)), _) => LiveStatus {
                incident_id: Some(incident),
                ..of(LiveState::Down, Some(started_at))
            },
            // What is replaced is of an earlier revision: was it of what was checked then, it may have been another state.
            (false, None, _) if known.replacing.is_some_and(|by| by > self.probe_revision) => {
                return Err(unknown(
                    "is not known then: the result was replaced, after an edit or a pause, by a check of the same slot",
                ));
            }
            (
                false,
                None,
                Course {
                    point: Some(point),
                    since,
                    ..
                },
            ) => of(live(point), since),
            (false, None, _) if known.is_new => of(LiveState::Pending, None),
            (false, None, _) => {
                return Err(unknown(
                    "is not known then: no result of what was checked is kept",
                ));
            }
        };
        let latest = course.latest.filter(|_| known.replacing.is_none());
        Ok((status, latest.and_then(|n| results.get(n))))
    }
}

fn unknown(wrong: &str) -> FieldError {
    FieldError::new("at", format!("must be left out: the status {wrong}"))
}

fn of(state: LiveState, since: Option<Timestamp>) -> LiveStatus {
    LiveStatus {
        state,
        since,
        ..LiveStatus::default()
    }
}

fn live(point: PointState) -> LiveState {
    match point {
        PointState::Degraded => LiveState::Degraded,
        _ => LiveState::Up,
    }
}

/// What is known of the incidents of a monitor.
#[derive(Clone, Copy, Default)]
struct Incidents {
    /// The one that was open, and since when it lasted.
    open: Option<(IncidentId, Timestamp)>,
    recovery: Option<Recovery>,
}

async fn incidents(
    tx: &Transaction<'_>,
    monitors: &[i64],
    at: Timestamp,
) -> Result<HashMap<MonitorId, Incidents>, StoreError> {
    let statement = tx.prepare_cached(&incidents_sql()).await?;
    let rows = tx.query(&statement, &[&monitors, &at.to_datetime()]).await?;
    let instant = |row: &Row, name: &str| -> Result<Option<Timestamp>, tokio_postgres::Error> {
        Ok(row
            .try_get::<_, Option<DateTime<Utc>>>(name)?
            .map(Timestamp::from))
    };
    let read = |row: &Row| {
        let open: Option<IncidentId> = row.try_get::<_, Option<Uuid>>("incident_id")?.map(IncidentId);
        let confirmed = instant(row, "closed_at")?;
        let of_one = Incidents {
            open: open.zip(instant(row, "started_at")?),
            recovery: instant(row, "resolved_at")?.map(|at| Recovery { at, confirmed }),
        };
        Ok((MonitorId(row.try_get("id")?), of_one))
    };
    rows.iter().map(read).collect()
}
