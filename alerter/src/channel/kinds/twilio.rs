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
use crate::channel::{Channel, Form, Receipt, SendError, number_code};

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

    /// Sends the code that shows that the phone is that of the channel's owner.
    pub(in crate::channel) async fn send_code(&self, code: &str) -> Result<Receipt, SendError> {
        let content = match self.config.by {
            TwilioForm::Sms => number_code::to_read(code).join(" "),
            TwilioForm::Call => number_code::to_hear(code),
        };
        self.post(&content, Form::Short).await
    }

    /// Posts what is to be read or heard.
    async fn post(&self, content: &str, form: Form) -> Result<Receipt, SendError> {
        let TwilioConfig {
            account_sid,
            auth_token,
            from_number,
            to_number,
            api_url,
            by,
        } = &self.config;
        let (resource, field) = match by {
            TwilioForm::Sms => ("Messages", "Body"),
            TwilioForm::Call => ("Calls", "Twiml"),
        };
        let url = format!("{api_url}/2010-04-01/Accounts/{account_sid}/{resource}.json");
        let credential = STANDARD.encode(format!("{account_sid}:{auth_token}"));
        let headers = [(AUTHORIZATION, format!("Basic {credential}"))];
        let from = match from_number.starts_with("MG") {
            true => "MessagingServiceSid",
            false => "From",
        };
        let fields = [("To", &**to_number), (from, &**from_number), (field, content)];
        understood(&self.api.post_form(&url, &headers, &fields).await?, form)
    }
}

impl Channel for Twilio {
    fn send<'a>(&'a self, message: &'a Message, form: Form) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(async move {
            let content = match self.config.by {
                TwilioForm::Sms => texts::to_read(message, form),
                TwilioForm::Call => texts::to_hear(message, form),
            };
            self.post(&content, form).await
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
