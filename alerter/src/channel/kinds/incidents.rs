//! What messages are to services that keep incidents of their own, each under the key that it was opened with: the
//! incident's name here. So an event of one incident never changes another one.

use std::time::Duration;

use domain::ErrorCode;
use url::Url;

use super::api::Answered;
use crate::channel::drill;
use crate::channel::fit::cut;
use crate::channel::message::{IncidentDetails, Message, MessageKind};
use crate::channel::{Form, SendError};

/// What the services show as the sender.
pub(super) const CLIENT: &str = "Uptime Monitor";

/// How long a service is left alone that has had too many requests, and does not say how long it wants to be.
const PAUSE: Duration = Duration::from_secs(30);

/// Characters of names.
const MAX_NAME_CHARS: usize = 255;

/// What becomes of the service's incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Open,
    Remind,
    Acknowledge,
    Close,
    /// It is opened and closed.
    Test,
}

/// A message as an event of one incident.
#[derive(Debug)]
pub(super) struct Event<'a> {
    pub(super) action: Action,
    pub(super) key: String,
    /// Absent in tests.
    pub(super) details: Option<&'a IncidentDetails>,
    message: &'a Message,
}

impl<'a> Event<'a> {
    /// # Errors
    /// When the message is about several incidents; kinds that keep incidents get none.
    pub(super) fn of(message: &'a Message) -> Result<Self, SendError> {
        let action = match message.kind {
            MessageKind::Down | MessageKind::Degraded => Action::Open,
            MessageKind::Reminder { .. } => Action::Remind,
            MessageKind::Acknowledged => Action::Acknowledge,
            MessageKind::Up { .. } | MessageKind::Recovered { .. } | MessageKind::Ended { .. } => {
                Action::Close
            }
            MessageKind::Unseen | MessageKind::Seen { .. } => {
                let reason = "that a monitor is not heard of is no incident";
                return Err(SendError::Permanent(reason.to_owned()));
            }
            MessageKind::Test { .. } => Action::Test,
            MessageKind::Group { .. } => {
                let reason = "a message about several incidents is no event of one";
                return Err(SendError::Permanent(reason.to_owned()));
            }
        };
        let details = message.details.as_ref();
        let key = match details {
            Some(details) => details.incident_id.to_string(),
            // Each test has one of its own.
            None => message.id.to_string(),
        };
        Ok(Self {
            action,
            key,
            details,
            message,
        })
    }

    /// Whether the target only answers too slowly.
    pub(super) fn is_degraded(&self) -> bool {
        matches!(self.message.kind, MessageKind::Degraded)
    }

    /// Whether it is a drill.
    pub(super) fn is_drill(&self) -> bool {
        self.message.is_drill()
    }

    /// What has happened, and why, in one line of at most so many characters. Phones read it aloud, so it begins with
    /// words.
    pub(super) fn title(&self, limit: usize) -> String {
        let headline = match self.message.kind {
            // It may be down by now, which is another incident.
            MessageKind::Recovered { .. } => {
                let name = self.details.map_or("", |details| &details.name);
                let state = match self.message.anomaly() {
                    Some(_) => "slower than usual",
                    None => "degraded",
                };
                let headline = format!("No longer {state}: {name}");
                match self.is_drill() {
                    true => drill::marked(&headline),
                    false => headline,
                }
            }
            _ => self.message.headline(),
        };
        let mut title = headline
            .trim_start_matches(|c: char| !c.is_alphanumeric())
            .to_owned();
        let says_why = matches!(self.action, Action::Open | Action::Remind);
        if let Some(why) = self.message.first_reason().filter(|_| says_why) {
            title.push_str(" – ");
            title.push_str(&why);
        }
        cut(&title.replace(['\n', '\r'], " "), limit, char::len_utf16).into_owned()
    }

    /// The monitor's name.
    pub(super) fn name(&self) -> Option<String> {
        let details = self.details?;
        Some(cut(&details.name, MAX_NAME_CHARS, char::len_utf16).into_owned())
    }

    /// What fails: the host that is checked, or the monitor's name where there is none.
    pub(super) fn source(&self) -> String {
        let url = self.details.and_then(|details| Url::parse(&details.url).ok());
        let host = url
            .as_ref()
            .and_then(Url::host_str)
            .filter(|host| !host.is_empty());
        host.map(str::to_owned)
            .or_else(|| self.name())
            .filter(|source| !source.is_empty())
            .unwrap_or_else(|| CLIENT.to_owned())
    }

    /// In one word.
    pub(super) fn class(&self) -> &'static str {
        match (self.action, self.details.and_then(|details| details.error_code)) {
            (Action::Test, _) => "test",
            (_, Some(code)) => ErrorCode::as_str(code),
            (_, None) if self.is_degraded() => "degraded",
            (_, None) => "down",
        }
    }
}

/// An answer without the credential, in case that it quotes it, and with the time for which a service is left alone
/// that had too many requests.
pub(super) fn heard(answered: Answered, credential: &str) -> Answered {
    let answered = Answered {
        body: answered.body.replace(credential, "…"),
        ..answered
    };
    match answered.status.as_u16() {
        429 => answered.with_wait(Some(PAUSE)),
        _ => answered,
    }
}

/// What an answer means that is neither a success nor about the credential. Whether a server in trouble has opened an
/// incident cannot be known, and it is to be ended in any case.
pub(super) fn refused(answered: &Answered, reason: Option<&str>, form: Form) -> SendError {
    match answered.error(reason, form) {
        SendError::Temporary { reason, .. } if answered.status.is_server_error() => {
            SendError::Partial(reason)
        }
        error => error,
    }
}

/// What it means that the incident of a test was opened and could not be closed.
pub(super) fn left_open(error: &SendError) -> SendError {
    SendError::Permanent(format!(
        "the test incident was opened, and could not be closed: {error}; close it there"
    ))
}

#[cfg(test)]
pub(super) mod tests {
    use domain::fold::CloseReason;
    use domain::{DeliveryId, IncidentId, MonitorId, Timestamp};

    use super::*;

    pub(in crate::channel::kinds) const AT: Timestamp = Timestamp::from_millis(1_795_255_200_118);

    /// A message about an incident that began in this slot.
    pub(in crate::channel::kinds) fn message(kind: MessageKind, slot: i64) -> Message {
        let id = DeliveryId(uuid::Uuid::from_u128(7));
        let is_test = matches!(kind, MessageKind::Test { .. });
        let details = IncidentDetails {
            monitor_id: MonitorId(42),
            incident_id: IncidentId::new(MonitorId(42), 3, AT.plus_millis(slot)),
            name: "Shop <b>&\n*one*".to_owned(),
            url: "https://shop.example:8443/health".to_owned(),
            started_at: AT,
            error_code: Some(ErrorCode::StatusMismatch),
            error: Some(format!("HTTP status 500 <script>{}", "🙂ש".repeat(5_000))),
            link: "http://localhost:8080/monitors/42".to_owned(),
            anomaly: None,
            flapping: None,
            regions: None,
        };
        Message {
            id,
            thread: id,
            opening_receipt: None,
            details: (!is_test).then_some(details),
            acknowledge: None,
            kind,
        }
    }

    /// The same about a drill.
    pub(in crate::channel::kinds) fn of_drill(kind: MessageKind) -> Message {
        let mut message = message(kind, 0);
        if let Some(details) = &mut message.details {
            details.monitor_id = MonitorId(-3);
        }
        message
    }

    fn answered(status: u16, body: &str) -> Answered {
        Answered {
            status: status.try_into().unwrap(),
            retry_after: None,
            body: body.to_owned(),
        }
    }

    #[test]
    fn each_incident_has_a_key_and_each_message_an_action() {
        let resolved_at = AT;
        let up = MessageKind::Up {
            resolved_at,
            summary: true,
            earlier_outages: 3,
        };
        let paused = MessageKind::Ended {
            resolved_at,
            reason: CloseReason::Paused,
            degraded: false,
        };
        for (kind, action) in [
            (MessageKind::Down, Action::Open),
            (MessageKind::Degraded, Action::Open),
            (MessageKind::Reminder { now: AT }, Action::Remind),
            (MessageKind::Acknowledged, Action::Acknowledge),
            (up, Action::Close),
            (MessageKind::Recovered { resolved_at }, Action::Close),
            (paused, Action::Close),
        ] {
            let (one, other) = (message(kind.clone(), 0), message(kind, 10_000));
            let (one, other) = (Event::of(&one).unwrap(), Event::of(&other).unwrap());
            assert_eq!((one.action, other.action), (action, action));
            assert_eq!(one.key, one.details.unwrap().incident_id.to_string());
            assert_ne!(one.key, other.key);
        }
        let test = MessageKind::Test {
            channel: "Ops".to_owned(),
        };
        let test = message(test, 0);
        assert_eq!(Event::of(&test).unwrap().key, test.id.to_string());
    }

    #[test]
    fn a_title_is_one_line_of_words_that_fits() {
        for limit in [20, 130, 1_024] {
            let message = message(MessageKind::Down, 0);
            let title = Event::of(&message).unwrap().title(limit);
            assert!(title.starts_with("Down: Shop <b>& *"), "{title}");
            assert!(title.encode_utf16().count() <= limit, "{limit}: {title}");
            assert!(!title.contains('\n'));
        }
        let up = MessageKind::Recovered { resolved_at: AT };
        let title = Event::of(&message(up, 0)).unwrap().title(130);
        assert_eq!(title, "No longer degraded: Shop <b>& *one*");
    }

    #[test]
    fn the_title_of_a_drill_says_so_and_what_fails() {
        let reason = ErrorCode::StatusMismatch.sentence();
        for (kind, title) in [
            (
                MessageKind::Down,
                format!("DRILL – Down: Shop <b>& *one* – {reason} (phase: response)"),
            ),
            (
                MessageKind::Acknowledged,
                "DRILL – Acknowledged: Shop <b>& *one* is down".to_owned(),
            ),
            (
                MessageKind::Recovered { resolved_at: AT },
                "DRILL – No longer degraded: Shop <b>& *one*".to_owned(),
            ),
        ] {
            let message = of_drill(kind);
            assert_eq!(Event::of(&message).unwrap().title(1_024), title);
        }
    }

    #[test]
    fn what_is_checked_is_the_source() {
        let mut message = message(MessageKind::Down, 0);
        for (url, name, source) in [
            ("https://shop.example:8443/health", "Shop", "shop.example"),
            ("tcp://192.0.2.1:25", "Mail", "192.0.2.1"),
            ("", "Nightly backup", "Nightly backup"),
            ("", "", CLIENT),
        ] {
            let details = message.details.as_mut().unwrap();
            (details.url, details.name) = (url.to_owned(), name.to_owned());
            assert_eq!(Event::of(&message).unwrap().source(), source);
        }
    }

    #[test]
    fn a_service_with_too_many_requests_is_left_alone() {
        let waits = |answered: Answered| match heard(answered, "k-1").error(None, Form::Full) {
            SendError::Temporary { retry_after, .. } => retry_after,
            other => panic!("{other:?}"),
        };
        assert_eq!(waits(answered(429, "")), Some(PAUSE));
        assert_eq!(waits(answered(503, "")), None);
        let asked = Some(Duration::from_secs(7));
        let answered = Answered {
            retry_after: asked,
            ..answered(429, "k-1")
        };
        assert_eq!(waits(answered), asked);
        assert_eq!(heard(self::answered(400, "no key k-1"), "k-1").body, "no key …");
    }
}
