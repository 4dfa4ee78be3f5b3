//! Text messages and calls, by Twilio.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::fields::{Errors, is_word};
use crate::channel::edit::{Configuration, Policy};
use crate::monitor::FieldError;

/// The configuration of a channel of the kind `twilio`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TwilioConfig {
    /// The account's SID, `AC…`.
    pub account_sid: String,
    /// The account's token.
    pub auth_token: String,
    /// The number that it comes from; for text messages also the SID of a messaging service, `MG…`.
    pub from_number: String,
    /// The number that it goes to.
    pub to_number: String,
    /// `sms` for a text message, which is the default, or `call` for a call.
    #[serde(default)]
    #[schema(value_type = String)]
    pub by: TwilioForm,
    /// Where the API is, without the paths; `https://api.twilio.com` by default.
    #[serde(default = "official")]
    pub api_url: String,
}

impl Configuration for TwilioConfig {
    const NAME: &'static str = "twilio";
    const SECRETS: &'static [&'static str] = &["auth_token"];
    const SENT_TO: Option<&'static str> = Some("api_url");

    fn empty() -> Value {
        json!({"account_sid": "", "auth_token": "", "from_number": "", "to_number": ""})
    }

    fn check(&mut self, policy: &Policy) -> Vec<FieldError> {
        let mut errors = Errors::default();
        let is_sid = |text: &str, prefix: &str| {
            text.len() == 34
                && text
                    .strip_prefix(prefix)
                    .is_some_and(|id| id.bytes().all(|b| b.is_ascii_hexdigit()))
        };
        let wrong = "must be the SID of an account, AC and 32 hexadecimal digits";
        errors.unless(is_sid(&self.account_sid, "AC"), "account_sid", wrong);
        errors.unless(
            is_word(&self.auth_token, 64),
            "auth_token",
            "must be the account's token",
        );
        if self.by == TwilioForm::Call || !is_sid(&self.from_number, "MG") {
            errors.phone_number("from_number", &mut self.from_number);
        }
        errors.phone_number("to_number", &mut self.to_number);
        errors.base("api_url", &mut self.api_url, policy);
        errors.all()
    }
}

/// How Twilio passes a message on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TwilioForm {
    /// As a text message.
    #[default]
    Sms,
    /// As a call, in which it is read out.
    Call,
}

fn official() -> String {
    "https://api.twilio.com".to_owned()
}
