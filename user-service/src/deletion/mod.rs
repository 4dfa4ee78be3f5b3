//! Deletes what is to be deleted, once its time has come: organisations and accounts. Each step is a transaction of its own
//! that locks what it is about, so that several pods may be at it, and whoever is killed is followed by another.

mod account;
mod organisation;

use std::sync::Arc;
use std::time::Duration;

use shared::lasting::Lasting;
use shared::shutdown::CancellationToken;

use crate::app::App;
use crate::store::deletions;
use crate::store::error::StoreError;

/// How often is looked for something to do: others, and the processors, do their part meanwhile.
const PERIOD: Duration = Duration::from_secs(5);

/// Steps of one organisation or account before the others have their turn.
const STEPS: usize = 100;

/// How long a step may take.
const STEP_WITHIN: Duration = Duration::from_secs(60);

/// Why a deletion does not go on.
#[derive(Debug, thiserror::Error)]
enum DeletionError {
    #[error("no database connection: {0}")]
    Pool(#[from] deadpool_postgres::PoolError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("Redis: {0}")]
    Redis(#[from] fred::error::Error),
    #[error("it took too long")]
    Timeout(#[from] tokio::time::error::Elapsed),
}

impl From<tokio_postgres::Error> for DeletionError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Store(error.into())
    }
}

/// What a step has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// There is more to do.
    More,
    /// There is nothing to do, at least until somebody else has done a part.
    Enough,
}

/// Deletes until `stop`.
pub(crate) async fn run(app: Arc<App>, stop: CancellationToken) {
    let deleting = Lasting::new("deletions wait");
    loop {
        match stop.run_until_cancelled(look(&app)).await {
            None => return,
            Some(Ok(())) => {
                deleting.ok();
            }
            Some(Err(error)) => {
                deleting.failed(&error);
            }
        }
        tokio::select! {
            () = app.deletions.notified() => {}
            () = tokio::time::sleep(PERIOD) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn look(app: &App) -> Result<(), DeletionError> {
    let client = app.jobs.get().await?;
    let (organisations, accounts) = (
        deletions::due(&client).await?,
        deletions::due_accounts(&client).await?,
    );
    drop(client);
    // What fails for one keeps no other from it.
    let mut outcome = Ok(());
    for (scope, due) in organisations {
        for _ in 0..STEPS {
            let step = tokio::time::timeout(STEP_WITHIN, organisation::step(app, scope, due)).await;
            match step.map_err(DeletionError::from).flatten() {
                Ok(Step::More) => {}
                Ok(Step::Enough) => break,
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
        }
    }
    for user_id in accounts {
        for _ in 0..STEPS {
            let step = tokio::time::timeout(STEP_WITHIN, account::step(app, user_id)).await;
            match step.map_err(DeletionError::from).flatten() {
                Ok(Step::More) => {}
                Ok(Step::Enough) => break,
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
        }
    }
    outcome
}

/// Removes what Redis holds of monitors that were erased: a record that came late may have brought it back.
pub(crate) async fn forget_live(app: &App) {
    match tokio::time::timeout(STEP_WITHIN, organisation::forget_monitors(app, None)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the live state of erased monitors was not removed"),
        Err(_) => tracing::warn!("removing the live state of erased monitors took too long"),
    }
}
