//! An account: once the organisations are erased that have no other member, what the person has done in the others becomes
//! a pseudonym's, and the account goes.

use api::Role;
use deadpool_postgres::Transaction;
use domain::OrgId;
use serde_json::json;

use super::{DeletionError, Step};
use crate::app::App;
use crate::metrics as names;
use crate::rules::mail_content::Content;
use crate::store::audit::{Author, By, Resource};
use crate::store::error::StoreError;
use crate::store::pseudonyms::{self, pseudonym};
use crate::store::{Scope, deletions, members, users};

/// What the audit logs of the person's organisations call it.
const ACTION: &str = "DeleteAccount";

pub(super) async fn step(app: &App, user_id: i64) -> Result<Step, DeletionError> {
    let mut client = app.jobs.get().await?;
    let tx = client.transaction().await?;
    let Some(email) = users::lock_email(&tx, user_id).await? else {
        return Ok(Step::Enough);
    };
    if !deletions::lock_due_account(&tx, user_id).await? {
        return Ok(Step::Enough);
    }
    let state = deletions::lock_account(&tx, user_id).await?;
    if !state.blocked_by.is_empty() {
        // Others have become members since. It is shown, and waits.
        return Ok(Step::Enough);
    }
    let mut is_new = false;
    for org in &state.deleted_with_it {
        is_new |= deletions::request(&tx, Scope::organisation(org.id), user_id, 0, true).await?;
    }
    if is_new {
        tx.commit().await?;
        return Ok(Step::Enough);
    }
    if !state.deleted_with_it.is_empty() || deletions::is_waiting(&tx, user_id).await? {
        return Ok(Step::Enough);
    }
    pseudonyms::begin(&tx, user_id).await?;
    if pseudonyms::rows(&tx, user_id).await? > 0 {
        tx.commit().await?;
        return Ok(Step::More);
    }
    if pseudonyms::is_left(&tx, user_id).await? {
        tx.commit().await?;
        return Ok(Step::Enough);
    }
    let left = members::of_user(&tx, user_id).await?;
    for (org, role) in &left {
        leave(&tx, user_id, *org, *role).await?;
    }
    pseudonyms::forget_address(&tx, &email).await?;
    pseudonyms::finish(&tx, user_id).await?;
    app.mailer
        .post_if_room(&tx, &email, &Content::AccountDeleted)
        .await?;
    tx.commit().await?;
    app.mailer.wake.notify_one();
    // Alerters forget the person's own channels.
    left.iter().for_each(|(org, _)| app.announcer.alerting(*org));
    metrics::counter!(names::DELETIONS, "of" => "account").increment(1);
    tracing::info!(user_id, "an account was erased");
    Ok(Step::Enough)
}

/// Removes the person from an organisation, and notes that without the name.
async fn leave(tx: &Transaction<'_>, user_id: i64, org: OrgId, role: Role) -> Result<(), StoreError> {
    let author = Author {
        by: By::System("deletion"),
        scope: Scope::organisation(org),
        action: ACTION,
        address: None,
        request_id: None,
    };
    for key in members::remove(tx, author.scope, user_id).await? {
        let resource = Resource::new("api_key", key.id);
        let shown = json!({"name": key.name, "role": key.role, "created_by": pseudonym(user_id)});
        author.deleted(tx, &resource, &shown).await?;
    }
    let shown = json!({"name": pseudonym(user_id), "role": role});
    author
        .deleted(tx, &Resource::new("member", user_id), &shown)
        .await
}
