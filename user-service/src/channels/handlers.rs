//! `/channels`.

use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use domain::channel::ChannelAlerts;
use domain::{ChannelId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::identity::{Identity, Role};
use shared::problem::{Problem, parse_json};
use shared::request::{parse_query, path_id, read_body};

use super::deliveries;
use super::input::{Channel, ChannelInput};
use super::row::{self, ChannelRow};
use crate::alerting::announce;
use crate::app::App;
use crate::page::{self, Page};

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .route("/channels", web::get().to(list))
        .route("/channels", web::post().to(create))
        .route("/channels/{id}", web::get().to(get))
        .route("/channels/{id}", web::patch().to(edit))
        .route("/channels/{id}", web::delete().to(delete));
    deliveries::configure(config);
}

#[derive(Serialize)]
struct ChannelView {
    id: ChannelId,
    name: String,
    kind: String,
    config: Value,
    enabled: bool,
    alerts: ChannelAlerts,
    /// What of it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    version: i32,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// What is said of a channel whose configuration cannot be read.
const UNREADABLE_CONFIG: &str =
    "the configuration cannot be read, so nobody is told; send it as a whole, or delete the channel";

/// What is said of a channel of which it cannot be read what it is told of.
const UNREADABLE_ALERTS: &str = "what it is told of cannot be read, so the defaults hold; set it anew";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    limit: Option<u32>,
    cursor: Option<String>,
}

async fn list(app: Data<App>, identity: Identity, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query: ListQuery = parse_query(&request)?;
    let limit = page::limit(query.limit)?;
    let after: Option<ChannelId> = page::position(query.cursor.as_deref())?;
    let rows = row::all(&app.pool.get().await?, identity.org_id).await?;
    let rows = rows
        .into_iter()
        .filter(|row| after.is_none_or(|after| row.id > after));
    let views: Vec<_> = rows.map(|row| view(&app, row, false)).collect();
    Ok(HttpResponse::Ok().json(Page::cut(views, limit, |view| view.id)))
}

async fn create(app: Data<App>, identity: Identity, payload: Payload) -> Result<HttpResponse, Problem> {
    identity.require(Role::Editor)?;
    let input: ChannelInput = parse_json(&read_body(payload).await?)?;
    let (channel, secret_is_new) = input
        .apply(None, app.target_guard.targets())
        .map_err(Problem::invalid)?;
    let client = app.pool.get().await?;
    let row = row::insert(&client, &app.keyring, identity.org_id, &channel).await?;
    announce(&app, identity.org_id).await;
    Ok(HttpResponse::Created().json(view(&app, row, secret_is_new)))
}

async fn get(app: Data<App>, identity: Identity, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id = channel_id(&request)?;
    let row = row::find(&app.pool.get().await?, identity.org_id, id).await?;
    Ok(HttpResponse::Ok().json(view(&app, row, false)))
}

async fn edit(
    app: Data<App>,
    identity: Identity,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    identity.require(Role::Editor)?;
    let id = channel_id(&request)?;
    let input: ChannelInput = parse_json(&read_body(payload).await?)?;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = row::lock(&tx, identity.org_id, id).await?;
    let before = old.open(&app.keyring).map(|config| Channel {
        name: old.name.clone(),
        config,
        enabled: old.enabled,
        alerts: old.alerts(),
    });
    let targets = app.target_guard.targets();
    let applied = match &before {
        Some(before) => input.apply(Some(before), targets),
        None => input.apply_to_unreadable(&old, targets),
    };
    let (after, secret_is_new) = applied.map_err(Problem::invalid)?;
    if before.as_ref() == Some(&after) && old.alerts.value().is_some() {
        return Ok(HttpResponse::Ok().json(view(&app, old, false)));
    }
    let row = row::update(&tx, &app.keyring, &old, &after).await?;
    tx.commit().await?;
    announce(&app, identity.org_id).await;
    Ok(HttpResponse::Ok().json(view(&app, row, secret_is_new)))
}

async fn delete(app: Data<App>, identity: Identity, request: HttpRequest) -> Result<HttpResponse, Problem> {
    identity.require(Role::Editor)?;
    let id = channel_id(&request)?;
    if !row::delete(&app.pool.get().await?, identity.org_id, id).await? {
        return Err(row::not_found());
    }
    announce(&app, identity.org_id).await;
    Ok(HttpResponse::NoContent().finish())
}

fn view(app: &App, row: ChannelRow, secret_is_new: bool) -> ChannelView {
    let config = row.open(&app.keyring);
    let error = match (&config, row.alerts.value()) {
        (None, _) => Some(UNREADABLE_CONFIG),
        (_, None) => Some(UNREADABLE_ALERTS),
        _ => None,
    };
    ChannelView {
        id: row.id,
        alerts: row.alerts(),
        name: row.name,
        kind: row.kind,
        config: match config {
            Some(config) if secret_is_new => config.shown_once(),
            Some(config) => config.shown(),
            None => Value::Null,
        },
        enabled: row.enabled,
        error,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

pub(super) fn channel_id(request: &HttpRequest) -> Result<ChannelId, Problem> {
    path_id(request, "id", "channel").map(ChannelId)
}
