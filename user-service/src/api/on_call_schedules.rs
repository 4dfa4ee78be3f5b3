//! `/on-call-schedules`.

use actix_web::web::Data;
use api::{
    CreateOnCallSchedule, DeleteOnCallSchedule, EditOnCallSchedule, GetOnCallSchedule, ListOnCallSchedules,
    OnCallSchedule, Resource,
};
use deadpool_postgres::GenericClient;
use domain::ScheduleId;
use domain::escalation::Target;
use domain::on_call::Layer;
use serde::Serialize;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use super::creation::{self, Begun};
use super::{page, require_version};
use crate::app::App;
use crate::rules::on_call::{self as rules, NamedRota};
use crate::store::audit::Resource as Audited;
use crate::store::on_call_schedules::{self as store, ScheduleRow};
use crate::store::people::{People, require_members};
use crate::store::{Scope, alert_targets};

pub(super) fn mount(routes: Routes) -> Routes {
    routes
        .mount(list)
        .mount(create)
        .mount(get)
        .mount(edit)
        .mount(delete)
}

/// Schedules in the audit log.
fn audited(id: i64) -> Audited {
    Audited::new("on_call_schedule", id)
}

/// What the audit log keeps of a schedule: nobody's name, for it is kept for long.
#[derive(Serialize)]
struct AuditedSchedule<'a> {
    name: &'a str,
    time_zone: &'a str,
    layers: &'a [Layer],
}

impl<'a> AuditedSchedule<'a> {
    fn of(named: &'a NamedRota) -> Self {
        Self {
            name: &named.name,
            time_zone: named.rota.time_zone.name(),
            layers: &named.rota.layers,
        }
    }
}

/// Tells alerters and dashboards of a change that was committed.
pub(super) fn announce(app: &App, scope: Scope, id: i64) {
    app.announcer.alerting(scope.org());
    app.announcer.change(scope.org(), Resource::OnCallSchedule, id);
}

async fn view(
    client: &impl GenericClient,
    scope: Scope,
    row: &ScheduleRow,
) -> Result<OnCallSchedule, Problem> {
    let named = row.rota.value().map(rules::people).unwrap_or_default();
    let people = People::read(client, scope, &named).await?;
    Ok(row.view(&people))
}

async fn list(
    app: Data<App>,
    call: Call<ListOnCallSchedules>,
) -> Result<Reply<ListOnCallSchedules>, Problem> {
    let limit = page::limit(call.query.limit)?;
    let after = page::position(call.query.cursor.as_deref())?.unwrap_or(0);
    let (client, scope) = (app.pool.get().await?, Scope::from(&call.caller));
    let rows = store::list(&client, scope, after, limit as i64 + 1).await?;
    let views = store::views(&client, scope, &rows).await?;
    Ok(Reply::new(page::cut(
        views,
        limit,
        |schedule: &OnCallSchedule| schedule.id,
    )))
}

async fn create(
    app: Data<App>,
    call: Call<CreateOnCallSchedule>,
) -> Result<Reply<CreateOnCallSchedule>, Problem> {
    let (scope, author) = (Scope::from(&call.caller), author(&call));
    let mut client = app.pool.get().await?;
    let tx = match creation::begin(&app, &mut client, &call).await? {
        Begun::New(tx) => tx,
        Begun::Before(reply) => return Ok(reply),
    };
    let named = NamedRota::apply(call.body, None, None).map_err(Problem::invalid)?;
    require_members(&*tx, scope, &rules::named(&named.rota, None)).await?;
    let row = store::insert(&tx, scope, &named).await?;
    author
        .created(&tx, &audited(row.id), &AuditedSchedule::of(&named))
        .await?;
    let reply = Reply::new(view(&*tx, scope, &row).await?);
    tx.commit(&app, &reply).await?;
    announce(&app, scope, row.id);
    Ok(reply)
}

async fn get(app: Data<App>, call: Call<GetOnCallSchedule>) -> Result<Reply<GetOnCallSchedule>, Problem> {
    let (client, scope) = (app.pool.get().await?, Scope::from(&call.caller));
    let row = store::find(&client, scope, call.path.id).await?;
    Ok(Reply::new(view(&client, scope, &row).await?))
}

async fn edit(app: Data<App>, call: Call<EditOnCallSchedule>) -> Result<Reply<EditOnCallSchedule>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let (expected, author) = (call.if_match()?, author(&call));
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, scope, id).await?;
    require_version(expected, old.version)?;
    let named = NamedRota::apply(call.body, Some(&old.name), old.rota.value()).map_err(Problem::invalid)?;
    if old.says(&named) {
        return Ok(Reply::new(view(&tx, scope, &old).await?));
    }
    require_members(&tx, scope, &rules::named(&named.rota, old.rota.value())).await?;
    let row = store::update(&tx, scope, id, &named).await?;
    let before = old.named();
    let [before, after] = [&before, &named].map(AuditedSchedule::of);
    author.changed(&tx, &audited(id), &before, &after).await?;
    let after = view(&tx, scope, &row).await?;
    tx.commit().await?;
    announce(&app, scope, id);
    Ok(Reply::new(after))
}

async fn delete(
    app: Data<App>,
    call: Call<DeleteOnCallSchedule>,
) -> Result<Reply<DeleteOnCallSchedule>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, scope, id).await?;
    require_version(call.if_match()?, old.version)?;
    let target = Target::Schedule { id: ScheduleId(id) };
    alert_targets::require_unused_target(&tx, scope, target).await?;
    store::delete(&tx, scope, id).await?;
    let before = old.named();
    author(&call)
        .deleted(&tx, &audited(id), &AuditedSchedule::of(&before))
        .await?;
    tx.commit().await?;
    announce(&app, scope, id);
    Ok(Reply::empty())
}
