//! Webhooks, signed by the Standard Webhooks scheme ([`shared::outgoing`]).

mod custom;
mod values;

use domain::Timestamp;
use domain::alert_event::AlertKind;
use domain::channel::WebhookConfig;
use domain::fold::{CloseReason, FoundBy};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use shared::outgoing::{Answer, Exchanges, Keys, signed};

use self::custom::Custom;
use crate::channel::message::{IncidentDetails, Message, MessageKind};
use crate::channel::{Channel, Form, Receipt, SendError};

/// Incidents that a storm's short form describes.
const MAX_SHORT_INCIDENTS: usize = 10;

/// Posts to webhooks, over one pool of connections.
#[derive(Clone, Debug)]
pub(crate) struct Webhooks(Exchanges);

/// One webhook.
pub(crate) struct Webhook {
    url: String,
    keys: Keys,
    custom: Custom,
    exchanges: Exchanges,
}

impl Webhooks {
    pub(crate) fn new(exchanges: Exchanges) -> Self {
        Self(exchanges)
    }

    /// `None` when the configuration is not valid.
    pub(crate) fn channel(&self, config: WebhookConfig) -> Option<Webhook> {
        Some(Webhook {
            keys: config.signing_keys()?,
            custom: Custom::of(&config)?,
            url: config.url,
            exchanges: self.0.clone(),
        })
    }
}

impl Channel for Webhook {
    fn send<'a>(&'a self, message: &'a Message, form: Form) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(async move {
            let now = shared::now();
            let (id, body) = (message.id.to_string(), self.custom.body(message, form, now));
            let mut request = signed(&self.url, &self.keys, &id, body, now)
                .map_err(|error| SendError::Permanent(format!("invalid request: {error}")))?;
            self.custom.apply_to(&mut request);
            answered(self.exchanges.send(request).await?, form).await
        })
    }
}

/// The scheme has every answer but 2xx tried again, and an end made of it by 410 (Gone). What is too large (413) is
/// tried at once as less.
async fn answered(answer: Answer, form: Form) -> Result<Receipt, SendError> {
    let (status, retry_after) = (answer.status, answer.retry_after());
    if status.is_success() {
        return Ok(Receipt(format!("HTTP {}", status.as_u16())));
    }
    // What it says matters less than its status.
    let body = answer.start().await;
    let error = SendError::from_status(status.as_u16(), &String::from_utf8_lossy(&body), retry_after);
    Err(match error {
        SendError::Permanent(reason) if status.as_u16() == 413 && form == Form::Full => {
            SendError::Content(reason)
        }
        SendError::Permanent(reason) if status.as_u16() != 410 => SendError::temporary(reason),
        error => error,
    })
}

/// The name of what has happened.
fn event(kind: &MessageKind) -> &'static str {
    match *kind {
        MessageKind::Down => "incident.opened",
        MessageKind::Up { .. } => "incident.resolved",
        MessageKind::Reminder { .. } => "incident.reminder",
        MessageKind::Acknowledged => "incident.acknowledged",
        MessageKind::Degraded => "monitor.degraded",
        MessageKind::Recovered { .. } | MessageKind::Ended { degraded: true, .. } => "monitor.recovered",
        MessageKind::Ended { degraded: false, .. } => "incident.resolved",
        MessageKind::Unseen => "monitor.unseen",
        MessageKind::Seen { .. } => "monitor.seen",
        MessageKind::Group { kind, .. } => match kind {
            AlertKind::Down => "incidents.opened",
            AlertKind::Up => "incidents.resolved",
            AlertKind::Reminder => "incidents.reminder",
            AlertKind::Acknowledged => "incidents.acknowledged",
            AlertKind::Degraded => "monitors.degraded",
            AlertKind::Recovered => "monitors.recovered",
            AlertKind::Unseen => "monitors.unseen",
            AlertKind::Seen => "monitors.seen",
        },
        MessageKind::Test { .. } => "test",
    }
}

/// When the incident ended, and what a user has done that has ended it.
fn end(kind: &MessageKind) -> (Option<Timestamp>, Option<CloseReason>) {
    match *kind {
        MessageKind::Up { resolved_at, .. } | MessageKind::Recovered { resolved_at } => {
            (Some(resolved_at), None)
        }
        MessageKind::Seen { resolved_at, reason } => (
            Some(resolved_at),
            Some(reason).filter(|reason| *reason != CloseReason::Recovered),
        ),
        MessageKind::Ended {
            resolved_at, reason, ..
        } => (Some(resolved_at), Some(reason)),
        MessageKind::Group { ended_by, .. } => (None, ended_by),
        _ => (None, None),
    }
}

/// What is posted unless the channel has a template.
fn standard(message: &Message, form: Form, now: Timestamp) -> Value {
    let mut data = json!({"text": message.headline(), "explanation": message.explanation(form)});
    if let MessageKind::Group {
        total,
        incidents,
        link,
        ended_by,
        quiet,
        ..
    } = &message.kind
    {
        let described = match form {
            Form::Full => incidents.len(),
            Form::Short => incidents.len().min(MAX_SHORT_INCIDENTS),
        };
        let all = incidents[..described].iter().map(|grouped| {
            let mut described = incident(&grouped.details, grouped.resolved_at, *ended_by);
            // The event says it of the others.
            if quiet.is_some() {
                described["degraded"] = json!(grouped.degraded);
            }
            described
        });
        if let Some(quiet) = quiet {
            let span = quiet.span;
            data["quiet_hours"] = json!({"from": span.from, "until": span.until});
        }
        data["count"] = json!(total);
        data["incidents"] = all.collect();
        data["link"] = json!(link);
    }
    if let Some(details) = &message.details {
        let (resolved_at, ended_by) = end(&message.kind);
        data["incident"] = incident(details, resolved_at, ended_by);
        data["link"] = json!(details.link);
    }
    if let MessageKind::Up { earlier_outages, .. } = message.kind {
        data["earlier_outages"] = json!(earlier_outages);
    }
    if let Some(why) = message.why_link() {
        data["why_url"] = json!(why);
    }
    if let Some(link) = message.acknowledge_link() {
        data["acknowledge_url"] = json!(link);
    }
    if message.is_drill() {
        data["drill"] = json!(true);
    }
    json!({"type": event(&message.kind), "timestamp": now, "data": data})
}

fn incident(
    details: &IncidentDetails,
    resolved_at: Option<Timestamp>,
    ended_by: Option<CloseReason>,
) -> Value {
    let mut incident = json!({
        "id": details.incident_id,
        "monitor": {"id": details.monitor_id, "name": details.name, "url": details.url},
        "started_at": details.started_at,
        "resolved_at": resolved_at,
        "duration_seconds": resolved_at.map(|at| at.millis_since(details.started_at) / 1_000),
        "error_code": details.error_code,
        "error": details.error,
        "flapping": details.flapping,
    });
    // Its absence says that one region has found it.
    if let Some(FoundBy { down, up, absent }) = &details.regions {
        incident["regions"] = json!({"down": down, "up": up, "absent": absent});
    }
    // Its absence says that it is not about what is usual.
    if let Some(anomaly) = &details.anomaly {
        incident["anomaly"] = json!({"expected_ms": anomaly.expected_ms, "observed_ms": anomaly.observed_ms});
    }
    // Its absence says that the target has recovered.
    if let Some(reason) = ended_by {
        incident["close_reason"] = json!(reason);
    }
    incident
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details() -> IncidentDetails {
        let started_at: Timestamp = "2026-11-21T10:00:00.118Z".parse().unwrap();
        IncidentDetails {
            monitor_id: domain::MonitorId(42),
            incident_id: domain::IncidentId::new(domain::MonitorId(42), 3, started_at),
            name: "Shop".to_owned(),
            url: "https://shop.example/".to_owned(),
            started_at,
            error_code: Some(domain::ErrorCode::StatusMismatch),
            error: Some("HTTP status 500".to_owned()),
            link: "http://localhost:8080/monitors/42".to_owned(),
            anomaly: None,
            flapping: None,
            regions: None,
        }
    }

    /// The body without its texts for people, which may become better ones.
    fn machine_readable(kind: MessageKind, details: Option<IncidentDetails>) -> Value {
        let id = domain::DeliveryId(uuid::Uuid::from_u128(1));
        let message = Message {
            id,
            thread: id,
            opening_receipt: None,
            details,
            acknowledge: None,
            kind,
        };
        let mut body = standard(&message, Form::Full, "2026-11-21T10:02:10Z".parse().unwrap());
        let data = body["data"].as_object_mut().unwrap();
        assert!(data.remove("text").is_some_and(|text| text.is_string()));
        assert!(data.remove("explanation").is_some_and(|lines| lines.is_array()));
        body
    }

    #[test]
    fn what_machines_read_keeps_its_form() {
        let resolved_at: Timestamp = "2026-11-21T10:02:00.118Z".parse().unwrap();
        let incident = |resolved: bool| {
            json!({
                "id": "82f05d36-573a-59ff-9bcb-fc8dc8e27aa8",
                "monitor": {"id": 42, "name": "Shop", "url": "https://shop.example/"},
                "started_at": "2026-11-21T10:00:00.118Z",
                "resolved_at": resolved.then_some("2026-11-21T10:02:00.118Z"),
                "duration_seconds": resolved.then_some(120),
                "error_code": "status_mismatch",
                "error": "HTTP status 500",
                "flapping": null,
            })
        };
        let expected = |kind: &str, data: Value| json!({"type": kind, "timestamp": "2026-11-21T10:02:10.000Z", "data": data});
        let link = "http://localhost:8080/monitors/42";
        let why = "http://localhost:8080/monitors/42/why?at=2026-11-21T10:00:00.118Z";
        let up = MessageKind::Up {
            resolved_at,
            summary: false,
            earlier_outages: 2,
        };
        for (kind, resolved, name) in [
            (MessageKind::Down, false, "incident.opened"),
            (
                MessageKind::Reminder { now: resolved_at },
                false,
                "incident.reminder",
            ),
            (MessageKind::Acknowledged, false, "incident.acknowledged"),
            (MessageKind::Degraded, false, "monitor.degraded"),
            (MessageKind::Recovered { resolved_at }, true, "monitor.recovered"),
            (up, true, "incident.resolved"),
        ] {
            let mut data = json!({"incident": incident(resolved), "link": link, "why_url": why});
            if name == "incident.resolved" {
                data["earlier_outages"] = json!(2);
            }
            assert_eq!(
                machine_readable(kind, Some(details())),
                expected(name, data),
                "{name}"
            );
        }
        for (kind, name) in [
            (AlertKind::Down, "incidents.opened"),
            (AlertKind::Up, "incidents.resolved"),
            (AlertKind::Reminder, "incidents.reminder"),
            (AlertKind::Acknowledged, "incidents.acknowledged"),
            (AlertKind::Degraded, "monitors.degraded"),
            (AlertKind::Recovered, "monitors.recovered"),
        ] {
            let group = MessageKind::Group {
                kind,
                ended_by: None,
                total: 500,
                incidents: vec![crate::channel::GroupedIncident {
                    details: details(),
                    resolved_at: Some(resolved_at),
                    degraded: false,
                }],
                quiet: None,
                link: link.to_owned(),
            };
            let data = json!({"count": 500, "incidents": [incident(true)], "link": link});
            assert_eq!(machine_readable(group, None), expected(name, data), "{name}");
        }
        let flapping = IncidentDetails {
            flapping: Some(domain::flapping::FlappingRule {
                outages: 3,
                within_minutes: 30,
                lasting_minutes: 5,
            }),
            ..details()
        };
        let mut data = json!({"incident": incident(false), "link": link, "why_url": why});
        data["incident"]["flapping"] = json!({"outages": 3, "within_minutes": 30, "lasting_minutes": 5});
        assert_eq!(
            machine_readable(MessageKind::Down, Some(flapping)),
            expected("incident.opened", data)
        );
        let found = IncidentDetails {
            regions: Some(FoundBy {
                down: vec!["eu".to_owned(), "us".to_owned()],
                up: vec!["ap".to_owned()],
                absent: Vec::new(),
            }),
            ..details()
        };
        let mut data = json!({"incident": incident(false), "link": link, "why_url": why});
        data["incident"]["regions"] = json!({"down": ["eu", "us"], "up": ["ap"], "absent": []});
        assert_eq!(
            machine_readable(MessageKind::Down, Some(found)),
            expected("incident.opened", data)
        );
        for (degraded, name) in [(false, "incident.resolved"), (true, "monitor.recovered")] {
            let ended = MessageKind::Ended {
                resolved_at,
                reason: CloseReason::Paused,
                degraded,
            };
            let mut over = incident(true);
            over["close_reason"] = json!("paused");
            let data = json!({"incident": over, "link": link, "why_url": why});
            assert_eq!(
                machine_readable(ended, Some(details())),
                expected(name, data),
                "{name}"
            );
        }
        let drill = IncidentDetails {
            monitor_id: domain::MonitorId(-3),
            link: "http://localhost:8080/drills/3".to_owned(),
            ..details()
        };
        let mut rehearsed = incident(false);
        rehearsed["monitor"]["id"] = json!(-3);
        let data = json!({"incident": rehearsed, "link": "http://localhost:8080/drills/3", "drill": true});
        assert_eq!(
            machine_readable(MessageKind::Down, Some(drill)),
            expected("incident.opened", data)
        );
        let test = MessageKind::Test {
            channel: "#ops".to_owned(),
        };
        assert_eq!(machine_readable(test, None), expected("test", json!({})));
    }
}
