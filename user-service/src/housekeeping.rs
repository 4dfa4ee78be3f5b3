//! What recurs: comparing the mirror with the database, removing what nobody can use any more.

use std::sync::Arc;
use std::time::Duration;

use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

use crate::app::App;
use crate::mirror::MirrorError;
use crate::store::error::StoreError;
use crate::store::monitor_seal::{self, Converted};
use crate::store::{
    account_events, api_keys, audit, baselines, channels, definition_versions, destinations, drills, erasure,
    exports, external_pages, idempotency_keys, incidents, invitations, mailed_tokens, mails, message_reports,
    monitor_changes, monitor_version_seal, monitor_versions, notices, on_call_overrides, past, plans,
    report_deliveries, revocations, second_factors, sessions, sign_in_challenges, silences,
    status_page_hosts, subscribers,
};
use crate::{business, deletion, metrics as names, mirror};

/// How often the mirror is compared with the database.
const RECONCILE_EVERY: Duration = Duration::from_secs(60);

/// How often is counted how the product is used.
const MEASURE_EVERY: Duration = Duration::from_secs(60);

/// How often rows are removed.
const PURGE_EVERY: Duration = Duration::from_secs(3_600);

/// How often rows of the past are removed: until then an organisation may have more of them than are kept.
const PURGE_PAST_EVERY: Duration = Duration::from_secs(600);

/// How long a job may take; shorter than the shortest period.
const DEADLINE: Duration = Duration::from_secs(50);

/// How long looking up host names may take: a batch of them, each of which may take its time.
const PROVE_WITHIN: Duration = Duration::from_secs(300);

/// How long the first pause is before something is tried again that must not be left out.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Starts the jobs.
pub(crate) async fn start(app: Arc<App>) -> Result<JobScheduler, JobSchedulerError> {
    // The mirror may be empty, and keys may have been exchanged: now, and not only in a minute.
    tokio::spawn({
        let app = Arc::clone(&app);
        async move {
            reconcile(&app).await;
            let forgotten = mirror::forget_other_shards(&app.redis, &app.redis_keys, app.shards);
            if let Err(error) = forgotten.await {
                tracing::warn!(%error, "definitions of former shards were not removed");
            }
            turn_sealing(&app).await;
            reseal(&app).await;
            note_retention(&app).await;
            measure(&app).await;
        }
    });
    let scheduler = JobScheduler::new().await?;
    let (reconciling, measuring, forgetting) = (Arc::clone(&app), Arc::clone(&app), Arc::clone(&app));
    scheduler
        .add(Job::new_repeated_async(RECONCILE_EVERY, move |_, _| {
            let app = Arc::clone(&reconciling);
            Box::pin(async move { reconcile(&app).await })
        })?)
        .await?;
    scheduler
        .add(Job::new_repeated_async(MEASURE_EVERY, move |_, _| {
            let app = Arc::clone(&measuring);
            Box::pin(async move {
                note_retention(&app).await;
                measure(&app).await;
            })
        })?)
        .await?;
    scheduler
        .add(Job::new_repeated_async(PURGE_PAST_EVERY, move |_, _| {
            let app = Arc::clone(&forgetting);
            Box::pin(async move { purge_past(&app).await })
        })?)
        .await?;
    scheduler
        .add(Job::new_repeated_async(PURGE_EVERY, move |_, _| {
            let app = Arc::clone(&app);
            Box::pin(async move {
                purge(&app).await;
                prove_hosts(&app).await;
                deletion::forget_live(&app).await;
                reseal(&app).await;
            })
        })?)
        .await?;
    scheduler.start().await?;
    Ok(scheduler)
}

async fn reconcile(app: &App) {
    let reconciled = mirror::reconcile(&app.jobs, &app.redis, &app.redis_keys, &app.keyring, app.shards);
    match tokio::time::timeout(DEADLINE, reconciled)
        .await
        .unwrap_or(Err(MirrorError::Timeout))
    {
        Ok(repairs) => metrics::counter!(names::MIRROR_REPAIRS).increment(repairs as u64),
        Err(error) => tracing::warn!(%error, "the mirror of definitions was not compared"),
    }
    let reconciled = mirror::reconcile_pings(&app.jobs, &app.redis, &app.redis_keys, &app.keyring);
    match tokio::time::timeout(DEADLINE, reconciled)
        .await
        .unwrap_or(Err(MirrorError::Timeout))
    {
        Ok(repairs) => metrics::counter!(names::MIRROR_REPAIRS).increment(repairs as u64),
        Err(error) => tracing::warn!(%error, "the mirror of heartbeats' names was not compared"),
    }
}

/// Notes whether monitors are sealed from now on, if that was said.
async fn turn_sealing(app: &App) {
    let Some(on) = app.seal_monitors else { return };
    let mut pause = FIRST_PAUSE;
    // It is said once, and must not be forgotten because the database is away for a moment.
    loop {
        let turned = async {
            let client = app.jobs.get().await.map_err(|error| error.to_string())?;
            let turned = monitor_seal::turn(&client, on).await;
            turned.map_err(|error| shared::postgres::describe(&error))
        };
        match tokio::time::timeout(DEADLINE, turned).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => tracing::warn!(error, "SEAL_MONITORS is not noted yet"),
            Err(_) => tracing::warn!("noting SEAL_MONITORS took too long"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(DEADLINE);
    }
}

async fn reseal(app: &App) {
    let Ok(client) = app.jobs.get().await else { return };
    match tokio::time::timeout(DEADLINE, monitor_seal::convert(&client, &app.keyring)).await {
        Ok(Ok(converted)) => report(converted),
        Ok(Err(problem)) => tracing::warn!(%problem, "monitors were not sealed with the current key"),
        Err(_) => tracing::warn!("sealing monitors took too long; it goes on in an hour"),
    }
    match tokio::time::timeout(DEADLINE, monitor_version_seal::convert(&client, &app.keyring)).await {
        Ok(Ok(0)) => {}
        Ok(Ok(monitor_versions)) => tracing::info!(monitor_versions, "sealed with the current key"),
        Ok(Err(problem)) => {
            tracing::warn!(%problem, "versions of monitors were not sealed with the current key")
        }
        Err(_) => tracing::warn!("sealing versions of monitors took too long; it goes on in an hour"),
    }
    match tokio::time::timeout(DEADLINE, second_factors::reseal(&client, &app.keyring)).await {
        Ok(Ok(0)) => {}
        Ok(Ok(second_factors)) => tracing::info!(second_factors, "sealed with the current key"),
        Ok(Err(problem)) => tracing::warn!(%problem, "second factors were not sealed with the current key"),
        Err(_) => tracing::warn!("sealing second factors with the current key took too long"),
    }
    match tokio::time::timeout(DEADLINE, channels::reseal(&client, &app.keyring)).await {
        Ok(Ok(0)) => {}
        Ok(Ok(channels)) => tracing::info!(channels, "sealed with the current key"),
        Ok(Err(problem)) => tracing::warn!(%problem, "channels were not sealed with the current key"),
        Err(_) => tracing::warn!("sealing channels with the current key took too long"),
    }
    match tokio::time::timeout(DEADLINE, destinations::reseal(&client, &app.keyring)).await {
        Ok(Ok(0)) => {}
        Ok(Ok(destinations)) => tracing::info!(destinations, "sealed with the current key"),
        Ok(Err(problem)) => tracing::warn!(%problem, "destinations were not sealed with the current key"),
        Err(_) => tracing::warn!("sealing destinations with the current key took too long"),
    }
}

fn report(converted: Converted) {
    let Converted {
        sealed,
        opened,
        in_clear,
    } = converted;
    if sealed > 0 {
        tracing::info!(monitors = sealed, "sealed with the current key");
    }
    if opened > 0 {
        tracing::info!(monitors = opened, "stored in clear again");
    }
    if in_clear > 0 {
        tracing::warn!(
            monitors = in_clear,
            "what these monitors send is stored in clear; set SEAL_MONITORS=true once no earlier release runs any more"
        );
    }
}

/// Has processor know for how long plans keep results.
async fn note_retention(app: &App) {
    let Ok(client) = app.jobs.get().await else { return };
    match tokio::time::timeout(DEADLINE, plans::note_retention(&client, &app.plans)).await {
        Ok(Ok(0)) => {}
        Ok(Ok(organisations)) => tracing::info!(organisations, "keep results for another time by their plan"),
        Ok(Err(error)) => {
            tracing::warn!(
                error = shared::postgres::describe(&error),
                "retention by plan is not noted yet"
            );
        }
        Err(_) => tracing::warn!("noting retention by plan took too long"),
    }
}

async fn measure(app: &App) {
    let Ok(client) = app.jobs.get().await else { return };
    match tokio::time::timeout(DEADLINE, business::measure(&client, &app.plans)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(error = shared::postgres::describe(&error), "nothing was counted"),
        Err(_) => tracing::warn!("counting took too long"),
    }
    match tokio::time::timeout(DEADLINE, past::overdue_seconds(&client)).await {
        Ok(Ok(seconds)) => metrics::gauge!(names::PAST_OVERDUE).set(seconds),
        Ok(Err(error)) => tracing::warn!(
            error = shared::postgres::describe(&error),
            "how old the past is was not measured"
        ),
        Err(_) => tracing::warn!("measuring how old the past is took too long"),
    }
    match tokio::time::timeout(DEADLINE, baselines::overdue_seconds(&client)).await {
        Ok(Ok(seconds)) => metrics::gauge!(names::BASELINES_OVERDUE).set(seconds),
        Ok(Err(error)) => tracing::warn!(
            error = shared::postgres::describe(&error),
            "how far what is usual is behind was not measured"
        ),
        Err(_) => tracing::warn!("measuring how far what is usual is behind took too long"),
    }
}

/// Looks up again whose host names are status pages'. Each is looked up by one pod, once a day.
async fn prove_hosts(app: &App) {
    let proved = async {
        let due = status_page_hosts::take_due(&app.jobs.get().await?).await?;
        for claim in due {
            let found = app.status_pages.proofs.look_up(&claim).await;
            let outcome = if found.is_ok() { "proven" } else { "refused" };
            metrics::counter!(names::STATUS_PAGE_PROOFS, "outcome" => outcome).increment(1);
            let mut client = app.jobs.get().await?;
            match found {
                Ok(()) => {
                    let tx = client.transaction().await?;
                    status_page_hosts::proven(&tx, &claim).await?;
                    tx.commit().await?;
                }
                Err(problem) => status_page_hosts::not_proven(&client, &claim, &problem, true).await?,
            }
        }
        app.status_pages.wake.notify_one();
        Ok::<_, ProveError>(())
    };
    match tokio::time::timeout(PROVE_WITHIN, proved).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "host names of status pages were not looked up"),
        Err(_) => tracing::warn!("looking up host names of status pages took too long; it goes on tomorrow"),
    }
}

/// Why host names were not looked up.
#[derive(Debug, thiserror::Error)]
enum ProveError {
    #[error("no database connection: {0}")]
    Pool(#[from] deadpool_postgres::PoolError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the database: {}", shared::postgres::describe(.0))]
    Database(#[from] tokio_postgres::Error),
}

/// By itself: much that was changed keeps nothing else from being removed, nor the other way round.
async fn purge_past(app: &App) {
    let Ok(client) = app.jobs.get().await else { return };
    match tokio::time::timeout(DEADLINE, past::purge(&client)).await {
        Ok(Ok(purged)) if !purged.is_done => {
            tracing::warn!(
                rows = purged.rows,
                "more of the past is to be removed; it goes on in ten minutes"
            );
        }
        Ok(Ok(purged)) => tracing::info!(rows = purged.rows, "purged the past"),
        Ok(Err(error)) => {
            let error = shared::postgres::describe(&error);
            tracing::warn!(error, "the past was not purged");
        }
        Err(_) => tracing::warn!("purging the past took too long; it goes on in ten minutes"),
    }
}

/// Removing twice is removing once: every pod may do it.
async fn purge(app: &App) {
    let Ok(client) = app.jobs.get().await else { return };
    let purged = async {
        let sessions = sessions::purge_expired(&client).await?;
        revocations::purge(&client).await?;
        audit::purge(&client).await?;
        idempotency_keys::purge(&client).await?;
        account_events::purge(&client).await?;
        api_keys::purge_expired(&client).await?;
        mails::purge(&client).await?;
        mailed_tokens::purge(&client).await?;
        subscribers::purge(&client).await?;
        notices::purge(&client).await?;
        report_deliveries::purge(&client).await?;
        message_reports::purge(&client).await?;
        external_pages::purge(&client).await?;
        sign_in_challenges::purge(&client).await?;
        invitations::purge(&client).await?;
        erasure::purge(&client).await?;
        exports::purge(&client).await?;
        on_call_overrides::purge(&client).await?;
        silences::purge(&client).await?;
        drills::purge(&client).await?;
        let monitors = monitor_changes::purge_deleted(&client).await?;
        let actions = incidents::purge_orphans(&client).await?;
        // Last: they may be large, and nothing else waits for them.
        monitor_versions::purge(&client).await?;
        definition_versions::purge(&client).await?;
        Ok((sessions, monitors, actions))
    };
    let purged: Result<Result<_, tokio_postgres::Error>, _> = tokio::time::timeout(DEADLINE, purged).await;
    match purged {
        Ok(Ok((sessions, monitors, actions))) => {
            tracing::info!(sessions, monitors, actions, "purged");
        }
        Ok(Err(error)) => tracing::warn!(error = shared::postgres::describe(&error), "nothing was purged"),
        Err(_) => tracing::warn!("purging took too long"),
    }
}
