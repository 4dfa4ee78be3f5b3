//! WhatsApp, by Meta's Cloud API.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::fields::{Errors, is_digits, is_word};
use crate::channel::edit::{Configuration, Policy};
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
}

impl Configuration for WhatsAppConfig {
    const NAME: &'static str = "whatsapp";
    const SECRETS: &'static [&'static str] = &["access_token"];
    const SENT_TO: Option<&'static str> = Some("api_url");

    fn empty() -> Value {
        json!({"access_token": "", "phone_number_id": "", "to_number": ""})
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
