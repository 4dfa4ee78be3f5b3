//! Muting: for a while nobody is told of a monitor's outages. It is checked as before.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::monitor::FieldError;
use domain::{MonitorId, OrgId, Timestamp};
use serde::Deserialize;
use shared::identity::{Identity, Role};
use shared::problem::{Problem, parse_json};
use shared::request::read_body;

use super::handlers::{answer, monitor_id};
use crate::alerting::announce;
use crate::app::App;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct MuteInput {
    until: Option<Timestamp>,
}

pub(super) async fn mute(
    app: Data<App>,
    identity: Identity,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    identity.require(Role::Editor)?;
    let id = monitor_id(&request)?;
    let body = read_body(payload).await?;
    let MuteInput { until } = match body.is_empty() {
        true => MuteInput::default(),
        false => parse_json(&body)?,
    };
    if until.is_some_and(|until| until <= shared::now()) {
        let wrong = FieldError::new("until", "must be in the future");
        return Err(Problem::invalid(vec![wrong]));
    }
    change(&app, identity, id, true, until).await
}

pub(super) async fn unmute(
    app: Data<App>,
    identity: Identity,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    identity.require(Role::Editor)?;
    change(&app, identity, monitor_id(&request)?, false, None).await
}

async fn change(
    app: &App,
    identity: Identity,
    id: MonitorId,
    muted: bool,
    until: Option<Timestamp>,
) -> Result<HttpResponse, Problem> {
    set(&app.pool.get().await?, identity.org_id, id, muted, until).await?;
    announce(app, identity.org_id).await;
    answer(app, &identity, id, HttpResponse::Ok()).await
}

/// No new version: no PATCH could overwrite it.
async fn set(
    client: &impl GenericClient,
    org: OrgId,
    id: MonitorId,
    muted: bool,
    until: Option<Timestamp>,
) -> Result<(), Problem> {
    let until: Option<DateTime<Utc>> = until.map(Timestamp::to_datetime);
    let changed = client
        .execute(
            "UPDATE monitors SET muted = $3, muted_until = $4
             WHERE id = $1 AND org_id = $2 AND deleted_at IS NULL",
            &[&id.0, &org.0, &muted, &until],
        )
        .await?;
    match changed {
        0 => Err(super::not_found()),
        _ => Ok(()),
    }
}
