//! WhatsApp, by Meta's Cloud API.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::fields::{Errors, is_digits, is_word};
use crate::channel::edit::{Configuration, Edit, PLACEHOLDER, Policy, bound_secrets};
use crate::monitor::FieldError;

/// The configuration of a channel of the kind `whatsapp`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WhatsAppConfig {
    /// The access token of a system user with the permission `whatsapp_business_messaging`.
    pub access_token: String,
    /// The id of the number that messages come from.
    pub phone_number_id: String,
    /// The number that they go to.
    pub to_number: String,
    /// What the names of the approved templates begin with; `uptime` by default, as in `uptime_down`.
    #[serde(default = "uptime")]
    pub template_prefix: String,
    /// The language of the templates; `en` by default.
    #[serde(default = "english")]
    pub template_language: String,
    /// Where the Graph API is, with its version and without the paths; `https://graph.facebook.com/v23.0` by default.
    #[serde(default = "official")]
    pub api_url: String,
    /// The secret of the Meta app, which signs what Meta reports about messages; without it no report is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_secret: Option<String>,
    /// Where Meta reports to; made with the first `app_secret`, and gone with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    pub callback: Option<WhatsAppCallback>,
}

/// What only the receiver of a channel's reports knows, and whoever has entered it at Meta.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhatsAppCallback {
    /// A part of the address: 32 hexadecimal digits.
    pub key: String,
    /// What Meta sends when the address is entered there: 32 hexadecimal digits.
    pub verify_token: String,
}

impl WhatsAppCallback {
    fn made_of(random: &[u8; 32]) -> Self {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let (key, verify_token) = random.split_at(16);
        Self {
            key: hex(key),
            verify_token: hex(verify_token),
        }
    }
}

impl WhatsAppConfig {
    /// What is needed to send, and nothing of what is needed to take reports.
    pub fn for_sending(self) -> Self {
        Self {
            app_secret: None,
            callback: None,
            ..self
        }
    }
}

impl Configuration for WhatsAppConfig {
    const NAME: &'static str = "whatsapp";
    const SECRETS: &'static [&'static str] = &["access_token", "app_secret"];
    const SENT_TO: Option<&'static str> = Some("api_url");

    fn empty() -> Value {
        json!({"access_token": "", "phone_number_id": "", "to_number": ""})
    }

    fn show(&self) -> Self {
        Self {
            access_token: PLACEHOLDER.to_owned(),
            app_secret: self.app_secret.as_ref().map(|_| PLACEHOLDER.to_owned()),
            // It is shown beside the configuration, to those who enter it at Meta.
            callback: None,
            ..self.clone()
        }
    }

    fn release(edit: &mut Edit<'_, Self>) -> Vec<FieldError> {
        let mut errors = bound_secrets(edit);
        // It is sent nowhere: it verifies what comes.
        errors.retain(|error| error.field != "config.app_secret");
        if edit.is_given("callback") {
            errors.push(FieldError::new("config.callback", "is not a known field"));
        }
        errors
    }

    fn generate(edit: &mut Edit<'_, Self>, random: &[u8; 32]) -> bool {
        let takes_reports = edit
            .fields
            .get("app_secret")
            .is_some_and(|secret| !secret.is_null());
        let kept = edit.old.and_then(|old| old.callback.clone());
        if takes_reports {
            let callback = kept.unwrap_or_else(|| WhatsAppCallback::made_of(random));
            edit.fields.insert("callback".to_owned(), json!(callback));
        } else {
            edit.fields.remove("callback");
        }
        // It is shown whenever its channel is.
        false
    }

    fn check(&mut self, policy: &Policy) -> Vec<FieldError> {
        let mut errors = Errors::default();
        let wrong = "must be the access token of a system user";
        errors.unless(is_word(&self.access_token, 1_024), "access_token", wrong);
        let wrong = "must be the id of a phone number, and not the number itself";
        errors.unless(is_digits(&self.phone_number_id, 32), "phone_number_id", wrong);
        errors.phone_number("to_number", &mut self.to_number);
        let is_name = is_word(&self.template_prefix, 64)
            && self
                .template_prefix
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        let wrong = "must be 1 to 64 lower-case letters, digits and underscores";
        errors.unless(is_name, "template_prefix", wrong);
        let is_language = is_word(&self.template_language, 16)
            && self
                .template_language
                .bytes()
                .all(|b| b.is_ascii_alphabetic() || b == b'_');
        let wrong = "must be the code of a language, as in en or pt_BR";
        errors.unless(is_language, "template_language", wrong);
        errors.base("api_url", &mut self.api_url, policy);
        let is_secret = self.app_secret.as_ref().is_none_or(|secret| is_word(secret, 128));
        errors.unless(is_secret, "app_secret", "must be the secret of the Meta app");
        errors.all()
    }
}

fn uptime() -> String {
    "uptime".to_owned()
}

fn english() -> String {
    "en".to_owned()
}

fn official() -> String {
    "https://graph.facebook.com/v23.0".to_owned()
}
