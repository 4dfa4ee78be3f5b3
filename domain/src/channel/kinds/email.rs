//! E-mail.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::EmailAddress;
use crate::channel::edit::{Configuration, Policy};
use crate::monitor::FieldError;

/// Recipients of a channel, at most.
const MAX_RECIPIENTS: usize = 20;

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
        for (index, address) in self.to.iter_mut().enumerate() {
            match routable(address) {
                Ok(mailbox) => *address = mailbox,
                Err(wrong) => errors.push(FieldError::new(format!("config.to.{index}"), wrong)),
            }
        }
        // One mailbox gets each message once; the first is as the user wrote it.
        let mut seen = HashSet::new();
        self.to
            .retain(|address| seen.insert(EmailAddress::normal_of(address)));
        errors
    }
}

/// The address as mail servers take it. That it exists, only a message can tell.
fn routable(text: &str) -> Result<String, &'static str> {
    let address = EmailAddress::parse(text)?;
    match address.is_routable() {
        true => Ok(address.mailbox().to_owned()),
        false => Err("must be an e-mail address"),
    }
}
