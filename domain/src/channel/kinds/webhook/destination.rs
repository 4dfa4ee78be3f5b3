//! The webhook of a status page: what is posted to it has one form.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::signing;
use crate::channel::edit::{Configuration, Edit, Policy, address};
use crate::monitor::FieldError;
use crate::redact;

/// The configuration of a destination of the kind `webhook`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DestinationWebhookConfig {
    /// Where messages are posted to.
    pub url: String,
    /// Signs them, `whsec_…`; made when it is left out.
    pub secret: String,
    /// Signs them as well while the receiver changes over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_secret: Option<String>,
}

impl DestinationWebhookConfig {
    /// The keys that sign a message, the present one first; `None` when a secret is not one.
    pub fn signing_keys(&self) -> Option<Vec<Vec<u8>>> {
        signing::keys(&self.secret, self.previous_secret.as_deref())
    }
}

impl Configuration for DestinationWebhookConfig {
    const NAME: &'static str = "webhook";

    fn empty() -> Value {
        json!({"url": ""})
    }

    fn show(&self) -> Self {
        let (secret, previous_secret) = signing::shown(self.previous_secret.as_ref());
        Self {
            url: redact::url(&self.url),
            secret,
            previous_secret,
        }
    }

    fn show_to_viewers(&self) -> Self {
        Self {
            url: signing::shown_to_viewers(&self.url),
            ..self.show()
        }
    }

    fn show_new(&self) -> Self {
        Self {
            secret: self.secret.clone(),
            ..self.show()
        }
    }

    fn release(edit: &mut Edit<'_, Self>) -> Vec<FieldError> {
        signing::release(edit)
    }

    fn generate(edit: &mut Edit<'_, Self>, random: &[u8; 32]) -> bool {
        let old = edit.old.map(|old| old.secret.as_str());
        signing::generate(edit, old, random)
    }

    fn check(&mut self, policy: &Policy) -> Vec<FieldError> {
        let mut errors = Vec::new();
        match address("config.url", &self.url, policy) {
            Ok(url) => self.url = url,
            Err(error) => errors.push(error),
        }
        errors.extend(signing::check(&self.secret, self.previous_secret.as_deref()));
        errors
    }
}
