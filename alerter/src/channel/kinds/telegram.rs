//! Telegram's Bot API, <https://core.telegram.org/bots/api>. The message about an outage is changed when its state
//! does. Telegram tells nobody about that, so that what happens is sent as a reply to it, too.

mod content;
mod limits;

use std::time::Duration;

use domain::channel::TelegramConfig;
use futures_util::future::BoxFuture;
use hyper::StatusCode;
use serde_json::{Value, json};

use self::content::{content, follow_up};
pub(in crate::channel) use self::limits::TelegramLimits;
use super::api::{Answered, Api};
use super::opening::{Opening, receipt};
use crate::channel::message::Message;
use crate::channel::{Channel, Form, Receipt, SendError};

/// One bot in one chat.
pub(in crate::channel) struct Telegram {
    config: TelegramConfig,
    api: Api,
    limits: TelegramLimits,
}

/// A message in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sent<'a> {
    id: i64,
    /// The chat's id, where it is not that of the configuration any more.
    moved_to: Option<&'a str>,
}

/// What Telegram says of a request that it has taken, or that nothing had to be done for.
struct Taken {
    said: Value,
    moved_to: Option<String>,
}

impl Telegram {
    pub(in crate::channel) fn open(config: TelegramConfig, api: &Api, limits: &TelegramLimits) -> Self {
        Self {
            config,
            api: api.clone(),
            limits: limits.clone(),
        }
    }

    /// Calls a method, in the chat that has taken the place of another one where that is so.
    async fn call(
        &self,
        method: &str,
        moved_to: Option<&str>,
        mut body: Value,
    ) -> Result<Result<Taken, Answered>, SendError> {
        let chat = moved_to.unwrap_or(&self.config.chat_id);
        body["chat_id"] = json!(chat);
        let answered = self.exchange(method, &body).await?;
        if answered.is_taken()? {
            return Ok(Ok(Taken {
                said: answered.json(),
                moved_to: moved_to.map(str::to_owned),
            }));
        }
        let Some(moved_to) = answered.json()["parameters"]["migrate_to_chat_id"].as_i64() else {
            return Ok(Err(answered));
        };
        tracing::warn!(chat, moved_to, "a group has become a supergroup, with another id");
        body["chat_id"] = json!(moved_to);
        let answered = self.exchange(method, &body).await?;
        Ok(match answered.is_taken()? {
            true => Ok(Taken {
                said: answered.json(),
                moved_to: Some(moved_to.to_string()),
            }),
            false => Err(answered),
        })
    }

    /// Nothing of an answer may quote the bot's token, which is in the address.
    async fn exchange(&self, method: &str, body: &Value) -> Result<Answered, SendError> {
        let token = &self.config.bot_token;
        let bot = format!("{}/bot{token}", self.config.api_url);
        self.limits.check(&bot)?;
        let mut answered = self.api.post(&format!("{bot}/{method}"), &[], body).await?;
        let secret = token.split_once(':').map_or(token.as_str(), |(_, secret)| secret);
        answered.body = answered.body.replace(secret, "…");
        let asked = answered.json()["parameters"]["retry_after"].as_u64();
        // An error names its status in the body, too, which counts where a proxy has made a success of it.
        let status = answered.json()["error_code"].as_u64();
        let answered = answered
            .with_wait(asked.map(Duration::from_secs))
            .with_status(status);
        if answered.status == StatusCode::TOO_MANY_REQUESTS {
            self.limits.note(&bot, answered.retry_after);
        }
        Ok(answered)
    }

    async fn post(
        &self,
        message: &Message,
        content: Value,
        reply_to: Option<Sent<'_>>,
        form: Form,
    ) -> Result<Receipt, SendError> {
        let mut body = content;
        if let Some(thread) = self
            .config
            .thread_id
            .as_deref()
            .and_then(|id| id.parse::<i64>().ok())
        {
            body["message_thread_id"] = json!(thread);
        }
        if let Some(sent) = reply_to {
            body["reply_parameters"] = json!({"message_id": sent.id, "allow_sending_without_reply": true});
        }
        let moved_to = reply_to.and_then(|sent| sent.moved_to);
        let taken = match self.call("sendMessage", moved_to, body).await? {
            Ok(taken) => taken,
            Err(answered) => return Err(refused(&answered, form)),
        };
        let id = taken.said["result"]["message_id"].as_i64();
        let name = match (id, taken.moved_to) {
            (None, _) => String::new(),
            (Some(id), None) => id.to_string(),
            (Some(id), Some(chat)) => format!("{id} in {chat}: the chat's id has changed"),
        };
        Ok(receipt(message, &name))
    }

    /// Changes a message; answers false when it is not there any more.
    async fn edit(&self, sent: Sent<'_>, content: Value, form: Form) -> Result<bool, SendError> {
        let mut body = content;
        body["message_id"] = json!(sent.id);
        match self.call("editMessageText", sent.moved_to, body).await? {
            Ok(_) => Ok(true),
            Err(answered) => match description(&answered.json()) {
                said if said.contains("message is not modified") => Ok(true),
                said if is_gone(&said) => Ok(false),
                _ => Err(refused(&answered, form)),
            },
        }
    }
}

impl Channel for Telegram {
    fn send<'a>(&'a self, message: &'a Message, form: Form) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(async move {
            let content = content(message, form);
            let opening = Opening::of(message);
            let Some((opening, sent)) =
                opening.and_then(|opening| Some((opening, Sent::parse(opening.name)?)))
            else {
                return self.post(message, content, None, form).await;
            };
            if !opening.is_changed_by(message) {
                return self.post(message, content, Some(sent), form).await;
            }
            if self.edit(sent, content.clone(), form).await? {
                return self.post(message, follow_up(message), Some(sent), form).await;
            }
            self.post(message, content, None, form).await
        })
    }

    fn within(&self, exchange: Duration) -> Duration {
        // A change and a message, each in a chat whose id has changed.
        exchange * 4
    }
}

impl<'a> Sent<'a> {
    /// Reads what is kept of a message.
    fn parse(name: &'a str) -> Option<Self> {
        let (id, moved_to) = match name.split_once(" in ") {
            Some((id, chat)) => (id, Some(chat.split(':').next().unwrap_or(chat))),
            None => (name, None),
        };
        Some(Self {
            id: id.parse().ok()?,
            moved_to,
        })
    }
}

impl Answered {
    fn is_taken(&self) -> Result<bool, SendError> {
        if !self.status.is_success() {
            return Ok(false);
        }
        let said = self.taken()?;
        Ok(said.is_null() || said["ok"].as_bool() == Some(true))
    }
}

fn description(said: &Value) -> String {
    said["description"].as_str().unwrap_or_default().to_lowercase()
}

fn is_gone(description: &str) -> bool {
    [
        "message to edit not found",
        "message can't be edited",
        "message_id_invalid",
    ]
    .iter()
    .any(|gone| description.contains(gone))
}

/// What a refusal means. Telegram tells apart by words alone what is wrong with the chat and what with the message.
fn refused(answered: &Answered, form: Form) -> SendError {
    let said = answered.json();
    let reason = said["description"].as_str();
    let words = description(&said);
    let says = |any: &[&str]| any.iter().any(|part| words.contains(part));
    let why = match answered.status {
        StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND => {
            "Telegram does not know the bot's token any more; ask BotFather for the present one and enter it"
        }
        StatusCode::FORBIDDEN => {
            "the bot may not write to the chat; start the bot or unblock it, or add it to the group again"
        }
        StatusCode::BAD_REQUEST if says(&["chat not found", "peer_id_invalid", "chat_id is empty"]) => {
            "Telegram does not know the chat; check its id, and write to the bot or add it to the group first"
        }
        StatusCode::BAD_REQUEST if says(&["message thread not found", "topic_closed", "topic_deleted"]) => {
            "the topic is closed or gone; enter the id of another one, or none"
        }
        StatusCode::BAD_REQUEST
            if says(&[
                "not enough rights",
                "have no rights",
                "administrator rights",
                "write_forbidden",
            ]) =>
        {
            "the bot may not write to the chat; give it the right to send messages"
        }
        status if status.is_success() => {
            let status = status.as_u16();
            return SendError::temporary(format!("not an answer of the Bot API (HTTP {status})"));
        }
        _ => return answered.error(reason, form),
    };
    answered.permanent(why, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_a_message_names_it_and_its_chat() {
        let here = Sent {
            id: 42,
            moved_to: None,
        };
        let moved = Sent {
            id: 42,
            moved_to: Some("-1001"),
        };
        assert_eq!(Sent::parse("42"), Some(here));
        assert_eq!(Sent::parse("42 in -1001: the chat's id has changed"), Some(moved));
        assert_eq!(Sent::parse("ok"), None);
    }
}
