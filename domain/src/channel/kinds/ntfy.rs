//! ntfy.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::fields::{Errors, is_word};
use crate::channel::edit::{Configuration, PLACEHOLDER, Policy};
use crate::monitor::FieldError;

/// The configuration of a channel of the kind `ntfy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NtfyConfig {
    /// The topic, which who knows it can read unless the server asks for a login.
    pub topic: String,
    /// A token that may publish to it; absent where everybody may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_token: Option<String>,
    /// The priority of an outage, 1 (min) to 5 (max); 4 by default.
    #[serde(default = "high")]
    #[schema(minimum = 1, maximum = 5)]
    pub urgency: u8,
    /// Where the server is, without the paths; `https://ntfy.sh` by default.
    #[serde(default = "official")]
    pub server_url: String,
}

impl Configuration for NtfyConfig {
    const NAME: &'static str = "ntfy";
    const SECRETS: &'static [&'static str] = &["access_token"];
    const SENT_TO: Option<&'static str> = Some("server_url");

    fn empty() -> Value {
        json!({"topic": ""})
    }

    fn show_to_viewers(&self) -> Self {
        // Who knows the topic reads along where nobody has to sign in.
        match self.access_token {
            Some(_) => self.show(),
            None => Self {
                topic: PLACEHOLDER.to_owned(),
                ..self.show()
            },
        }
    }

    fn check(&mut self, policy: &Policy) -> Vec<FieldError> {
        let mut errors = Errors::default();
        let is_topic = is_word(&self.topic, 64)
            && self
                .topic
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
        let wrong = "must be 1 to 64 letters, digits, hyphens and underscores";
        errors.unless(is_topic, "topic", wrong);
        let is_token = self
            .access_token
            .as_deref()
            .is_none_or(|token| is_word(token, 255));
        errors.unless(is_token, "access_token", "must be an access token, tk_…");
        errors.unless((1..=5).contains(&self.urgency), "urgency", "must be 1 to 5");
        errors.base("server_url", &mut self.server_url, policy);
        errors.all()
    }
}

fn high() -> u8 {
    4
}

fn official() -> String {
    "https://ntfy.sh".to_owned()
}
