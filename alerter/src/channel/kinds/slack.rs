//! Slack's incoming webhooks.

use domain::channel::SlackConfig;
use futures_util::future::BoxFuture;
use shared::causes;
use shared::outgoing::ExchangeError;
use slack_morphism::errors::SlackClientError;
use slack_morphism::prelude::{SlackApiPostWebhookMessageRequest, SlackClient};
use url::Url;

use super::slack_content::content;
use super::slack_http::SlackHttp;
use crate::channel::message::Message;
use crate::channel::{Channel, Form, Receipt, SendError};

type Client = SlackClient<SlackHttp>;

/// Posts to incoming webhooks, over one pool of connections.
#[derive(Clone)]
pub(crate) struct SlackHooks(std::sync::Arc<Client>);

impl std::fmt::Debug for SlackHooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SlackHooks").finish_non_exhaustive()
    }
}

/// One webhook.
pub(crate) struct SlackHook {
    url: Url,
    client: std::sync::Arc<Client>,
}

impl SlackHooks {
    pub(crate) fn new(http: SlackHttp) -> Self {
        Self(std::sync::Arc::new(SlackClient::new(http)))
    }

    /// `None` when the configuration is not valid.
    pub(crate) fn channel(&self, config: &SlackConfig) -> Option<SlackHook> {
        Some(SlackHook {
            url: Url::parse(&config.webhook_url).ok()?,
            client: std::sync::Arc::clone(&self.0),
        })
    }
}

impl Channel for SlackHook {
    fn send<'a>(&'a self, message: &'a Message, form: Form) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(async move {
            let acknowledge = message.acknowledge_link();
            let content = content(message, form, acknowledge.as_deref());
            let request = SlackApiPostWebhookMessageRequest::new(content);
            match self.client.post_webhook_message(&self.url, &request).await {
                Ok(_) => Ok(Receipt("ok".to_owned())),
                Err(error) => Err(classify(error)),
            }
        })
    }
}

/// Errors of Slack's API that pass.
const TEMPORARY: [&str; 7] = [
    "ratelimited",
    "rate_limited",
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "team_added_to_org",
];

/// Errors that concern what was posted, and neither the channel nor the moment.
const CONTENT: [&str; 7] = [
    "invalid_blocks",
    "invalid_blocks_format",
    "invalid_payload",
    "msg_blocks_too_long",
    "msg_too_long",
    "no_text",
    "too_many_blocks",
];

/// Whether it may work later.
pub(super) fn classify(error: SlackClientError) -> SendError {
    match error {
        SlackClientError::HttpError(error) => {
            let body = error.http_response_body.as_deref().unwrap_or_default();
            match SendError::from_status(error.status_code.as_u16(), body, None) {
                // What imitates Slack has words of its own for what it does not take.
                SendError::Permanent(reason) if matches!(error.status_code.as_u16(), 400 | 413 | 422) => {
                    SendError::Content(reason)
                }
                error => error,
            }
        }
        SlackClientError::RateLimitError(error) => SendError::Temporary {
            reason: "HTTP 429: rate limited".to_owned(),
            retry_after: error.retry_after,
        },
        SlackClientError::ApiError(error) => {
            let reason = format!("Slack error: {}", error.code);
            if TEMPORARY.contains(&error.code.as_str()) {
                SendError::temporary(reason)
            } else if CONTENT.contains(&error.code.as_str()) {
                SendError::Content(reason)
            } else {
                SendError::Permanent(reason)
            }
        }
        SlackClientError::HttpProtocolError(error) => match &error.cause {
            Some(cause) => match cause.downcast_ref::<ExchangeError>() {
                Some(error) => error.into(),
                None => SendError::temporary(causes(cause.as_ref())),
            },
            None => SendError::temporary("the connection failed"),
        },
        _ => SendError::temporary("the connection failed"),
    }
}
