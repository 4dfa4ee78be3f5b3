//! Gives the log what is usual of the response times of monitors that are held against that, some hours at a time: processors
//! and alerters decide by it in the order of the log.

use std::sync::Arc;
use std::time::Duration;

use domain::MonitorId;
use metrics::counter;
use shared::lasting::Lasting;
use shared::shutdown::CancellationToken;
use tokio::time::{Instant, timeout};

use crate::app::App;
use crate::job_error::JobError;
use crate::metrics as names;
use crate::store::baselines::{self, Due};

/// How often is looked for monitors that are due: so soon a change of the setting counts.
const PERIOD: Duration = Duration::from_secs(5);

/// How long a search, or one monitor, may take.
const WITHIN: Duration = Duration::from_secs(20);

/// How far it has come: what it cannot do, or takes too long, does not keep the others waiting.
#[derive(Debug, Default)]
struct Walk {
    /// Of the monitors that were changed.
    changed: Round,
    /// Of those that are given it again.
    old: Round,
    /// Which monitor of a batch comes first: pods that have the same batch do not compute the same of it at the same time.
    turn: usize,
}

/// From the first monitor to the last one.
#[derive(Debug, Default)]
struct Round {
    /// The last one that was looked at.
    after: i64,
    /// When the round before was over, unless one is under way. So soon after that none begins: to find that nothing is due, all
    /// monitors are gone through.
    ended_at: Option<Instant>,
}

/// Looks until `stop`. Several pods may be at it: each monitor is given by one of them.
pub(crate) async fn run(app: Arc<App>, stop: CancellationToken) {
    let looking = Lasting::new("what is usual of response times is not brought up to date");
    let mut walk = Walk {
        turn: usize::from(u16::from_le_bytes(shared::crypto::random())),
        ..Walk::default()
    };
    loop {
        match stop.run_until_cancelled(look(&app, &mut walk)).await {
            None => return,
            Some(Ok(())) => {
                looking.ok();
            }
            Some(Err(error)) => {
                looking.failed(&error);
            }
        }
        tokio::select! {
            () = tokio::time::sleep(PERIOD) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// What users have changed does not wait for all that is old, nor the other way round.
async fn look(app: &App, walk: &mut Walk) -> Result<(), JobError> {
    loop {
        let turn = walk.turn;
        let changed = batch(app, Due::Changed, &mut walk.changed, turn).await?;
        let old = batch(app, Due::Old, &mut walk.old, turn).await?;
        if !changed && !old {
            return Ok(());
        }
    }
}

/// Goes on with a round; answers whether there may be more of it. After the last monitor another one begins.
async fn batch(app: &App, due: Due, round: &mut Round, turn: usize) -> Result<bool, JobError> {
    if round.ended_at.is_some_and(|at| at.elapsed() < PERIOD) {
        return Ok(false);
    }
    let mut ids = {
        let client = app.baselines.get().await?;
        timeout(WITHIN, baselines::due(&client, due, round.after)).await??
    };
    let may_be_more = baselines::may_be_more(ids.len());
    // Whatever becomes of these, the next ones have their turn.
    *round = match (may_be_more, ids.last()) {
        (true, Some(last)) => Round {
            after: last.0,
            ended_at: None,
        },
        _ => Round {
            after: 0,
            ended_at: Some(Instant::now()),
        },
    };
    if !ids.is_empty() {
        let first = turn % ids.len();
        ids.rotate_left(first);
    }
    for id in ids {
        let given = timeout(WITHIN, give(app, id)).await;
        match given.map_err(JobError::from).flatten() {
            Ok(true) => {
                counter!(names::BASELINES, "outcome" => "given").increment(1);
                app.outbox.notify_one();
            }
            // Another pod was faster, or a user has changed it meanwhile.
            Ok(false) => {}
            Err(error) => {
                counter!(names::BASELINES, "outcome" => "failed").increment(1);
                tracing::warn!(monitor = id.0, %error, "what is usual of a monitor cannot be said");
                let client = app.baselines.get().await?;
                timeout(WITHIN, baselines::postpone(&client, id)).await??;
            }
        }
    }
    Ok(may_be_more)
}

async fn give(app: &App, id: MonitorId) -> Result<bool, JobError> {
    let mut client = app.baselines.get().await?;
    let Some(due) = baselines::find_due(&client, &app.keyring, id).await? else {
        return Ok(false);
    };
    let usual = due.usual(&client, shared::now()).await?;
    let tx = client.transaction().await?;
    let is_given = due.give(&tx, usual).await?;
    tx.commit().await?;
    Ok(is_given)
}
