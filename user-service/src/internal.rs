//! `/internal/*`: what the other services ask for.

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use domain::internal::{DefinitionsPage, MonitorName, NamesPage};
use domain::{ChannelId, MonitorId, OrgId};
use serde::Deserialize;
use shared::problem::Problem;
use shared::request::{parse_query, path_id};

use crate::alerting;
use crate::app::App;
use crate::channels;
use crate::monitors::{COLUMNS, MonitorRow, not_found};
use crate::slack;

/// Definitions in one answer, at most.
const MAX_DEFINITIONS: i64 = 1_000;

/// Names in one answer, at most.
const MAX_NAMES: i64 = 5_000;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .route("/definitions", web::get().to(definitions))
        .route("/monitors/{id}", web::get().to(monitor))
        .route("/names", web::get().to(names))
        .route("/channels", web::get().to(channels_of))
        .route("/channels/{id}", web::get().to(channel))
        .route("/slack/interactions/{id}", web::post().to(slack::interact));
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
    let after = query.after.unwrap_or(0);
    let client = app.pool.get().await?;
    let select = format!("SELECT {COLUMNS} FROM monitors m WHERE deleted_at IS NULL AND id > $1");
    let rows = match (query.ids, query.shards) {
        (Some(ids), None) => {
            let ids: Vec<i64> = numbers("ids", &ids)?;
            let sql = format!("{select} AND id = ANY($2) ORDER BY id LIMIT $3");
            client.query(&sql, &[&after, &ids, &(limit + 1)]).await?
        }
        (None, Some(shards)) => {
            let shards: Vec<i64> = numbers("shards", &shards)?;
            let count = i64::from(query.shard_count.unwrap_or(app.shards).max(1));
            let sql = format!("{select} AND id % $2 = ANY($3) ORDER BY id LIMIT $4");
            client
                .query(&sql, &[&after, &count, &shards, &(limit + 1)])
                .await?
        }
        _ => return Err(Problem::bad_request("either ids or shards must be given")),
    };
    let more = rows.len() as i64 > limit;
    let rows = rows.iter().take(limit as usize).map(MonitorRow::read);
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    // Of the rows, not of the definitions: the last one may be left out.
    let last = rows.last().map(|row| row.id);
    Ok(HttpResponse::Ok().json(DefinitionsPage {
        definitions: rows.into_iter().filter_map(MonitorRow::into_definition).collect(),
        next_after: last.filter(|_| more),
    }))
}

fn numbers(what: &str, text: &str) -> Result<Vec<i64>, Problem> {
    let parts = text.split(',').filter(|part| !part.is_empty());
    parts
        .map(|part| part.trim().parse())
        .collect::<Result<_, _>>()
        .map_err(|_| Problem::bad_request(format!("{what} must be comma-separated numbers")))
}

/// Removed monitors have a name too: an alert may still be about to tell of them.
async fn monitor(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: i64 = path_id(&request, "id", "monitor")?;
    let sql = format!("SELECT {COLUMNS} FROM monitors m WHERE id = $1");
    let row = app.pool.get().await?.query_opt(&sql, &[&id]).await?;
    let row = MonitorRow::read(&row.ok_or_else(not_found)?)?;
    Ok(HttpResponse::Ok().json(MonitorName {
        id: MonitorId(id),
        org_id: row.org_id,
        url: row.display_url(),
        name: row.name,
    }))
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
    let sql = "SELECT id, name FROM monitors
               WHERE org_id = $1 AND id > $2 AND deleted_at IS NULL ORDER BY id LIMIT $3";
    let after = query.after.unwrap_or(0);
    let client = app.pool.get().await?;
    let rows = client.query(sql, &[&query.org_id, &after, &(limit + 1)]).await?;
    let more = rows.len() as i64 > limit;
    let names = rows.iter().take(limit as usize).map(|row| {
        let id: i64 = row.try_get("id")?;
        Ok((MonitorId(id), row.try_get("name")?))
    });
    let names: Vec<(MonitorId, String)> = names.collect::<Result<_, tokio_postgres::Error>>()?;
    let last = names.last().map(|(id, _)| *id);
    Ok(HttpResponse::Ok().json(NamesPage {
        names,
        next_after: last.filter(|_| more),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrgQuery {
    org_id: i64,
}

async fn channels_of(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query: OrgQuery = parse_query(&request)?;
    let alerting = alerting::of(&app.pool.get().await?, OrgId(query.org_id)).await?;
    Ok(HttpResponse::Ok().json(alerting))
}

async fn channel(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query: OrgQuery = parse_query(&request)?;
    let id = path_id(&request, "id", "channel").map(ChannelId)?;
    let row = channels::find(&app.pool.get().await?, OrgId(query.org_id), id).await?;
    Ok(HttpResponse::Ok().json(row.into_sealed()))
}
