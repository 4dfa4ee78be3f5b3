//! What becomes of drills by themselves: those whose time is over end, and those that a schedule says begin, each once,
//! however many pods there are.

use std::sync::Arc;
use std::time::Duration;

use api::{Operation as _, StartDrill};
use shared::lasting::Lasting;
use shared::shutdown::CancellationToken;

use crate::app::App;
use crate::metrics as names;
use crate::rules::drill_schedule::is_missed;
use crate::store::audit::{Author, By};
use crate::store::drill_changes::{self as changes, NewDrill};
use crate::store::drill_schedules::{self as schedules, ScheduleRow};
use crate::store::error::StoreError;
use crate::store::{Scope, drills};

/// How often is looked for something to do.
const PERIOD: Duration = Duration::from_secs(1);

/// How long a look may take.
const WITHIN: Duration = Duration::from_secs(20);

/// Why drills wait.
#[derive(Debug, thiserror::Error)]
enum DrillError {
    #[error("no database connection: {0}")]
    Pool(#[from] deadpool_postgres::PoolError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("it took too long")]
    Timeout(#[from] tokio::time::error::Elapsed),
}

impl From<tokio_postgres::Error> for DrillError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Ends and begins drills until `stop`.
pub(crate) async fn run(app: Arc<App>, stop: CancellationToken) {
    let looking = Lasting::new("drills wait");
    loop {
        let look = tokio::time::timeout(WITHIN, look(&app));
        match stop.run_until_cancelled(look).await {
            None => return,
            Some(looked) => match looked.map_err(DrillError::from).flatten() {
                Ok(()) => {
                    looking.ok();
                }
                Err(error) => {
                    looking.failed(&error);
                }
            },
        }
        tokio::select! {
            () = tokio::time::sleep(PERIOD) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn look(app: &App) -> Result<(), DrillError> {
    while end_some(app).await? > 0 {}
    while begin_next(app).await? {}
    Ok(())
}

/// Ends some drills whose time is over; answers how many.
async fn end_some(app: &App) -> Result<usize, DrillError> {
    let mut client = app.jobs.get().await?;
    let tx = client.transaction().await?;
    let ended = changes::end_due(&tx, &app.keyring, shared::now()).await?;
    if ended > 0 {
        tx.commit().await?;
        app.outbox.notify_one();
    }
    Ok(ended)
}

/// What has become of a drill that was due.
#[derive(Debug)]
enum Outcome {
    Begun,
    /// It should have begun long ago.
    Missed,
    /// There are as many as there may be, or one of the monitor goes on.
    Refused(StoreError),
}

/// Begins the drill of a schedule that is due, or passes it over; answers whether there was one.
async fn begin_next(app: &App) -> Result<bool, DrillError> {
    let mut client = app.jobs.get().await?;
    let Some(due) = schedules::due(&client, shared::now()).await? else {
        return Ok(false);
    };
    let scope = Scope::organisation(due.org_id);
    let tx = client.transaction().await?;
    let monitor = match changes::lock_monitor(&tx, &app.keyring, scope, due.schedule.monitor).await {
        Ok(monitor) => monitor,
        // It was deleted while the schedule was made.
        Err(StoreError::Invalid(_)) => {
            schedules::delete(&tx, scope, due.id).await?;
            tx.commit().await?;
            return Ok(true);
        }
        Err(error) => return Err(error.into()),
    };
    let now = shared::now();
    if !schedules::lock_due(&tx, &due, now).await? {
        return Ok(true);
    }
    schedules::plan(&tx, &due, due.schedule.next_after(now)).await?;
    let new = NewDrill {
        name: &due.schedule.name,
        minutes: due.schedule.minutes,
        started_by: None,
        schedule_id: Some(due.id),
    };
    let outcome = match due.next_at.is_some_and(|at| is_missed(at, now)) {
        true => Outcome::Missed,
        false => match changes::begin(&tx, scope, &monitor, new).await {
            Ok(drill) => {
                let author = Author {
                    by: By::System("schedule"),
                    scope,
                    action: StartDrill::ID,
                    address: None,
                    request_id: None,
                };
                author
                    .created(&tx, &drills::audited(drill.id), &drill.audited_form())
                    .await?;
                Outcome::Begun
            }
            // Nothing was written yet.
            Err(error @ (StoreError::LimitReached(_) | StoreError::Conflict(_))) => Outcome::Refused(error),
            Err(error) => return Err(error.into()),
        },
    };
    tx.commit().await?;
    app.outbox.notify_one();
    tell(&due, &outcome);
    Ok(true)
}

fn tell(schedule: &ScheduleRow, outcome: &Outcome) {
    let (id, org_id) = (schedule.id, schedule.org_id.0);
    let name = match outcome {
        Outcome::Begun => "begun",
        Outcome::Missed => {
            tracing::warn!(
                schedule = id,
                org_id,
                "a drill is passed over: it was due more than an hour ago"
            );
            "missed"
        }
        Outcome::Refused(error) => {
            tracing::warn!(schedule = id, org_id, %error, "a drill is passed over");
            "refused"
        }
    };
    metrics::counter!(names::DRILLS, "by" => "schedule", "outcome" => name).increment(1);
}
