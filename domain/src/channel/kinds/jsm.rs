//! Jira Service Management, and Opsgenie, which has the same API.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::fields::{Errors, is_word};
use crate::channel::edit::{Configuration, Policy};
use crate::monitor::FieldError;

/// The configuration of a channel of the kind `jsm`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JsmConfig {
    /// The key of an API integration.
    pub api_key: String,
    /// The priority of an outage, `P1` to `P5`; `P2` by default.
    #[serde(default)]
    #[schema(value_type = String)]
    pub priority: JsmPriority,
    /// Where the API of integrations is, without the paths; `https://api.atlassian.com/jsm/ops/integration` by default.
    #[serde(default = "official")]
    pub api_url: String,
}

impl Configuration for JsmConfig {
    const NAME: &'static str = "jsm";
    const RECEIVES_ACKNOWLEDGEMENTS: bool = true;
    const KEEPS_INCIDENTS: bool = true;
    const SECRETS: &'static [&'static str] = &["api_key"];
    const SENT_TO: Option<&'static str> = Some("api_url");

    fn empty() -> Value {
        json!({"api_key": ""})
    }

    fn check(&mut self, policy: &Policy) -> Vec<FieldError> {
        let mut errors = Errors::default();
        errors.unless(
            is_word(&self.api_key, 255),
            "api_key",
            "must be the key of an API integration",
        );
        errors.base("api_url", &mut self.api_url, policy);
        errors.all()
    }
}

/// How urgent an alert is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum JsmPriority {
    /// Critical.
    P1,
    /// High.
    #[default]
    P2,
    /// Moderate.
    P3,
    /// Low.
    P4,
    /// Informational.
    P5,
}

fn official() -> String {
    "https://api.atlassian.com/jsm/ops/integration".to_owned()
}
