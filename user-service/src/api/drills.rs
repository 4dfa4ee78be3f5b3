//! `/drills`.

use actix_web::web::Data;
use api::{AcknowledgeDrill, Drill, EndDrill, GetDrill, ListDrills, Operation, StartDrill};
use domain::DrillId;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use super::creation::{self, Begun};
use super::incidents::{acknowledge_drill, name_of};
use super::page;
use crate::app::App;
use crate::metrics as names;
use crate::rules::drill::{ValidDrill, default_name};
use crate::rules::drill_report::report;
use crate::store::drill_changes::{self as changes, NewDrill};
use crate::store::drills::{self as store, Filter, audited};
use crate::store::{Scope, incident_events};

/// Steps of alerts that a report is made of: more than five hundred messages have.
const MAX_STEPS: i64 = 5_000;

pub(super) fn mount(routes: Routes) -> Routes {
    routes
        .mount(list)
        .mount(start)
        .mount(get)
        .mount(acknowledge)
        .mount(end)
}

async fn list(app: Data<App>, call: Call<ListDrills>) -> Result<Reply<ListDrills>, Problem> {
    let (scope, query) = (Scope::from(&call.caller), call.query);
    let limit = page::limit(query.limit)?;
    let before: Option<i64> = page::position(query.cursor.as_deref())?;
    let (client, now) = (app.pool.get().await?, shared::now());
    let filter = Filter {
        monitor: query.monitor_id,
        running: query.running,
    };
    let rows = store::list(&client, scope, (filter, now), before, limit as i64 + 1).await?;
    let views = rows.into_iter().map(|row| row.view(now)).collect();
    Ok(Reply::new(page::cut(views, limit, |drill: &Drill| drill.id)))
}

async fn start(app: Data<App>, call: Call<StartDrill>) -> Result<Reply<StartDrill>, Problem> {
    let (scope, author) = (Scope::from(&call.caller), author(&call));
    let drill = ValidDrill::read(&call.body).map_err(Problem::invalid)?;
    let mut client = app.pool.get().await?;
    let tx = match creation::begin(&app, &mut client, &call).await? {
        Begun::New(tx) => tx,
        Begun::Before(reply) => return Ok(reply),
    };
    let monitor = changes::lock_monitor(&tx, &app.keyring, scope, drill.monitor).await?;
    let name = drill.name.unwrap_or_else(|| default_name(&monitor.name));
    let new = NewDrill {
        name: &name,
        minutes: drill.minutes,
        started_by: author.by.person(),
        schedule_id: None,
    };
    let row = changes::begin(&tx, scope, &monitor, new).await?;
    author.created(&tx, &audited(row.id), &row.audited_form()).await?;
    let reply = Reply::new(row.view(shared::now()));
    tx.commit(&app, &reply).await?;
    app.outbox.notify_one();
    metrics::counter!(names::DRILLS, "by" => "request", "outcome" => "begun").increment(1);
    Ok(reply)
}

async fn get(app: Data<App>, call: Call<GetDrill>) -> Result<Reply<GetDrill>, Problem> {
    let (scope, client) = (Scope::from(&call.caller), app.pool.get().await?);
    let row = store::find(&client, scope, call.path.id).await?;
    let steps = incident_events::list(&client, scope, row.incident_id, 0, MAX_STEPS).await?;
    Ok(Reply::new(report(row.view(shared::now()), &steps)))
}

async fn acknowledge(
    app: Data<App>,
    call: Call<AcknowledgeDrill>,
) -> Result<Reply<AcknowledgeDrill>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let by = name_of(&app, &call.caller).await?;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let drill = store::lock(&tx, scope, id).await?;
    let is_first = acknowledge_drill(&app, &tx, &author(&call), &drill, &by).await?;
    tx.commit().await?;
    drop(client);
    if is_first {
        app.outbox.notify_one();
    }
    answer(&app, scope, id).await
}

async fn end(app: Data<App>, call: Call<EndDrill>) -> Result<Reply<EndDrill>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let before = store::lock(&tx, scope, id).await?;
    let is_ended = changes::end(&tx, &app.keyring, &[id.0], shared::now()).await? > 0;
    if is_ended {
        let after = store::find(&tx, scope, id).await?;
        author(&call)
            .changed(&tx, &audited(id), &before.audited_form(), &after.audited_form())
            .await?;
    }
    tx.commit().await?;
    drop(client);
    if is_ended {
        app.outbox.notify_one();
    }
    answer(&app, scope, id).await
}

async fn answer<O: Operation<Answer = Drill>>(
    app: &App,
    scope: Scope,
    id: DrillId,
) -> Result<Reply<O>, Problem> {
    let client = app.pool.get().await?;
    let row = store::find(&client, scope, id).await?;
    Ok(Reply::new(row.view(shared::now())))
}
