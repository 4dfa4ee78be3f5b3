//! Google Chat's webhooks, <https://developers.google.com/workspace/chat/quickstart/webhooks>. The messages about an
//! incident are one thread, where the space has threads.

use domain::channel::GoogleChatConfig;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use url::Url;

use super::api::{Answered, Api};
use super::look::{unlinked, unlinked_chars};
use crate::channel::fit::cut_lines;
use crate::channel::message::Message;
use crate::channel::{Channel, Form, Receipt, SendError};

/// Characters that a text may have, less what the headline and the link need at most.
const MAX_EXPLANATION_CHARS: usize = 2_500;

/// Characters of all but the link.
const MAX_TEXT_CHARS: usize = 3_500;

/// The same of a message that was refused as a whole.
const MAX_SHORT_CHARS: usize = 500;

/// One webhook.
pub(in crate::channel) struct GoogleChat {
    url: Url,
    api: Api,
}

impl GoogleChat {
    /// `None` when the configuration is not valid.
    pub(in crate::channel) fn open(config: &GoogleChatConfig, api: &Api) -> Option<Self> {
        let mut url = Url::parse(&config.webhook_url).ok()?;
        url.query_pairs_mut()
            .append_pair("messageReplyOption", "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD");
        Some(Self {
            url,
            api: api.clone(),
        })
    }
}

impl Channel for GoogleChat {
    fn send<'a>(&'a self, message: &'a Message, form: Form) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(async move {
            let answered = self
                .api
                .post(self.url.as_str(), &[], &body(message, form))
                .await?;
            understood(&answered, form)
        })
    }
}

fn understood(answered: &Answered, form: Form) -> Result<Receipt, SendError> {
    if answered.status.is_success() {
        let said = answered.taken()?;
        let name = said["name"].as_str().unwrap_or("ok");
        return Ok(Receipt(name.to_owned()));
    }
    let said = answered.json();
    Err(answered.error(said["error"]["message"].as_str(), form))
}

fn body(message: &Message, form: Form) -> Value {
    let limit = match form {
        Form::Full => MAX_EXPLANATION_CHARS,
        Form::Short => MAX_SHORT_CHARS,
    };
    let explanation = message.explanation_within(limit, unlinked_chars);
    let lines = std::iter::once(message.headline()).chain(explanation);
    // What stands in angle brackets mentions people and links; there is no way to escape them.
    let lines = lines.map(|line| unlinked(&line).replace('<', "‹").replace('>', "›"));
    let mut lines = cut_lines(lines.collect(), MAX_TEXT_CHARS, |_| 1);
    lines.extend(message.link().map(str::to_owned));
    if form == Form::Short {
        lines.extend(message.acknowledge_line());
    }
    let mut body = json!({"text": lines.join("\n"), "thread": {"threadKey": message.thread.to_string()}});
    if let (Form::Full, Some(link)) = (form, message.acknowledge_link()) {
        let button = json!({"text": "Acknowledge", "onClick": {"openLink": {"url": link}}});
        let widget = json!({"buttonList": {"buttons": [button]}});
        body["cardsV2"] = json!([{"cardId": "acknowledge", "card": {"sections": [{"widgets": [widget]}]}}]);
    }
    body
}
