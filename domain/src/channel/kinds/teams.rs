//! Webhooks of Microsoft Teams: workflows that begin when a request comes.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::channel::edit::{Configuration, Policy, address};
use crate::monitor::FieldError;

/// The configuration of a channel or destination of the kind `teams`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamsConfig {
    /// The address that the workflow gives for its requests.
    // Its query is the credential.
    pub workflow_url: String,
}

impl Configuration for TeamsConfig {
    const NAME: &'static str = "teams";
    const SECRET_ADDRESS: Option<&'static str> = Some("workflow_url");

    fn empty() -> Value {
        json!({"workflow_url": ""})
    }

    fn check(&mut self, policy: &Policy) -> Vec<FieldError> {
        match address("config.workflow_url", &self.workflow_url, policy) {
            Ok(url) => {
                self.workflow_url = url;
                Vec::new()
            }
            Err(error) => vec![error],
        }
    }
}
