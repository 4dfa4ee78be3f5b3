//! Telegram, by a bot.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::fields::{Errors, is_digits, is_word};
use crate::channel::edit::{Configuration, Policy};
use crate::monitor::FieldError;

/// The configuration of a channel of the kind `telegram`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TelegramConfig {
    /// The bot's token, as BotFather gives it.
    pub bot_token: String,
    /// The id of the chat, or the `@name` of a public channel or group.
    pub chat_id: String,
    /// The id of the topic in a group with topics; absent for the group itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<String>,
    /// Where the Bot API is, without the paths; `https://api.telegram.org` by default.
    #[serde(default = "official")]
    pub api_url: String,
}

impl Configuration for TelegramConfig {
    const NAME: &'static str = "telegram";
    const SECRETS: &'static [&'static str] = &["bot_token"];
    const SENT_TO: Option<&'static str> = Some("api_url");

    fn empty() -> Value {
        json!({"bot_token": "", "chat_id": ""})
    }

    fn check(&mut self, policy: &Policy) -> Vec<FieldError> {
        let mut errors = Errors::default();
        let is_token = self.bot_token.split_once(':').is_some_and(|(bot, secret)| {
            is_digits(bot, 20)
                && (20..=100).contains(&secret.len())
                && secret
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
        });
        let wrong = "must be a bot's token, as in 110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";
        errors.unless(is_token, "bot_token", wrong);
        let is_chat = match self.chat_id.strip_prefix('@') {
            Some(name) => is_word(name, 64),
            None => is_digits(self.chat_id.strip_prefix('-').unwrap_or(&self.chat_id), 20),
        };
        let wrong = "must be the id of a chat, as in -1001234567890, or the @name of a public one";
        errors.unless(is_chat, "chat_id", wrong);
        let is_id = self.thread_id.as_deref().is_none_or(|id| is_digits(id, 18));
        errors.unless(is_id, "thread_id", "must be the id of a topic, a number");
        errors.base("api_url", &mut self.api_url, policy);
        errors.all()
    }
}

fn official() -> String {
    "https://api.telegram.org".to_owned()
}
