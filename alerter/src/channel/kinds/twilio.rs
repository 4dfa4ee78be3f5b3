//! Text messages and calls, by Twilio, <https://www.twilio.com/docs/messaging/api/message-resource> and
//! <https://www.twilio.com/docs/voice/api/call-resource>.

mod refusal;
mod texts;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::channel::{TwilioConfig, TwilioForm};
use futures_util::future::BoxFuture;
use hyper::header::AUTHORIZATION;

use self::refusal::refusal;
use super::api::{Answered, Api};
use crate::channel::message::Message;
use crate::channel::{Channel, Form, Receipt, SendError};

/// One phone.
pub(in crate::channel) struct Twilio {
    config: TwilioConfig,
    api: Api,
}

impl Twilio {
    pub(in crate::channel) fn open(config: TwilioConfig, api: &Api) -> Self {
        Self {
            config,
            api: api.clone(),
        }
    }

    /// Where it is posted, and the field that says what.
    fn request(&self, message: &Message, form: Form) -> (String, (&'static str, String)) {
        let (resource, content) = match self.config.by {
            TwilioForm::Sms => ("Messages", ("Body", texts::to_read(message, form))),
            TwilioForm::Call => ("Calls", ("Twiml", texts::to_hear(message, form))),
        };
        let (api_url, account) = (&self.config.api_url, &self.config.account_sid);
        (
            format!("{api_url}/2010-04-01/Accounts/{account}/{resource}.json"),
            content,
        )
    }
}

impl Channel for Twilio {
    fn send<'a>(&'a self, message: &'a Message, form: Form) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(async move {
            let TwilioConfig {
                account_sid,
                auth_token,
                from_number,
                to_number,
                ..
            } = &self.config;
            let credential = STANDARD.encode(format!("{account_sid}:{auth_token}"));
            let headers = [(AUTHORIZATION, format!("Basic {credential}"))];
            let from = match from_number.starts_with("MG") {
                true => "MessagingServiceSid",
                false => "From",
            };
            let (url, (field, content)) = self.request(message, form);
            let fields = [("To", &**to_number), (from, from_number), (field, &content)];
            understood(&self.api.post_form(&url, &headers, &fields).await?, form)
        })
    }
}

fn understood(answered: &Answered, form: Form) -> Result<Receipt, SendError> {
    if !answered.status.is_success() {
        return Err(refusal(answered, &answered.json(), form));
    }
    let said = answered.taken()?;
    // What was taken has a `code` only where it was not.
    if said["code"].is_null() && said["error_code"].is_null() {
        return Ok(Receipt(said["sid"].as_str().unwrap_or("ok").to_owned()));
    }
    Err(refusal(answered, &said, form))
}
