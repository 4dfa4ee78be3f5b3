//! An organisation: suspended while it may be cancelled, then erased.

use domain::MonitorId;
use domain::monitor::Spec;
use fred::interfaces::{HashesInterface as _, KeysInterface as _};

use super::{DeletionError, Step};
use crate::app::App;
use crate::metrics as names;
use crate::rules::mail_content::Content;
use crate::store::deletions::{self, Due};
use crate::store::{Scope, erasure, monitor_changes, monitors, organisations, users};

/// Monitors that are changed in one step.
const BATCH: i64 = 100;

/// Keys that are removed from Redis at once.
const KEYS: usize = 500;

pub(super) async fn step(app: &App, scope: Scope, due: Due) -> Result<Step, DeletionError> {
    match due {
        Due::Suspend => suspend(app, scope).await,
        Due::Resume => resume(app, scope).await,
        Due::Erase => erase(app, scope).await,
    }
}

/// Pauses some monitors that are checked. Whoever resumes one meanwhile has it paused again.
async fn suspend(app: &App, scope: Scope) -> Result<Step, DeletionError> {
    let mut client = app.jobs.get().await?;
    let tx = client.transaction().await?;
    let Some(mut paused) = deletions::lock(&tx, scope, Due::Suspend).await? else {
        return Ok(Step::Enough);
    };
    let (mut changed, mut after) = (Vec::new(), MonitorId(0));
    // Those that cannot be read are not checked, and are passed over.
    while changed.is_empty() {
        let checked = deletions::checked(&tx, scope, after, BATCH).await?;
        let Some(&last) = checked.last() else {
            return Ok(Step::Enough);
        };
        after = last;
        for id in checked {
            let old = monitors::lock(&tx, &app.keyring, scope, id).await?;
            if let Some(spec) = old.spec.value().filter(|spec| !spec.paused) {
                let spec = Spec {
                    paused: true,
                    ..spec.clone()
                };
                monitor_changes::update(&tx, &app.keyring, &old, &old.name, &spec, &app.plans).await?;
                changed.push(id);
            }
        }
    }
    paused.retain(|id| !changed.contains(id));
    paused.extend(&changed);
    deletions::set_paused(&tx, scope, &paused).await?;
    tx.commit().await?;
    tell(app, scope, &changed);
    Ok(Step::More)
}

/// Resumes some of the monitors that were paused.
async fn resume(app: &App, scope: Scope) -> Result<Step, DeletionError> {
    let mut client = app.jobs.get().await?;
    let tx = client.transaction().await?;
    let Some(mut paused) = deletions::lock(&tx, scope, Due::Resume).await? else {
        return Ok(Step::Enough);
    };
    if paused.is_empty() {
        deletions::forget(&tx, scope).await?;
        tx.commit().await?;
        return Ok(Step::Enough);
    }
    let some: Vec<MonitorId> = paused.drain(..paused.len().min(BATCH as usize)).collect();
    for &id in &some {
        let old = match monitors::lock(&tx, &app.keyring, scope, id).await {
            Ok(old) => old,
            // It was deleted meanwhile.
            Err(crate::store::error::StoreError::NotFound(_)) => continue,
            Err(error) => return Err(error.into()),
        };
        if let Some(spec) = old.spec.value().filter(|spec| spec.paused) {
            let spec = Spec {
                paused: false,
                ..spec.clone()
            };
            monitor_changes::update(&tx, &app.keyring, &old, &old.name, &spec, &app.plans).await?;
        }
    }
    deletions::set_paused(&tx, scope, &paused).await?;
    tx.commit().await?;
    tell(app, scope, &some);
    Ok(Step::More)
}

/// Erases a part of an organisation.
async fn erase(app: &App, scope: Scope) -> Result<Step, DeletionError> {
    let mut client = app.jobs.get().await?;
    let tx = client.transaction().await?;
    if deletions::lock(&tx, scope, Due::Erase).await?.is_none() {
        return Ok(Step::Enough);
    }
    if erasure::begin(&tx, scope).await? {
        tx.commit().await?;
        tracing::info!(org_id = scope.org().0, "an organisation is erased from now on");
        return Ok(Step::More);
    }
    // With a lifecycle record each, so that pingers, processors and alerters end what they know of them.
    let deleted = erasure::monitors(&tx, scope, BATCH).await?;
    for &id in &deleted {
        let old = monitors::lock(&tx, &app.keyring, scope, id).await?;
        monitor_changes::delete(&tx, &app.keyring, &old).await?;
    }
    let mut changed = deleted.len() as u64;
    if changed == 0 {
        changed = erasure::name_monitors(&tx, scope).await?;
    }
    if changed == 0 {
        changed = erasure::rows(&tx, scope).await?;
    }
    if changed > 0 {
        tx.commit().await?;
        tell(app, scope, &deleted);
        return Ok(Step::More);
    }
    if !erasure::is_published(&tx, scope).await? || !erasure::has_processor_erased(&tx, scope).await? {
        return Ok(Step::Enough);
    }
    forget_monitors(app, Some(scope)).await?;
    let () = app.redis.del(app.redis_keys.stream(scope.org())).await?;
    let organisation = organisations::find(&tx, scope).await?;
    let requester = deletions::requester(&tx, scope).await?;
    if !erasure::finish(&tx, scope).await? {
        tx.commit().await?;
        return Ok(Step::More);
    }
    if let (Some(organisation), Some(user_id)) = (organisation, requester)
        && let Some(email) = users::lock_email(&tx, user_id).await?
    {
        let content = Content::OrganisationDeleted {
            organisation: organisation.name,
        };
        app.mailer.post_if_room(&tx, &email, &content).await?;
    }
    tx.commit().await?;
    app.mailer.wake.notify_one();
    metrics::counter!(names::DELETIONS, "of" => "organisation").increment(1);
    tracing::info!(org_id = scope.org().0, "an organisation was erased");
    Ok(Step::Enough)
}

/// Removes what Redis holds of monitors whose data is erased, of one organisation or of all.
pub(super) async fn forget_monitors(app: &App, scope: Option<Scope>) -> Result<(), DeletionError> {
    let (client, keys) = (app.jobs.get().await?, &app.redis_keys);
    let mut after = MonitorId(0);
    loop {
        let named = erasure::named_monitors(&client, scope, after).await?;
        let Some(&last) = named.last() else {
            return Ok(());
        };
        for part in named.chunks(KEYS) {
            let gone: Vec<String> = part
                .iter()
                .flat_map(|&id| [keys.status(id), keys.sparkline(id)])
                .collect();
            let () = app.redis.del(gone).await?;
            for &id in part {
                let shard = domain::internal::shard_of(id, app.shards);
                let () = app.redis.hdel(keys.definitions(shard), id.to_string()).await?;
            }
        }
        after = last;
    }
}

/// Tells the log, the pingers and the dashboards of monitors that were changed.
fn tell(app: &App, scope: Scope, changed: &[MonitorId]) {
    if changed.is_empty() {
        return;
    }
    app.outbox.notify_one();
    for &id in changed {
        app.mirror.changed(id);
    }
    app.announcer.change(scope.org(), api::Resource::Monitor, 0);
}
