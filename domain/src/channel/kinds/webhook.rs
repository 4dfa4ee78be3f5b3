//! Webhooks, signed as <https://www.standardwebhooks.com> says.

mod destination;
mod request;
mod signing;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

pub use self::destination::DestinationWebhookConfig;
pub use self::request::{WebhookContentType, WebhookHeader, WebhookMethod};
use crate::channel::edit::{Configuration, Edit, PLACEHOLDER, Policy, address};
use crate::channel::template::Template;
use crate::monitor::FieldError;
use crate::redact;

/// The configuration of a channel of the kind `webhook`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// Where messages are posted to.
    pub url: String,
    /// Signs them, `whsec_…`; made when it is left out.
    pub secret: String,
    /// Signs them as well while the receiver changes over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_secret: Option<String>,
    /// The method of the requests, `POST`, `PUT` or `PATCH`; `POST` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub method: Option<WebhookMethod>,
    /// Headers of the requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = request::headers_schema)]
    pub headers: Option<Vec<WebhookHeader>>,
    /// The form of the body that the template makes: `application/json`, which is the default,
    /// `application/x-www-form-urlencoded` or `text/plain`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub content_type: Option<WebhookContentType>,
    /// The template of the body, at most 16384 bytes; the standard body by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl WebhookConfig {
    /// The keys that sign a message, the present one first; `None` when a secret is not one.
    pub fn signing_keys(&self) -> Option<Vec<Vec<u8>>> {
        signing::keys(&self.secret, self.previous_secret.as_deref())
    }

    /// The template of the body, when there is one.
    ///
    /// # Errors
    /// What is wrong with it, or with the content type.
    pub fn template(&self) -> Result<Option<Template>, FieldError> {
        request::template(self.body.as_deref(), self.content_type)
    }
}

impl Configuration for WebhookConfig {
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
            headers: request::shown(self.headers.as_ref()),
            ..self.clone()
        }
    }

    fn show_to_viewers(&self) -> Self {
        Self {
            url: signing::shown_to_viewers(&self.url),
            // Receivers of forms take their credentials in them.
            body: self.body.as_ref().map(|_| PLACEHOLDER.to_owned()),
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
        let mut errors = signing::release(edit);
        errors.extend(request::release_headers(edit));
        errors
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
        self.headers = self.headers.take().filter(|headers| !headers.is_empty());
        errors.extend(request::check_headers(
            self.headers.as_deref().unwrap_or_default(),
        ));
        errors.extend(self.template().err());
        errors
    }
}
