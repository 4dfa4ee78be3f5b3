//! ntfy, <https://docs.ntfy.sh/publish/>. The messages about an incident are one notification that is kept up to date,
//! where server and app can do that; others show each.

use domain::alert_event::AlertKind;
use domain::channel::NtfyConfig;
use futures_util::future::BoxFuture;
use hyper::StatusCode;
use hyper::header::AUTHORIZATION;
use serde_json::{Value, json};

use super::api::{Answered, Api};
use super::look::{unlinked, unlinked_bytes};
use crate::channel::fit::cut;
use crate::channel::message::{Message, MessageKind};
use crate::channel::{AcknowledgeUrls, Channel, Form, Receipt, SendError};

/// Bytes of a message in JSON. What is longer than 4,096 without would become a file, and a request may be twice as
/// long in all.
const MAX_MESSAGE: usize = 3_500;

/// The same of a message that was refused as a whole.
const MAX_SHORT_MESSAGE: usize = 500;

/// Bytes of a title in JSON.
const MAX_TITLE: usize = 500;

/// The priority of what is no outage: ntfy's default.
const NORMAL: u8 = 3;

/// One topic.
pub(in crate::channel) struct Ntfy {
    config: NtfyConfig,
    api: Api,
}

impl Ntfy {
    pub(in crate::channel) fn open(config: NtfyConfig, api: &Api) -> Self {
        Self {
            config,
            api: api.clone(),
        }
    }

    fn body(&self, message: &Message, form: Form) -> Value {
        let limit = match form {
            Form::Full => MAX_MESSAGE,
            Form::Short => MAX_SHORT_MESSAGE,
        };
        let (tag, is_outage) = look(&message.kind);
        let tag = if message.is_drill() { "test_tube" } else { tag };
        let headline = message.headline();
        // ntfy shows the tag in place of the emoji.
        let title = headline.split_once(' ').map_or(&*headline, |(_, words)| words);
        let explanation = message.explanation_within(limit, unlinked_length).join("\n");
        // Without a text it would be "triggered".
        let text = match explanation.is_empty() {
            true => title,
            false => &explanation,
        };
        let mut body = json!({
            "topic": self.config.topic,
            "title": cut(title, MAX_TITLE, json_length),
            "message": cut(&unlinked(text), limit, json_length),
            "priority": match is_outage {
                true => self.config.urgency,
                // The end of an outage is not louder than the outage.
                false => self.config.urgency.min(NORMAL),
            },
            "tags": [tag],
            "sequence_id": message.thread.to_string(),
        });
        if let Some(link) = message.link() {
            body["click"] = json!(link);
            let details = json!({"action": "view", "label": "Details", "url": link});
            let acknowledge = message.acknowledge.as_ref().map(acknowledge_action);
            body["actions"] = acknowledge.into_iter().chain([details]).collect();
        }
        body
    }
}

impl Channel for Ntfy {
    fn send<'a>(&'a self, message: &'a Message, form: Form) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(async move {
            let token = self.config.access_token.iter();
            let headers: Vec<_> = token
                .map(|token| (AUTHORIZATION, format!("Bearer {token}")))
                .collect();
            // JSON goes to the root of the server, and names the topic.
            let url = format!("{}/", self.config.server_url);
            let answered = self.api.post(&url, &headers, &self.body(message, form)).await?;
            self.understood(&answered, form)
        })
    }
}

impl Ntfy {
    fn understood(&self, answered: &Answered, form: Form) -> Result<Receipt, SendError> {
        if answered.status.is_success() {
            let said = answered.taken()?;
            let Some(error) = said["error"].as_str() else {
                return Ok(Receipt(said["id"].as_str().unwrap_or("ok").to_owned()));
            };
            return Err(answered.permanent("ntfy has refused the message", Some(error)));
        }
        let said = answered.json();
        let said = said["error"].as_str();
        let topic = &self.config.topic;
        Err(match (answered.status, &self.config.access_token) {
            (StatusCode::UNAUTHORIZED, Some(_)) => {
                let why = "the ntfy server does not accept the access token: make a new one and enter it";
                answered.permanent(why, said)
            }
            (StatusCode::FORBIDDEN, Some(_)) => {
                let why = format!("the access token may not publish to the topic {topic}");
                answered.permanent(&why, said)
            }
            (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, None) => {
                let why = format!("only who has an access token may publish to the topic {topic}: enter one");
                answered.permanent(&why, said)
            }
            _ => answered.error(said, form),
        })
    }
}

/// The button that acknowledges without a page in between, and takes the notification away.
fn acknowledge_action(urls: &AcknowledgeUrls) -> Value {
    json!({"action": "http", "label": "Acknowledge", "url": urls.endpoint(), "method": "POST", "clear": true})
}

/// The tag, which ntfy shows as an emoji, and whether it is an outage.
fn look(kind: &MessageKind) -> (&'static str, bool) {
    match kind {
        MessageKind::Down | MessageKind::Reminder { .. } => ("red_circle", true),
        MessageKind::Up { .. } | MessageKind::Recovered { .. } => ("white_check_mark", false),
        MessageKind::Acknowledged => ("eyes", false),
        MessageKind::Degraded => ("yellow_circle", false),
        MessageKind::Unseen => ("grey_question", false),
        MessageKind::Seen { .. } => ("white_check_mark", false),
        MessageKind::Ended { .. }
        | MessageKind::Group {
            ended_by: Some(_), ..
        } => ("checkered_flag", false),
        MessageKind::Group { kind, .. } => match kind {
            AlertKind::Down | AlertKind::Reminder => ("red_circle", true),
            AlertKind::Up | AlertKind::Recovered | AlertKind::Seen => ("white_check_mark", false),
            AlertKind::Acknowledged => ("eyes", false),
            AlertKind::Degraded => ("yellow_circle", false),
            AlertKind::Unseen => ("grey_question", false),
        },
        MessageKind::Test { .. } => ("bell", false),
    }
}

/// How long a character of a text that links nowhere is in JSON.
fn unlinked_length(c: char) -> usize {
    json_length(c) + unlinked_bytes(c) - c.len_utf8()
}

/// How long a character is in JSON.
fn json_length(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\r' | '\t' => 2,
        c if c.is_control() => 6,
        c => c.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_is_as_long_as_it_becomes() {
        for c in ['a', 'ä', '€', '😀', '"', '\\', '\n', '\u{1}'] {
            let json = serde_json::to_string(&c.to_string()).unwrap();
            assert_eq!(json_length(c), json.len() - 2, "{c:?}");
        }
    }
}
