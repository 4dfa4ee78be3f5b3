//! Has alerters hear of deliveries of messages that were reported as not delivered before they were stored. The others are
//! passed on as they are reported.

use std::sync::Arc;
use std::time::Duration;

use metrics::counter;
use shared::lasting::Lasting;
use shared::shutdown::CancellationToken;

use crate::app::App;
use crate::job_error::JobError;
use crate::metrics as names;
use crate::store::undelivered;

/// How often is looked for deliveries that were stored since: they are a second behind the message, and steps of escalations
/// minutes apart.
const PERIOD: Duration = Duration::from_secs(5);

/// How long a look may take.
const WITHIN: Duration = Duration::from_secs(20);

/// Looks until `stop`. Several pods may be at it: each report is taken by one of them.
pub(crate) async fn run(app: Arc<App>, stop: CancellationToken) {
    let looking = Lasting::new("alerters do not hear of messages that were not delivered");
    loop {
        match stop.run_until_cancelled(look(&app)).await {
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

async fn look(app: &App) -> Result<(), JobError> {
    loop {
        let taken = tokio::time::timeout(WITHIN, pass_on(app)).await??;
        if !undelivered::may_be_more(taken) {
            return Ok(());
        }
    }
}

async fn pass_on(app: &App) -> Result<usize, JobError> {
    let mut client = app.jobs.get().await?;
    let tx = client.transaction().await?;
    let messages = undelivered::take_behind(&tx).await?;
    let passed_on = undelivered::pass_on(&tx, &messages, shared::now()).await?;
    tx.commit().await?;
    if passed_on > 0 {
        app.outbox.notify_one();
        counter!(names::MESSAGE_REPORTS, "outcome" => "passed_on").increment(passed_on as u64);
    }
    Ok(messages.len())
}
