//! A test message to a channel: user-service knows the channel, the alerter sends.

use std::time::Duration;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Data};
use api::TestChannel;
use domain::internal::{SealedChannel, TestOutcome};
use http_body_util::Full;
use shared::http::call::{Call, Reply};
use shared::http::client::{CallError, ServiceClient};
use shared::http::identity::INTERNAL_KEY_HEADER;
use shared::http::problem::Problem;

use crate::Edge;
use crate::proxy::unavailable;

/// How long the alerter may take: the channel's own deadline, and a little.
const PATIENCE: Duration = Duration::from_secs(20);

/// `POST /channels/{id}/test`.
pub(crate) async fn send(edge: Data<Edge>, call: Call<TestChannel>) -> Result<Reply<TestChannel>, Problem> {
    let (id, org) = (call.path.id, call.caller.org_id);
    let (settings, key) = (&edge.settings, edge.settings.internal_keys.current());
    let url = format!(
        "{}/internal/channels/{id}?org_id={org}",
        settings.user_service_url
    );
    let channel: SealedChannel = edge
        .upstream
        .get_json(&url, key)
        .await
        .map_err(|error| match error {
            CallError::Status { status, .. } if status == http::StatusCode::NOT_FOUND => {
                Problem::not_found("channel")
            }
            error => unavailable("user-service", &error),
        })?;
    let body = serde_json::to_vec(&channel).map_err(Problem::internal)?;
    let message = http::Request::post(format!("{}/internal/test-message", settings.alerter_url))
        .header(INTERNAL_KEY_HEADER, key)
        .header(CONTENT_TYPE.as_str(), "application/json")
        .body(Full::new(Bytes::from(body)))
        .map_err(Problem::internal)?;
    let answer = ServiceClient::new(PATIENCE).send(message).await;
    let answer = answer.map_err(|error| unavailable("alerter", &error))?;
    if !answer.status().is_success() {
        return Err(Problem::internal(format!(
            "the alerter answered {}",
            answer.status()
        )));
    }
    let outcome: TestOutcome = serde_json::from_slice(answer.body()).map_err(Problem::internal)?;
    Ok(Reply::new(outcome))
}
