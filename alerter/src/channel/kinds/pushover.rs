//! Pushover, <https://pushover.net/api>. An outage that is to be confirmed rings until somebody does so, or the outage
//! is over.

use std::time::Duration;

use domain::IncidentId;
use domain::alert_event::AlertKind;
use domain::channel::PushoverConfig;
use futures_util::future::{BoxFuture, join_all};
use hyper::StatusCode;
use serde_json::Value;

use super::api::{Answered, Api};
use super::look::{unlinked, unlinked_chars};
use crate::channel::fit::cut;
use crate::channel::message::{Message, MessageKind};
use crate::channel::{Channel, Form, Receipt, SendError};

/// Characters of a message, of one that was refused as a whole, of a title, and of an address.
const MAX_MESSAGE: usize = 1_024;
const MAX_SHORT_MESSAGE: usize = 300;
const MAX_TITLE: usize = 250;
const MAX_ADDRESS: usize = 512;

/// Seconds between two rings, and until they end.
const RING_EVERY: &str = "60";
const RING_FOR: &str = "3600";

/// Incidents of a storm that are silenced; what else rings does so for an hour at most.
const MAX_SILENCED: usize = 20;

/// How long an application is left alone that has used up its messages of the month.
const LIMIT_PAUSE: Duration = Duration::from_secs(900);

/// One person or group.
pub(in crate::channel) struct Pushover {
    config: PushoverConfig,
    api: Api,
}

impl Pushover {
    pub(in crate::channel) fn open(config: PushoverConfig, api: &Api) -> Self {
        Self {
            config,
            api: api.clone(),
        }
    }

    /// The fields of a message. There is no `html`: everything is shown as it was typed.
    fn fields(&self, message: &Message, form: Form) -> Vec<(&'static str, String)> {
        let limit = match form {
            Form::Full => MAX_MESSAGE,
            Form::Short => MAX_SHORT_MESSAGE,
        };
        let headline = message.headline();
        // There is one address besides the text, that of the details. Apps make links of others.
        let acknowledge = message
            .acknowledge_line()
            .filter(|line| form == Form::Full && line.chars().count() <= MAX_ADDRESS);
        let acknowledge = acknowledge.map(|line| format!("\n{line}")).unwrap_or_default();
        let limit = limit - acknowledge.chars().count();
        let explanation = message.explanation_within(limit, unlinked_chars).join("\n");
        // Pushover takes no message without a text.
        let text = match explanation.is_empty() {
            true => &headline,
            false => &explanation,
        };
        let text = unlinked(text);
        let mut fields = vec![
            ("token", self.config.app_token.clone()),
            ("user", self.config.user_key.clone()),
            ("title", cut(&headline, MAX_TITLE, |_| 1).into_owned()),
            ("message", cut(&text, limit, |_| 1).into_owned() + &acknowledge),
        ];
        if let Some(link) = message.link().filter(|link| link.chars().count() <= MAX_ADDRESS) {
            fields.push(("url", link.to_owned()));
            fields.push(("url_title", "Details".to_owned()));
        }
        if self.config.emergency && is_outage(&message.kind) {
            fields.push(("priority", "2".to_owned()));
            fields.push(("retry", RING_EVERY.to_owned()));
            fields.push(("expire", RING_FOR.to_owned()));
            // Many outages do not end with the first of them, so what rings for them is not to be found by one.
            if let Some(details) = &message.details {
                fields.push(("tags", details.incident_id.to_string()));
            }
        }
        fields
    }

    /// Ends what rings for an incident. What is left of it ends by itself within the hour, so it holds nothing up.
    async fn silence(&self, incident: IncidentId) {
        let url = format!("{}/1/receipts/cancel_by_tag/{incident}.json", self.config.api_url);
        let token = [("token", self.config.app_token.as_str())];
        match self.api.post_form(&url, &[], &token).await {
            Ok(answered) if answered.status.is_success() => {}
            Ok(answered) => tracing::warn!(%incident, status = %answered.status, "goes on ringing"),
            Err(error) => tracing::warn!(%incident, %error, "goes on ringing"),
        }
    }
}

impl Channel for Pushover {
    fn send<'a>(&'a self, message: &'a Message, form: Form) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(async move {
            if self.config.emergency && form == Form::Full {
                join_all(ended(message).map(|incident| self.silence(incident))).await;
            }
            let url = format!("{}/1/messages.json", self.config.api_url);
            let fields = self.fields(message, form);
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            understood(&self.api.post_form(&url, &[], &fields).await?, form)
        })
    }

    fn within(&self, exchange: Duration) -> Duration {
        // What rings is silenced first.
        exchange * 2
    }
}

fn understood(answered: &Answered, form: Form) -> Result<Receipt, SendError> {
    let said = match answered.status.is_success() {
        true => answered.taken()?,
        false => answered.json(),
    };
    let has_failed = said["status"].as_i64().is_some_and(|status| status != 1);
    if answered.status.is_success() && !has_failed {
        let name = said["receipt"].as_str().or(said["request"].as_str());
        return Ok(Receipt(name.unwrap_or("ok").to_owned()));
    }
    let errors = errors(&said);
    let errors = errors.as_deref();
    let is_invalid = |field: &str| said[field] == "invalid";
    Err(match answered.status {
        StatusCode::TOO_MANY_REQUESTS => SendError::Temporary {
            reason: match errors {
                Some(errors) => format!("the application has used up its messages: {errors}"),
                None => "the application has used up its messages of this month".to_owned(),
            },
            retry_after: answered.retry_after.or(Some(LIMIT_PAUSE)),
        },
        _ if is_invalid("token") => {
            let why = "Pushover does not know the application: enter the API token of one";
            answered.permanent(why, errors)
        }
        _ if is_invalid("user") => {
            let why = "Pushover knows no such person or group, or it has no device: enter its key";
            answered.permanent(why, errors)
        }
        status if status.is_success() => answered.permanent("Pushover has refused the message", errors),
        _ => answered.error(errors, form),
    })
}

fn errors(said: &Value) -> Option<String> {
    let errors: Vec<&str> = said["errors"]
        .as_array()?
        .iter()
        .filter_map(Value::as_str)
        .collect();
    Some(errors.join("; "))
}

/// Whether somebody is to be woken.
fn is_outage(kind: &MessageKind) -> bool {
    matches!(
        kind,
        MessageKind::Down
            | MessageKind::Reminder { .. }
            | MessageKind::Group {
                kind: AlertKind::Down | AlertKind::Reminder,
                ended_by: None,
                ..
            }
    )
}

/// The incidents of which a message says that nobody has to be woken any more; of many, the first.
fn ended(message: &Message) -> impl Iterator<Item = IncidentId> {
    let single = message.details.as_ref().filter(|_| is_end(&message.kind));
    let grouped = match &message.kind {
        MessageKind::Group {
            kind: AlertKind::Up | AlertKind::Acknowledged,
            incidents,
            ..
        } => incidents.as_slice(),
        _ => &[],
    };
    let grouped = grouped
        .iter()
        .take(MAX_SILENCED)
        .map(|incident| &incident.details);
    single
        .into_iter()
        .chain(grouped)
        .map(|details| details.incident_id)
}

/// Whether nobody has to be woken any more.
fn is_end(kind: &MessageKind) -> bool {
    matches!(
        kind,
        MessageKind::Up { .. } | MessageKind::Acknowledged | MessageKind::Ended { degraded: false, .. }
    )
}
