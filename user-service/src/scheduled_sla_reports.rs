//! The reports that are due by their schedules: made once for each period, however many pods there are, and told of by mail.

use std::sync::Arc;
use std::time::Duration;

use domain::Timestamp;
use shared::lasting::Lasting;
use shared::shutdown::CancellationToken;

use crate::app::App;
use crate::rules::mail_content::Content;
use crate::rules::sla::letter::ReportFigures;
use crate::rules::sla::recurrence::Due;
use crate::rules::sla::request::Request;
use crate::sla::SlaError;
use crate::store::Scope;
use crate::store::audit::{Author, By, Resource};
use crate::store::error::StoreError;
use crate::store::sla_reports::{self, Made};
use crate::store::sla_schedules::{self as schedules, ScheduleRow};

/// How often is looked for something to do.
const PERIOD: Duration = Duration::from_secs(5);

/// How long a report may take that nobody waits for: less than its schedule is lent for.
const WITHIN: Duration = Duration::from_secs(60);

/// Makes reports until `stop`. One that is broken off is begun anew by whoever comes next.
pub(crate) async fn run(app: Arc<App>, stop: CancellationToken) {
    let making = Lasting::new("SLA reports wait");
    loop {
        match stop.run_until_cancelled(next(&app)).await {
            None => return,
            Some(Ok(true)) => continue,
            Some(Ok(false)) => {
                making.ok();
            }
            Some(Err(error)) => {
                making.failed(&error);
            }
        }
        tokio::select! {
            () = tokio::time::sleep(PERIOD) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Makes a report; answers whether there was one to make.
async fn next(app: &App) -> Result<bool, SlaError> {
    let Some(taken) = schedules::take_due(&app.jobs.get().await?).await? else {
        return Ok(false);
    };
    let recurrence = taken.schedule.recurrence;
    // What was missed is made up for, one period after the other.
    let then = recurrence.next(taken.next_at).map(|due| due.at);
    let (Some(due), Some(then)) = (recurrence.due_at(taken.next_at), then) else {
        return Err(StoreError::Unreadable(format!("the SLA schedule {} has no period", taken.id)).into());
    };
    let scope = Scope::organisation(taken.org_id);
    let made = match taken.is_given_up() {
        true => Err(SlaError::Late),
        false => {
            app.sla
                .make(scope, &request(&taken, due), WITHIN, "schedule")
                .await
        }
    };
    match made {
        Ok(made) => keep(app, &taken, then, &made).await?,
        Err(SlaError::Store(StoreError::Invalid(errors))) => {
            let wrong = errors.into_iter().map(|error| error.message).collect::<Vec<_>>();
            skip(app, &taken, then, &wrong.join("; ")).await?;
        }
        Err(error) if taken.is_given_up() => {
            tracing::warn!(schedule = taken.id, %error, "an SLA report is given up");
            skip(app, &taken, then, "it could not be made in time").await?;
        }
        Err(error) => return Err(error),
    }
    Ok(true)
}

fn request(taken: &ScheduleRow, due: Due) -> Request {
    let schedule = &taken.schedule;
    Request {
        name: schedule.name.clone(),
        period: due.period,
        selection: schedule.selection.clone(),
        target: schedule.target,
        exclude_maintenance: schedule.exclude_maintenance,
    }
}

/// Keeps a report, and has it told, in one transaction with the schedule's next turn.
async fn keep(app: &App, taken: &ScheduleRow, then: Timestamp, made: &Made) -> Result<(), SlaError> {
    let scope = Scope::organisation(taken.org_id);
    let mut client = app.jobs.get().await?;
    let tx = client.transaction().await?;
    let report = match sla_reports::insert_scheduled(&tx, scope, made, taken.id).await {
        Ok(report) => report,
        Err(StoreError::LimitReached(reached)) => {
            drop(tx);
            drop(client);
            return skip(app, taken, then, &reached.to_string()).await;
        }
        Err(error) => return Err(error.into()),
    };
    // After the organisation is locked, as in an edit.
    if !schedules::advance(&tx, taken, then, None).await? {
        // Somebody has changed it meanwhile, or another pod was first.
        return Ok(());
    }
    if let Some(report) = &report {
        let author = Author {
            by: By::System("schedule"),
            scope,
            action: "CreateSlaReport",
            address: None,
            request_id: None,
        };
        let resource = Resource::new("sla_report", report.id);
        author.created(&tx, &resource, &made.head()).await?;
        let told = Content::SlaReport(ReportFigures::of(report));
        for address in schedules::addresses(&tx, taken, &made.monitors).await? {
            app.mailer.post_if_room(&tx, &address, &told).await?;
        }
    }
    tx.commit().await?;
    app.mailer.wake.notify_one();
    Ok(())
}

/// Notes why a period has no report.
async fn skip(app: &App, taken: &ScheduleRow, then: Timestamp, why: &str) -> Result<(), SlaError> {
    let mut client = app.jobs.get().await?;
    let tx = client.transaction().await?;
    schedules::advance(&tx, taken, then, Some(why)).await?;
    tx.commit().await?;
    Ok(())
}
