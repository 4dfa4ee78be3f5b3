//! `/maintenance-windows`.

use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use domain::maintenance::Span;
use domain::{MonitorId, Timestamp};
use serde::{Deserialize, Serialize};
use shared::identity::{Identity, Role};
use shared::problem::{Problem, parse_json};
use shared::request::{parse_query, path_id, read_body};

use super::input::WindowInput;
use super::row::{self, WindowRow};
use crate::alerting::announce;
use crate::app::App;
use crate::page::{self, Page};

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .route("/maintenance-windows", web::get().to(list))
        .route("/maintenance-windows", web::post().to(create))
        .route("/maintenance-windows/{id}", web::get().to(get))
        .route("/maintenance-windows/{id}", web::patch().to(edit))
        .route("/maintenance-windows/{id}", web::delete().to(delete));
}

#[derive(Serialize)]
struct WindowView {
    id: i64,
    name: String,
    monitors: Vec<MonitorId>,
    /// None when it cannot be read.
    #[serde(flatten)]
    span: Option<Span>,
    /// What of it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    version: i32,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// What is said of a window whose span cannot be read.
const UNREADABLE: &str =
    "when it is cannot be read, so it holds nothing back; send it anew from repeat on, or delete the window";

impl From<WindowRow> for WindowView {
    fn from(row: WindowRow) -> Self {
        let span = row.span.value().cloned();
        Self {
            id: row.id,
            name: row.name,
            monitors: row.monitors,
            error: span.is_none().then_some(UNREADABLE),
            span,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    limit: Option<u32>,
    cursor: Option<String>,
}

async fn list(app: Data<App>, identity: Identity, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query: ListQuery = parse_query(&request)?;
    let limit = page::limit(query.limit)?;
    let after: Option<i64> = page::position(query.cursor.as_deref())?;
    let rows = row::list(&app.pool.get().await?, identity.org_id).await?;
    let rows = rows
        .into_iter()
        .filter(|row| after.is_none_or(|after| row.id > after));
    let views: Vec<WindowView> = rows.map(WindowView::from).collect();
    Ok(HttpResponse::Ok().json(Page::cut(views, limit, |view| view.id)))
}

async fn create(app: Data<App>, identity: Identity, payload: Payload) -> Result<HttpResponse, Problem> {
    identity.require(Role::Editor)?;
    let input: WindowInput = parse_json(&read_body(payload).await?)?;
    let named = input.apply(None).map_err(Problem::invalid)?;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    row::check_monitors(&tx, identity.org_id, &named.window, &[]).await?;
    let row = row::insert(&tx, identity.org_id, &named).await?;
    tx.commit().await?;
    announce(&app, identity.org_id).await;
    Ok(HttpResponse::Created().json(WindowView::from(row)))
}

async fn get(app: Data<App>, identity: Identity, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let row = row::find(&app.pool.get().await?, identity.org_id, window_id(&request)?).await?;
    Ok(HttpResponse::Ok().json(WindowView::from(row)))
}

async fn edit(
    app: Data<App>,
    identity: Identity,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    identity.require(Role::Editor)?;
    let id = window_id(&request)?;
    let input: WindowInput = parse_json(&read_body(payload).await?)?;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = row::lock(&tx, identity.org_id, id).await?;
    let before = old.named();
    let applied = match &before {
        Some(before) => input.apply(Some(before)),
        None => input.keeping(&old.name, &old.monitors).apply(None),
    };
    let named = applied.map_err(Problem::invalid)?;
    if before.as_ref() == Some(&named) {
        return Ok(HttpResponse::Ok().json(WindowView::from(old)));
    }
    row::check_monitors(&tx, identity.org_id, &named.window, &old.monitors).await?;
    let row = row::update(&tx, id, &named).await?;
    tx.commit().await?;
    announce(&app, identity.org_id).await;
    Ok(HttpResponse::Ok().json(WindowView::from(row)))
}

async fn delete(app: Data<App>, identity: Identity, request: HttpRequest) -> Result<HttpResponse, Problem> {
    identity.require(Role::Editor)?;
    let id = window_id(&request)?;
    if !row::delete(&app.pool.get().await?, identity.org_id, id).await? {
        return Err(row::not_found());
    }
    announce(&app, identity.org_id).await;
    Ok(HttpResponse::NoContent().finish())
}

fn window_id(request: &HttpRequest) -> Result<i64, Problem> {
    path_id(request, "id", "maintenance window")
}
