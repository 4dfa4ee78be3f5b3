//! Gives the log what is usual of the response times of monitors that are held against that, an hour at a time: processors and
//! alerters decide by it in the order of the log.

use std::sync::Arc;
use std::time::Duration;

use shared::lasting::Lasting;
use shared::shutdown::CancellationToken;

use crate::app::App;
use crate::job_error::JobError;
use crate::store::baselines;

/// How often is looked for monitors that are due: so soon a change of the setting counts.
const PERIOD: Duration = Duration::from_secs(5);

/// How long one transaction may take.
const WITHIN: Duration = Duration::from_secs(20);

/// Looks until `stop`. Several pods may be at it: each monitor is taken by one of them.
pub(crate) async fn run(app: Arc<App>, stop: CancellationToken) {
    let looking = Lasting::new("what is usual of response times is not brought up to date");
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
        let sent = tokio::time::timeout(WITHIN, send(app)).await??;
        if !baselines::may_be_more(sent) {
            return Ok(());
        }
    }
}

async fn send(app: &App) -> Result<usize, JobError> {
    let mut client = app.jobs.get().await?;
    let tx = client.transaction().await?;
    let sent = baselines::send_due(&tx, &app.keyring).await?;
    tx.commit().await?;
    if sent > 0 {
        app.outbox.notify_one();
    }
    Ok(sent)
}
