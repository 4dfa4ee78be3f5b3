//! `/internal/ping-targets`: what a ping means, for gateways that do not know it from Redis; and heartbeats that are made
//! by their first ping.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use api::{CreateMonitor, Operation as _};
use domain::internal::PingTargets;
use serde::Deserialize;
use shared::http::identity;
use shared::http::problem::Problem;
use shared::http::request::parse_query;
use uuid::Uuid;

use super::monitor_edit::{self, Wanted};
use crate::app::App;
use crate::rules::heartbeat;
use crate::store::Scope;
use crate::store::audit::{Author, By};
use crate::store::error::StoreError;
use crate::store::heartbeats::{self, Named};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    uuid: Option<String>,
    token: Option<String>,
    key: Option<String>,
    slug: Option<String>,
    create: Option<String>,
}

pub(super) async fn look_up(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query: Query = parse_query(&request)?;
    let create = match query.create.as_deref() {
        None | Some("0") => false,
        Some("1") => true,
        Some(_) => return Err(Problem::bad_request("create must be 0 or 1")),
    };
    let meant = match (&query.uuid, &query.token, &query.key, &query.slug) {
        (Some(text), None, None, None) => match Uuid::parse_str(text) {
            Ok(uuid) => known(&app, Named::Uuid(uuid)).await?,
            Err(_) => PingTargets::default(),
        },
        (None, Some(token), None, None) => known(&app, Named::Token(token)).await?,
        (None, None, Some(key), Some(slug)) => {
            let meant = known(&app, Named::Slug { key, slug }).await?;
            match create && meant.targets.is_empty() {
                true => made(&app, &request, key, slug).await?,
                false => meant,
            }
        }
        _ => {
            return Err(Problem::bad_request(
                "either uuid, or token, or key and slug must be given",
            ));
        }
    };
    Ok(HttpResponse::Ok().json(meant))
}

async fn known(app: &App, named: Named<'_>) -> Result<PingTargets, Problem> {
    let client = app.pool.get().await?;
    let targets = heartbeats::targets(&client, &app.keyring, named).await?;
    Ok(PingTargets {
        targets,
        created: false,
    })
}

/// The heartbeat of this slug, which is made where there is none: of several pings that ask for it at the same time one
/// makes it. None where nobody has the key, where the organisation may have no further monitor, and where there can be none
/// of that slug.
async fn made(app: &App, request: &HttpRequest, key: &str, slug: &str) -> Result<PingTargets, Problem> {
    let definition = heartbeat::of_slug(slug);
    let Ok(wanted) = Wanted::of(&app.regions, &definition) else {
        return Ok(PingTargets::default());
    };
    let owner = heartbeats::owner_of_key(&app.pool.get().await?, key).await?;
    let Some(owner) = owner else {
        return Ok(PingTargets::default());
    };
    let _permit = app.first_pings.take(owner).await;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let scope = Scope::organisation(owner);
    // As all others, before any monitor is locked.
    scope.take_turn(&tx).await?;
    let targets = heartbeats::targets(&tx, &app.keyring, Named::Slug { key, slug }).await?;
    if !targets.is_empty() {
        return Ok(PingTargets {
            targets,
            created: false,
        });
    }
    let author = Author {
        by: By::System("ping"),
        scope,
        action: CreateMonitor::ID,
        address: identity::client_address(request),
        request_id: identity::request_id(request),
    };
    let row = match monitor_edit::add(app, &tx, &author, &wanted).await {
        Ok(row) => row,
        Err(StoreError::LimitReached(_)) => return Ok(PingTargets::default()),
        Err(error) => return Err(error.into()),
    };
    tx.commit().await?;
    monitor_edit::announce_added(app, scope, row.id, &wanted);
    Ok(PingTargets {
        targets: row.ping_target().into_iter().collect(),
        created: true,
    })
}
