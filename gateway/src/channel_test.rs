//! A test message to a channel: user-service knows the channel, the alerter sends.

use std::time::Duration;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Data};
use api::{Operation, Principal, TestChannel, TestOwnChannel};
use domain::ChannelId;
use domain::internal::{SealedChannel, TestOutcome};
use http_body_util::Full;
use shared::http::call::{Call, Reply};
use shared::http::client::CallError;
use shared::http::identity::{INTERNAL_KEY_HEADER, REQUEST_ID_HEADER};
use shared::http::problem::Problem;
use shared::redis::{Limit, count};

use crate::edge::RequestId;
use crate::unavailable::unavailable;
use crate::{Edge, metrics};

/// How long the alerter may take: the channel's own deadline, and a little.
const PATIENCE: Duration = Duration::from_secs(20);

/// Test messages to one channel in [`CHANNEL_WINDOW`].
const PER_CHANNEL: u32 = 5;
const CHANNEL_WINDOW: Duration = Duration::from_secs(60);

/// Test messages to channels of one organisation in [`WINDOW`].
const PER_ORG: u32 = 30;

/// Test messages of one person to channels of their own in [`WINDOW`].
const PER_OWNER: u32 = 10;
const WINDOW: Duration = Duration::from_secs(3_600);

/// `POST /channels/{id}/test`.
pub(crate) async fn send(edge: Data<Edge>, call: Call<TestChannel>) -> Result<Reply<TestChannel>, Problem> {
    let of_org = Limit {
        what: "test-org",
        who: call.caller.org_id.to_string(),
        times: PER_ORG,
        window: WINDOW,
    };
    send_to(&edge, &call, &call.caller, (call.path.id, ""), of_org).await
}

/// `POST /me/channels/{id}/test`.
pub(crate) async fn send_own(
    edge: Data<Edge>,
    call: Call<TestOwnChannel>,
) -> Result<Reply<TestOwnChannel>, Problem> {
    let user = call.caller.user_id();
    let of_owner = Limit {
        what: "test-own",
        who: user.to_string(),
        times: PER_OWNER,
        window: WINDOW,
    };
    let owner = format!("&owner={user}");
    send_to(&edge, &call, &call.caller, (call.path.id, &*owner), of_owner).await
}

/// Sends to the organisation's channel, or to the one that belongs to the `owner` of the query, within a limit.
async fn send_to<O: Operation<Answer = TestOutcome>>(
    edge: &Edge,
    call: &Call<O>,
    caller: &Principal,
    (id, owner): (ChannelId, &str),
    limit: Limit,
) -> Result<Reply<O>, Problem> {
    let org = caller.org_id;
    let (settings, key) = (&edge.settings, edge.settings.internal_keys.current());
    let url = format!(
        "{}/internal/channels/{id}?org_id={org}{owner}",
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
    // Only now it is known to be theirs.
    limited(edge, id, limit).await?;
    let body = serde_json::to_vec(&channel).map_err(Problem::internal)?;
    let message = http::Request::post(format!("{}/internal/test-message", settings.alerter_url))
        .header(INTERNAL_KEY_HEADER, key)
        .header(REQUEST_ID_HEADER, RequestId::of(call.request()))
        .header(CONTENT_TYPE.as_str(), "application/json")
        .body(Full::new(Bytes::from(body)))
        .map_err(Problem::internal)?;
    let answer = edge.upstream.within(PATIENCE).send(message).await;
    let answer = answer.map_err(|error| unavailable("alerter", &error))?;
    if answer.status() == http::StatusCode::TOO_MANY_REQUESTS {
        metrics::limited("test_address");
        return Err(Problem::too_many(retry_after(&answer)));
    }
    if answer.status() == http::StatusCode::SERVICE_UNAVAILABLE {
        return Err(Problem::unavailable("the service"));
    }
    if !answer.status().is_success() {
        return Err(Problem::internal(format!(
            "the alerter answered {}",
            answer.status()
        )));
    }
    let outcome: TestOutcome = serde_json::from_slice(answer.body()).map_err(Problem::internal)?;
    Ok(Reply::new(outcome))
}

/// Counts a test message. It goes to whomever a user has entered, so that few are enough.
async fn limited(edge: &Edge, channel: ChannelId, limit: Limit) -> Result<(), Problem> {
    let limits = [
        Limit {
            what: "test-channel",
            who: channel.to_string(),
            times: PER_CHANNEL,
            window: CHANNEL_WINDOW,
        },
        limit,
    ];
    match count(&edge.redis, &edge.keys, &limits).await {
        Ok(None) => Ok(()),
        Ok(Some(wait)) => {
            metrics::limited("test_message");
            Err(Problem::too_many_for(wait))
        }
        Err(error) => {
            tracing::warn!(%error, "test messages cannot be counted");
            Err(Problem::unavailable("the count of test messages"))
        }
    }
}

/// How long the alerter asks to wait, in seconds.
fn retry_after(answer: &http::Response<impl Sized>) -> u32 {
    let seconds = answer.headers().get(http::header::RETRY_AFTER);
    let seconds = seconds.and_then(|value| value.to_str().ok()?.parse().ok());
    seconds.unwrap_or(60)
}
