//! `/api-keys`, and what the gateways ask of a key.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{Data, Payload};
use api::{ApiKey, CreateApiKey, CreatedApiKey, ListApiKeys, RevokeApiKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ApiKeyId;
use domain::api_key::ApiKeyLookup;
use shared::api_key::ApiKey as Secret;
use shared::http::call::{Call, Reply};
use shared::http::problem::{Problem, parse_json};
use shared::http::request::read_body;
use shared::http::routes::Routes;

use super::called_by::author;
use super::creation::{self, Begun};
use super::role_now::role_now;
use super::{no_version, page};
use crate::app::App;
use crate::limited::limited;
use crate::rules::api_key;
use crate::store::audit::Resource;
use crate::store::{Scope, api_keys};

/// Keys that one person may create in an hour: each that is revoked has to be told to all gateways.
const NEW_PER_HOUR: u32 = 60;

const HOUR: Duration = Duration::from_secs(3_600);

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(list).mount(create).mount(revoke)
}

/// Keys in the audit log.
pub(super) fn resource(id: ApiKeyId) -> Resource {
    Resource::new("api_key", id)
}

async fn list(app: Data<App>, call: Call<ListApiKeys>) -> Result<Reply<ListApiKeys>, Problem> {
    let limit = page::limit(call.query.limit)?;
    let before = page::position(call.query.cursor.as_deref())?;
    let client = app.pool.get().await?;
    let found = api_keys::list(&client, Scope::from(&call.caller), before, limit as i64 + 1).await?;
    Ok(Reply::new(page::cut(found, limit, |key: &ApiKey| key.id)))
}

async fn create(app: Data<App>, call: Call<CreateApiKey>) -> Result<Reply<CreateApiKey>, Problem> {
    let (scope, creator) = (Scope::from(&call.caller), call.caller.user_id());
    let mut client = app.pool.get().await?;
    let tx = match creation::begin(&app, &mut client, &call).await? {
        Begun::New(tx) => tx,
        Begun::Before(reply) => return Ok(reply),
    };
    limited(&app, "new-key", &call.caller, NEW_PER_HOUR, HOUR).await?;
    let role = role_now::<CreateApiKey>(&tx, &call.caller).await?;
    let new = api_key::valid(call.body.clone(), role, shared::now()).map_err(Problem::invalid)?;
    let secret = Secret::random();
    let api_key = api_keys::insert(&tx, scope, creator, &new, &secret, &app.plans).await?;
    author(&call)
        .created(&tx, &resource(api_key.id), &api_key)
        .await?;
    tx.commit_secret().await?;
    tracing::info!(key = %api_key.id, org_id = scope.org().0, "an API key was created");
    Ok(Reply::new(CreatedApiKey {
        key: secret.expose().to_owned(),
        api_key,
    }))
}

async fn revoke(app: Data<App>, call: Call<RevokeApiKey>) -> Result<Reply<RevokeApiKey>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    scope.take_turn(&tx).await?;
    let before = api_keys::find(&tx, scope, id).await?;
    no_version(&call)?;
    api_keys::delete(&tx, scope, id).await?;
    author(&call).deleted(&tx, &resource(id), &before).await?;
    tx.commit().await?;
    tracing::info!(key = %id, org_id = scope.org().0, "an API key was revoked");
    Ok(Reply::empty())
}

/// `POST /internal/api-keys`: what a key opens; null where there is none. A status would say the same of a service that
/// knows no keys.
pub(super) async fn look_up(app: Data<App>, payload: Payload) -> Result<HttpResponse, Problem> {
    let asked: ApiKeyLookup = parse_json(&read_body(payload).await?)?;
    let hash = URL_SAFE_NO_PAD.decode(&asked.hash);
    let hash = hash.map_err(|_| Problem::bad_request("the hash cannot be read"))?;
    let grant = api_keys::grant(&app.pool.get().await?, &hash).await?;
    Ok(HttpResponse::Ok().json(grant))
}
