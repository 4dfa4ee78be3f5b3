//! What an SLA report is made of, of many monitors at once: who they are, their incidents and their response times. How long
//! they were up is measured as everywhere ([`measure`](super::measure)).

use std::collections::HashMap;

use api::SlaSelection;
use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::coverage::{hour_ceil, hour_floor};
use domain::histogram::Histogram;
use domain::monitor::FieldError;
use domain::{IncidentId, MonitorId, Timestamp};

use super::Scope;
use super::error::StoreError;
use super::incidents::parse_close_reason;
use super::monitor_status::parse_error_code;
use super::scope::{sees, sees_everything};
use crate::rules::sla::outages::Outage;
use crate::rules::sla::request::MAX_MONITORS;
use crate::rules::sla::result::Latencies;
use crate::rules::uptime_window::Window;

/// Incidents that one report may be of.
const MAX_INCIDENTS: i64 = 50_000;

/// A monitor of a report.
#[derive(Clone, Debug)]
pub(crate) struct Monitor {
    pub(crate) id: MonitorId,
    pub(crate) name: String,
    pub(crate) created_at: Timestamp,
}

/// The monitors that are seen of a selection, by name.
///
/// # Errors
/// 422 for a monitor that is not there, and for a tag or a status page that has no monitor, or too many.
pub(crate) async fn monitors(
    client: &impl GenericClient,
    scope: Scope,
    selection: &SlaSelection,
) -> Result<Vec<Monitor>, StoreError> {
    let condition = match selection {
        SlaSelection::Monitors { .. } => "m.id = ANY($3)".to_owned(),
        SlaSelection::Tag { .. } => "EXISTS (SELECT FROM monitor_tags mt JOIN tags t ON t.id = mt.tag_id
                     WHERE mt.monitor_id = m.id AND t.org_id = $1 AND lower(t.name) = lower($3))"
            .to_owned(),
        // Who does not see everything sees no status page.
        SlaSelection::StatusPage { .. } => format!(
            "EXISTS (SELECT FROM components c JOIN status_pages p ON p.id = c.page_id
                     WHERE c.monitor_id = m.id AND p.org_id = $1 AND p.id = $3) AND {}",
            sees_everything(1, 2)
        ),
    };
    let sql = format!(
        "SELECT m.id, m.name, m.created_at FROM monitors m
         WHERE m.org_id = $1 AND m.deleted_at IS NULL AND {} AND {condition}
         ORDER BY lower(m.name), m.id LIMIT {}",
        sees("m.id", 1, 2),
        MAX_MONITORS + 1
    );
    let (org, who) = (scope.org_id(), scope.who());
    let rows = match selection {
        SlaSelection::Monitors { monitors } => {
            let ids: Vec<i64> = monitors.iter().map(|id| id.0).collect();
            client.query(&sql, &[org, &who, &ids]).await?
        }
        SlaSelection::Tag { tag } => client.query(&sql, &[org, &who, tag]).await?,
        SlaSelection::StatusPage { status_page } => client.query(&sql, &[org, &who, &status_page.0]).await?,
    };
    let read = |row: &tokio_postgres::Row| {
        Ok::<_, tokio_postgres::Error>(Monitor {
            id: MonitorId(row.try_get(0)?),
            name: row.try_get(1)?,
            created_at: row.try_get::<_, DateTime<Utc>>(2)?.into(),
        })
    };
    let found: Vec<Monitor> = rows.iter().map(read).collect::<Result<_, _>>()?;
    let wrong = match selection {
        SlaSelection::Monitors { monitors } => {
            let is_unknown = |id: &&MonitorId| !found.iter().any(|monitor| monitor.id == **id);
            let wrong = |id| FieldError::new("selection.monitors", format!("there is no monitor {id}"));
            monitors.iter().filter(is_unknown).map(wrong).collect()
        }
        SlaSelection::Tag { tag } => {
            let none = format!("there is no monitor with the tag {tag:?}");
            wrong_number("selection.tag", found.len(), none)
        }
        SlaSelection::StatusPage { status_page } => {
            let none = format!("there is no status page {status_page} that shows a monitor");
            wrong_number("selection.status_page", found.len(), none)
        }
    };
    match wrong.is_empty() {
        true => Ok(found),
        false => Err(StoreError::Invalid(wrong)),
    }
}

/// What is wrong with what selects so many monitors.
fn wrong_number(field: &'static str, monitors: usize, none: String) -> Vec<FieldError> {
    match monitors {
        0 => vec![FieldError::new(field, none)],
        1..=MAX_MONITORS => Vec::new(),
        _ => vec![FieldError::new(
            field,
            format!("is of more than {MAX_MONITORS} monitors"),
        )],
    }
}

/// Windows of monitors by column, as PostgreSQL's `unnest` takes them.
struct Windows {
    monitor: Vec<i64>,
    start: Vec<DateTime<Utc>>,
    until: Vec<DateTime<Utc>>,
}

impl Windows {
    fn of(windows: &[(MonitorId, Window)], ends: impl Fn(&Window) -> (Timestamp, Timestamp)) -> Self {
        let ends: Vec<_> = windows.iter().map(|(_, window)| ends(window)).collect();
        Self {
            monitor: windows.iter().map(|(monitor, _)| monitor.0).collect(),
            start: ends.iter().map(|(start, _)| start.to_datetime()).collect(),
            until: ends.iter().map(|(_, until)| until.to_datetime()).collect(),
        }
    }
}

/// The incidents of monitors, each named once, that were open at some time in their windows.
///
/// # Errors
/// 422 when they are too many for a report.
pub(crate) async fn outages(
    client: &impl GenericClient,
    scope: Scope,
    windows: &[(MonitorId, Window)],
) -> Result<HashMap<MonitorId, Vec<Outage>>, StoreError> {
    let of = Windows::of(windows, |window| (window.start, window.until));
    let most = MAX_INCIDENTS + 1;
    let statement = client.prepare_cached(&outages_sql()).await?;
    let rows = client
        .query(
            &statement,
            &[
                scope.org_id(),
                &scope.who(),
                &of.monitor,
                &of.start,
                &of.until,
                &most,
            ],
        )
        .await?;
    if rows.len() as i64 > MAX_INCIDENTS {
        let wrong =
            format!("is of more than {MAX_INCIDENTS} incidents: choose fewer monitors, or a shorter period");
        return Err(StoreError::Invalid(vec![FieldError::new("selection", wrong)]));
    }
    let mut found: HashMap<MonitorId, Vec<Outage>> = HashMap::new();
    for row in &rows {
        let at = |column| row.try_get::<_, Option<DateTime<Utc>>>(column);
        let reason: Option<&str> = row.try_get(4)?;
        let cause: Option<&str> = row.try_get(5)?;
        let outage = Outage {
            id: IncidentId(row.try_get(1)?),
            started_at: row.try_get::<_, DateTime<Utc>>(2)?.into(),
            ended: at(3)?.map(Timestamp::from).zip(reason.map(parse_close_reason)),
            cause: cause.map(parse_error_code),
            acknowledged_at: at(6)?.map(Timestamp::from),
        };
        found.entry(MonitorId(row.try_get(0)?)).or_default().push(outage);
    }
    Ok(found)
}

pub(crate) fn outages_sql() -> String {
    format!(
        "SELECT i.monitor_id, i.id, i.started_at, i.resolved_at, i.close_reason, i.error_code, a.acknowledged_at
         FROM unnest($3::bigint[], $4::timestamptz[], $5::timestamptz[]) AS w (monitor_id, start, until)
         CROSS JOIN LATERAL (
             SELECT * FROM incidents o WHERE o.monitor_id = w.monitor_id AND o.started_at < w.until
               AND coalesce(o.resolved_at > w.start, true) AND o.org_id = $1) i
         LEFT JOIN incident_acknowledgements a ON a.incident_id = i.id
         WHERE {} LIMIT $6",
        sees("i.monitor_id", 1, 2)
    )
}

/// The response times of monitors, each named once, in the hours that begin in their windows: of days (UTC) that lie in
/// them whole by the day, where there is one.
pub(crate) async fn latencies(
    client: &impl GenericClient,
    windows: &[(MonitorId, Window)],
    now: Timestamp,
) -> Result<HashMap<MonitorId, Latencies>, StoreError> {
    let of = Windows::of(windows, |window| {
        // The hour that is under way has no part after now.
        let until = if window.until >= now {
            hour_ceil
        } else {
            hour_floor
        };
        (hour_floor(window.start), until(window.until))
    });
    let statement = client.prepare_cached(LATENCIES).await?;
    let rows = client
        .query(&statement, &[&of.monitor, &of.start, &of.until])
        .await?;
    let mut found: HashMap<MonitorId, Latencies> = HashMap::new();
    for row in &rows {
        let (buckets, counts): (Vec<i16>, Vec<i32>) = (row.try_get(1)?, row.try_get(2)?);
        let part = Latencies {
            histogram: Histogram::from_parts(&buckets, &counts),
            min_ms: row.try_get(3)?,
            max_ms: row.try_get(4)?,
        };
        found.entry(MonitorId(row.try_get(0)?)).or_default().add(&part);
    }
    Ok(found)
}

/// Day by day: what a day has is one row, and the hours of a day are looked at where it has none.
pub(crate) const LATENCIES: &str = "
    SELECT w.monitor_id, part.latency_buckets, part.latency_counts, part.latency_min_ms, part.latency_max_ms
    FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) AS w (monitor_id, start, until)
    CROSS JOIN LATERAL (
        SELECT day AT TIME ZONE 'UTC' AS begins, (day + interval '1 day') AT TIME ZONE 'UTC' AS ends, day::date AS day
        FROM generate_series(date_trunc('day', w.start AT TIME ZONE 'UTC'),
                             (w.until - interval '1 microsecond') AT TIME ZONE 'UTC', interval '1 day') AS day
    ) d
    LEFT JOIN LATERAL (
        SELECT latency_buckets, latency_counts, latency_min_ms, latency_max_ms FROM rollups_daily
        WHERE monitor_id = w.monitor_id AND day = d.day AND d.begins >= w.start AND d.ends <= w.until
        -- There is one, and PostgreSQL shall look it up instead of reading all.
        LIMIT 1
    ) whole ON true
    CROSS JOIN LATERAL (
        SELECT whole.latency_buckets, whole.latency_counts, whole.latency_min_ms, whole.latency_max_ms
        WHERE whole.latency_buckets IS NOT NULL
        UNION ALL
        SELECT h.latency_buckets, h.latency_counts, h.latency_min_ms, h.latency_max_ms FROM rollups_hourly h
        WHERE whole.latency_buckets IS NULL AND h.monitor_id = w.monitor_id
          AND h.hour >= greatest(w.start, d.begins) AND h.hour < least(w.until, d.ends)
    ) part
    WHERE part.latency_min_ms IS NOT NULL";
