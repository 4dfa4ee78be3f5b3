//! PagerDuty's Events API v2, <https://developer.pagerduty.com/docs/events-api-v2-overview>. An event for a key that
//! PagerDuty does not know opens an incident when it is a trigger, and is ignored otherwise.

use domain::channel::PagerDutyConfig;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use std::time::Duration;

use super::api::{Answered, Api};
use super::incidents::{Action, CLIENT, Event, heard, left_open, refused};
use crate::channel::message::Message;
use crate::channel::{Channel, Form, Receipt, SendError};

/// Characters that a summary may have.
const MAX_SUMMARY_CHARS: usize = 1_024;

/// The same of an event that was refused as a whole.
const MAX_SHORT_CHARS: usize = 255;

/// Requests that a test takes; other messages take one.
const TEST_REQUESTS: u32 = 2;

/// One integration of a service.
pub(in crate::channel) struct PagerDuty {
    url: String,
    routing_key: String,
    api: Api,
}

impl PagerDuty {
    pub(in crate::channel) fn open(config: PagerDutyConfig, api: &Api) -> Self {
        Self {
            url: format!("{}/v2/enqueue", config.api_url),
            routing_key: config.routing_key,
            api: api.clone(),
        }
    }

    async fn post(&self, body: &Value, form: Form) -> Result<(), SendError> {
        let answered = self.api.post(&self.url, &[], body).await?;
        understood(&heard(answered, &self.routing_key), form)
    }
}

impl Channel for PagerDuty {
    fn send<'a>(&'a self, message: &'a Message, form: Form) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(async move {
            let event = Event::of(message)?;
            let (routing_key, key) = (&self.routing_key, &event.key);
            let (body, done) = match event.action {
                Action::Open | Action::Remind | Action::Test => {
                    (trigger(&event, message, routing_key, form), "triggered")
                }
                Action::Acknowledge => (change("acknowledge", key, routing_key), "acknowledged"),
                Action::Close => (change("resolve", key, routing_key), "resolved"),
            };
            self.post(&body, form).await?;
            if event.action != Action::Test {
                return Ok(Receipt(format!("{done}: {key}")));
            }
            let resolve = change("resolve", key, routing_key);
            let resolved = self.post(&resolve, form).await;
            resolved.map_err(|error| left_open(&error))?;
            Ok(Receipt(format!("triggered and resolved: {key}")))
        })
    }

    fn within(&self, exchange: Duration) -> Duration {
        exchange * TEST_REQUESTS
    }
}

/// A success says so in its body, too: `{"status": "success"}`.
fn understood(answered: &Answered, form: Form) -> Result<(), SendError> {
    let said = if answered.status.is_success() {
        let said = answered.taken()?;
        if said.is_null() || said["status"] == "success" {
            return Ok(());
        }
        said
    } else {
        answered.json()
    };
    let reason = reason(&said);
    let reason = reason.as_deref();
    let is_about_key = reason.is_some_and(|reason| reason.to_lowercase().contains("routing"));
    Err(match answered.status.as_u16() {
        200..300 | 400 if is_about_key => answered.permanent(
            "PagerDuty does not know the integration key: enter that of an integration \"Events API V2\"",
            reason,
        ),
        200..300 if form == Form::Full => SendError::Content(reason.unwrap_or("not taken").to_owned()),
        200..300 => answered.permanent("PagerDuty has not taken the event", reason),
        401 | 403 => answered.permanent(
            "PagerDuty refuses the integration key: the integration or its service may be switched off",
            reason,
        ),
        404 => answered.permanent("There is no Events API at this address", reason),
        _ => refused(answered, reason, form),
    })
}

/// What an answer says is wrong.
fn reason(said: &Value) -> Option<String> {
    let message = said["message"].as_str().or_else(|| said["status"].as_str())?;
    let errors = said["errors"].as_array().into_iter().flatten();
    let errors: Vec<&str> = errors.filter_map(Value::as_str).collect();
    Some(match errors.as_slice() {
        [] => message.to_owned(),
        errors => format!("{message}: {}", errors.join("; ")),
    })
}

/// An event about an incident that is there.
fn change(action: &str, key: &str, routing_key: &str) -> Value {
    json!({"routing_key": routing_key, "event_action": action, "dedup_key": key})
}

/// An event that opens an incident, or says more of one that is open.
fn trigger(event: &Event<'_>, message: &Message, routing_key: &str, form: Form) -> Value {
    let severity = match event.action {
        Action::Test => "info",
        _ if event.is_degraded() => "warning",
        _ => "critical",
    };
    let limit = match form {
        Form::Full => MAX_SUMMARY_CHARS,
        Form::Short => MAX_SHORT_CHARS,
    };
    let mut body = change("trigger", &event.key, routing_key);
    body["payload"] = json!({
        "summary": event.title(limit),
        "source": event.source(),
        "severity": severity,
        "class": event.class(),
    });
    if form == Form::Short {
        return body;
    }
    body["client"] = json!(CLIENT);
    body["payload"]["custom_details"] = json!({"explanation": message.explanation(form).join("\n")});
    if event.is_drill() {
        body["payload"]["custom_details"]["drill"] = json!(true);
    }
    if let Some(details) = event.details {
        body["client_url"] = json!(details.link);
        body["links"] = json!([{"href": details.link, "text": "Monitor"}]);
        body["payload"]["timestamp"] = json!(details.started_at);
        body["payload"]["component"] = json!(event.name());
        body["payload"]["custom_details"]["monitor"] = json!(details.name);
        body["payload"]["custom_details"]["address"] = json!(details.url);
        body["payload"]["custom_details"]["incident"] = json!(details.incident_id);
    }
    body
}

#[cfg(test)]
mod tests {
    use super::super::incidents::tests::{AT, message, of_drill};
    use super::*;
    use crate::channel::message::MessageKind;

    fn answer(status: u16, body: &str, form: Form) -> Result<(), SendError> {
        let answered = Answered {
            status: status.try_into().unwrap(),
            retry_after: None,
            body: body.to_owned(),
        };
        understood(&answered, form)
    }

    #[test]
    fn an_outage_is_critical_and_slowness_a_warning() {
        for (kind, severity) in [
            (MessageKind::Down, "critical"),
            (MessageKind::Reminder { now: AT }, "critical"),
            (MessageKind::Degraded, "warning"),
        ] {
            let message = message(kind, 0);
            let event = Event::of(&message).unwrap();
            let full = trigger(&event, &message, "r-1", Form::Full);
            assert_eq!(full["payload"]["severity"], severity);
            assert_eq!(full["dedup_key"], event.key);
            assert!(full.to_string().len() < 65_536, "{}", full.to_string().len());
            let short = trigger(&event, &message, "r-1", Form::Short);
            assert!(short.to_string().len() < 2_048, "{short}");
            assert_eq!(short["dedup_key"], event.key);
        }
    }

    #[test]
    fn a_drill_is_told_apart_in_its_details() {
        let made = |message: &Message| trigger(&Event::of(message).unwrap(), message, "r-1", Form::Full);
        let drill = made(&of_drill(MessageKind::Down));
        assert_eq!(drill["payload"]["custom_details"]["drill"], true);
        let outage = made(&message(MessageKind::Down, 0));
        assert!(outage["payload"]["custom_details"]["drill"].is_null());
    }

    #[test]
    fn an_answer_is_understood() {
        let taken = r#"{"status":"success","message":"Event processed","dedup_key":"k"}"#;
        assert_eq!(answer(202, taken, Form::Full), Ok(()));
        // A body that breaks off takes nothing back.
        assert_eq!(answer(202, r#"{"status":"succ"#, Form::Full), Ok(()));
        let invalid = r#"{"status":"invalid event","message":"Event object is invalid","errors":["'summary' is too long"]}"#;
        for status in [200, 400] {
            let Err(SendError::Content(reason)) = answer(status, invalid, Form::Full) else {
                panic!("{status}");
            };
            assert!(reason.contains("'summary' is too long"), "{reason}");
            let short = answer(status, invalid, Form::Short);
            assert!(matches!(short, Err(SendError::Permanent(_))), "{short:?}");
        }
        let key = r#"{"status":"invalid event","message":"Event object is invalid","errors":["Invalid routing key"]}"#;
        for status in [200, 400] {
            let Err(SendError::Permanent(reason)) = answer(status, key, Form::Full) else {
                panic!("{status}");
            };
            assert!(reason.contains("integration key"), "{reason}");
        }
        let page = answer(200, "<html>Sign in</html>", Form::Full);
        assert!(matches!(page, Err(SendError::Temporary { .. })), "{page:?}");
        for (status, permanent) in [(401, true), (403, true), (404, true), (429, false), (500, false)] {
            let error = answer(status, "", Form::Full).unwrap_err();
            assert_eq!(
                matches!(error, SendError::Permanent(_)),
                permanent,
                "{status}: {error:?}"
            );
        }
    }
}
