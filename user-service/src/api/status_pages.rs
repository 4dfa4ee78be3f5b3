//! `/status-pages`.

use actix_web::web::Data;
use api::{
    AccessKind, CreateStatusPage, DeleteStatusPage, EditStatusPage, GetStatusPage, ListStatusPages, Resource,
    StatusPage,
};
use domain::monitor::FieldError;
use domain::{OrgId, StatusPageId};
use shared::guard::Targets;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use super::creation::{self, Begun};
use super::status_page_view::view;
use super::{page, require_version};
use crate::app::App;
use crate::mail::NO_SERVER;
use crate::rules::status_page::{self as rules, Applied};
use crate::status_pages::proof::new_token;
use crate::store::Scope;
use crate::store::audit::Resource as Audited;
use crate::store::status_pages::{self as store, Logo, PageRow, Written};

pub(crate) fn mount(routes: Routes) -> Routes {
    routes
        .mount(list)
        .mount(create)
        .mount(get)
        .mount(edit)
        .mount(delete)
}

/// Tells dashboards, the publisher and what reports outages of a change that was committed.
pub(super) fn announce(app: &App, scope: Scope, id: StatusPageId) {
    app.announcer.change(scope.org(), Resource::StatusPage, id.0);
    app.status_pages.wake.notify_one();
    app.automatic_reports.notify_one();
}

/// Status pages in the audit log.
pub(super) fn audited(id: StatusPageId) -> Audited {
    Audited::new("status_page", id)
}

async fn list(app: Data<App>, call: Call<ListStatusPages>) -> Result<Reply<ListStatusPages>, Problem> {
    let limit = page::limit(call.query.limit)?;
    let after: Option<i64> = page::position(call.query.cursor.as_deref())?;
    let after = StatusPageId(after.unwrap_or(0));
    let client = app.pool.get().await?;
    let rows = store::list(&client, Scope::from(&call.caller), after, limit as i64 + 1).await?;
    let views = rows.iter().map(|row| view(&app.status_pages, row)).collect();
    Ok(Reply::new(page::cut(views, limit, |view: &StatusPage| view.id)))
}

async fn create(
    app: Data<App>,
    mut call: Call<CreateStatusPage>,
) -> Result<Reply<CreateStatusPage>, Problem> {
    let (scope, author) = (Scope::from(&call.caller), author(&call));
    let mut applied = apply(&app, std::mem::take(&mut call.body), None)?;
    let logo = draw(&app, scope.org(), applied.logo.as_ref()).await?;
    let hash = password_hash(&app, &applied, None).await?;
    let mut client = app.pool.get().await?;
    let tx = match creation::begin(&app, &mut client, &call).await? {
        Begun::New(tx) => tx,
        Begun::Before(reply) => return Ok(reply),
    };
    if applied.is_slug_made {
        let settings = &mut applied.page.settings;
        settings.slug = store::free_slug(&*tx, &settings.slug).await?;
    }
    let token = token(&applied, None);
    let written = Written {
        page: &applied.page,
        password_hash: hash.as_deref(),
        token: token.as_deref(),
        logo: logo.as_ref().map(Option::as_ref),
    };
    let row = store::insert(&tx, scope, &app.plans, &written).await?;
    let created = view(&app.status_pages, &row);
    author.created(&tx, &audited(row.id), &created).await?;
    let reply = Reply::new(created);
    tx.commit(&app, &reply).await?;
    announce(&app, scope, row.id);
    Ok(reply)
}

async fn get(app: Data<App>, call: Call<GetStatusPage>) -> Result<Reply<GetStatusPage>, Problem> {
    let row = store::find(&app.pool.get().await?, Scope::from(&call.caller), call.path.id).await?;
    Ok(Reply::new(view(&app.status_pages, &row)))
}

async fn edit(app: Data<App>, mut call: Call<EditStatusPage>) -> Result<Reply<EditStatusPage>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let (expected, author) = (call.if_match()?, author(&call));
    let body = std::mem::take(&mut call.body);
    // While nobody waits for the page.
    let logo = draw(&app, scope.org(), body.logo.as_ref()).await?;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    if body
        .groups
        .iter()
        .flatten()
        .flat_map(|group| &group.components)
        .any(|one| one.external.is_some())
    {
        // Before the page, as who adds one.
        scope.take_turn(&tx).await?;
    }
    let old = store::lock(&tx, scope, id).await?;
    require_version(expected, old.version)?;
    let applied = apply(&app, body, Some(&old))?;
    if applied.page == old.page && applied.password.is_none() && is_same_logo(logo.as_ref(), &old) {
        return Ok(Reply::new(view(&app.status_pages, &old)));
    }
    let hash = password_hash(&app, &applied, Some(&old)).await?;
    let token = token(&applied, Some(&old));
    let written = Written {
        page: &applied.page,
        password_hash: hash.as_deref(),
        token: token.as_deref(),
        logo: logo.as_ref().map(Option::as_ref),
    };
    let row = store::update(&tx, scope, &old, &written).await?;
    let (before, after) = (view(&app.status_pages, &old), view(&app.status_pages, &row));
    author.changed(&tx, &audited(row.id), &before, &after).await?;
    tx.commit().await?;
    announce(&app, scope, row.id);
    Ok(Reply::new(after))
}

async fn delete(app: Data<App>, call: Call<DeleteStatusPage>) -> Result<Reply<DeleteStatusPage>, Problem> {
    let scope = Scope::from(&call.caller);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, scope, call.path.id).await?;
    require_version(call.if_match()?, old.version)?;
    store::delete(&tx, scope, old.id).await?;
    let before = view(&app.status_pages, &old);
    author(&call).deleted(&tx, &audited(old.id), &before).await?;
    tx.commit().await?;
    announce(&app, scope, old.id);
    Ok(Reply::empty())
}

/// The page that is asked for.
///
/// # Errors
/// 422 for each field that is not valid.
pub(super) fn apply(
    app: &App,
    body: api::StatusPageInput,
    old: Option<&PageRow>,
) -> Result<Applied, Problem> {
    let before = old.map(|old| &old.page);
    let has_groups = body.groups.is_some();
    let applied = rules::apply(body, before, &app.status_pages.own_hosts).map_err(Problem::invalid)?;
    let own = app.status_pages.addresses_of(&applied.page);
    let allow_http = app.target_guard.targets() == Targets::Any;
    let wrong = rules::refused_external(&applied.page.groups, &own, allow_http);
    if has_groups && !wrong.is_empty() {
        return Err(Problem::invalid(wrong));
    }
    let kind = applied.page.access.kind;
    // Nobody would get in. One that was made while there was a server stays as it is.
    let is_new = before.is_none_or(|before| before.access.kind != kind);
    if kind == AccessKind::EmailDomain && is_new && !app.mailer.is_set() {
        let wrong = FieldError::new("access.kind", format!("cannot be email_domain: {NO_SERVER}"));
        return Err(Problem::invalid(vec![wrong]));
    }
    Ok(applied)
}

async fn draw(
    app: &App,
    org: OrgId,
    given: Option<&Option<String>>,
) -> Result<Option<Option<Logo>>, Problem> {
    match given {
        None => Ok(None),
        Some(None) => Ok(Some(None)),
        Some(Some(address)) => Ok(Some(Some(app.status_pages.draw(org, address).await?))),
    }
}

fn is_same_logo(given: Option<&Option<Logo>>, old: &PageRow) -> bool {
    given.is_none_or(|logo| logo.as_ref().map(|logo| &logo.hash) == old.logo.as_ref())
}

/// Of a page with a password: the hash of another one, or the one that there was.
async fn password_hash(
    app: &App,
    applied: &Applied,
    old: Option<&PageRow>,
) -> Result<Option<String>, Problem> {
    if applied.page.access.kind != AccessKind::Password {
        return Ok(None);
    }
    match &applied.password {
        Some(password) => Ok(Some(app.passwords.hash(password.clone()).await?)),
        None => Ok(old.and_then(|old| old.password_hash.clone())),
    }
}

/// What proves the host name: the same while that is the same.
fn token(applied: &Applied, old: Option<&PageRow>) -> Option<String> {
    let host = applied.page.host.as_ref()?;
    let old = old.filter(|old| old.page.host.as_ref() == Some(host));
    let proof = old.and_then(|old| old.proof.as_ref());
    Some(proof.map_or_else(new_token, |proof| proof.token.clone()))
}
