//! `/orgs/{id}/members`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use api::{EditMember, ListMembers, Member, Operation, Principal, RemoveMember, Role, Versioned as _};
use deadpool_postgres::Transaction;
use serde::Serialize;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use super::organisations::scope_of;
use super::page;
use super::role_now::role_now;
use crate::app::App;
use crate::rules::member::{self, Refused};
use crate::rules::only_tags;
use crate::store::audit::{Author, Resource};
use crate::store::{Scope, members};

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(list).mount(edit).mount(remove)
}

/// Members in the audit log.
pub(super) fn resource(user_id: i64) -> Resource {
    Resource::new("member", user_id)
}

async fn list(app: Data<App>, call: Call<ListMembers>) -> Result<Reply<ListMembers>, Problem> {
    let scope = scope_of(&call.caller, call.path.id)?;
    let limit = page::limit(call.query.limit)?;
    let after = page::position(call.query.cursor.as_deref())?;
    let found = members::list(&app.pool.get().await?, scope, after, limit as i64 + 1).await?;
    Ok(Reply::new(page::cut(found, limit, |member: &Member| {
        (member.joined_at, member.user_id)
    })))
}

async fn edit(app: Data<App>, call: Call<EditMember>) -> Result<Reply<EditMember>, Problem> {
    let (scope, user) = (scope_of(&call.caller, call.path.id)?, call.path.user_id);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let given = &call.body;
    let change = Change::Role(given.role);
    let before = decided::<EditMember>(&tx, scope, &call.caller, user, change).await?;
    call.require_seen(&before.etag())?;
    let role = given.role.unwrap_or(before.role);
    let only_tags = given.only_tags.clone().unwrap_or(before.only_tags.clone());
    let only_tags = match only_tags == before.only_tags && role < Role::Admin {
        true => only_tags,
        false => only_tags::valid(only_tags, role).map_err(|wrong| Problem::invalid(vec![wrong]))?,
    };
    members::set_access(&tx, scope, user, role, only_tags.as_deref()).await?;
    let after = members::find(&tx, scope, user).await?;
    let [shown_before, shown_after] = [&before, &after].map(AuditedMember::of);
    author(&call)
        .changed(&tx, &resource(user), &shown_before, &shown_after)
        .await?;
    tx.commit().await?;
    if before.only_tags != after.only_tags {
        // Has open streams look again at what they may show.
        app.announcer.change(scope.org(), api::Resource::Tag, 0);
    }
    Ok(Reply::new(after))
}

async fn remove(app: Data<App>, call: Call<RemoveMember>) -> Result<Reply<RemoveMember>, Problem> {
    let (scope, user) = (scope_of(&call.caller, call.path.id)?, call.path.user_id);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let before = decided::<RemoveMember>(&tx, scope, &call.caller, user, Change::Removed).await?;
    call.require_seen(&before.etag())?;
    removed(&tx, &author(&call), &before).await?;
    tx.commit().await?;
    announce_removed(&app, scope);
    Ok(Reply::empty())
}

/// Removes a member, and notes that and which keys went with it.
pub(super) async fn removed(tx: &Transaction<'_>, author: &Author, member: &Member) -> Result<(), Problem> {
    let keys = members::remove(tx, author.scope, member.user_id).await?;
    for key in keys {
        author
            .deleted(tx, &super::api_keys::resource(key.id), &key)
            .await?;
    }
    let before = AuditedMember::of(member);
    author.deleted(tx, &resource(member.user_id), &before).await?;
    Ok(())
}

/// Tells of a member who was removed, and with whom the member's own channels went.
pub(super) fn announce_removed(app: &App, scope: Scope) {
    app.announcer.alerting(scope.org());
}

/// What the audit log keeps of a member: not the address, for it is kept for long.
#[derive(Serialize)]
pub(super) struct AuditedMember<'a> {
    name: &'a str,
    role: Role,
    #[serde(skip_serializing_if = "Option::is_none")]
    only_tags: Option<&'a [String]>,
}

impl<'a> AuditedMember<'a> {
    pub(super) fn of(member: &'a Member) -> Self {
        Self {
            name: &member.name,
            role: member.role,
            only_tags: member.only_tags.as_deref(),
        }
    }
}

/// What becomes of a member.
#[derive(Clone, Copy, Debug)]
enum Change {
    /// The member gets this role, or keeps the present one.
    Role(Option<Role>),
    /// The member is removed.
    Removed,
}

/// The member whose role changes, if the caller may change it so. The caller's role is read again: two who demote each
/// other at once must not both succeed.
async fn decided<O: Operation>(
    tx: &Transaction<'_>,
    scope: Scope,
    caller: &Principal,
    user: i64,
    change: Change,
) -> Result<Member, Problem> {
    let by = role_now::<O>(tx, caller).await?;
    let before = members::find(tx, scope, user).await?;
    let owners = members::owners(tx, scope).await?;
    let after = match change {
        Change::Role(role) => Some(role.unwrap_or(before.role)),
        Change::Removed => None,
    };
    member::change(by, before.role, after, owners).map_err(|refused| {
        let status = match refused {
            Refused::OwnersOnly => StatusCode::FORBIDDEN,
            Refused::LastOwner => StatusCode::CONFLICT,
        };
        Problem::new(status, refused.to_string())
    })?;
    Ok(before)
}
