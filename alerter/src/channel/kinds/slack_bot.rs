//! A Slack app of the organisation's own: one message for each outage that is kept up to date, what happens
//! meanwhile in its thread, and a button to acknowledge it.

use std::sync::Arc;

use domain::channel::SlackBotConfig;
use futures_util::future::BoxFuture;
use slack_morphism::errors::SlackClientError;
use slack_morphism::prelude::{
    SlackActionsBlock, SlackApiChatPostMessageRequest, SlackApiChatUpdateRequest, SlackApiToken, SlackBlock,
    SlackBlockButtonElement, SlackBlockPlainTextOnly, SlackClient,
};

use super::opening::{Opening, receipt};
use super::slack::classify;
use super::slack_content::content;
use super::slack_http::SlackHttp;
use crate::channel::message::{Message, MessageKind};
use crate::channel::{Channel, Form, Receipt, SendError};

type Client = SlackClient<SlackHttp>;

/// What a press of the button is called; its value is the incident.
const ACKNOWLEDGE: &str = "acknowledge";

/// Calls Slack's API, over one pool of connections.
#[derive(Clone)]
pub(crate) struct SlackBots(Arc<Client>);

impl std::fmt::Debug for SlackBots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SlackBots").finish_non_exhaustive()
    }
}

/// One app in one conversation.
pub(crate) struct SlackBot {
    client: Arc<Client>,
    token: SlackApiToken,
    conversation: String,
}

impl SlackBots {
    pub(crate) fn new(http: SlackHttp) -> Self {
        Self(Arc::new(SlackClient::new(http)))
    }

    pub(crate) fn channel(&self, config: SlackBotConfig) -> SlackBot {
        SlackBot {
            client: Arc::clone(&self.0),
            token: SlackApiToken::new(config.bot_token.into()),
            conversation: config.channel,
        }
    }
}

impl Channel for SlackBot {
    fn send<'a>(&'a self, message: &'a Message, form: Form) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(async move {
            let Some(opening) = Opening::of(message) else {
                return self.post(message, form, None).await;
            };
            if opening.is_changed_by(message) && !self.update(message, form, opening.name).await? {
                return self.post(message, form, None).await;
            }
            self.post(message, form, Some(opening.name)).await
        })
    }
}

impl SlackBot {
    /// Posts a message, in the thread of another one where that is given.
    async fn post(&self, message: &Message, form: Form, thread: Option<&str>) -> Result<Receipt, SendError> {
        let conversation = self.conversation.clone().into();
        // The app has a button of its own.
        let mut body = content(message, form, None);
        // A message that has blocks shows nothing else, so a short one goes without the button.
        let details = message.details.as_ref().filter(|_| form == Form::Full);
        if let (MessageKind::Down, None, Some(details)) = (&message.kind, thread, details) {
            let button = button(&details.incident_id.to_string());
            body.blocks.get_or_insert_default().push(button);
        }
        let mut request = SlackApiChatPostMessageRequest::new(conversation, body);
        request.thread_ts = thread.map(|ts| ts.to_owned().into());
        // Who has not opened the thread is to see that it goes on.
        request.reply_broadcast = matches!(message.kind, MessageKind::Reminder { .. })
            .then_some(true)
            .filter(|_| thread.is_some());
        let ts = match self
            .client
            .open_session(&self.token)
            .chat_post_message(&request)
            .await
        {
            Ok(answer) => answer.ts.to_string(),
            Err(error) => accepted_anyway(error)?,
        };
        Ok(receipt(message, &ts))
    }

    /// Changes the message of the outage; answers false when it is not there any more.
    async fn update(&self, message: &Message, form: Form, ts: &str) -> Result<bool, SendError> {
        let (conversation, ts) = (self.conversation.clone().into(), ts.to_owned().into());
        let mut body = content(message, form, None);
        // Without any, Slack would leave those that are there.
        body.blocks.get_or_insert_default();
        let request = SlackApiChatUpdateRequest::new(conversation, body, ts);
        match self.client.open_session(&self.token).chat_update(&request).await {
            Ok(_) => Ok(true),
            Err(SlackClientError::ApiError(error)) if is_gone(&error.code) => Ok(false),
            Err(error) => accepted_anyway(error).map(|_| true),
        }
    }
}

/// An answer that lacks what the library wants has taken the message all the same: it is not to be repeated.
/// Answers the message's name in Slack, empty where it is not known.
fn accepted_anyway(error: SlackClientError) -> Result<String, SendError> {
    let SlackClientError::ProtocolError(unread) = error else {
        return Err(classify(error));
    };
    let body = unread.json_body.as_deref().unwrap_or_default();
    let answer: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    Ok(answer["ts"].as_str().unwrap_or_default().to_owned())
}

fn is_gone(code: &str) -> bool {
    matches!(
        code,
        "message_not_found" | "cant_update_message" | "edit_window_closed"
    )
}

fn button(incident: &str) -> SlackBlock {
    let text = SlackBlockPlainTextOnly::from("Acknowledge");
    let button = SlackBlockButtonElement::new(text)
        .with_action_id(ACKNOWLEDGE.into())
        .with_value(incident.to_owned());
    SlackActionsBlock::new(vec![button.into()]).into()
}
