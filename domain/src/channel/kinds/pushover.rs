//! Pushover.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::fields::Errors;
use crate::channel::edit::{Configuration, Policy};
use crate::monitor::FieldError;

/// The configuration of a channel of the kind `pushover`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PushoverConfig {
    /// The token of an application.
    pub app_token: String,
    /// The key of a person or of a group.
    pub user_key: String,
    /// Whether an outage is repeated until somebody confirms it in the app, for an hour at most.
    #[serde(default)]
    pub emergency: bool,
    /// Where the API is, without the paths; `https://api.pushover.net` by default.
    #[serde(default = "official")]
    pub api_url: String,
}

impl Configuration for PushoverConfig {
    const NAME: &'static str = "pushover";
    const SECRETS: &'static [&'static str] = &["app_token", "user_key"];
    const SENT_TO: Option<&'static str> = Some("api_url");

    fn empty() -> Value {
        json!({"app_token": "", "user_key": ""})
    }

    fn check(&mut self, policy: &Policy) -> Vec<FieldError> {
        let mut errors = Errors::default();
        let is_key = |key: &str| key.len() == 30 && key.bytes().all(|b| b.is_ascii_alphanumeric());
        let wrong = "must be the token of an application, 30 letters and digits";
        errors.unless(is_key(&self.app_token), "app_token", wrong);
        let wrong = "must be the key of a person or of a group, 30 letters and digits";
        errors.unless(is_key(&self.user_key), "user_key", wrong);
        errors.base("api_url", &mut self.api_url, policy);
        errors.all()
    }
}

fn official() -> String {
    "https://api.pushover.net".to_owned()
}
