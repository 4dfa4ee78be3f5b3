//! Google Chat's webhooks.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::fields::Errors;
use crate::channel::edit::{Configuration, Policy};
use crate::monitor::FieldError;

/// The configuration of a channel of the kind `google_chat`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GoogleChatConfig {
    /// The webhook's address.
    // Its query is the credential.
    pub webhook_url: String,
}

impl Configuration for GoogleChatConfig {
    const NAME: &'static str = "google_chat";
    const SECRET_ADDRESS: Option<&'static str> = Some("webhook_url");

    fn empty() -> Value {
        json!({"webhook_url": ""})
    }

    fn check(&mut self, policy: &Policy) -> Vec<FieldError> {
        let mut errors = Errors::default();
        errors.address("webhook_url", &mut self.webhook_url, policy);
        errors.all()
    }
}
