//! Slack's incoming webhooks.

use domain::Timestamp;
use domain::channel::SlackConfig;
use futures_util::future::BoxFuture;
use slack_morphism::errors::SlackClientError;
use slack_morphism::prelude::{
    SlackApiPostWebhookMessageRequest, SlackBlock, SlackBlockMarkDownText, SlackClient, SlackContextBlock,
    SlackMessageContent, SlackSectionBlock,
};
use url::Url;

use super::connector::is_blocked;
use super::message::{IncidentDetails, Message, MessageKind, format_time};
use super::slack_http::SlackHttp;
use super::{Channel, Receipt, SendError, causes};

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
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(async move {
            let request = SlackApiPostWebhookMessageRequest::new(content(message));
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

/// Whether it may work later.
pub(super) fn classify(error: SlackClientError) -> SendError {
    match error {
        SlackClientError::HttpError(error) => {
            let body = error.http_response_body.as_deref().unwrap_or_default();
            SendError::from_status(error.status_code.as_u16(), body, None)
        }
        SlackClientError::RateLimitError(error) => SendError::Temporary {
            reason: "HTTP 429: rate limited".to_owned(),
            retry_after: error.retry_after,
        },
        SlackClientError::ApiError(error) => {
            let reason = format!("Slack error: {}", error.code);
            if TEMPORARY.contains(&error.code.as_str()) {
                SendError::temporary(reason)
            } else {
                SendError::Permanent(reason)
            }
        }
        SlackClientError::HttpProtocolError(error) => match &error.cause {
            Some(cause) if is_blocked(cause.as_ref()) => SendError::Permanent(causes(cause.as_ref())),
            Some(cause) => SendError::temporary(causes(cause.as_ref())),
            None => SendError::temporary("the connection failed"),
        },
        _ => SendError::temporary("the connection failed"),
    }
}

pub(super) fn content(message: &Message) -> SlackMessageContent {
    let lines = std::iter::once(message.headline()).chain(message.explanation());
    let mut lines: Vec<String> = lines.map(|line| escape(&line)).collect();
    if message.details.is_none() && message.link().is_none() {
        lines.truncate(1);
    }
    lines.extend(message.link().map(escape));
    SlackMessageContent::new()
        .with_text(lines.join("\n"))
        .with_blocks(blocks(message))
}

fn blocks(message: &Message) -> Vec<SlackBlock> {
    let mut body = format!("*{}*", escape(&message.headline()));
    for line in message.explanation() {
        body.push('\n');
        body.push_str(&escape(&line));
    }
    let section = SlackSectionBlock::new().with_text(SlackBlockMarkDownText::new(body).into());
    let mut blocks = vec![section.into()];
    let context = match (&message.details, message.link()) {
        (Some(details), _) => Some(context_line(details, &message.kind)),
        (None, Some(link)) => Some(format!("<{}|Details>", escape(link))),
        (None, None) => None,
    };
    if let Some(context) = context {
        let context = SlackBlockMarkDownText::new(context);
        blocks.push(SlackContextBlock::new(vec![context.into()]).into());
    }
    blocks
}

fn context_line(details: &IncidentDetails, kind: &MessageKind) -> String {
    let since = match kind {
        MessageKind::Up { resolved_at, .. } => format!("Up since {}", shown_time(*resolved_at)),
        MessageKind::Recovered { resolved_at } => format!("Recovered at {}", shown_time(*resolved_at)),
        _ => format!("Since {}", shown_time(details.started_at)),
    };
    format!(
        "{since}  ·  {}  ·  <{}|Details>",
        escape(&details.url),
        escape(&details.link)
    )
}

/// An instant that Slack shows in the reader's own time zone.
fn shown_time(at: Timestamp) -> String {
    let seconds = at.as_millis().div_euclid(1_000);
    format!(
        "<!date^{seconds}^{{date_short_pretty}} {{time_secs}}|{}>",
        format_time(at)
    )
}

/// Slack's three control characters as entities.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{DeliveryId, ErrorCode, IncidentId, MonitorId};

    fn message(kind: MessageKind) -> Message {
        let started_at: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        let incident_id = IncidentId::new(MonitorId(42), 1, started_at);
        let id = DeliveryId::new(incident_id, domain::ChannelId(1), "down", 0);
        Message {
            id,
            thread: id,
            opening_receipt: None,
            details: Some(IncidentDetails {
                monitor_id: MonitorId(42),
                incident_id,
                name: "Shop <&> Co".into(),
                url: "https://shop.example/?a=1&b=2".into(),
                started_at,
                error_code: Some(ErrorCode::StatusMismatch),
                error: Some("HTTP status 500, expected 200-399".into()),
                link: "http://localhost:8080/monitors/42".into(),
            }),
            kind,
        }
    }

    #[test]
    fn a_message_about_an_outage_has_its_reason_and_a_link() {
        let content = content(&message(MessageKind::Down));
        assert_eq!(
            content.text.as_deref(),
            Some(
                format!(
                    "🔴 Down: Shop &lt;&amp;&gt; Co\n{} (phase: response)\n\
                     HTTP status 500, expected 200-399\nhttp://localhost:8080/monitors/42",
                    ErrorCode::StatusMismatch.sentence()
                )
                .as_str()
            )
        );
        let blocks = serde_json::to_value(content.blocks).unwrap();
        assert_eq!(blocks[0]["type"], "section");
        assert!(
            blocks[1].to_string().contains("Since <!date^1795255200^"),
            "{blocks}"
        );
    }

    #[test]
    fn a_recovery_tells_how_long_it_took() {
        let resolved_at = "2026-11-21T10:02:10Z".parse().unwrap();
        let up = |summary, earlier_outages| {
            content(&message(MessageKind::Up {
                resolved_at,
                summary,
                earlier_outages,
            }))
            .text
            .unwrap()
        };
        assert!(up(false, 0).starts_with("✅ Up: Shop &lt;&amp;&gt; Co (down for 2 min 10 s)\n"));
        assert!(up(true, 0).contains("Down from 2026-11-21 10:00:00 UTC to 2026-11-21 10:02:10 UTC"));
        assert!(up(true, 2).contains("(3 outages within 2 min 10 s)"));
    }
}
