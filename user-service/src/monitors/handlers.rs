//! `/monitors` and what is below it, without history.

use actix_web::http::header::IF_MATCH;
use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use domain::MonitorId;
use domain::live::LiveState;
use domain::monitor::MonitorInput;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::identity::{Identity, Role};
use shared::problem::{Problem, parse_json};
use shared::request::{parse_query, path_id, read_body};

use super::change::{self, Changed};
use super::list::{self, Filter};
use super::mute;
use super::patch;
use crate::app::App;
use crate::page::{self, Page};

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .route("/monitors", web::get().to(list))
        .route("/monitors", web::post().to(create))
        .route("/monitors/{id}", web::get().to(get))
        .route("/monitors/{id}", web::patch().to(edit))
        .route("/monitors/{id}", web::delete().to(delete))
        .route("/monitors/{id}/pause", web::post().to(pause))
        .route("/monitors/{id}/resume", web::post().to(resume))
        .route("/monitors/{id}/mute", web::post().to(mute::mute))
        .route("/monitors/{id}/unmute", web::post().to(mute::unmute))
        .route("/monitors/{id}/status", web::get().to(status));
}

/// Monitors of one page, at most: a dashboard shows them all in one call.
const MAX_LISTED: u32 = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    limit: Option<u32>,
    cursor: Option<String>,
    q: Option<String>,
    state: Option<LiveState>,
    kind: Option<String>,
}

async fn list(app: Data<App>, identity: Identity, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query: ListQuery = parse_query(&request)?;
    let limit = page::limit_up_to(MAX_LISTED, query.limit)?;
    let after = page::position(query.cursor.as_deref())?.unwrap_or(MonitorId(0));
    if query
        .q
        .as_deref()
        .is_some_and(|q| q.chars().any(char::is_control))
    {
        return Err(Problem::bad_request("q must not contain a control character"));
    }
    let is_kind = |kind: &str| kind.bytes().all(|b| b.is_ascii_lowercase());
    if query.kind.as_deref().is_some_and(|kind| !is_kind(kind)) {
        return Err(Problem::bad_request(
            "kind must be the name of a kind, such as http",
        ));
    }
    let filter = Filter {
        part: query.q,
        state: query.state,
        kind: query.kind,
    };
    let client = app.pool.get().await?;
    let found = list::page(&client, identity.org_id, &filter, after, limit as i64 + 1).await?;
    let page = Page::cut(found, limit, |row| row.id);
    let views = |rows| list::views(&app, &client, identity.org_id, rows);
    let page = page.try_map(views).await?;
    Ok(HttpResponse::Ok().json(page))
}

async fn create(app: Data<App>, identity: Identity, payload: Payload) -> Result<HttpResponse, Problem> {
    identity.require(Role::Editor)?;
    let input: MonitorInput = parse_json(&read_body(payload).await?)?;
    let (name, spec) = input.validate().map_err(Problem::invalid)?;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let row = change::create(&tx, identity.org_id, &name, spec, app.max_monitors_per_org).await?;
    tx.commit().await?;
    // The answer takes a connection of its own: whoever holds one must not wait for another.
    drop(client);
    announce(&app, row.id);
    let location = format!("/api/v1/monitors/{}", row.id);
    let mut response = answer(&app, &identity, row.id, HttpResponse::Created()).await?;
    if let Ok(location) = location.parse() {
        response
            .headers_mut()
            .insert(actix_web::http::header::LOCATION, location);
    }
    Ok(response)
}

async fn get(app: Data<App>, identity: Identity, request: HttpRequest) -> Result<HttpResponse, Problem> {
    answer(&app, &identity, monitor_id(&request)?, HttpResponse::Ok()).await
}

async fn status(app: Data<App>, identity: Identity, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let client = app.pool.get().await?;
    let monitor = super::find(&client, identity.org_id, monitor_id(&request)?).await?;
    let status = list::stored_status(&client, &monitor).await?;
    Ok(HttpResponse::Ok().json(status))
}

async fn edit(
    app: Data<App>,
    identity: Identity,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    identity.require(Role::Editor)?;
    let id = monitor_id(&request)?;
    let expected = if_match(&request)?;
    let patch: Value = parse_json(&read_body(payload).await?)?;
    change(&app, &identity, id, expected, patch).await
}

async fn pause(app: Data<App>, identity: Identity, request: HttpRequest) -> Result<HttpResponse, Problem> {
    identity.require(Role::Editor)?;
    change(
        &app,
        &identity,
        monitor_id(&request)?,
        None,
        json!({"paused": true}),
    )
    .await
}

async fn resume(app: Data<App>, identity: Identity, request: HttpRequest) -> Result<HttpResponse, Problem> {
    identity.require(Role::Editor)?;
    change(
        &app,
        &identity,
        monitor_id(&request)?,
        None,
        json!({"paused": false}),
    )
    .await
}

async fn change(
    app: &App,
    identity: &Identity,
    id: MonitorId,
    expected: Option<i32>,
    patch: Value,
) -> Result<HttpResponse, Problem> {
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = change::lock(&tx, identity.org_id, id).await?;
    if expected.is_some_and(|version| version != old.version) {
        return Err(Problem::stale());
    }
    let (name, spec) = match old.spec.value() {
        Some(spec) => patch::apply(&old.name, spec, patch)?,
        None => patch::apply_to_unreadable(&old.name, patch)?,
    };
    let changed = change::update(&tx, &old, &name, &spec).await?;
    tx.commit().await?;
    drop(client);
    if changed == Changed::Spec {
        announce(app, id);
    }
    answer(app, identity, id, HttpResponse::Ok()).await
}

async fn delete(app: Data<App>, identity: Identity, request: HttpRequest) -> Result<HttpResponse, Problem> {
    identity.require(Role::Editor)?;
    let id = monitor_id(&request)?;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = change::lock(&tx, identity.org_id, id).await?;
    change::delete(&tx, &old).await?;
    tx.commit().await?;
    announce(&app, id);
    Ok(HttpResponse::NoContent().finish())
}

/// Has the log and the pingers hear of a change that was committed.
fn announce(app: &App, id: MonitorId) {
    app.outbox.notify_one();
    app.mirror.changed(id);
}

pub(super) async fn answer(
    app: &App,
    identity: &Identity,
    id: MonitorId,
    mut response: actix_web::HttpResponseBuilder,
) -> Result<HttpResponse, Problem> {
    let client = app.pool.get().await?;
    let found = super::find(&client, identity.org_id, id).await?;
    let views = list::views(app, &client, identity.org_id, vec![found]).await?;
    Ok(response.json(views.first()))
}

pub(super) fn monitor_id(request: &HttpRequest) -> Result<MonitorId, Problem> {
    path_id(request, "id", "monitor").map(MonitorId)
}

/// The version that the caller has seen: `"3"`, or `*` for any.
fn if_match(request: &HttpRequest) -> Result<Option<i32>, Problem> {
    let Some(value) = request.headers().get(IF_MATCH) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    text.strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .and_then(|version| version.parse().ok())
        .map(Some)
        .ok_or_else(|| Problem::bad_request("If-Match must be a version in double quotes, such as \"3\""))
}
