//! `/alert-routes`.

use actix_web::web::Data;
use api::{
    AlertRoute, CreateAlertRoute, DeleteAlertRoute, EditAlertRoute, GetAlertRoute, ListAlertRoutes,
    OrderAlertRoutes, Resource,
};
use domain::RouteId;
use serde_json::json;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use super::creation::{self, Begun};
use super::{no_version, page, require_version};
use crate::app::App;
use crate::rules::alert_route::ValidRoute;
use crate::store::Scope;
use crate::store::alert_routes::{self as store, RouteRow};
use crate::store::alert_targets::Names;
use crate::store::audit::Resource as Audited;

pub(super) fn mount(routes: Routes) -> Routes {
    routes
        .mount(list)
        .mount(create)
        .mount(order)
        .mount(get)
        .mount(edit)
        .mount(delete)
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
    let created = store::insert(&tx, scope, &route).await?.view();
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
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let (expected, author) = (call.if_match()?, author(&call));
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, scope, id).await?;
    require_version(expected, old.version)?;
    let route = ValidRoute::apply(call.body, Some(&old.old())).map_err(Problem::invalid)?;
    if old.says(&route) {
        return Ok(Reply::new(old.view()));
    }
    names(&route, Some(&old)).require(&tx, scope).await?;
    let after = store::update(&tx, scope, id, &route).await?.view();
    author.changed(&tx, &audited(id.0), &old.view(), &after).await?;
    tx.commit().await?;
    announce(&app, scope, id.0);
    Ok(Reply::new(after))
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
