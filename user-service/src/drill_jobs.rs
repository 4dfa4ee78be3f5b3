//! What becomes of drills by themselves: those whose time is over end, and those that a schedule says begin, each once,
//! however many pods there are. What cannot be begun now keeps no other one waiting.

mod resting;

use std::sync::Arc;
use std::time::{Duration, Instant};

use api::{Operation as _, StartDrill};
use shared::lasting::Lasting;
use shared::shutdown::CancellationToken;

use crate::app::App;
use crate::job_error::JobError;
use crate::metrics as names;
use crate::rules::drill_schedule::is_missed;
use crate::store::audit::{Author, By};
use crate::store::drill_changes::{self as changes, NewDrill};
use crate::store::drill_schedules::{self as schedules, Due, ScheduleRow};
use crate::store::error::StoreError;
use crate::store::{Scope, drills};
use resting::Resting;

/// How often is looked for something to do.
const PERIOD: Duration = Duration::from_secs(1);

/// How long a look may take.
const WITHIN: Duration = Duration::from_secs(20);

/// How long one drill may take to begin: longer than it waits for others, which is three times as long as
/// [`changes::lock_monitor`] waits for one thing. Then it is known which of them it waited for.
const EACH_WITHIN: Duration = Duration::from_secs(8);

/// Ends and begins drills until `stop`.
pub(crate) async fn run(app: Arc<App>, stop: CancellationToken) {
    let looking = Lasting::new("drills wait");
    let mut resting = Resting::default();
    loop {
        let look = tokio::time::timeout(WITHIN, look(&app, &mut resting));
        match stop.run_until_cancelled(look).await {
            None => return,
            Some(looked) => match looked.map_err(JobError::from).flatten() {
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

async fn look(app: &App, resting: &mut Resting) -> Result<(), JobError> {
    while end_some(app).await? > 0 {}
    resting.wake(Instant::now());
    while !resting.is_full() && begin_next(app, resting).await? {}
    Ok(())
}

/// Ends some drills whose time is over; answers how many.
async fn end_some(app: &App) -> Result<usize, JobError> {
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
    /// It is tried again after a while.
    Failed(JobError),
}

/// Begins the drill of a schedule that is due, or passes it over; answers whether there was one.
async fn begin_next(app: &App, resting: &mut Resting) -> Result<bool, JobError> {
    let due = {
        let client = app.jobs.get().await?;
        let (ids, orgs) = resting.ids();
        schedules::due(&client, shared::now(), (ids.as_slice(), orgs.as_slice())).await?
    };
    let Some(Due { id, org_id, schedule }) = due else {
        return Ok(false);
    };
    let begun = match schedule {
        Ok(schedule) => {
            let begun = tokio::time::timeout(EACH_WITHIN, begin(app, &schedule)).await;
            begun.map_err(JobError::from).flatten()
        }
        Err(error) => Err(error.into()),
    };
    let outcome = match begun {
        Ok(None) => return Ok(true),
        Ok(Some(outcome)) => outcome,
        Err(error) => {
            let now = Instant::now();
            match &error {
                JobError::Store(StoreError::Busy(_)) => resting.rest_org(org_id, now),
                JobError::Store(StoreError::Unreadable(_)) => resting.rest_unreadable(id, now),
                _ => resting.rest(id, now),
            }
            Outcome::Failed(error)
        }
    };
    tell((id, org_id.0), &outcome);
    Ok(true)
}

/// Begins the drill of a schedule, or passes it over; none where another pod was first, or the schedule has changed.
async fn begin(app: &App, due: &ScheduleRow) -> Result<Option<Outcome>, JobError> {
    let scope = Scope::organisation(due.org_id);
    let mut client = app.jobs.get().await?;
    let tx = client.transaction().await?;
    let monitor = match changes::lock_monitor(&tx, &app.keyring, scope, due.schedule.monitor).await {
        Ok(monitor) => monitor,
        // Schedules go with their monitors; an earlier version may have left this one.
        Err(StoreError::Invalid(_)) => {
            schedules::delete(&tx, scope, due.id).await?;
            tx.commit().await?;
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let now = shared::now();
    if !schedules::lock_due(&tx, due, now).await? {
        return Ok(None);
    }
    schedules::plan(&tx, due, due.schedule.next_after(now)).await?;
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
            Err(
                error @ (StoreError::LimitReached(_) | StoreError::Conflict(_) | StoreError::TooOften { .. }),
            ) => Outcome::Refused(error),
            Err(error) => return Err(error.into()),
        },
    };
    tx.commit().await?;
    app.outbox.notify_one();
    Ok(Some(outcome))
}

fn tell((schedule, org_id): (i64, i64), outcome: &Outcome) {
    let name = match outcome {
        Outcome::Begun => "begun",
        Outcome::Missed => {
            tracing::warn!(
                schedule,
                org_id,
                "a drill is passed over: it was due more than an hour ago"
            );
            "missed"
        }
        Outcome::Refused(error) => {
            tracing::warn!(schedule, org_id, %error, "a drill is passed over");
            "refused"
        }
        Outcome::Failed(error) => {
            tracing::warn!(schedule, org_id, %error, "a drill cannot be begun now, and is tried again");
            "failed"
        }
    };
    metrics::counter!(names::DRILLS, "by" => "schedule", "outcome" => name).increment(1);
}
