//! Matrix, <https://spec.matrix.org/latest/client-server-api/>. What happens to an outage is a thread under the message
//! about it. A message is named by the delivery, so that the homeserver takes it once, however often it is sent.

use std::time::Duration;

use domain::channel::MatrixConfig;
use futures_util::future::BoxFuture;
use hyper::header::AUTHORIZATION;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use url::Url;

use super::api::{Answered, Api};
use super::look::{facts, html};
use super::opening::{Opening, receipt};
use crate::channel::fit::cut;
use crate::channel::message::Message;
use crate::channel::{Channel, Form, Receipt, SendError};

/// The longest texts, in bytes, as they are sent. An event has at most 65,536 bytes, with what servers add to it, and
/// it holds each text twice.
const MAX_HEADLINE: usize = 2_000;
const MAX_EXPLANATION: usize = 12_000;
const MAX_SHORT_EXPLANATION: usize = 1_000;
const MAX_FACT: usize = 4_000;

/// One account in one room.
pub(in crate::channel) struct Matrix {
    /// Where messages are sent to, without their names.
    url: Url,
    token: String,
    api: Api,
}

impl Matrix {
    /// `None` when the configuration is not valid.
    pub(in crate::channel) fn open(config: MatrixConfig, api: &Api) -> Option<Self> {
        let mut url = Url::parse(&config.homeserver_url).ok()?;
        url.path_segments_mut().ok()?.pop_if_empty().extend([
            "_matrix",
            "client",
            "v3",
            "rooms",
            &config.room_id,
            "send",
            "m.room.message",
        ]);
        Some(Self {
            url,
            token: config.access_token,
            api: api.clone(),
        })
    }
}

impl Channel for Matrix {
    fn send<'a>(&'a self, message: &'a Message, form: Form) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(async move {
            let url = format!("{}/{}", self.url, transaction(message, form));
            let headers = [(AUTHORIZATION, format!("Bearer {}", self.token))];
            let content = content(message, form);
            let mut answered = self.api.send(Method::PUT, &url, &headers, &content).await?;
            answered.body = answered.body.replace(&self.token, "…");
            let asked = answered.json()["retry_after_ms"].as_u64();
            let is_limit = answered.json()["errcode"] == "M_LIMIT_EXCEEDED";
            let answered = answered
                .with_wait(asked.map(Duration::from_millis))
                .with_status(is_limit.then_some(429));
            if !answered.status.is_success() {
                return Err(refused(&answered, form));
            }
            let taken = answered.taken()?;
            Ok(receipt(message, taken["event_id"].as_str().unwrap_or_default()))
        })
    }
}

/// What the message is called. The shorter form of one that was refused is another one.
fn transaction(message: &Message, form: Form) -> String {
    match form {
        Form::Full => message.id.to_string(),
        Form::Short => format!("{}-short", message.id),
    }
}

fn refused(answered: &Answered, form: Form) -> SendError {
    let said = answered.json();
    let reason = said["error"].as_str();
    let why = match (said["errcode"].as_str().unwrap_or_default(), answered.status) {
        ("M_UNKNOWN_TOKEN" | "M_MISSING_TOKEN", _) | (_, StatusCode::UNAUTHORIZED) => {
            "the access token is not valid any more; log the account in again and enter its new one"
        }
        ("M_USER_DEACTIVATED" | "M_USER_SUSPENDED" | "M_USER_LOCKED", _) => {
            "the account may not be used any more; enter the access token of another one"
        }
        ("M_CONSENT_NOT_GIVEN", _) => "the account has to agree to the terms of its homeserver first",
        ("M_FORBIDDEN" | "M_GUEST_ACCESS_FORBIDDEN", _) => {
            "the account may not post in the room; invite it, accept the invitation, and see that it may send messages"
        }
        ("M_NOT_FOUND" | "M_UNRECOGNIZED" | "", StatusCode::NOT_FOUND) => {
            "there is no homeserver or no such room; check the address of the homeserver and the id of the room"
        }
        _ => return answered.error(reason, form),
    };
    answered.permanent(why, reason)
}

fn content(message: &Message, form: Form) -> Value {
    let limit = match form {
        Form::Full => MAX_EXPLANATION,
        Form::Short => MAX_SHORT_EXPLANATION,
    };
    let headline = cut(&message.headline(), MAX_HEADLINE, sent_length).into_owned();
    let mut lines = message.explanation_within(limit, sent_length);
    if form == Form::Full {
        lines.extend(
            facts(message)
                .iter()
                .map(|(title, text)| format!("{title}: {}", cut(text, MAX_FACT, sent_length))),
        );
    }
    let link = message.link();
    let acknowledge = message.acknowledge_line();
    let plain = std::iter::once(headline.as_str())
        .chain(lines.iter().map(String::as_str))
        .chain(link)
        .chain(acknowledge.as_deref());
    let plain = plain.collect::<Vec<_>>().join("\n");
    // Who is named in a text is told of it only where that is said here.
    let mut content = json!({"msgtype": "m.text", "body": plain, "m.mentions": {}});
    if form == Form::Short {
        return content;
    }
    let bold = format!("<strong>{}</strong>", html(&headline));
    let link = link.map(|link| anchor("Details", link));
    let acknowledge = message.acknowledge_link();
    let formatted = std::iter::once(bold)
        .chain(lines.iter().map(|line| html(line)))
        .chain(link)
        .chain(acknowledge.map(|link| anchor("Acknowledge", &link)));
    content["format"] = json!("org.matrix.custom.html");
    content["formatted_body"] = json!(formatted.collect::<Vec<_>>().join("<br>"));
    if let Some(opening) = Opening::of(message) {
        content["m.relates_to"] = json!({
            "rel_type": "m.thread",
            "event_id": opening.name,
            // For clients that know no threads.
            "is_falling_back": true,
            "m.in_reply_to": {"event_id": opening.name},
        });
    }
    content
}

fn anchor(title: &str, link: &str) -> String {
    format!("<a href=\"{}\">{title}</a>", html(link).replace('"', "&quot;"))
}

/// What a character takes in both texts at most: as it is and in HTML, each in JSON.
fn sent_length(c: char) -> usize {
    match c {
        '&' => 1 + "&amp;".len(),
        '<' | '>' => 1 + "&lt;".len(),
        '"' | '\\' => 4,
        '\n' => "\\n".len() + "<br>".len(),
        c => 2 * c.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::kinds::look::{LONG, hostile};

    #[test]
    fn whatever_the_texts_are_the_homeserver_takes_the_message() {
        for text in LONG {
            let message = hostile(text);
            for form in [Form::Full, Form::Short] {
                let length = content(&message, form).to_string().len();
                assert!(length <= 60_000, "{text}: {length}");
            }
        }
    }
}
