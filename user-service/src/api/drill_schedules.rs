//! `/drill-schedules`.

use actix_web::web::Data;
use api::{
    CreateDrillSchedule, DeleteDrillSchedule, DrillSchedule, EditDrillSchedule, GetDrillSchedule,
    ListDrillSchedules,
};
use domain::MonitorId;
use domain::monitor::FieldError;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use super::creation::{self, Begun};
use super::{page, require_version};
use crate::app::App;
use crate::rules::drill_schedule::ValidDrillSchedule;
use crate::store::Scope;
use crate::store::audit::Resource as Audited;
use crate::store::drill_changes::{keep_monitor, no_monitor, require_monitor};
use crate::store::drill_schedules::{self as store, ScheduleRow};

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
    Audited::new("drill_schedule", id)
}

async fn list(app: Data<App>, call: Call<ListDrillSchedules>) -> Result<Reply<ListDrillSchedules>, Problem> {
    let limit = page::limit(call.query.limit)?;
    let after = page::position(call.query.cursor.as_deref())?.unwrap_or(0);
    let client = app.pool.get().await?;
    let rows = store::list(&client, Scope::from(&call.caller), after, limit as i64 + 1).await?;
    let views = rows.into_iter().map(ScheduleRow::view).collect();
    Ok(Reply::new(page::cut(views, limit, |schedule: &DrillSchedule| {
        schedule.id
    })))
}

async fn create(
    app: Data<App>,
    call: Call<CreateDrillSchedule>,
) -> Result<Reply<CreateDrillSchedule>, Problem> {
    let (scope, author) = (Scope::from(&call.caller), author(&call));
    let mut client = app.pool.get().await?;
    let tx = match creation::begin(&app, &mut client, &call).await? {
        Begun::New(tx) => tx,
        Begun::Before(reply) => return Ok(reply),
    };
    let schedule = ValidDrillSchedule::apply(&call.body, None).map_err(Problem::invalid)?;
    // The organisation's turn comes before the monitor: see `drill_changes::lock_monitor`.
    scope.take_turn(&tx).await?;
    require_monitor(&tx, scope, schedule.monitor).await?;
    let next_at = schedule.next_at(None, shared::now());
    let created = store::insert(&tx, scope, &schedule, next_at).await?.view();
    author.created(&tx, &audited(created.id), &created).await?;
    let reply = Reply::new(created);
    tx.commit(&app, &reply).await?;
    Ok(reply)
}

async fn get(app: Data<App>, call: Call<GetDrillSchedule>) -> Result<Reply<GetDrillSchedule>, Problem> {
    let client = app.pool.get().await?;
    let row = store::find(&client, Scope::from(&call.caller), call.path.id).await?;
    Ok(Reply::new(row.view()))
}

async fn edit(app: Data<App>, call: Call<EditDrillSchedule>) -> Result<Reply<EditDrillSchedule>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let (expected, author) = (call.if_match()?, author(&call));
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let is_kept = match call.body.monitor_id {
        Some(monitor) => keep_monitor(&tx, scope, MonitorId(monitor)).await?,
        None => true,
    };
    let old = store::lock(&tx, scope, id).await?;
    require_version(expected, old.version)?;
    if let (Some(zone), None) = (&old.unknown_zone, &call.body.time_zone) {
        let wrong = format!("is required: there is no time zone {zone}");
        return Err(Problem::invalid(vec![FieldError::new("time_zone", wrong)]));
    }
    let schedule = ValidDrillSchedule::apply(&call.body, Some(&old.schedule)).map_err(Problem::invalid)?;
    let is_readable = old.unknown_zone.is_none();
    if is_readable && schedule == old.schedule {
        return Ok(Reply::new(old.view()));
    }
    if schedule.monitor != old.schedule.monitor && !is_kept {
        return Err(no_monitor(schedule.monitor).into());
    }
    let planned = is_readable.then_some((&old.schedule, old.next_at));
    let next_at = schedule.next_at(planned, shared::now());
    let after = store::update(&tx, scope, id, &schedule, next_at).await?.view();
    author.changed(&tx, &audited(id), &old.view(), &after).await?;
    tx.commit().await?;
    Ok(Reply::new(after))
}

async fn delete(
    app: Data<App>,
    call: Call<DeleteDrillSchedule>,
) -> Result<Reply<DeleteDrillSchedule>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, scope, id).await?.view();
    require_version(call.if_match()?, old.version)?;
    store::delete(&tx, scope, id).await?;
    author(&call).deleted(&tx, &audited(id), &old).await?;
    tx.commit().await?;
    Ok(Reply::empty())
}
