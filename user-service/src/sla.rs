//! Makes SLA reports: of one snapshot of the database, on connections of their own, which organisations share fairly.
//!
//! request → monitors, windows → what was measured, incidents, response times → `rules::sla` → the report

use std::ops::Range;
use std::time::Duration;

use api::{SlaMonitor, SlaReportContent, SlaTotal};
use deadpool_postgres::{Pool, Transaction};
use domain::maintenance::Expanded;
use domain::{OrgId, Timestamp};
use shared::http::problem::Problem;
use shared::permits::FairPermits;
use tokio::time::Instant;
use tokio_postgres::error::SqlState;

use crate::metrics as names;
use crate::rules::measured::Measured;
use crate::rules::sla::method::method;
use crate::rules::sla::outages::{Outage, Response, response};
use crate::rules::sla::request::Request;
use crate::rules::sla::result::{Counted, Found, Latencies};
use crate::rules::uptime_window::{DAY_MS, Kept, Plan, Window};
use crate::store::error::StoreError;
use crate::store::measure::{kept, measure};
use crate::store::sla_history::{self as history, Monitor};
use crate::store::sla_reports::Made;
use crate::store::{self, Scope, maintenance_windows, organisations};

/// Reports that are made at a time, each on a connection: an organisation has at most half of them.
pub(crate) const PLACES: usize = 4;

/// Incidents that a report lists, and of each monitor at least.
const LISTED: usize = 1_000;
const LISTED_OF_EACH: usize = 5;

/// Where reports are made.
#[derive(Debug)]
pub(crate) struct Workshop {
    pub(crate) pool: Pool,
    pub(crate) permits: FairPermits<OrgId>,
}

/// Why a report was not made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SlaError {
    #[error("no database connection: {0}")]
    Pool(#[from] deadpool_postgres::PoolError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("it took too long")]
    Late,
}

impl From<tokio_postgres::Error> for SlaError {
    fn from(error: tokio_postgres::Error) -> Self {
        StoreError::from(error).into()
    }
}

impl From<SlaError> for Problem {
    fn from(error: SlaError) -> Self {
        match error {
            SlaError::Pool(error) => error.into(),
            SlaError::Store(error) => error.into(),
            SlaError::Late => Self::unavailable("a report of that many monitors and days"),
        }
    }
}

impl Workshop {
    /// Makes a report of what `scope` sees, within some time, waiting for a place included.
    pub(crate) async fn make(
        &self,
        scope: Scope,
        request: &Request,
        within: Duration,
        by: &'static str,
    ) -> Result<Made, SlaError> {
        let began = Instant::now();
        let making = async {
            let _place = self.permits.take(scope.org()).await;
            let mut client = self.pool.get().await?;
            let tx = store::snapshot(&mut client).await?;
            // What nobody waits for any more ends.
            let left = within.saturating_sub(began.elapsed()).as_millis().max(1);
            tx.batch_execute(&format!("SET LOCAL statement_timeout = {left}"))
                .await?;
            made(&tx, scope, request, shared::now()).await
        };
        let made = tokio::time::timeout(within, making)
            .await
            .unwrap_or(Err(SlaError::Late));
        let made = made.map_err(late);
        let outcome = match &made {
            Ok(_) => "made",
            Err(SlaError::Store(StoreError::Invalid(_))) => "refused",
            Err(SlaError::Late) => "late",
            Err(_) => "failed",
        };
        metrics::counter!(names::SLA_REPORTS, "by" => by, "outcome" => outcome).increment(1);
        metrics::histogram!(names::SLA_REPORT_SECONDS).record(began.elapsed().as_secs_f64());
        made
    }
}

/// What the database has given up says that it took too long.
fn late(error: SlaError) -> SlaError {
    match error {
        SlaError::Store(StoreError::Database(error)) if error.code() == Some(&SqlState::QUERY_CANCELED) => {
            SlaError::Late
        }
        other => other,
    }
}

/// A monitor with the part of the period that is measured of it.
struct Subject {
    monitor: Monitor,
    kept: Kept,
    window: Window,
    maintenance: Vec<Range<Timestamp>>,
}

async fn made(
    tx: &Transaction<'_>,
    scope: Scope,
    request: &Request,
    now: Timestamp,
) -> Result<Made, SlaError> {
    let organisation = organisations::find(tx, scope).await?;
    let organisation = organisation.ok_or(StoreError::NotFound("organisation"))?.name;
    let monitors = history::monitors(tx, scope, &request.selection).await?;
    let subjects = subjects(tx, scope, monitors, request, now).await?;
    let windows: Vec<_> = subjects.iter().map(|one| (one.monitor.id, one.window)).collect();
    let measured = measured(tx, &subjects, now).await?;
    let mut outages = history::outages(tx, scope, &windows).await?;
    let mut latencies = history::latencies(tx, &windows, now).await?;
    let ids = subjects.iter().map(|one| one.monitor.id.0).collect();
    let most = (LISTED / subjects.len().max(1)).max(LISTED_OF_EACH);
    let mut total = Found::default();
    let mut reported = Vec::with_capacity(subjects.len());
    for (subject, measured) in subjects.into_iter().zip(measured) {
        let id = subject.monitor.id;
        let outages = outages.remove(&id).unwrap_or_default();
        let latencies = latencies.remove(&id).unwrap_or_default();
        let (found, response) = found(&subject, measured, &outages, latencies, request, (now, most));
        total.add(&found);
        reported.push(view(subject, &found, response, request));
    }
    let count = |met| reported.iter().filter(|one| one.result.met == met).count();
    let content = SlaReportContent {
        name: request.name.clone(),
        organisation,
        period: request.period.view(),
        preliminary: request.period.is_preliminary(now),
        computed_at: now,
        selection: request.selection.clone(),
        target: request.target.percent(),
        exclude_maintenance: request.exclude_maintenance,
        total: SlaTotal {
            result: total.view(request.target, request.exclude_maintenance),
            monitors_met: count(Some(true)),
            monitors_missed: count(Some(false)),
            monitors_unmeasured: count(None),
        },
        monitors: reported,
        method: method(request.exclude_maintenance),
    };
    Ok(Made {
        content,
        monitors: ids,
    })
}

/// Of each monitor what is measured, as `GET /monitors/{id}/uptime` does.
async fn subjects(
    tx: &Transaction<'_>,
    scope: Scope,
    monitors: Vec<Monitor>,
    request: &Request,
    now: Timestamp,
) -> Result<Vec<Subject>, SlaError> {
    let (from, to) = (request.period.from, request.period.to.min(now));
    let windows = maintenance_windows::all(tx, scope).await?;
    // What is measured begins a day sooner at most, where only whole days are known.
    let windows = Expanded::new(&windows, from.plus_millis(-DAY_MS)..to);
    let mut subjects = Vec::with_capacity(monitors.len());
    for monitor in monitors {
        let kept = kept(tx, monitor.id).await?;
        let window = Window::clipped(kept.floor(from), kept.floor(to), monitor.created_at);
        subjects.push(Subject {
            maintenance: windows.maintenance_within(monitor.id, window.start..window.until),
            monitor,
            kept,
            window,
        });
    }
    Ok(subjects)
}

/// What was measured of a monitor, and how long that is, in all the time and without maintenance.
type MeasuredTwice = [(Measured, i64); 2];

async fn measured(
    tx: &Transaction<'_>,
    subjects: &[Subject],
    now: Timestamp,
) -> Result<Vec<MeasuredTwice>, SlaError> {
    let mut plans = Vec::with_capacity(2 * subjects.len());
    for subject in subjects {
        let plan = |left_out| Plan::new(&subject.window, left_out, &subject.kept, now);
        plans.push((subject.monitor.id, plan(&[])));
        if !subject.maintenance.is_empty() {
            plans.push((subject.monitor.id, plan(&subject.maintenance)));
        }
    }
    let measured = measure(tx, &plans).await?;
    let mut pairs = plans
        .iter()
        .zip(measured)
        .map(|((_, plan), sum)| (sum, plan.length_ms));
    let mut found = Vec::with_capacity(subjects.len());
    for subject in subjects {
        let all_time = pairs.next().unwrap_or_default();
        let without = match subject.maintenance.is_empty() {
            true => all_time,
            false => pairs.next().unwrap_or_default(),
        };
        found.push([all_time, without]);
    }
    Ok(found)
}

fn found(
    subject: &Subject,
    [all_time, without]: MeasuredTwice,
    outages: &[Outage],
    latencies: Latencies,
    request: &Request,
    (now, most): (Timestamp, usize),
) -> (Found, Response) {
    let response = response(
        outages,
        &subject.window,
        &subject.maintenance,
        request.exclude_maintenance,
        (now, most),
    );
    let counted = |(measured, length_ms), incidents| Counted {
        measured,
        length_ms,
        incidents,
    };
    let found = Found {
        all_time: counted(all_time, response.in_all_time),
        without_maintenance: counted(without, response.without_maintenance),
        to_acknowledge: response.to_acknowledge,
        to_recover: response.to_recover,
        latencies,
    };
    (found, response)
}

fn view(subject: Subject, found: &Found, response: Response, request: &Request) -> SlaMonitor {
    SlaMonitor {
        id: subject.monitor.id,
        name: subject.monitor.name,
        from: subject.window.start,
        to: subject.window.until,
        result: found.view(request.target, request.exclude_maintenance),
        incidents: response.listed,
        incidents_left_out: response.left_out,
    }
}
