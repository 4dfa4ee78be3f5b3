//! `/orgs/{id}/invitations`: inviting people to an organisation.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use api::{
    InviteMember, LimitKey, ListInvitations, MemberInvitation, Operation, Principal, ResendInvitation, Role,
    WithdrawInvitation,
};
use chrono::{DateTime, Utc};
use deadpool_postgres::Transaction;
use domain::EmailAddress;
use domain::monitor::FieldError;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;
use uuid::Uuid;

use super::called_by::author;
use super::creation::{self, Begun};
use super::organisations::scope_of;
use super::role_now::role_now;
use super::{no_version, page};
use crate::app::App;
use crate::mail_limits::count_invitation;
use crate::rules::mail_content::{Content, Kind, link_of_invitation};
use crate::rules::mailed_token::MailedToken;
use crate::rules::member::Refused;
use crate::rules::only_tags;
use crate::store::audit::Resource;
use crate::store::invitations::{self, New};
use crate::store::{Scope, limits, organisations, users};
use crate::verification;

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(list).mount(invite).mount(resend).mount(withdraw)
}

/// Invitations in the audit log.
fn resource(id: Uuid) -> Resource {
    Resource::new("invitation", id)
}

async fn list(app: Data<App>, call: Call<ListInvitations>) -> Result<Reply<ListInvitations>, Problem> {
    let scope = scope_of(&call.caller, call.path.id)?;
    let limit = page::limit(call.query.limit)?;
    let after = page::position(call.query.cursor.as_deref())?;
    let found = invitations::list(&app.pool.get().await?, scope, after, limit as i64 + 1).await?;
    Ok(Reply::new(page::cut(found, limit, |one: &MemberInvitation| {
        (DateTime::<Utc>::from(one.created_at), one.id)
    })))
}

async fn invite(app: Data<App>, call: Call<InviteMember>) -> Result<Reply<InviteMember>, Problem> {
    let scope = scope_of(&call.caller, call.path.id)?;
    let (user, role) = (call.caller.user_id(), call.body.role);
    let email = EmailAddress::parse(&call.body.email)
        .map_err(|wrong| Problem::invalid(vec![FieldError::new("email", wrong)]))?
        .normal();
    let only_tags = only_tags::valid(call.body.only_tags.clone(), role);
    let only_tags = only_tags.map_err(|wrong| Problem::invalid(vec![wrong]))?;
    let mut client = app.pool.get().await?;
    let tx = match creation::begin(&app, &mut client, &call).await? {
        Begun::New(tx) => tx,
        Begun::Before(reply) => return Ok(reply),
    };
    may_invite::<InviteMember>(&app, &tx, &call.caller, role).await?;
    let token = MailedToken::random();
    let new = New {
        email: &email,
        role,
        only_tags: only_tags.as_deref(),
        invited_by: user,
        token: &token,
        is_mailed: app.mailer.delivers(),
        valid_seconds: Kind::Invitation.valid_seconds(),
    };
    let id = invitations::insert(&tx, scope, &new, &app.plans).await?;
    // What is refused for another reason is not counted.
    counted(&app, user, scope, &email).await?;
    let made = invitations::find(&tx, scope, id).await?;
    post(&app, &tx, scope, &call.caller, &made, &token).await?;
    author(&call).created(&tx, &resource(id), &made).await?;
    let reply = Reply::new(with_link(&app, made, &token));
    tx.commit(&app, &reply).await?;
    app.mailer.wake.notify_one();
    Ok(reply)
}

async fn resend(app: Data<App>, call: Call<ResendInvitation>) -> Result<Reply<ResendInvitation>, Problem> {
    let (scope, id) = (scope_of(&call.caller, call.path.id)?, call.path.invitation);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    scope.take_turn(&tx).await?;
    let before = invitations::find(&tx, scope, id).await?;
    may_invite::<ResendInvitation>(&app, &tx, &call.caller, before.role).await?;
    if before.expires_at <= shared::now() {
        // It counts again.
        limits::require_room(&tx, scope, &app.plans, LimitKey::Members, 1).await?;
    }
    counted(&app, call.caller.user_id(), scope, &before.email).await?;
    let token = MailedToken::random();
    let (is_mailed, valid_seconds) = (app.mailer.delivers(), Kind::Invitation.valid_seconds());
    invitations::renew(
        &tx,
        scope,
        id,
        call.caller.user_id(),
        &token,
        is_mailed,
        valid_seconds,
    )
    .await?;
    let after = invitations::find(&tx, scope, id).await?;
    post(&app, &tx, scope, &call.caller, &after, &token).await?;
    author(&call).changed(&tx, &resource(id), &before, &after).await?;
    tx.commit().await?;
    app.mailer.wake.notify_one();
    Ok(Reply::new(with_link(&app, after, &token)))
}

async fn withdraw(
    app: Data<App>,
    call: Call<WithdrawInvitation>,
) -> Result<Reply<WithdrawInvitation>, Problem> {
    let (scope, id) = (scope_of(&call.caller, call.path.id)?, call.path.invitation);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    scope.take_turn(&tx).await?;
    let before = invitations::find(&tx, scope, id).await?;
    no_version(&call)?;
    invitations::delete(&tx, scope, id).await?;
    author(&call).deleted(&tx, &resource(id), &before).await?;
    tx.commit().await?;
    Ok(Reply::empty())
}

/// Requires that the caller may make somebody a member of this role, by the role that the caller has now.
async fn may_invite<O: Operation>(
    app: &App,
    tx: &Transaction<'_>,
    caller: &Principal,
    role: Role,
) -> Result<(), Problem> {
    verification::require(app, tx, caller.user_id()).await?;
    let by = role_now::<O>(tx, caller).await?;
    if role == Role::Owner && by != Role::Owner {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            Refused::OwnersOnly.to_string(),
        ));
    }
    Ok(())
}

async fn counted(app: &App, user: i64, scope: Scope, email: &str) -> Result<(), Problem> {
    match count_invitation(app, user, scope.org(), email).await? {
        None => Ok(()),
        Some(wait) => Err(Problem::too_many_for(wait)),
    }
}

async fn post(
    app: &App,
    tx: &Transaction<'_>,
    scope: Scope,
    caller: &Principal,
    invitation: &MemberInvitation,
    token: &MailedToken,
) -> Result<(), Problem> {
    let org = organisations::find(tx, scope).await?;
    let org = org.ok_or_else(|| Problem::not_found("organisation"))?;
    let inviter = users::name_of(tx, caller.user_id()).await?;
    let content = Content::Invitation {
        token: token.text(),
        organisation: org.name,
        invited_by: inviter.ok_or_else(Problem::unauthorized)?,
        role: invitation.role,
    };
    app.mailer
        .post(tx, &invitation.email, &content, Some(invitation.id))
        .await
}

/// The invitation with its link, where nobody else passes it on.
fn with_link(app: &App, invitation: MemberInvitation, token: &MailedToken) -> MemberInvitation {
    let link = (!app.mailer.delivers()).then(|| link_of_invitation(&app.mailer.public_url, token));
    MemberInvitation { link, ..invitation }
}
