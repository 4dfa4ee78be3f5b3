//! `/incidents` and what is below it.

use actix_web::web::Data;
use api::{
    AcknowledgeIncident, Actor, AddIncidentNote, GetIncident, Incident, ListIncidentEvents, ListIncidents,
    Operation, Principal,
};
use deadpool_postgres::Transaction;
use domain::IncidentId;
use serde_json::json;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use super::{as_of, page};
use crate::app::App;
use crate::rules::note;
use crate::store::Scope;
use crate::store::audit::{Author, Resource as Audited};
use crate::store::drills::{self, DrillRow};
use crate::store::incidents::Filter;
use crate::store::{
    api_keys, drill_changes, incident_events, incident_notes, incidents, incidents_as_of, users,
};

pub(super) fn mount(routes: Routes) -> Routes {
    routes
        .mount(list)
        .mount(get)
        .mount(list_events)
        .mount(acknowledge)
        .mount(add_note)
}

async fn list(app: Data<App>, call: Call<ListIncidents>) -> Result<Reply<ListIncidents>, Problem> {
    let (scope, query) = (Scope::from(&call.caller), call.query);
    let limit = page::limit(query.limit)?;
    let (after, at) = page::position_as_of(query.cursor.as_deref(), query.at)?;
    page::text("tag", query.tag.as_deref())?;
    let at = as_of::asked(at)?;
    let mut client = app.pool.get().await?;
    let filter = Filter {
        monitor: query.monitor_id,
        open: query.open,
        tag: query.tag,
    };
    let most = limit as i64 + 1;
    let found = match at {
        None => incidents::list(&client, scope, &filter, after, most).await?,
        Some(at) => incidents_as_of::list(&mut client, scope, &filter, after, most, at).await?,
    };
    let page = page::cut_as_of(found, limit, at, |found| {
        (found.incident.started_at, found.incident.id)
    });
    Ok(Reply::new(page))
}

async fn get(app: Data<App>, call: Call<GetIncident>) -> Result<Reply<GetIncident>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let Some(at) = as_of::asked(call.query.at)? else {
        return answer(&app, scope, id).await;
    };
    let mut client = app.pool.get().await?;
    Ok(Reply::new(
        incidents_as_of::incident(&mut client, scope, id, at).await?,
    ))
}

async fn list_events(
    app: Data<App>,
    call: Call<ListIncidentEvents>,
) -> Result<Reply<ListIncidentEvents>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let limit = page::limit(call.query.limit)?;
    let skipped: u32 = page::position(call.query.cursor.as_deref())?.unwrap_or(0);
    let client = app.pool.get().await?;
    incidents::incident(&client, scope, id).await?;
    let steps = incident_events::list(&client, scope, id, skipped, limit as i64 + 1).await?;
    let next = skipped.saturating_add(limit as u32);
    Ok(Reply::new(page::cut(steps, limit, |_| next)))
}

async fn acknowledge(
    app: Data<App>,
    call: Call<AcknowledgeIncident>,
) -> Result<Reply<AcknowledgeIncident>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let by = name_of(&app, &call.caller).await?;
    // That of a drill has no answer here.
    incidents::incident(&app.pool.get().await?, scope, id).await?;
    acknowledge_as(&app, &author(&call), id, &by).await?;
    answer(&app, scope, id).await
}

async fn add_note(app: Data<App>, call: Call<AddIncidentNote>) -> Result<Reply<AddIncidentNote>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let author = author(&call);
    let text = note::valid(&call.body.text).map_err(|error| Problem::invalid(vec![error]))?;
    let by = name_of(&app, &call.caller).await?;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    incident_notes::insert(&tx, scope, id, (&by, author.by.person()), text).await?;
    author.created(&tx, &audited(id), &json!({"note": text})).await?;
    tx.commit().await?;
    let incident = incidents::incident(&client, scope, id).await?;
    drop(client);
    app.announcer.incident(scope.org(), &incident);
    answer(&app, scope, id).await
}

/// Incidents in the audit log.
fn audited(id: IncidentId) -> Audited {
    Audited::new("incident", id)
}

/// Acknowledges an incident, or the drill whose incident it is, in the name of `by`. Whoever comes second changes nothing.
///
/// # Errors
/// 404 when the organisation has no such incident, 409 when it was over before anybody acknowledged it.
pub(super) async fn acknowledge_as(
    app: &App,
    author: &Author,
    id: IncidentId,
    by: &str,
) -> Result<(), Problem> {
    let scope = author.scope;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    if let Some(drill) = drills::lock_of_incident(&tx, scope, id).await? {
        if acknowledge_drill(app, &tx, author, &drill, by).await? {
            tx.commit().await?;
            app.outbox.notify_one();
        }
        return Ok(());
    }
    let is_first = incidents::acknowledge(&tx, &app.keyring, scope, id, (by, author.by.person())).await?;
    if is_first {
        let acknowledged = json!({"acknowledged_by": by});
        author.created(&tx, &audited(id), &acknowledged).await?;
    }
    tx.commit().await?;
    if is_first {
        app.outbox.notify_one();
        let incident = incidents::incident(&client, scope, id).await?;
        drop(client);
        app.announcer.incident(scope.org(), &incident);
    }
    Ok(())
}

/// Acknowledges a locked drill in the name of `by`; answers whether that was the first time. No dashboard has its incident.
///
/// # Errors
/// 409 when it was over before anybody acknowledged it.
pub(super) async fn acknowledge_drill(
    app: &App,
    tx: &Transaction<'_>,
    author: &Author,
    drill: &DrillRow,
    by: &str,
) -> Result<bool, Problem> {
    let by_whom = (by, author.by.person());
    let is_first = drill_changes::acknowledge(tx, &app.keyring, author.scope, drill, by_whom).await?;
    if is_first {
        let acknowledged = json!({"name": drill.name, "acknowledged_by": by});
        author
            .created(tx, &drills::audited(drill.id), &acknowledged)
            .await?;
    }
    Ok(is_first)
}

pub(super) async fn name_of(app: &App, caller: &Principal) -> Result<String, Problem> {
    let client = app.pool.get().await?;
    let name = match caller.actor {
        Actor::User(id) => users::name_of(&client, id).await?,
        Actor::Key { id, .. } => api_keys::name_of(&client, Scope::from(caller), id)
            .await?
            .map(|name| format!("key:{name}")),
    };
    name.ok_or_else(Problem::unauthorized)
}

async fn answer<O: Operation<Answer = Incident>>(
    app: &App,
    scope: Scope,
    id: IncidentId,
) -> Result<Reply<O>, Problem> {
    let client = app.pool.get().await?;
    let incident = incidents::incident(&client, scope, id).await?;
    Ok(Reply::new(incidents::with_notes(incident, &client, scope).await?))
}
