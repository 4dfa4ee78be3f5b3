//! Posting a message to a destination.

use domain::channel::DestinationConfig;
use domain::{DeliveryId, Timestamp};
use http::Request;
use http::header::{CONTENT_TYPE, USER_AGENT};
use http_body_util::Full;
use shared::causes;
use shared::outgoing::{Bytes, ExchangeError, Exchanges, excerpt, signed};

use crate::queue::Attempt;
use crate::rules::destination_fate::Fate;
use crate::rules::destination_message::Message;

impl Attempt for Fate {
    fn unknown() -> Self {
        Self::Later {
            status: None,
            why: "the destination has not answered".to_owned(),
        }
    }

    fn as_str(&self) -> &'static str {
        Self::as_str(self)
    }
}

/// Posts a message once.
pub(crate) async fn post(
    exchanges: &Exchanges,
    config: &DestinationConfig,
    message: Message<'_>,
    delivery: DeliveryId,
    now: Timestamp,
) -> Fate {
    let body = message.body(config.kind(), delivery, now).to_string();
    let request = match config {
        DestinationConfig::Webhook(config) => {
            let Some(keys) = config.signing_keys() else {
                return refused("its secret is not one".to_owned());
            };
            signed(&config.url, &keys, &delivery.to_string(), body, now)
        }
        DestinationConfig::Slack(config) => plain(&config.webhook_url, body),
        DestinationConfig::Teams(config) => plain(&config.workflow_url, body),
    };
    let request = match request {
        Ok(request) => request,
        Err(error) => return refused(format!("invalid request: {error}")),
    };
    match exchanges.send(request).await {
        Ok(answer) => {
            let status = answer.status.as_u16();
            let said = match answer.status.is_success() {
                // What it says matters less than its status.
                true => Vec::new(),
                false => answer.start().await,
            };
            Fate::of_answer(status, &excerpt(&String::from_utf8_lossy(&said)))
        }
        Err(error) => unanswered(&error),
    }
}

fn plain(url: &str, body: String) -> Result<Request<Full<Bytes>>, http::Error> {
    Request::post(url)
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, "uptime-monitor")
        .body(Full::from(body))
}

fn refused(why: String) -> Fate {
    Fate::Refused { status: None, why }
}

fn unanswered(error: &ExchangeError) -> Fate {
    match error.is_blocked() {
        true => refused(causes(error)),
        false => Fate::Later {
            status: None,
            why: causes(error),
        },
    }
}
