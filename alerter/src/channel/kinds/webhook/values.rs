//! What the placeholders of a template stand for.

use std::borrow::Cow;

use domain::alert_event::AlertKind;
use domain::channel::Placeholder;
use domain::fold::{CloseReason, FoundBy};
use domain::{ErrorCode, Timestamp};

use super::{end, event};
use crate::channel::Form;
use crate::channel::message::{Message, MessageKind};

/// The values of a message. One that it does not have is empty.
pub(super) struct Values<'m> {
    message: &'m Message,
    text: String,
    explanation: String,
    resolved_at: Option<Timestamp>,
    ended_by: Option<CloseReason>,
}

impl<'m> Values<'m> {
    pub(super) fn of(message: &'m Message, form: Form) -> Self {
        let (resolved_at, ended_by) = end(&message.kind);
        Self {
            message,
            text: message.headline(),
            explanation: message.explanation(form).join("\n"),
            resolved_at,
            ended_by,
        }
    }

    /// The value of any placeholder but the standard body, which is not made of values.
    pub(super) fn get(&self, placeholder: Placeholder) -> Cow<'_, str> {
        let message = self.message;
        let details = message.details.as_ref();
        let started_at = details.map(|details| details.started_at);
        match placeholder {
            Placeholder::Event => event(&message.kind).into(),
            Placeholder::Status => status(&message.kind).into(),
            Placeholder::Text => self.text.as_str().into(),
            Placeholder::Explanation => self.explanation.as_str().into(),
            Placeholder::Link => message.link().unwrap_or_default().into(),
            Placeholder::Count => count(&message.kind).to_string().into(),
            Placeholder::DeliveryId => message.id.to_string().into(),
            Placeholder::IncidentId => written(details.map(|details| details.incident_id)),
            Placeholder::MonitorId => written(details.map(|details| details.monitor_id)),
            Placeholder::MonitorName => details.map_or("", |details| details.name.as_str()).into(),
            Placeholder::MonitorUrl => details.map_or("", |details| details.url.as_str()).into(),
            Placeholder::StartedAt => written(started_at),
            Placeholder::ResolvedAt => written(self.resolved_at),
            Placeholder::DurationSeconds => {
                let span = self.resolved_at.zip(started_at);
                written(span.map(|(end, start)| end.millis_since(start) / 1_000))
            }
            Placeholder::ErrorCode => {
                let code = details.and_then(|details| details.error_code);
                code.map_or("", ErrorCode::as_str).into()
            }
            Placeholder::Error => {
                let error = details.and_then(|details| details.error.as_deref());
                error.unwrap_or_default().into()
            }
            Placeholder::CloseReason => self.ended_by.map_or("", CloseReason::as_str).into(),
            Placeholder::WhyUrl => message.why_link().unwrap_or_default().into(),
            Placeholder::AcknowledgeUrl => message.acknowledge_link().unwrap_or_default().into(),
            Placeholder::Drill => (if message.is_drill() { "true" } else { "" }).into(),
            Placeholder::RegionsDown => self.regions(|found| &found.down),
            Placeholder::RegionsUp => self.regions(|found| &found.up),
            Placeholder::RegionsAbsent => self.regions(|found| &found.absent),
            Placeholder::Json => "".into(),
        }
    }
}

impl Values<'_> {
    /// The names of some regions.
    fn regions(&self, of: impl Fn(&FoundBy) -> &[String]) -> Cow<'static, str> {
        let details = self.message.details.as_ref();
        let found = details.and_then(|details| details.regions.as_ref());
        found.map(|found| of(found).join(", ")).unwrap_or_default().into()
    }
}

fn written(value: Option<impl ToString>) -> Cow<'static, str> {
    value.map(|value| value.to_string()).unwrap_or_default().into()
}

/// By which receivers open and close incidents of theirs. A test leaves nothing open.
fn status(kind: &MessageKind) -> &'static str {
    let is_over = match kind {
        MessageKind::Down
        | MessageKind::Reminder { .. }
        | MessageKind::Acknowledged
        | MessageKind::Degraded => false,
        MessageKind::Up { .. }
        | MessageKind::Recovered { .. }
        | MessageKind::Ended { .. }
        // Of what nothing is known receivers open nothing.
        | MessageKind::Unseen
        | MessageKind::Seen { .. }
        | MessageKind::Test { .. } => true,
        MessageKind::Group { kind, .. } => matches!(
            kind,
            AlertKind::Up | AlertKind::Recovered | AlertKind::Unseen | AlertKind::Seen
        ),
    };
    if is_over { "resolved" } else { "firing" }
}

fn count(kind: &MessageKind) -> usize {
    match kind {
        MessageKind::Group { total, .. } => *total,
        MessageKind::Test { .. } => 0,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::AcknowledgeUrls;
    use crate::channel::message::IncidentDetails;

    /// The values of a message about the incident, or about none, in the order of the placeholders.
    fn values(kind: MessageKind, is_about_one: bool) -> Vec<String> {
        let started_at: Timestamp = "2026-11-21T10:00:00.118Z".parse().unwrap();
        let details = IncidentDetails {
            monitor_id: domain::MonitorId(42),
            incident_id: domain::IncidentId::new(domain::MonitorId(42), 3, started_at),
            name: "Shop".to_owned(),
            url: "https://shop.example/".to_owned(),
            started_at,
            error_code: Some(ErrorCode::StatusMismatch),
            error: Some("HTTP status 500".to_owned()),
            link: "http://localhost:8080/monitors/42".to_owned(),
            anomaly: None,
            flapping: None,
            regions: Some(FoundBy {
                down: vec!["eu".to_owned(), "us".to_owned()],
                up: vec!["ap".to_owned()],
                absent: Vec::new(),
            }),
        };
        let is_outage = matches!(kind, MessageKind::Down);
        let id = domain::DeliveryId(uuid::Uuid::from_u128(1));
        let message = Message {
            id,
            thread: id,
            opening_receipt: None,
            details: is_about_one.then_some(details),
            acknowledge: is_outage.then(|| AcknowledgeUrls::new("http://localhost:8080", "AQAB".to_owned())),
            kind,
        };
        let values = Values::of(&message, Form::Full);
        // Texts for people may become better ones.
        let is_prose = |of: &Placeholder| matches!(of, Placeholder::Text | Placeholder::Explanation);
        for prose in [Placeholder::Text, Placeholder::Explanation] {
            assert!(!values.get(prose).is_empty());
        }
        let others = Placeholder::ALL
            .iter()
            .filter(|placeholder| !is_prose(placeholder));
        others
            .map(|placeholder| values.get(*placeholder).into_owned())
            .collect()
    }

    #[test]
    fn each_event_has_values_that_stay_what_they_are() {
        let resolved_at: Timestamp = "2026-11-21T10:02:00.118Z".parse().unwrap();
        let up = MessageKind::Up {
            resolved_at,
            summary: false,
            earlier_outages: 0,
        };
        let ended = MessageKind::Ended {
            resolved_at,
            reason: CloseReason::Paused,
            degraded: false,
        };
        let start = "2026-11-21T10:00:00.118Z";
        let end = "2026-11-21T10:02:00.118Z";
        for (kind, event, status, end, seconds, reason) in [
            (MessageKind::Down, "incident.opened", "firing", "", "", ""),
            (
                MessageKind::Reminder { now: resolved_at },
                "incident.reminder",
                "firing",
                "",
                "",
                "",
            ),
            (
                MessageKind::Acknowledged,
                "incident.acknowledged",
                "firing",
                "",
                "",
                "",
            ),
            (MessageKind::Degraded, "monitor.degraded", "firing", "", "", ""),
            (
                MessageKind::Recovered { resolved_at },
                "monitor.recovered",
                "resolved",
                end,
                "120",
                "",
            ),
            (up, "incident.resolved", "resolved", end, "120", ""),
            (ended, "incident.resolved", "resolved", end, "120", "paused"),
        ] {
            let acknowledge = match event {
                "incident.opened" => "http://localhost:8080/acknowledge/AQAB",
                _ => "",
            };
            let expected = [
                event,
                status,
                "http://localhost:8080/monitors/42",
                "1",
                "00000000-0000-0000-0000-000000000001",
                "82f05d36-573a-59ff-9bcb-fc8dc8e27aa8",
                "42",
                "Shop",
                "https://shop.example/",
                start,
                end,
                seconds,
                "status_mismatch",
                "HTTP status 500",
                reason,
                "http://localhost:8080/monitors/42/why?at=2026-11-21T10:00:00.118Z",
                acknowledge,
                "",
                "eu, us",
                "ap",
                "",
                "",
            ];
            assert_eq!(values(kind, true), expected, "{event}");
        }
    }

    #[test]
    fn what_is_about_no_single_incident_has_its_values_empty() {
        let expected = |event: &str, status: &str, link: &str, count: &str, reason: &str| {
            let mut values = vec![""; 22];
            values[..5].copy_from_slice(&[
                event,
                status,
                link,
                count,
                "00000000-0000-0000-0000-000000000001",
            ]);
            values[14] = reason;
            values.into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        let test = MessageKind::Test {
            channel: "Ops".to_owned(),
        };
        assert_eq!(values(test, false), expected("test", "resolved", "", "0", ""));
        for (kind, ended_by, event, status, reason) in [
            (AlertKind::Down, None, "incidents.opened", "firing", ""),
            (
                AlertKind::Up,
                Some(CloseReason::Deleted),
                "incidents.resolved",
                "resolved",
                "deleted",
            ),
        ] {
            let group = MessageKind::Group {
                kind,
                ended_by,
                total: 500,
                incidents: Vec::new(),
                quiet: None,
                link: "http://localhost:8080/monitors".to_owned(),
            };
            let link = "http://localhost:8080/monitors";
            assert_eq!(values(group, false), expected(event, status, link, "500", reason));
        }
    }
}
