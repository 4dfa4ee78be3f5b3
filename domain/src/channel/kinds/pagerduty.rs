//! PagerDuty, by its Events API v2.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::fields::Errors;
use crate::channel::edit::{Configuration, Policy};
use crate::monitor::FieldError;

/// The configuration of a channel of the kind `pagerduty`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PagerDutyConfig {
    /// The integration key of a service, 32 characters.
    pub routing_key: String,
    /// Where PagerDuty's Events API is, without the paths; `https://events.pagerduty.com` by default.
    #[serde(default = "official")]
    pub api_url: String,
}

impl Configuration for PagerDutyConfig {
    const NAME: &'static str = "pagerduty";
    const RECEIVES_ACKNOWLEDGEMENTS: bool = true;
    const KEEPS_INCIDENTS: bool = true;
    const SECRETS: &'static [&'static str] = &["routing_key"];
    const SENT_TO: Option<&'static str> = Some("api_url");

    fn empty() -> Value {
        json!({"routing_key": ""})
    }

    fn check(&mut self, policy: &Policy) -> Vec<FieldError> {
        let mut errors = Errors::default();
        let is_key =
            self.routing_key.len() == 32 && self.routing_key.bytes().all(|b| b.is_ascii_alphanumeric());
        let wrong = "must be the integration key of a service, 32 letters and digits";
        errors.unless(is_key, "routing_key", wrong);
        errors.base("api_url", &mut self.api_url, policy);
        errors.all()
    }
}

fn official() -> String {
    "https://events.pagerduty.com".to_owned()
}
