//! `/orgs` and `/orgs/{id}`.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use api::{
    CreateOrganisation, EditOrganisation, GetOrganisation, GetUsage, LeaveOrganisation, ListOrganisations,
    Organisation, Principal, Role, Usage,
};
use domain::OrgId;
use domain::monitor::FieldError;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use super::creation::{self, Begun};
use super::members::{announce_removed, removed};
use super::role_now::role_now;
use super::{page, require_version};
use crate::app::App;
use crate::limited::limited;
use crate::rules::{member, text};
use crate::settings::Registration;
use crate::store::audit::Resource;
use crate::store::organisations::OrganisationRow;
use crate::store::{Scope, limits, members, only_tags, organisations, second_factors};

/// Organisations that one person may create in a day: each has limits of its own.
const NEW_PER_DAY: u32 = 10;

const DAY: Duration = Duration::from_secs(86_400);

pub(super) fn mount(routes: Routes) -> Routes {
    routes
        .mount(list)
        .mount(create)
        .mount(get)
        .mount(edit)
        .mount(leave)
        .mount(usage)
}

/// The rows that `caller` may see of the organisation in a path.
///
/// # Errors
/// 404 when it is not the one of the credential.
pub(super) fn scope_of(caller: &Principal, org: OrgId) -> Result<Scope, Problem> {
    match caller.org_id == org {
        true => Ok(Scope::from(caller)),
        false => Err(Problem::not_found("organisation")),
    }
}

/// Organisations in the audit log.
fn resource(org: OrgId) -> Resource {
    Resource::new("organisation", org)
}

async fn list(app: Data<App>, call: Call<ListOrganisations>) -> Result<Reply<ListOrganisations>, Problem> {
    let limit = page::limit(call.query.limit)?;
    let after = page::position(call.query.cursor.as_deref())?;
    let client = app.pool.get().await?;
    let found = organisations::of_user(&client, call.caller.user_id(), after, limit as i64 + 1).await?;
    Ok(Reply::new(page::cut(found, limit, |org: &Organisation| {
        (org.name.clone(), org.id.0)
    })))
}

async fn create(
    app: Data<App>,
    call: Call<CreateOrganisation>,
) -> Result<Reply<CreateOrganisation>, Problem> {
    if app.registration != Registration::Open {
        let closed = "new organisations are closed, as registration is";
        return Err(Problem::new(StatusCode::FORBIDDEN, closed));
    }
    if call.body.require_second_factor == Some(true) {
        let later = "can be demanded once the organisation is there";
        return Err(invalid_policy(later));
    }
    let name = name(call.body.name.as_deref())?;
    let mut client = app.pool.get().await?;
    let tx = match creation::begin(&app, &mut client, &call).await? {
        Begun::New(tx) => tx,
        Begun::Before(reply) => return Ok(reply),
    };
    limited(&app, "new-org", &call.caller, NEW_PER_DAY, DAY).await?;
    let made = organisations::create(&tx, call.caller.user_id(), &name).await?;
    let author = author(&call).within(Scope::organisation(made.id));
    author.created(&tx, &resource(made.id), &made).await?;
    let id = made.id;
    let reply = Reply::new(made);
    tx.commit(&app, &reply).await?;
    tracing::info!(org_id = id.0, "an organisation was created");
    Ok(reply)
}

async fn get(app: Data<App>, call: Call<GetOrganisation>) -> Result<Reply<GetOrganisation>, Problem> {
    let scope = scope_of(&call.caller, call.path.id)?;
    let client = app.pool.get().await?;
    let row = organisations::find(&client, scope).await?;
    let row = row.ok_or_else(|| Problem::not_found("organisation"))?;
    let only_tags = only_tags::of_caller(&client, scope).await?;
    let view = view(scope, call.caller.role, row);
    Ok(Reply::new(Organisation { only_tags, ..view }))
}

async fn usage(app: Data<App>, call: Call<GetUsage>) -> Result<Reply<GetUsage>, Problem> {
    let scope = scope_of(&call.caller, call.path.id)?;
    let client = app.pool.get().await?;
    let allowed = limits::effective(&client, scope, &app.plans).await?;
    let items = limits::usage(&client, scope, &allowed).await?;
    Ok(Reply::new(Usage {
        plan: allowed.plan,
        items,
        min_interval_seconds: allowed.limits.min_interval_seconds,
        raw_retention_days: allowed.limits.raw_retention_days,
    }))
}

async fn edit(app: Data<App>, call: Call<EditOrganisation>) -> Result<Reply<EditOrganisation>, Problem> {
    let (scope, expected) = (scope_of(&call.caller, call.path.id)?, call.if_match()?);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = organisations::lock(&tx, scope).await?;
    let role = role_now::<EditOrganisation>(&tx, &call.caller).await?;
    require_version(expected, old.version)?;
    let before = view(scope, role, old);
    let mut after = before.clone();
    if let Some(given) = &call.body.name {
        after.name = name(Some(given))?;
    }
    if let Some(required) = call.body.require_second_factor {
        after.require_second_factor = required;
    }
    let is_demanded = after.require_second_factor && !before.require_second_factor;
    if is_demanded && !second_factors::is_on(&tx, call.caller.user_id()).await? {
        return Err(invalid_policy("needs your own second factor: turn it on first"));
    }
    let is_same = (&after.name, after.require_second_factor) == (&before.name, before.require_second_factor);
    if is_same {
        return Ok(Reply::new(before));
    }
    after.version = organisations::update(&tx, scope, &after.name, after.require_second_factor).await?;
    author(&call)
        .changed(&tx, &resource(scope.org()), &before, &after)
        .await?;
    tx.commit().await?;
    Ok(Reply::new(after))
}

async fn leave(app: Data<App>, call: Call<LeaveOrganisation>) -> Result<Reply<LeaveOrganisation>, Problem> {
    let (scope, user) = (scope_of(&call.caller, call.path.id)?, call.caller.user_id());
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    scope.take_turn(&tx).await?;
    let leaving = members::find(&tx, scope, user).await?;
    member::leave(leaving.role, None, members::owners(&tx, scope).await?)
        .map_err(|refused| Problem::new(StatusCode::CONFLICT, refused.to_string()))?;
    removed(&tx, &author(&call), &leaving).await?;
    tx.commit().await?;
    announce_removed(&app, scope);
    Ok(Reply::empty())
}

fn invalid_policy(wrong: &str) -> Problem {
    Problem::invalid(vec![FieldError::new("require_second_factor", wrong)])
}

fn name(given: Option<&str>) -> Result<String, Problem> {
    text::name(given.unwrap_or_default()).map_err(|wrong: FieldError| Problem::invalid(vec![wrong]))
}

fn view(scope: Scope, role: Role, row: OrganisationRow) -> Organisation {
    Organisation {
        id: scope.org(),
        name: row.name,
        role,
        only_tags: None,
        require_second_factor: row.require_second_factor,
        version: row.version,
    }
}
