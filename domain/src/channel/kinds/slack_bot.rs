//! Bots of Slack apps.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::fields::is_word;
use crate::channel::edit::{Configuration, Policy};
use crate::monitor::FieldError;

/// The configuration of a channel of the kind `slack_bot`: a Slack app of the organisation's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlackBotConfig {
    /// The bot's token, `xoxb-…`.
    // It needs the scope `chat:write`.
    pub bot_token: String,
    /// The id of the conversation.
    pub channel: String,
    /// The app's signing secret.
    // Signs what Slack sends to us when somebody presses a button.
    pub signing_secret: String,
}

impl Configuration for SlackBotConfig {
    const NAME: &'static str = "slack_bot";
    const RECEIVES_ACKNOWLEDGEMENTS: bool = true;
    const SECRETS: &'static [&'static str] = &["bot_token", "signing_secret"];

    fn empty() -> Value {
        json!({"bot_token": "", "channel": "", "signing_secret": ""})
    }

    fn check(&mut self, _policy: &Policy) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if !self.bot_token.starts_with("xoxb-") || !is_word(&self.bot_token, 255) {
            errors.push(FieldError::new(
                "config.bot_token",
                "must be a bot's token, xoxb-…",
            ));
        }
        let is_id = self
            .channel
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !is_id || !(2..=32).contains(&self.channel.len()) {
            let wrong = "must be the id of a conversation, as in C0123456789";
            errors.push(FieldError::new("config.channel", wrong));
        }
        if !is_word(&self.signing_secret, 128) {
            let wrong = "must be the app's signing secret";
            errors.push(FieldError::new("config.signing_secret", wrong));
        }
        errors
    }
}
