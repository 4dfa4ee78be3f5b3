//! The configurations of channels besides Slack's: what is sealed in
//! [`crate::internal::SealedChannel::sealed_config`], and the rules that it has to satisfy.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::monitor::{FieldError, parse_url};

/// Begins the secret of a webhook.
pub const WEBHOOK_SECRET_PREFIX: &str = "whsec_";

/// Recipients of an e-mail channel, at most.
const MAX_RECIPIENTS: usize = 20;

/// The longest address of an e-mail, in bytes (RFC 5321).
const MAX_MAIL_ADDRESS: usize = 254;

/// The shortest pause between two reminders, in seconds.
const MIN_REMINDER_SECONDS: u32 = 300;

/// The longest pause between two reminders, in seconds: a week.
const MAX_REMINDER_SECONDS: u32 = 604_800;

/// The longest time between two notifications of a throttled channel, in seconds: a day.
const MAX_THROTTLE_SECONDS: u32 = 86_400;

/// Of which alerts a channel is notified, and how often.
// A field that is not known here was added by another version: without it the channel is notified all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct ChannelAlerts {
    /// Whether it is notified of monitors that become degraded, and that they are no longer.
    #[schema(required = true)]
    pub degraded: bool,
    /// It is notified of the outages of one monitor at most once in so many seconds; 0: of each.
    #[schema(required = true)]
    pub throttle_seconds: u32,
    /// While an outage goes on and nobody has acknowledged it, it is reminded after so many seconds.
    #[schema(required = true)]
    pub remind_every_seconds: Option<u32>,
}

impl ChannelAlerts {
    /// What is wrong with it; the fields are named from `alerts` on.
    pub fn validate(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.throttle_seconds > MAX_THROTTLE_SECONDS {
            let wrong = format!("must be 0 to {MAX_THROTTLE_SECONDS}");
            errors.push(FieldError::new("alerts.throttle_seconds", wrong));
        }
        let reminders = MIN_REMINDER_SECONDS..=MAX_REMINDER_SECONDS;
        if self
            .remind_every_seconds
            .is_some_and(|every| !reminders.contains(&every))
        {
            let wrong = format!("must be {MIN_REMINDER_SECONDS} to {MAX_REMINDER_SECONDS}, or null");
            errors.push(FieldError::new("alerts.remind_every_seconds", wrong));
        }
        errors
    }
}

/// The configuration of a channel of the kind `slack_bot`: a Slack app of the organisation's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlackBotConfig {
    /// The bot's token: `xoxb-…`, with the scope `chat:write`.
    pub bot_token: String,
    /// The id of the conversation it writes to.
    pub channel: String,
    /// Signs what Slack sends to us when somebody presses a button.
    pub signing_secret: String,
}

impl SlackBotConfig {
    /// What is wrong with it; the fields are named from `config` on.
    pub fn validate(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let is_word = |text: &str, longest: usize| {
            !text.is_empty() && text.len() <= longest && text.bytes().all(|b| b.is_ascii_graphic())
        };
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

/// The configuration of a channel of the kind `webhook`: signed as <https://www.standardwebhooks.com> says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// Where messages are posted to.
    pub url: String,
    /// Signs them: `whsec_` and the base64 of 24 to 64 bytes.
    pub secret: String,
    /// Signs them as well, while the receiver changes over to the new secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_secret: Option<String>,
}

/// The configuration of a channel of the kind `email`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailConfig {
    /// Who gets the messages.
    pub to: Vec<String>,
}

impl WebhookConfig {
    /// What is wrong with it; the fields are named from `config` on.
    pub fn validate(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Err(wrong) = parse_url(&self.url) {
            errors.push(FieldError::new("config.url", wrong));
        }
        let previous = self
            .previous_secret
            .as_ref()
            .map(|secret| ("config.previous_secret", secret));
        for (field, secret) in std::iter::once(("config.secret", &self.secret)).chain(previous) {
            if !is_webhook_secret(secret) {
                let wrong = "must be whsec_ and the base64 of 24 to 64 random bytes";
                errors.push(FieldError::new(field, wrong));
            }
        }
        errors
    }
}

impl EmailConfig {
    /// What is wrong with it; the fields are named from `config` on.
    pub fn validate(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.to.is_empty() || self.to.len() > MAX_RECIPIENTS {
            errors.push(FieldError::new(
                "config.to",
                format!("must hold 1 to {MAX_RECIPIENTS} addresses"),
            ));
        }
        for (index, address) in self.to.iter().enumerate() {
            if !is_mail_address(address) {
                errors.push(FieldError::new(
                    format!("config.to.{index}"),
                    "must be an e-mail address",
                ));
            }
        }
        errors
    }
}

/// Whether a text has the form of a secret, by its alphabet and its length.
fn is_webhook_secret(text: &str) -> bool {
    let Some(encoded) = text.strip_prefix(WEBHOOK_SECRET_PREFIX) else {
        return false;
    };
    let digits = encoded.trim_end_matches('=');
    let padding = encoded.len() - digits.len();
    let is_base64 = encoded.len().is_multiple_of(4)
        && padding <= 2
        && digits
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'));
    is_base64 && (24..=64).contains(&(encoded.len() / 4 * 3 - padding))
}

/// Whether a text is an address in the plain form that mail servers take. That it exists, only a message can
/// tell.
fn is_mail_address(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else {
        return false;
    };
    let is_local = |b: u8| b.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&b);
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    text.len() <= MAX_MAIL_ADDRESS
        && !local.is_empty()
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.bytes().all(is_local)
        && host.contains('.')
        && host.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(errors: Vec<FieldError>) -> Vec<String> {
        errors.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn webhooks_need_an_address_and_a_secret_of_some_length() {
        let good = WebhookConfig {
            url: "https://hooks.example/x".into(),
            secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into(),
            previous_secret: None,
        };
        assert_eq!(good.validate(), []);
        for secret in [
            "",
            "whsec_",
            "whsec_AAAA",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_MfKQ9r8GKYqrTwjU*D8ILPZIo2LaLaSw",
        ] {
            let bad = WebhookConfig {
                url: "ftp://hooks.example/".into(),
                secret: secret.into(),
                previous_secret: Some(secret.into()),
            };
            let expected = ["config.url", "config.secret", "config.previous_secret"];
            assert_eq!(fields(bad.validate()), expected, "{secret}");
        }
    }

    #[test]
    fn slack_bots_need_a_token_a_conversation_and_a_secret() {
        let config = |bot_token: &str, channel: &str, signing_secret: &str| SlackBotConfig {
            bot_token: bot_token.into(),
            channel: channel.into(),
            signing_secret: signing_secret.into(),
        };
        assert_eq!(config("xoxb-1-2-a", "C0123456789", "8f742231b10e").validate(), []);
        let expected = ["config.bot_token", "config.channel", "config.signing_secret"];
        assert_eq!(fields(config("xoxp-1", "#general", "").validate()), expected);
        assert_eq!(fields(config("xoxb-\n", "", "a b").validate()), expected);
    }

    #[test]
    fn alerts_have_bounds() {
        let alerts = |throttle_seconds, remind_every_seconds| ChannelAlerts {
            degraded: true,
            throttle_seconds,
            remind_every_seconds,
        };
        for good in [
            alerts(0, None),
            alerts(86_400, Some(300)),
            alerts(1, Some(604_800)),
        ] {
            assert_eq!(good.validate(), []);
        }
        let expected = ["alerts.throttle_seconds", "alerts.remind_every_seconds"];
        assert_eq!(fields(alerts(86_401, Some(299)).validate()), expected);
    }

    #[test]
    fn e_mail_channels_need_addresses() {
        let to = |to: &[&str]| EmailConfig {
            to: to.iter().map(|&to| to.to_owned()).collect(),
        };
        assert_eq!(
            to(&["ada@example.org", "ops+alerts@mail.example.co.uk"]).validate(),
            []
        );
        assert_eq!(fields(to(&[]).validate()), ["config.to"]);
        for bad in [
            "ada",
            "ada@localhost",
            "@example.org",
            "a b@example.org",
            "a@-x.org",
            "a..b@example.org",
            "a@b.org\r\nBcc: c@d.org",
            "<a@b.org>",
        ] {
            assert_eq!(fields(to(&["a@b.org", bad]).validate()), ["config.to.1"], "{bad}");
        }
    }
}
