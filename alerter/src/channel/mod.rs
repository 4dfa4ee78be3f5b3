//! Where alerts go. A kind of channel is a file of [`kinds`] that implements [`Channel`], and one line in [`open`].

mod acknowledge;
mod confirmation;
mod details;
mod digest;
mod drill;
#[cfg(test)]
mod every_kind;
mod fit;
mod group;
mod kinds;
mod message;
mod number_code;
mod phase;
mod slower;
mod unseen;
mod words;

use std::time::Duration;

use domain::channel::{Config, DeclineTokens, Kind, LeftOut, Recipients};
use domain::internal::SealedChannel;
use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;
use shared::causes;
use shared::crypto::Keyring;
use shared::outgoing::{ExchangeError, excerpt};

pub(crate) use acknowledge::AcknowledgeUrls;
pub(crate) use confirmation::Asking;
pub(crate) use digest::{QuietDigest, Tally};
pub(crate) use fit::Form;
pub(crate) use kinds::Clients;
pub(crate) use message::{GroupedIncident, IncidentDetails, Message, MessageKind};
pub(crate) use number_code::send_code;

/// Why nothing is sent to the number of a member's own channel.
const UNCONFIRMED: &str =
    "the number is not confirmed: its owner has still to enter the code that was sent to it";

/// Characters of a receipt that are kept; names of messages are shorter.
const MAX_RECEIPT_CHARS: usize = 512;

/// Takes messages.
pub(crate) trait Channel: Send + Sync {
    /// Sends a message once. The caller sets the deadline.
    fn send<'a>(&'a self, message: &'a Message, form: Form) -> BoxFuture<'a, Result<Receipt, SendError>>;

    /// How long sending may take, where each exchange with the channel's server may take `exchange`.
    fn within(&self, exchange: Duration) -> Duration {
        exchange
    }
}

/// Sends a message. One that is refused as it is, is sent once more at once, short and without formatting.
///
/// # Errors
/// When the channel takes neither.
pub(crate) async fn send(channel: &dyn Channel, message: &Message) -> Result<Receipt, SendError> {
    match send_as(channel, message, Form::Full).await {
        Err(SendError::Content(reason)) => {
            tracing::warn!(delivery = %message.id, reason, "refused as it is; a shorter form is sent");
            send_as(channel, message, Form::Short).await
        }
        sent => sent,
    }
}

/// Sends a message once. What the channel says of it is logged and on record, and has nothing by which somebody
/// acknowledges the incident.
async fn send_as(channel: &dyn Channel, message: &Message, form: Form) -> Result<Receipt, SendError> {
    let sent = channel.send(message, form).await;
    let Some(urls) = &message.acknowledge else {
        return sent;
    };
    match sent {
        Ok(Receipt(said)) => Ok(Receipt(urls.redact(&said))),
        Err(error) => Err(error.map_reason(|reason| urls.redact(&reason))),
    }
}

/// What a channel answered that has taken a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Receipt(pub(crate) String);

impl Receipt {
    /// As much of it as is kept: it is in ledgers and events, and servers of strangers have made it.
    pub(crate) fn kept(self) -> String {
        let shown = self.0.chars().filter(|c| !c.is_control());
        shown.take(MAX_RECEIPT_CHARS).collect()
    }
}

/// Why a channel has not taken a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SendError {
    /// It may work later.
    #[error("{reason}")]
    Temporary {
        /// What is wrong.
        reason: String,
        /// How long the channel asked to be left alone.
        retry_after: Option<Duration>,
    },
    /// It may work later; that the channel has received the message all the same cannot be ruled out.
    #[error("{0}")]
    Unanswered(String),
    /// Some of several recipients have it, or all may, and it may be sent again soon: who has it takes no harm.
    #[error("{0}")]
    Partial(String),
    /// It will not work until somebody changes the channel.
    #[error("{0}")]
    Permanent(String),
    /// The channel does not take the message as it is; a shorter one without formatting it may.
    #[error("{0}")]
    Content(String),
}

impl SendError {
    pub(crate) fn temporary(reason: impl Into<String>) -> Self {
        Self::Temporary {
            reason: reason.into(),
            retry_after: None,
        }
    }

    /// The same for a reason in other words.
    fn map_reason(self, reworded: impl FnOnce(String) -> String) -> Self {
        match self {
            Self::Temporary { reason, retry_after } => Self::Temporary {
                reason: reworded(reason),
                retry_after,
            },
            Self::Unanswered(reason) => Self::Unanswered(reworded(reason)),
            Self::Partial(reason) => Self::Partial(reworded(reason)),
            Self::Permanent(reason) => Self::Permanent(reworded(reason)),
            Self::Content(reason) => Self::Content(reworded(reason)),
        }
    }

    /// What an HTTP status that is no success means: the request is at fault for good, or the moment is.
    fn from_status(status: u16, body: &str, retry_after: Option<Duration>) -> Self {
        let body = excerpt(body);
        let reason = if body.is_empty() {
            format!("HTTP {status}")
        } else {
            format!("HTTP {status}: {body}")
        };
        match status {
            // What stands in front of the receiver says that it has not heard of it in time.
            504 => Self::Unanswered(reason),
            408 | 425 | 429 | 500.. => Self::Temporary { reason, retry_after },
            _ => Self::Permanent(reason),
        }
    }
}

impl From<&ExchangeError> for SendError {
    fn from(error: &ExchangeError) -> Self {
        if error.is_blocked() {
            Self::Permanent(causes(error))
        } else if error.may_have_arrived() {
            Self::Unanswered(causes(error))
        } else {
            Self::temporary(causes(error))
        }
    }
}

impl From<ExchangeError> for SendError {
    fn from(error: ExchangeError) -> Self {
        Self::from(&error)
    }
}

/// Reads the sealed configuration of a channel.
///
/// # Errors
/// Temporary when the key is missing, which an operator can add; permanent when the configuration is not one.
pub(crate) fn unseal(sealed: &SealedChannel, keyring: &Keyring) -> Result<Config, SendError> {
    use base64::Engine as _;
    let config = base64::engine::general_purpose::STANDARD
        .decode(&sealed.sealed_config)
        .map_err(|_| SendError::Permanent("invalid configuration: not base64".to_owned()))?;
    let context = SealedChannel::seal_context(sealed.org_id);
    let config = keyring
        .open(&context, &config)
        .map_err(|error| SendError::temporary(format!("the configuration cannot be opened: {error}")))?;
    let kind = Kind::parse(&sealed.kind)
        .ok_or_else(|| SendError::Permanent(format!("unknown kind of channel: {}", sealed.kind)))?;
    // The error would quote parts of the configuration.
    kind.read(&config).map_err(|_| invalid(kind))
}

/// Makes a channel of its sealed configuration.
///
/// # Errors
/// Those of [`unseal`]; permanent when its number is not confirmed, or nobody is left of its recipients; temporary when there is no mail server for it.
pub(crate) fn open(
    sealed: &SealedChannel,
    keyring: &Keyring,
    clients: &Clients,
) -> Result<Box<dyn Channel>, SendError> {
    if sealed.unconfirmed {
        return Err(SendError::Permanent(UNCONFIRMED.to_owned()));
    }
    let config = unseal(sealed, keyring)?;
    let kind = config.kind();
    let channel: Option<Box<dyn Channel>> = match config {
        Config::Slack(config) => clients.slack.channel(&config).map(boxed),
        Config::SlackBot(config) => Some(boxed(clients.slack_bots.channel(config))),
        Config::Webhook(config) => clients.webhooks.channel(config).map(boxed),
        Config::Email(config) => {
            let unsealed = unseal_left_out(sealed, keyring);
            let recipients = Recipients::of(&config, sealed.org_id, &sealed.withheld, unsealed.as_ref());
            if let (true, Some(left_out)) = (recipients.confirmed.is_empty(), recipients.left_out()) {
                return Err(SendError::Permanent(format!(
                    "no recipient is confirmed: {left_out}"
                )));
            }
            match &clients.mails {
                Some(mails) => {
                    let tokens = unseal_decline_tokens(sealed, keyring);
                    mails.channel(&sealed.name, &recipients, &tokens).map(boxed)
                }
                None => return Err(SendError::temporary("no mail server is configured (SMTP_URL)")),
            }
        }
        Config::WhatsApp(config) => Some(boxed(kinds::whatsapp::WhatsApp::open(config, &clients.api))),
        Config::PagerDuty(config) => Some(boxed(kinds::pagerduty::PagerDuty::open(config, &clients.api))),
        Config::Jsm(config) => {
            let questions = &clients.jsm;
            Some(boxed(kinds::jsm::Jsm::open(config, &clients.api, questions)))
        }
        Config::Teams(config) => Some(boxed(kinds::teams::Teams::open(config, &clients.api))),
        Config::Discord(config) => kinds::discord::Discord::open(config, &clients.api).map(boxed),
        Config::Telegram(config) => {
            let limits = &clients.telegram;
            Some(boxed(kinds::telegram::Telegram::open(
                config,
                &clients.api,
                limits,
            )))
        }
        Config::Mattermost(config) => Some(boxed(kinds::mattermost::Mattermost::open(config, &clients.api))),
        Config::GoogleChat(config) => kinds::google_chat::GoogleChat::open(&config, &clients.api).map(boxed),
        Config::Matrix(config) => kinds::matrix::Matrix::open(config, &clients.api).map(boxed),
        Config::Ntfy(config) => Some(boxed(kinds::ntfy::Ntfy::open(config, &clients.api))),
        Config::Pushover(config) => Some(boxed(kinds::pushover::Pushover::open(config, &clients.api))),
        Config::Twilio(config) => Some(boxed(kinds::twilio::Twilio::open(config, &clients.api))),
    };
    channel.ok_or_else(|| invalid(kind))
}

/// Which recipients of an e-mail channel get nothing, and why.
pub(crate) fn left_out(sealed: &SealedChannel, keyring: &Keyring) -> Option<String> {
    let unsealed = unseal_left_out(sealed, keyring);
    if sealed.withheld.is_empty() && unsealed.is_none() {
        return None;
    }
    match unseal(sealed, keyring) {
        Ok(Config::Email(config)) => {
            Recipients::of(&config, sealed.org_id, &sealed.withheld, unsealed.as_ref()).left_out()
        }
        _ => None,
    }
}

/// The recipients that are not in the configuration any more. What cannot be read of it is only not said.
fn unseal_left_out(sealed: &SealedChannel, keyring: &Keyring) -> Option<LeftOut> {
    let context = SealedChannel::left_out_context(sealed.org_id);
    unseal_json(sealed.sealed_left_out.as_deref(), &context, keyring)
}

/// By which its recipients decline messages. A mail without is better than none.
fn unseal_decline_tokens(sealed: &SealedChannel, keyring: &Keyring) -> DeclineTokens {
    let context = SealedChannel::decline_context(sealed.org_id);
    unseal_json(sealed.sealed_decline_tokens.as_deref(), &context, keyring).unwrap_or_default()
}

fn unseal_json<T: DeserializeOwned>(sealed: Option<&str>, context: &str, keyring: &Keyring) -> Option<T> {
    use base64::Engine as _;
    let sealed = base64::engine::general_purpose::STANDARD.decode(sealed?).ok()?;
    serde_json::from_slice(&keyring.open(context, &sealed).ok()?).ok()
}

fn boxed(channel: impl Channel + 'static) -> Box<dyn Channel> {
    Box::new(channel)
}

fn invalid(kind: Kind) -> SendError {
    SendError::Permanent(format!("invalid configuration of the kind {}", kind.as_str()))
}
