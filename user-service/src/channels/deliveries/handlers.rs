//! `/channels/{id}/deliveries` and what is below it.

use actix_web::http::StatusCode;
use actix_web::web::{Data, ServiceConfig, get, post};
use actix_web::{HttpRequest, HttpResponse};
use domain::DeliveryId;
use domain::record::{Lifecycle, LifecycleEvent};
use serde::Deserialize;
use shared::identity::{Identity, Role};
use shared::problem::Problem;
use shared::request::{parse_query, path_id};

use super::row::{self, Delivery, Position, Status};
use crate::app::App;
use crate::channels::handlers::channel_id;
use crate::channels::row::find;
use crate::monitors::{COLUMNS, MonitorRow, not_found};
use crate::outbox;
use crate::page::{self, Page};

pub(in crate::channels) fn configure(config: &mut ServiceConfig) {
    config
        .route("/channels/{id}/deliveries", get().to(list))
        .route("/channels/{id}/deliveries/{delivery}/resend", post().to(resend));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeliveriesQuery {
    status: Option<Status>,
    limit: Option<u32>,
    cursor: Option<String>,
}

async fn list(app: Data<App>, identity: Identity, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query: DeliveriesQuery = parse_query(&request)?;
    let limit = page::limit(query.limit)?;
    let after: Option<Position> = page::position(query.cursor.as_deref())?;
    let (org, id) = (identity.org_id, channel_id(&request)?);
    let client = app.pool.get().await?;
    find(&client, org, id).await?;
    let found = row::page(&client, org, id, query.status, after, limit as i64 + 1).await?;
    Ok(HttpResponse::Ok().json(Page::cut(found, limit, Delivery::position)))
}

/// Has the alerter send a failed message once more, by way of the log.
async fn resend(app: Data<App>, identity: Identity, request: HttpRequest) -> Result<HttpResponse, Problem> {
    identity.require(Role::Editor)?;
    let (org, id) = (identity.org_id, channel_id(&request)?);
    let delivery = path_id(&request, "delivery", "delivery").map(DeliveryId)?;
    let conflict = |detail: &str| Problem::new(StatusCode::CONFLICT, detail);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let channel = find(&tx, org, id).await?;
    let failed = row::failed(&tx, org, id, delivery).await?;
    let failed = failed
        .ok_or_else(|| conflict("only a message that has failed within seven days can be sent once more"))?;
    if !channel.enabled {
        return Err(conflict("the channel is disabled"));
    }
    let sql = format!("SELECT {COLUMNS} FROM monitors m WHERE id = $1 AND org_id = $2");
    let monitor = tx.query_opt(&sql, &[&failed.monitor_id.0, &org.0]).await?;
    let monitor = MonitorRow::read(&monitor.ok_or_else(not_found)?)?;
    let record = Lifecycle {
        incident_id: Some(failed.incident_id),
        delivery_id: Some(delivery),
        ..monitor.lifecycle(LifecycleEvent::Resend, shared::now())
    };
    outbox::insert(&tx, record).await?;
    tx.commit().await?;
    app.outbox.notify_one();
    Ok(HttpResponse::Accepted().finish())
}
