//! An organisation: suspended while it may be cancelled, then erased.

use api::{CancelOrganisationDeletion, Operation as _};
use deadpool_postgres::Transaction;
use domain::MonitorId;
use domain::monitor::Spec;
use fred::interfaces::{HashesInterface as _, KeysInterface as _};
use serde_json::json;

use super::{DeletionError, Step};
use crate::app::App;
use crate::metrics as names;
use crate::rules::mail_content::Content;
use crate::store::audit::{Author, By, Resource};
use crate::store::deletions::{self, Due};
use crate::store::error::StoreError;
use crate::store::monitor_changes::Update;
use crate::store::version_authors::Made;
use crate::store::{Scope, erasure, monitor_changes, monitors, organisations, users};

/// Monitors that are changed in one step.
const BATCH: i64 = 100;

/// Who pauses and resumes its monitors.
const BY: By = By::System("deletion");

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
                let update = Update {
                    old: &old,
                    name: &old.name,
                    spec: &spec,
                };
                monitor_changes::update(&tx, &app.keyring, update, Made::from(&BY), &app.plans).await?;
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
            Err(StoreError::NotFound(_)) => continue,
            Err(error) => return Err(error.into()),
        };
        if let Some(spec) = old.spec.value().filter(|spec| spec.paused) {
            let spec = Spec {
                paused: false,
                ..spec.clone()
            };
            let update = Update {
                old: &old,
                name: &old.name,
                spec: &spec,
            };
            monitor_changes::update(&tx, &app.keyring, update, Made::from(&BY), &app.plans).await?;
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
    let with = match deletions::goes_with(&tx, scope).await? {
        Some(user_id) => Some((user_id, fate(&tx, scope, user_id).await?)),
        None => None,
    };
    if let Some((_, Fate::Waits)) = with {
        return Ok(Step::Enough);
    }
    if deletions::lock(&tx, scope, Due::Erase).await?.is_none()
        // It was asked for anew meanwhile.
        || deletions::goes_with(&tx, scope).await? != with.map(|(user_id, _)| user_id)
    {
        return Ok(Step::Enough);
    }
    if let Some((_, Fate::Stays)) = with {
        stay(app, &tx, scope).await?;
        tx.commit().await?;
        app.mailer.wake.notify_one();
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
        monitor_changes::delete_all(&tx, &[&old]).await?;
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
        // Not locked: accounts are locked before organisations.
        && let Some(email) = users::email(&tx, user_id).await?
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

/// What becomes of an organisation that was to go with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It goes.
    Goes,
    /// The account cannot go yet, so nothing of it does.
    Waits,
    /// Others have joined it, or the person has left it.
    Stays,
}

/// Decides about an organisation that is to go with this account, and locks the account and its organisations.
async fn fate(tx: &Transaction<'_>, scope: Scope, user_id: i64) -> Result<Fate, StoreError> {
    users::lock(tx, user_id).await?;
    let account = deletions::lock_account(tx, user_id).await?;
    if !account.deleted_with_it.iter().any(|org| org.id == scope.org()) {
        return Ok(Fate::Stays);
    }
    match account.blocked_by.is_empty() {
        true => Ok(Fate::Goes),
        false => Ok(Fate::Waits),
    }
}

/// Cancels a locked deletion in the name of the product.
async fn stay(app: &App, tx: &Transaction<'_>, scope: Scope) -> Result<(), StoreError> {
    deletions::set_cancelled(tx, scope).await?;
    let author = Author {
        by: BY,
        scope,
        action: CancelOrganisationDeletion::ID,
        address: None,
        request_id: None,
    };
    let deletion = Resource::new("organisation_deletion", scope.org());
    author.deleted(tx, &deletion, &json!({})).await?;
    let organisation = organisations::find(tx, scope).await?;
    let content = Content::DeletionCancelled {
        organisation: organisation.map(|organisation| organisation.name),
    };
    for owner in deletions::owners(tx, scope).await? {
        app.mailer.post_if_room(tx, &owner, &content).await?;
    }
    tracing::info!(
        org_id = scope.org().0,
        "an organisation stays: it is not its requester's alone"
    );
    Ok(())
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
                .flat_map(|&id| [keys.status(id), keys.sparkline(id), keys.heartbeat(id)])
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
