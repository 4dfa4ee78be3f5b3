//! Slack's incoming webhooks, and what imitates them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::channel::edit::{Configuration, Policy, address};
use crate::monitor::FieldError;

/// The configuration of a channel of the kind `slack`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlackConfig {
    /// The incoming webhook's address.
    // Its path is the credential.
    pub webhook_url: String,
}

impl Configuration for SlackConfig {
    const NAME: &'static str = "slack";
    const SECRET_ADDRESS: Option<&'static str> = Some("webhook_url");

    fn empty() -> Value {
        json!({"webhook_url": ""})
    }

    fn check(&mut self, policy: &Policy) -> Vec<FieldError> {
        match address("config.webhook_url", &self.webhook_url, policy) {
            Ok(url) => {
                self.webhook_url = url;
                Vec::new()
            }
            Err(error) => vec![error],
        }
    }
}
