//! Discord's webhooks.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::fields::{Errors, is_digits};
use crate::channel::edit::{Configuration, Policy};
use crate::monitor::FieldError;

/// The configuration of a channel of the kind `discord`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DiscordConfig {
    /// The webhook's address.
    // Its path is the credential.
    pub webhook_url: String,
    /// The id of the thread to post in; absent for the channel itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<String>,
}

impl Configuration for DiscordConfig {
    const NAME: &'static str = "discord";
    const SECRET_ADDRESS: Option<&'static str> = Some("webhook_url");

    fn empty() -> Value {
        json!({"webhook_url": ""})
    }

    fn check(&mut self, policy: &Policy) -> Vec<FieldError> {
        let mut errors = Errors::default();
        errors.address("webhook_url", &mut self.webhook_url, policy);
        let is_id = self.thread_id.as_deref().is_none_or(|id| is_digits(id, 20));
        errors.unless(is_id, "thread_id", "must be the id of a thread, a number");
        errors.all()
    }
}
