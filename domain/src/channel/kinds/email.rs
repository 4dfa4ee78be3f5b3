//! E-mail.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::channel::edit::{Configuration, Policy};
use crate::monitor::FieldError;

/// Recipients of a channel, at most.
const MAX_RECIPIENTS: usize = 20;

/// The longest address, in bytes (RFC 5321).
const MAX_ADDRESS: usize = 254;

/// The configuration of a channel of the kind `email`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailConfig {
    /// 1 to 20 addresses.
    pub to: Vec<String>,
}

impl Configuration for EmailConfig {
    const NAME: &'static str = "email";

    fn empty() -> Value {
        json!({"to": []})
    }

    fn show(&self) -> Self {
        self.clone()
    }

    fn check(&mut self, _policy: &Policy) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.to.is_empty() || self.to.len() > MAX_RECIPIENTS {
            let wrong = format!("must hold 1 to {MAX_RECIPIENTS} addresses");
            errors.push(FieldError::new("config.to", wrong));
        }
        for (index, address) in self.to.iter().enumerate() {
            if !is_address(address) {
                let field = format!("config.to.{index}");
                errors.push(FieldError::new(field, "must be an e-mail address"));
            }
        }
        errors
    }
}

/// Whether a text is an address in the plain form that mail servers take. That it exists, only a message can
/// tell.
fn is_address(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else {
        return false;
    };
    let is_local = |b: u8| b.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&b);
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    text.len() <= MAX_ADDRESS
        && !local.is_empty()
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.bytes().all(is_local)
        && host.contains('.')
        && host.split('.').all(is_label)
}
