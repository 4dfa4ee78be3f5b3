//! `/orgs` and `/orgs/{id}`.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use api::{
    CreateOrganisation, EditOrganisation, GetOrganisation, GetUsage, LeaveOrganisation, ListOrganisations,
    Organisation, Principal, Usage,
};
use domain::OrgId;
use domain::monitor::FieldError;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use super::creation::{self, Begun};
use super::members::removed;
use super::{page, require_version};
use crate::app::App;
use crate::limited::limited;
use crate::rules::{member, text};
use crate::settings::Registration;
use crate::store::audit::Resource;
use crate::store::{Scope, limits, members, only_tags, organisations};

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
    let view = view(&call.caller, row.name, row.version);
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
    require_version(expected, old.version)?;
    let before = view(&call.caller, old.name, old.version);
    if call.body.name.is_none() {
        return Ok(Reply::new(before));
    }
    let name = name(call.body.name.as_deref())?;
    if name == before.name {
        return Ok(Reply::new(before));
    }
    let version = organisations::rename(&tx, scope, &name).await?;
    let after = view(&call.caller, name, version);
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
    Ok(Reply::empty())
}

fn name(given: Option<&str>) -> Result<String, Problem> {
    text::name(given.unwrap_or_default()).map_err(|wrong: FieldError| Problem::invalid(vec![wrong]))
}

fn view(caller: &Principal, name: String, version: i32) -> Organisation {
    Organisation {
        id: caller.org_id,
        name,
        role: caller.role,
        only_tags: None,
        version,
    }
}
