//! `/on-call-schedules`.

use actix_web::web::Data;
use api::{
    CreateOnCallSchedule, DefinitionVersionPath, DeleteOnCallSchedule, EditOnCallSchedule, GetOnCallSchedule,
    GetOnCallScheduleVersion, ListOnCallScheduleVersions, ListOnCallSchedules, OnCallSchedule,
    OnCallScheduleInput, Resource, RestoreOnCallScheduleVersion,
};
use deadpool_postgres::{GenericClient, Transaction};
use domain::ScheduleId;
use domain::escalation::Target;
use domain::on_call::Layer;
use serde::Serialize;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use super::creation::{self, Begun};
use super::definition_versions::{self as versions, Change, Written};
use super::{page, require_version};
use crate::app::App;
use crate::rules::on_call::{self as rules, NamedRota};
use crate::store::audit::{Author, Resource as Audited};
use crate::store::on_call_schedules::{self as store, ScheduleRow};
use crate::store::people::{People, require_members};
use crate::store::version_authors::Made;
use crate::store::{Scope, alert_targets};

pub(super) fn mount(routes: Routes) -> Routes {
    routes
        .mount(list)
        .mount(create)
        .mount(get)
        .mount(edit)
        .mount(delete)
        .mount(list_versions)
        .mount(get_version)
        .mount(restore_version)
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
    let row = store::insert(&tx, scope, &named, Made::from(&author.by)).await?;
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
    let (expected, author) = (call.if_match()?, author(&call));
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, author.scope, call.path.id).await?;
    require_version(expected, old.version)?;
    Ok(Reply::new(save(&app, tx, &author, &old, call.body, None).await?))
}

/// Saves what the fields make of a locked schedule, which may be those of an earlier version.
async fn save(
    app: &App,
    tx: Transaction<'_>,
    author: &Author,
    old: &ScheduleRow,
    input: OnCallScheduleInput,
    restored: Option<i32>,
) -> Result<OnCallSchedule, Problem> {
    let (scope, id, by) = (author.scope, old.id, &author.by);
    let named = NamedRota::apply(input, Some(&old.name), old.rota.value()).map_err(Problem::invalid)?;
    if old.says(&named) {
        return view(&tx, scope, old).await;
    }
    require_members(&tx, scope, &rules::named(&named.rota, old.rota.value())).await?;
    let row = store::update(&tx, scope, id, &named, Made { by, restored }).await?;
    let before = old.named();
    let [before, after] = [&before, &named].map(AuditedSchedule::of);
    let [was, is] = Change::of(&before, &after, restored);
    author.changed(&tx, &audited(id), &was, &is).await?;
    let saved = view(&tx, scope, &row).await?;
    tx.commit().await?;
    announce(app, scope, id);
    Ok(saved)
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

impl Written for ScheduleRow {
    type Input = OnCallScheduleInput;

    fn input(&self) -> OnCallScheduleInput {
        let rota = self.rota.value();
        OnCallScheduleInput {
            name: Some(self.name.clone()),
            time_zone: rota.map(|rota| rota.time_zone.name().to_owned()),
            layers: rota.map(|rota| rota.layers.clone()),
        }
    }

    fn is_readable(&self) -> bool {
        self.rota.value().is_some()
    }
}

async fn list_versions(
    app: Data<App>,
    call: Call<ListOnCallScheduleVersions>,
) -> Result<Reply<ListOnCallScheduleVersions>, Problem> {
    let (client, scope) = (app.pool.get().await?, Scope::from(&call.caller));
    let id = store::find(&client, scope, call.path.id).await?.id;
    let page = versions::list::<ScheduleRow>(&client, scope, id, &call.query).await?;
    Ok(Reply::new(page))
}

async fn get_version(
    app: Data<App>,
    call: Call<GetOnCallScheduleVersion>,
) -> Result<Reply<GetOnCallScheduleVersion>, Problem> {
    let (client, scope) = (app.pool.get().await?, Scope::from(&call.caller));
    let DefinitionVersionPath { id, version } = call.path;
    let id = store::find(&client, scope, id).await?.id;
    let found = versions::get::<ScheduleRow>(&client, scope, (id, version), call.query.against).await?;
    Ok(Reply::new(found.into()))
}

async fn restore_version(
    app: Data<App>,
    call: Call<RestoreOnCallScheduleVersion>,
) -> Result<Reply<RestoreOnCallScheduleVersion>, Problem> {
    let (expected, author) = (call.if_match()?, author(&call));
    let DefinitionVersionPath { id, version } = call.path;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, author.scope, id).await?;
    require_version(expected, old.version)?;
    let earlier = versions::earlier::<ScheduleRow>(&tx, author.scope, id, version).await?;
    let saved = save(&app, tx, &author, &old, earlier.input(), Some(version)).await?;
    Ok(Reply::new(saved))
}
