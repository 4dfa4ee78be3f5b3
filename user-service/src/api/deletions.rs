//! `/me/deletion` and `/orgs/{id}/deletion`.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use api::{
    AccountDeletion, CancelAccountDeletion, CancelOrganisationDeletion, DeleteAccount, DeleteOrganisation,
    GetAccountDeletion, GetOrganisationDeletion, NamedOrganisation, OrganisationDeletion,
};
use deadpool_postgres::Transaction;
use domain::EmailAddress;
use domain::monitor::FieldError;
use serde_json::json;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::{author, cause};
use super::no_version;
use super::organisations::scope_of;
use super::role_now::role_now;
use crate::app::App;
use crate::limited::limited;
use crate::reauthentication::reauthenticate;
use crate::rules::mail_content::Content;
use crate::second_factor::Deed;
use crate::store::audit::{Author, Resource};
use crate::store::{Scope, account_events, deletions, organisations, users};

/// Deletions that one person may ask for in [`DAY`]: each sends mails and stops what is checked.
const REQUESTS: u32 = 10;

const DAY: Duration = Duration::from_secs(86_400);

pub(super) fn mount(routes: Routes) -> Routes {
    routes
        .mount(get_of_account)
        .mount(delete_account)
        .mount(cancel_of_account)
        .mount(get)
        .mount(delete)
        .mount(cancel)
}

/// Deletions of an organisation in its audit log.
fn resource(scope: Scope) -> Resource {
    Resource::new("organisation_deletion", scope.org())
}

fn mistyped(field: &'static str, what: &str) -> Problem {
    Problem::invalid(vec![FieldError::new(field, format!("must be {what}"))])
}

async fn get_of_account(
    app: Data<App>,
    call: Call<GetAccountDeletion>,
) -> Result<Reply<GetAccountDeletion>, Problem> {
    let client = app.pool.get().await?;
    Ok(Reply::new(
        deletions::of_account(&client, call.caller.user_id()).await?,
    ))
}

async fn delete_account(app: Data<App>, call: Call<DeleteAccount>) -> Result<Reply<DeleteAccount>, Problem> {
    let user = call.caller.user_id();
    let (cause, author) = (cause::<DeleteAccount>(call.request()), author(&call));
    let typed = EmailAddress::normal_of(call.body.email.trim());
    let deed = Deed::of(user, cause.clone());
    let request = call.request().clone();
    let (password, code) = (call.body.current_password, call.body.code.as_deref());
    reauthenticate(&app, &call.caller, &request, password, code, &deed).await?;
    limited(&app, "deletion", &call.caller, REQUESTS, DAY).await?;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let email = users::lock_email(&tx, user).await?;
    let email = email.ok_or_else(Problem::unauthorized)?;
    if typed != EmailAddress::normal_of(&email) {
        return Err(mistyped("email", "the e-mail address of the account"));
    }
    let before = deletions::lock_account(&tx, user).await?;
    if before.deletion.is_none() {
        may_go(&before)?;
        let days = app.deletion_days;
        deletions::request_of_account(&tx, user, days).await?;
        for org in &before.deleted_with_it {
            let scope = Scope::organisation(org.id);
            if deletions::request(&tx, scope, user, days, true).await? {
                noted(&tx, &author.clone().within(scope)).await?;
            }
        }
        account_events::note(&tx, user, &cause, None).await?;
    }
    let after = deletions::of_account(&tx, user).await?;
    if let (None, Some(deletion)) = (&before.deletion, &after.deletion) {
        let content = Content::AccountDeletion { due: deletion.due_at };
        app.mailer.post_if_room(&tx, &email, &content).await?;
    }
    tx.commit().await?;
    wake(&app);
    tracing::info!(user_id = user, "an account is to be deleted");
    Ok(Reply::new(after))
}

/// Requires that nobody else needs the account.
fn may_go(state: &AccountDeletion) -> Result<(), Problem> {
    if state.blocked_by.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = state.blocked_by.iter().map(quoted).collect();
    let why = format!(
        "you are the only owner of {}, which have other members: make somebody else an owner, or delete them first",
        names.join(", ")
    );
    Err(Problem::new(StatusCode::CONFLICT, why))
}

fn quoted(org: &NamedOrganisation) -> String {
    format!("\"{}\"", org.name)
}

async fn cancel_of_account(
    app: Data<App>,
    call: Call<CancelAccountDeletion>,
) -> Result<Reply<CancelAccountDeletion>, Problem> {
    no_version(&call)?;
    let (user, author) = (call.caller.user_id(), author(&call));
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let email = users::lock_email(&tx, user).await?;
    let email = email.ok_or_else(Problem::unauthorized)?;
    for org in deletions::cancel_of_account(&tx, user).await? {
        let author = author.clone().within(Scope::organisation(org));
        author.deleted(&tx, &resource(author.scope), &json!({})).await?;
    }
    let cause = cause::<CancelAccountDeletion>(call.request());
    account_events::note(&tx, user, &cause, None).await?;
    let content = Content::DeletionCancelled { organisation: None };
    app.mailer.post_if_room(&tx, &email, &content).await?;
    tx.commit().await?;
    wake(&app);
    Ok(Reply::empty())
}

async fn get(
    app: Data<App>,
    call: Call<GetOrganisationDeletion>,
) -> Result<Reply<GetOrganisationDeletion>, Problem> {
    let scope = scope_of(&call.caller, call.path.id)?;
    let client = app.pool.get().await?;
    Ok(Reply::new(deletions::of_organisation(&client, scope).await?))
}

async fn delete(
    app: Data<App>,
    call: Call<DeleteOrganisation>,
) -> Result<Reply<DeleteOrganisation>, Problem> {
    let (scope, author) = (scope_of(&call.caller, call.path.id)?, author(&call));
    let user = call.caller.user_id();
    let deed = Deed::of(user, cause::<DeleteOrganisation>(call.request()));
    let request = call.request().clone();
    let (password, code) = (call.body.current_password, call.body.code.as_deref());
    reauthenticate(&app, &call.caller, &request, password, code, &deed).await?;
    limited(&app, "deletion", &call.caller, REQUESTS, DAY).await?;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let organisation = organisations::lock(&tx, scope).await?;
    role_now::<DeleteOrganisation>(&tx, &call.caller).await?;
    if call.body.name.trim() != organisation.name {
        return Err(mistyped("name", "the name of the organisation"));
    }
    let is_new = deletions::request(&tx, scope, user, app.deletion_days, false).await?;
    let state = deletions::of_organisation(&tx, scope).await?;
    if let (
        true,
        OrganisationDeletion {
            deletion: Some(deletion),
            ..
        },
    ) = (is_new, &state)
    {
        noted(&tx, &author).await?;
        let content = Content::OrganisationDeletion {
            organisation: organisation.name,
            by: users::name_of(&tx, user).await?.unwrap_or_default(),
            due: deletion.due_at,
        };
        tell_owners(&app, &tx, scope, &content).await?;
    }
    tx.commit().await?;
    wake(&app);
    tracing::info!(org_id = scope.org().0, "an organisation is to be deleted");
    Ok(Reply::new(state))
}

async fn cancel(
    app: Data<App>,
    call: Call<CancelOrganisationDeletion>,
) -> Result<Reply<CancelOrganisationDeletion>, Problem> {
    no_version(&call)?;
    let scope = scope_of(&call.caller, call.path.id)?;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let organisation = organisations::lock(&tx, scope).await?;
    role_now::<CancelOrganisationDeletion>(&tx, &call.caller).await?;
    deletions::cancel(&tx, scope, call.caller.user_id()).await?;
    author(&call).deleted(&tx, &resource(scope), &json!({})).await?;
    let content = Content::DeletionCancelled {
        organisation: Some(organisation.name),
    };
    tell_owners(&app, &tx, scope, &content).await?;
    tx.commit().await?;
    wake(&app);
    Ok(Reply::empty())
}

/// Notes in the audit log that an organisation is to be deleted.
async fn noted(tx: &Transaction<'_>, author: &Author) -> Result<(), Problem> {
    let state = deletions::of_organisation(tx, author.scope).await?;
    author.created(tx, &resource(author.scope), &state).await?;
    Ok(())
}

async fn tell_owners(
    app: &App,
    tx: &Transaction<'_>,
    scope: Scope,
    content: &Content,
) -> Result<(), Problem> {
    for owner in deletions::owners(tx, scope).await? {
        app.mailer.post_if_room(tx, &owner, content).await?;
    }
    Ok(())
}

fn wake(app: &App) {
    app.deletions.notify_one();
    app.mailer.wake.notify_one();
}
