//! `/maintenance-windows`.

use actix_web::web::Data;
use api::{
    CreateMaintenanceWindow, DeleteMaintenanceWindow, EditMaintenanceWindow, GetMaintenanceWindow,
    ListMaintenanceWindows, MaintenanceWindow, Resource,
};
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use super::creation::{self, Begun};
use super::{page, require_version};
use crate::app::App;
use crate::rules::maintenance_window as rules;
use crate::store::Scope;
use crate::store::audit::Resource as Audited;
use crate::store::maintenance_windows::{self as store, WindowRow};

pub(crate) fn mount(routes: Routes) -> Routes {
    routes
        .mount(list)
        .mount(create)
        .mount(get)
        .mount(edit)
        .mount(delete)
}

/// What is said of a window whose span cannot be read.
const UNREADABLE: &str =
    "when it is cannot be read, so it holds nothing back; send it anew from repeat on, or delete the window";

/// Tells alerters and dashboards of a change that was committed.
fn announce(app: &App, scope: Scope, id: i64) {
    app.announcer.alerting(scope.org());
    app.announcer.change(scope.org(), Resource::MaintenanceWindow, id);
}

/// Windows in the audit log.
fn audited(id: i64) -> Audited {
    Audited::new("maintenance_window", id)
}

fn view(row: WindowRow) -> MaintenanceWindow {
    let span = row.span.value().cloned();
    MaintenanceWindow {
        id: row.id,
        name: row.name,
        monitors: row.monitors,
        error: span.is_none().then(|| UNREADABLE.to_owned()),
        span,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

async fn list(
    app: Data<App>,
    call: Call<ListMaintenanceWindows>,
) -> Result<Reply<ListMaintenanceWindows>, Problem> {
    let limit = page::limit(call.query.limit)?;
    let after: Option<i64> = page::position(call.query.cursor.as_deref())?;
    let rows = store::list(&app.pool.get().await?, Scope::from(&call.caller)).await?;
    let rows = rows
        .into_iter()
        .filter(|row| after.is_none_or(|after| row.id > after));
    let views = rows.map(view).collect();
    Ok(Reply::new(page::cut(views, limit, |view: &MaintenanceWindow| {
        view.id
    })))
}

async fn create(
    app: Data<App>,
    call: Call<CreateMaintenanceWindow>,
) -> Result<Reply<CreateMaintenanceWindow>, Problem> {
    let (scope, author) = (Scope::from(&call.caller), author(&call));
    let mut client = app.pool.get().await?;
    let tx = match creation::begin(&app, &mut client, &call).await? {
        Begun::New(tx) => tx,
        Begun::Before(reply) => return Ok(reply),
    };
    let named = rules::apply(call.body, None).map_err(Problem::invalid)?;
    store::check_monitors(&*tx, scope, &named.window, &[]).await?;
    let created = view(store::insert(&tx, scope, &named).await?);
    author.created(&tx, &audited(created.id), &created).await?;
    let id = created.id;
    let reply = Reply::new(created);
    tx.commit(&app, &reply).await?;
    announce(&app, scope, id);
    Ok(reply)
}

async fn get(
    app: Data<App>,
    call: Call<GetMaintenanceWindow>,
) -> Result<Reply<GetMaintenanceWindow>, Problem> {
    let row = store::find(&app.pool.get().await?, Scope::from(&call.caller), call.path.id).await?;
    Ok(Reply::new(view(row)))
}

async fn edit(
    app: Data<App>,
    call: Call<EditMaintenanceWindow>,
) -> Result<Reply<EditMaintenanceWindow>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let (expected, author) = (call.if_match()?, author(&call));
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, scope, id).await?;
    require_version(expected, old.version)?;
    let before = old.named();
    let applied = match &before {
        Some(before) => rules::apply(call.body, Some(before)),
        None => rules::apply(rules::keeping(call.body, &old.name, &old.monitors), None),
    };
    let named = applied.map_err(Problem::invalid)?;
    if before.as_ref() == Some(&named) {
        return Ok(Reply::new(view(old)));
    }
    store::check_monitors(&tx, scope, &named.window, &old.monitors).await?;
    let (before, after) = (view(old), view(store::update(&tx, scope, id, &named).await?));
    author.changed(&tx, &audited(id), &before, &after).await?;
    tx.commit().await?;
    announce(&app, scope, id);
    Ok(Reply::new(after))
}

async fn delete(
    app: Data<App>,
    call: Call<DeleteMaintenanceWindow>,
) -> Result<Reply<DeleteMaintenanceWindow>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = view(store::lock(&tx, scope, id).await?);
    require_version(call.if_match()?, old.version)?;
    store::delete(&tx, scope, id).await?;
    author(&call).deleted(&tx, &audited(id), &old).await?;
    tx.commit().await?;
    announce(&app, scope, id);
    Ok(Reply::empty())
}
