//! `/silences`.

use actix_web::web::Data;
use api::{CreateSilence, EditSilence, EndSilence, GetSilence, ListSilences, Resource, Silence};
use domain::routing::Conditions;
use domain::{MonitorId, SilenceId, Timestamp};
use serde::Serialize;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use super::creation::{self, Begun};
use super::{page, require_version};
use crate::app::App;
use crate::rules::silence::ValidSilence;
use crate::store::Scope;
use crate::store::audit::Resource as Audited;
use crate::store::silences::{self as store, SilenceRow};

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(list).mount(create).mount(get).mount(edit).mount(end)
}

/// Silences in the audit log.
fn audited(id: SilenceId) -> Audited {
    Audited::new("silence", id)
}

/// What the audit log keeps of a silence: not the name of who has made it, for it is kept for long.
#[derive(Serialize)]
struct AuditedSilence<'a> {
    reason: &'a str,
    monitors: &'a [MonitorId],
    conditions: Option<&'a Conditions>,
    starts_at: Timestamp,
    ends_at: Timestamp,
    version: i32,
}

impl<'a> AuditedSilence<'a> {
    fn of(row: &'a SilenceRow) -> Self {
        Self {
            reason: &row.reason,
            monitors: &row.monitors,
            conditions: row.conditions.value(),
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            version: row.version,
        }
    }
}

/// Tells alerters and dashboards of a change that was committed.
fn announce(app: &App, scope: Scope, id: SilenceId) {
    app.announcer.alerting(scope.org());
    app.announcer.change(scope.org(), Resource::Silence, id.0);
}

async fn list(app: Data<App>, call: Call<ListSilences>) -> Result<Reply<ListSilences>, Problem> {
    let limit = page::limit(call.query.limit)?;
    let after = page::position(call.query.cursor.as_deref())?.unwrap_or(0);
    let (client, scope, now) = (app.pool.get().await?, Scope::from(&call.caller), shared::now());
    let rows = store::list(&client, scope, (call.query.ended, now), after, limit as i64 + 1).await?;
    let views = rows.iter().map(|row| row.view(now)).collect();
    Ok(Reply::new(page::cut(views, limit, |silence: &Silence| {
        silence.id
    })))
}

async fn create(app: Data<App>, call: Call<CreateSilence>) -> Result<Reply<CreateSilence>, Problem> {
    let (scope, author) = (Scope::from(&call.caller), author(&call));
    let mut client = app.pool.get().await?;
    let tx = match creation::begin(&app, &mut client, &call).await? {
        Begun::New(tx) => tx,
        Begun::Before(reply) => return Ok(reply),
    };
    let now = shared::now();
    let silence = ValidSilence::apply(call.body, None, now).map_err(Problem::invalid)?;
    store::require_named(&*tx, scope, &silence, None).await?;
    let row = store::insert(&tx, scope, &silence, author.by.person()).await?;
    author
        .created(&tx, &audited(row.id), &AuditedSilence::of(&row))
        .await?;
    let reply = Reply::new(row.view(now));
    tx.commit(&app, &reply).await?;
    announce(&app, scope, row.id);
    Ok(reply)
}

async fn get(app: Data<App>, call: Call<GetSilence>) -> Result<Reply<GetSilence>, Problem> {
    let client = app.pool.get().await?;
    let row = store::find(&client, Scope::from(&call.caller), call.path.id).await?;
    Ok(Reply::new(row.view(shared::now())))
}

async fn edit(app: Data<App>, call: Call<EditSilence>) -> Result<Reply<EditSilence>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let (expected, author) = (call.if_match()?, author(&call));
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, scope, id).await?;
    require_version(expected, old.version)?;
    // It may have waited for the row.
    let now = shared::now();
    old.require_not_over(now)?;
    let silence = ValidSilence::apply(call.body, Some(&old.old()), now).map_err(Problem::invalid)?;
    if old.says(&silence) {
        return Ok(Reply::new(old.view(now)));
    }
    store::require_named(&tx, scope, &silence, Some(&old)).await?;
    let row = store::update(&tx, scope, old.id, &silence).await?;
    let [before, after] = [&old, &row].map(AuditedSilence::of);
    author.changed(&tx, &audited(row.id), &before, &after).await?;
    tx.commit().await?;
    announce(&app, scope, row.id);
    Ok(Reply::new(row.view(now)))
}

async fn end(app: Data<App>, call: Call<EndSilence>) -> Result<Reply<EndSilence>, Problem> {
    let scope = Scope::from(&call.caller);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, scope, call.path.id).await?;
    let now = shared::now();
    old.require_not_over(now)?;
    let row = store::end(&tx, scope, old.id, now).await?;
    let [before, after] = [&old, &row].map(AuditedSilence::of);
    author(&call)
        .changed(&tx, &audited(row.id), &before, &after)
        .await?;
    tx.commit().await?;
    announce(&app, scope, row.id);
    Ok(Reply::new(row.view(now)))
}
