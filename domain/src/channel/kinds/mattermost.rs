//! Mattermost's incoming webhooks.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::fields::{Errors, is_word};
use crate::channel::edit::{Configuration, Policy};
use crate::monitor::FieldError;

/// The configuration of a channel of the kind `mattermost`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MattermostConfig {
    /// The incoming webhook's address.
    // Its path is the credential.
    pub webhook_url: String,
    /// The name of a channel, or `@` and that of a person, to post to instead of the webhook's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
}

impl Configuration for MattermostConfig {
    const NAME: &'static str = "mattermost";
    const SECRET_ADDRESS: Option<&'static str> = Some("webhook_url");

    fn empty() -> Value {
        json!({"webhook_url": ""})
    }

    fn check(&mut self, policy: &Policy) -> Vec<FieldError> {
        let mut errors = Errors::default();
        errors.address("webhook_url", &mut self.webhook_url, policy);
        let is_name = self.channel.as_deref().is_none_or(|name| is_word(name, 64));
        errors.unless(
            is_name,
            "channel",
            "must be the name of a channel, or @ and that of a person",
        );
        errors.all()
    }
}
