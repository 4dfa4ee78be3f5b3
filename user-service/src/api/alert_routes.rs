//! `/alert-routes`.

use actix_web::web::Data;
use api::{
    AlertRoute, AlertRouteInput, CreateAlertRoute, DefinitionVersionPath, DeleteAlertRoute, EditAlertRoute,
    GetAlertRoute, GetAlertRouteVersion, ListAlertRouteVersions, ListAlertRoutes, OrderAlertRoutes, Resource,
    RestoreAlertRouteVersion,
};
use deadpool_postgres::Transaction;
use domain::RouteId;
use serde_json::json;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use super::creation::{self, Begun};
use super::definition_versions::{self as versions, Change, Written};
use super::{no_version, page, require_version};
use crate::app::App;
use crate::rules::alert_route::ValidRoute;
use crate::store::Scope;
use crate::store::alert_routes::{self as store, RouteRow};
use crate::store::alert_targets::Names;
use crate::store::audit::{Author, Resource as Audited};
use crate::store::version_authors::Made;

pub(super) fn mount(routes: Routes) -> Routes {
    routes
        .mount(list)
        .mount(create)
        .mount(order)
        .mount(get)
        .mount(edit)
        .mount(delete)
        .mount(list_versions)
        .mount(get_version)
        .mount(restore_version)
}

/// Routes in the audit log; all of them, where it is their order.
fn audited(id: i64) -> Audited {
    Audited::new("alert_route", id)
}

/// Has dashboards and alerters load the routes again: one, or with 0 all.
fn announce(app: &App, scope: Scope, id: i64) {
    app.announcer.change(scope.org(), Resource::AlertRoute, id);
    app.announcer.alerting(scope.org());
}

/// What a new route, or an edit, names that has to be there.
fn names(new: &ValidRoute, old: Option<&RouteRow>) -> Names {
    let conditions = old.and_then(|old| old.conditions.value());
    let known = conditions.map_or(&[][..], |conditions| &conditions.tags);
    Names::default().conditions(&new.conditions, known).recipients(
        "recipients",
        &new.recipients,
        old.and_then(|old| old.recipients.value()),
    )
}

async fn list(app: Data<App>, call: Call<ListAlertRoutes>) -> Result<Reply<ListAlertRoutes>, Problem> {
    let limit = page::limit(call.query.limit)?;
    let after = page::position(call.query.cursor.as_deref())?.unwrap_or(0);
    let client = app.pool.get().await?;
    let rows = store::list(&client, Scope::from(&call.caller), after, limit as i64 + 1).await?;
    let views = rows.iter().map(RouteRow::view).collect();
    Ok(Reply::new(page::cut(views, limit, |route: &AlertRoute| {
        route.position
    })))
}

async fn create(app: Data<App>, call: Call<CreateAlertRoute>) -> Result<Reply<CreateAlertRoute>, Problem> {
    let (scope, author) = (Scope::from(&call.caller), author(&call));
    let mut client = app.pool.get().await?;
    let tx = match creation::begin(&app, &mut client, &call).await? {
        Begun::New(tx) => tx,
        Begun::Before(reply) => return Ok(reply),
    };
    let route = ValidRoute::apply(call.body, None).map_err(Problem::invalid)?;
    let created = store::insert(&tx, scope, &route, Made::from(&author.by))
        .await?
        .view();
    names(&route, None).require(&*tx, scope).await?;
    let id = created.id.0;
    author.created(&tx, &audited(id), &created).await?;
    let reply = Reply::new(created);
    tx.commit(&app, &reply).await?;
    announce(&app, scope, id);
    Ok(reply)
}

async fn order(app: Data<App>, call: Call<OrderAlertRoutes>) -> Result<Reply<OrderAlertRoutes>, Problem> {
    let scope = Scope::from(&call.caller);
    no_version(&call)?;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    scope.take_turn(&tx).await?;
    let (old, new) = (store::order(&tx, scope).await?, &call.body.ids);
    store::set_order(&tx, scope, &old, new).await?;
    if old == *new {
        return Ok(Reply::empty());
    }
    let told = |ids: &[RouteId]| json!({ "order": ids });
    author(&call)
        .changed(&tx, &audited(0), &told(&old), &told(new))
        .await?;
    tx.commit().await?;
    announce(&app, scope, 0);
    Ok(Reply::empty())
}

async fn get(app: Data<App>, call: Call<GetAlertRoute>) -> Result<Reply<GetAlertRoute>, Problem> {
    let client = app.pool.get().await?;
    let row = store::find(&client, Scope::from(&call.caller), call.path.id).await?;
    Ok(Reply::new(row.view()))
}

async fn edit(app: Data<App>, call: Call<EditAlertRoute>) -> Result<Reply<EditAlertRoute>, Problem> {
    let (expected, author) = (call.if_match()?, author(&call));
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, author.scope, call.path.id).await?;
    require_version(expected, old.version)?;
    Ok(Reply::new(save(&app, tx, &author, &old, call.body, None).await?))
}

/// Saves what the fields make of a locked route, which may be those of an earlier version.
async fn save(
    app: &App,
    tx: Transaction<'_>,
    author: &Author,
    old: &RouteRow,
    input: AlertRouteInput,
    restored: Option<i32>,
) -> Result<AlertRoute, Problem> {
    let (scope, id, by) = (author.scope, old.id, &author.by);
    let route = ValidRoute::apply(input, Some(&old.old())).map_err(Problem::invalid)?;
    if old.says(&route) {
        return Ok(old.view());
    }
    names(&route, Some(old)).require(&tx, scope).await?;
    let row = store::update(&tx, scope, id, &route, Made { by, restored }).await?;
    let (before, after) = (old.view(), row.view());
    let [was, is] = Change::of(&before, &after, restored);
    author.changed(&tx, &audited(id.0), &was, &is).await?;
    tx.commit().await?;
    announce(app, scope, id.0);
    Ok(after)
}

async fn delete(app: Data<App>, call: Call<DeleteAlertRoute>) -> Result<Reply<DeleteAlertRoute>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    scope.take_turn(&tx).await?;
    let old = store::lock(&tx, scope, id).await?;
    require_version(call.if_match()?, old.version)?;
    store::delete(&tx, scope, &old).await?;
    author(&call).deleted(&tx, &audited(id.0), &old.view()).await?;
    tx.commit().await?;
    // The places of others are others.
    announce(&app, scope, 0);
    Ok(Reply::empty())
}

impl Written for RouteRow {
    type Input = AlertRouteInput;

    fn input(&self) -> AlertRouteInput {
        let old = self.old();
        AlertRouteInput {
            name: Some(old.name.to_owned()),
            conditions: old.conditions.cloned(),
            recipients: old.recipients.cloned(),
            goes_on: Some(old.goes_on),
        }
    }

    fn is_readable(&self) -> bool {
        self.conditions.value().is_some() && self.recipients.value().is_some()
    }
}

async fn list_versions(
    app: Data<App>,
    call: Call<ListAlertRouteVersions>,
) -> Result<Reply<ListAlertRouteVersions>, Problem> {
    let (client, scope) = (app.pool.get().await?, Scope::from(&call.caller));
    let id = store::find(&client, scope, call.path.id).await?.id;
    let page = versions::list::<RouteRow>(&client, scope, id.0, &call.query).await?;
    Ok(Reply::new(page))
}

async fn get_version(
    app: Data<App>,
    call: Call<GetAlertRouteVersion>,
) -> Result<Reply<GetAlertRouteVersion>, Problem> {
    let (client, scope) = (app.pool.get().await?, Scope::from(&call.caller));
    let DefinitionVersionPath { id, version } = call.path;
    let id = store::find(&client, scope, RouteId(id)).await?.id;
    let found = versions::get::<RouteRow>(&client, scope, (id.0, version), call.query.against).await?;
    Ok(Reply::new(found.into()))
}

async fn restore_version(
    app: Data<App>,
    call: Call<RestoreAlertRouteVersion>,
) -> Result<Reply<RestoreAlertRouteVersion>, Problem> {
    let (expected, author) = (call.if_match()?, author(&call));
    let DefinitionVersionPath { id, version } = call.path;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, author.scope, RouteId(id)).await?;
    require_version(expected, old.version)?;
    let earlier = versions::earlier::<RouteRow>(&tx, author.scope, id, version).await?;
    let saved = save(&app, tx, &author, &old, earlier.input(), Some(version)).await?;
    Ok(Reply::new(saved))
}
