//! `/internal/*`: what the other services ask for.

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use domain::internal::SeenMonitors;
use domain::{ChannelId, MonitorId, OrgId, UserId};
use serde::Deserialize;
use shared::http::problem::Problem;
use shared::http::request::{parse_query, path_id};

use super::{
    api_keys, confirmations, number_codes, ping_targets, slack, status_page_links, subscriptions, whatsapp,
};
use crate::app::App;
use crate::store::channels::Whose;
use crate::store::definitions::{self, Wanted};
use crate::store::{self, Scope};
use crate::store::{alerting, channels, limits, only_tags, recipients, revocations as revoked};

/// Definitions in one answer, at most. There are fewer when they are large.
const MAX_DEFINITIONS: i64 = 1_000;

/// Names in one answer, at most. There are fewer when they are large, or come with labels.
const MAX_NAMES: i64 = 5_000;

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .configure(subscriptions::configure)
        .route("/definitions", web::get().to(definitions))
        .route("/monitors/{id}", web::get().to(monitor))
        .route("/names", web::get().to(names))
        .route("/channels", web::get().to(channels_of))
        .route("/channels/{id}", web::get().to(channel))
        .route("/confirmations", web::post().to(confirmations::take))
        .route("/confirmations/outcome", web::post().to(confirmations::outcome))
        .route("/confirmation-codes", web::post().to(number_codes::take))
        .route(
            "/confirmation-codes/outcome",
            web::post().to(number_codes::outcome),
        )
        .route("/api-keys", web::post().to(api_keys::look_up))
        .route("/revocations", web::get().to(revocations))
        .route("/seen-monitors", web::get().to(seen_monitors))
        .route("/ping-targets", web::get().to(ping_targets::look_up))
        .route("/checks-on-request", web::post().to(check_on_request))
        .route(
            "/status-pages/{slug}/links",
            web::post().to(status_page_links::send),
        )
        .route("/slack/interactions/{id}", web::post().to(slack::interact))
        .route("/whatsapp/callbacks/{id}/{key}", web::get().to(whatsapp::verify))
        .route(
            "/whatsapp/callbacks/{id}/{key}",
            web::post().to(whatsapp::notified),
        );
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DefinitionsQuery {
    ids: Option<String>,
    shards: Option<String>,
    shard_count: Option<u32>,
    after: Option<i64>,
    limit: Option<i64>,
}

async fn definitions(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query: DefinitionsQuery = parse_query(&request)?;
    let limit = query.limit.unwrap_or(MAX_DEFINITIONS).clamp(1, MAX_DEFINITIONS);
    let wanted = match (query.ids, query.shards) {
        (Some(ids), None) => Wanted::Ids(numbers("ids", &ids)?),
        (None, Some(shards)) => Wanted::Shards {
            shards: numbers("shards", &shards)?,
            of: i64::from(query.shard_count.unwrap_or(app.shards).max(1)),
        },
        _ => return Err(Problem::bad_request("either ids or shards must be given")),
    };
    let client = app.pool.get().await?;
    let page = definitions::page(&client, &app.keyring, &wanted, query.after.unwrap_or(0), limit).await?;
    Ok(HttpResponse::Ok().json(page))
}

fn numbers(what: &str, text: &str) -> Result<Vec<i64>, Problem> {
    let parts = text.split(',').filter(|part| !part.is_empty());
    parts
        .map(|part| part.trim().parse())
        .collect::<Result<_, _>>()
        .map_err(|_| Problem::bad_request(format!("{what} must be comma-separated numbers")))
}

async fn monitor(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id = path_id(&request, "id", "monitor").map(MonitorId)?;
    let name = definitions::name(&app.pool.get().await?, &app.keyring, id).await?;
    Ok(HttpResponse::Ok().json(name))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NamesQuery {
    org_id: i64,
    after: Option<i64>,
    limit: Option<i64>,
}

async fn names(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query: NamesQuery = parse_query(&request)?;
    let limit = query.limit.unwrap_or(MAX_NAMES).clamp(1, MAX_NAMES);
    let (scope, after) = (Scope::organisation(OrgId(query.org_id)), query.after.unwrap_or(0));
    let names = definitions::names(&app.pool.get().await?, &app.keyring, scope, after, limit).await?;
    Ok(HttpResponse::Ok().json(names))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrgQuery {
    org_id: i64,
}

async fn channels_of(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query: OrgQuery = parse_query(&request)?;
    let scope = Scope::organisation(OrgId(query.org_id));
    let mut client = app.pool.get().await?;
    let tx = store::snapshot(&mut client).await?;
    let alerting = alerting::read(&tx, &app.keyring, &app.token_key, scope, app.verify_recipients).await?;
    Ok(HttpResponse::Ok().json(alerting))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChannelQuery {
    org_id: i64,
    /// The member whose own it is; none for one of the organisation's.
    owner: Option<i64>,
}

async fn channel(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query: ChannelQuery = parse_query(&request)?;
    let whose = query
        .owner
        .map_or(Whose::Organisation, |id| Whose::Member(UserId(id)));
    let id = path_id(&request, "id", "channel").map(ChannelId)?;
    let scope = Scope::organisation(OrgId(query.org_id));
    let mut client = app.pool.get().await?;
    let tx = store::snapshot(&mut client).await?;
    let row = channels::find(&tx, scope, whose, id).await?;
    let recipients = recipients::known(&tx, scope, app.verify_recipients).await?;
    Ok(HttpResponse::Ok().json(row.into_sealed(&app.keyring, &app.token_key, &recipients)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeenQuery {
    org_id: i64,
    user_id: i64,
    api_key_id: Option<i64>,
}

/// What somebody sees whose access is narrowed.
async fn seen_monitors(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query: SeenQuery = parse_query(&request)?;
    let scope = Scope::member(OrgId(query.org_id), query.user_id, query.api_key_id);
    let monitors = only_tags::monitors(&app.pool.get().await?, scope).await?;
    Ok(HttpResponse::Ok().json(SeenMonitors { monitors }))
}

/// A gateway is to have something checked that somebody asks for.
async fn check_on_request(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query: OrgQuery = parse_query(&request)?;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let scope = Scope::organisation(OrgId(query.org_id));
    limits::take_check(&tx, scope, &app.plans).await?;
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RevocationsQuery {
    after: Option<i64>,
}

async fn revocations(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query: RevocationsQuery = parse_query(&request)?;
    let after = query.after.unwrap_or(0).max(0);
    let revocations = revoked::since(&app.pool.get().await?, after).await?;
    Ok(HttpResponse::Ok().json(revocations))
}
