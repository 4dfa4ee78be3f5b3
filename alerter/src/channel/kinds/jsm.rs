//! Jira Service Management's alerts, <https://developer.atlassian.com/cloud/jira/service-desk-ops/rest/v1/api-group-integration-events>,
//! and Opsgenie's, which have the same API. It accepts requests at once, and does what they ask for later: what became of
//! one is asked by its name.

mod outcome;
mod questions;

use std::time::Duration;

use domain::channel::{JsmConfig, JsmPriority};
use futures_util::future::BoxFuture;
use hyper::header::{AUTHORIZATION, HeaderName};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until, timeout_at};

use self::outcome::{NOT_YET, Progress, is_name, may_come, not_done, progress, unanswered};
pub(in crate::channel) use self::questions::Questions;
use super::api::{Answered, Api};
use super::incidents::{Action, CLIENT, Event, heard, left_open, refused};
use crate::channel::fit::{cut, cut_lines};
use crate::channel::message::Message;
use crate::channel::{Channel, Form, Receipt, SendError};

/// Characters that the title of an alert may have.
const MAX_MESSAGE_CHARS: usize = 130;

/// The same of its description.
const MAX_DESCRIPTION_CHARS: usize = 15_000;

/// The same of the entity.
const MAX_ENTITY_CHARS: usize = 512;

/// The same of each of its details; they have 8,000 together.
const MAX_DETAIL_CHARS: usize = 2_000;

/// The same of a note, less than what the API takes.
const MAX_NOTE_CHARS: usize = 5_000;

/// Exchanges that a test takes: two requests, and as long again for the questions about each. Other messages take one
/// request, or a long and a short one, and the questions.
const EXCHANGES: u32 = 4;

/// One API integration.
pub(in crate::channel) struct Jsm {
    /// Where alerts are created.
    url: String,
    api_key: String,
    priority: JsmPriority,
    api: Api,
    questions: Questions,
}

impl Jsm {
    pub(in crate::channel) fn open(config: JsmConfig, api: &Api, questions: &Questions) -> Self {
        Self {
            url: format!("{}/v2/alerts", config.api_url),
            api_key: config.api_key,
            priority: config.priority,
            api: api.clone(),
            questions: questions.clone(),
        }
    }

    fn authorization(&self) -> [(HeaderName, String); 1] {
        [(AUTHORIZATION, format!("GenieKey {}", self.api_key))]
    }

    /// Answers the name of the request, where it has one.
    async fn post(&self, path: &str, body: &Value, form: Form) -> Result<Option<String>, SendError> {
        let url = format!("{}{path}", self.url);
        let answered = self.api.post(&url, &self.authorization(), body).await?;
        understood(&heard(answered, &self.api_key), form)
    }

    /// What is kept of a request that was accepted, once it was asked about.
    async fn settled(
        &self,
        request: Option<String>,
        action: Action,
        may_come: bool,
    ) -> Result<String, SendError> {
        let Some(request) = request else {
            return Ok("request taken".to_owned());
        };
        Ok(match self.ask(&request).await {
            Progress::Done(Some(alert)) => format!("alert {alert} (request {request})"),
            Progress::Done(None) => format!("request {request}: processed"),
            Progress::Failed(said) => {
                format!("request {request}: {}", not_done(action, &said, may_come)?)
            }
            // It is not sent again: what was accepted is processed in most cases, and who is on call knows of it then.
            Progress::Waiting(_) => format!("request {request}: {NOT_YET}"),
            Progress::Silent(why) => {
                format!("request {request}: accepted; what became of it is not said ({why})")
            }
        })
    }

    /// Asks what became of a request until that is known, as long as there is time.
    ///
    /// Meanwhile the send holds one of the few permits that the channel has for itself, and one of those that
    /// organisations share fairly (`sender`): what waits behind it is of this channel, and no other one waits longer for
    /// it than for a service that is slow to answer.
    async fn ask(&self, request: &str) -> Progress {
        let url = format!("{}/requests/{request}", self.url);
        let account = format!("{} {}", self.url, self.api_key);
        let until = Instant::now() + self.questions.within();
        let mut found = Progress::Waiting(None);
        for pause in self.questions.pauses(&account, Instant::now()) {
            let asked_for = match found {
                Progress::Waiting(Some(asked_for)) => asked_for.max(pause),
                _ => pause,
            };
            let at = Instant::now().checked_add(asked_for).filter(|at| *at < until);
            let Some(at) = at else { break };
            sleep_until(at).await;
            found = match timeout_at(until, self.api.get(&url, &self.authorization())).await {
                Ok(Ok(answered)) => progress(&heard(answered, &self.api_key)),
                Ok(Err(error)) => unanswered(error),
                Err(_) => Progress::Waiting(None),
            };
            if !matches!(found, Progress::Waiting(_)) {
                break;
            }
        }
        let has_answered = matches!(found, Progress::Done(_) | Progress::Failed(_));
        self.questions.note(&account, has_answered, Instant::now());
        found
    }
}

impl Channel for Jsm {
    fn send<'a>(&'a self, message: &'a Message, form: Form) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(async move {
            let event = Event::of(message)?;
            let (path, body) = request(&event, message, self.priority, form);
            let request = self.post(&path, &body, form).await?;
            let may_come = may_come(message, shared::now());
            let taken = self.settled(request, event.action, may_come).await?;
            if event.action != Action::Test {
                return Ok(Receipt(taken));
            }
            let (path, body) = change(&event, "close", event.title(MAX_MESSAGE_CHARS));
            let closing = async {
                let request = self.post(&path, &body, form).await?;
                let may_come = taken.ends_with(NOT_YET);
                self.settled(request, Action::Close, may_come).await
            };
            let closed = closing.await.map_err(|error| left_open(&error))?;
            Ok(Receipt(format!("created and closed: {taken}, {closed}")))
        })
    }

    fn within(&self, exchange: Duration) -> Duration {
        exchange * EXCHANGES
    }
}

/// A success names the request: `{"result": "Request will be processed", "requestId": "…"}`.
fn understood(answered: &Answered, form: Form) -> Result<Option<String>, SendError> {
    let said = if answered.status.is_success() {
        let said = answered.taken()?;
        if let Some(request) = said["requestId"].as_str() {
            return Ok(Some(request.to_owned()).filter(|request| is_name(request)));
        }
        if said.is_null() {
            return Ok(None);
        }
        said
    } else {
        answered.json()
    };
    let reason = said["message"].as_str();
    let is_about_key = reason.is_some_and(|reason| reason.contains("Key format"));
    Err(match answered.status.as_u16() {
        200..300 => answered.permanent("This is not the API of alerts: check its address", reason),
        401 => answered.permanent(
            "The API key is not known: it may be of another region, or its integration is switched off",
            reason,
        ),
        402 => answered.permanent("The subscription does not include this", reason),
        403 => answered.permanent(
            "The API key may not create alerts: enter that of an API integration with write access",
            reason,
        ),
        404 => answered.permanent("There is no API of alerts at this address", reason),
        422 if is_about_key => answered.permanent("This is no API key", reason),
        _ => refused(answered, reason, form),
    })
}

/// Path and body of the request that an event is. Texts may hold HTML there, so they are sent without what begins it.
fn request(event: &Event<'_>, message: &Message, priority: JsmPriority, form: Form) -> (String, Value) {
    match event.action {
        Action::Open | Action::Test => (String::new(), alert(event, message, priority, form)),
        Action::Remind => {
            let lines: Vec<_> = std::iter::once(event.title(MAX_MESSAGE_CHARS))
                .chain(message.explanation(form))
                .collect();
            change(
                event,
                "notes",
                cut_lines(lines, MAX_NOTE_CHARS, char::len_utf16).join("\n"),
            )
        }
        Action::Acknowledge => change(event, "acknowledge", event.title(MAX_MESSAGE_CHARS)),
        Action::Close => change(event, "close", event.title(MAX_MESSAGE_CHARS)),
    }
}

/// A request about an alert that is there.
fn change(event: &Event<'_>, what: &str, note: String) -> (String, Value) {
    let path = format!("/{}/{what}?identifierType=alias", event.key);
    (path, json!({"source": CLIENT, "note": plain(&note)}))
}

fn alert(event: &Event<'_>, message: &Message, outage: JsmPriority, form: Form) -> Value {
    let (priority, tag) = match event.action {
        Action::Test => (JsmPriority::P5, "test"),
        _ if event.is_degraded() => (outage.max(JsmPriority::P3), "degraded"),
        _ => (outage, "down"),
    };
    let mut body = json!({
        "message": plain(&event.title(MAX_MESSAGE_CHARS)),
        "alias": event.key,
        "source": CLIENT,
        "priority": priority,
    });
    if form == Form::Short {
        return body;
    }
    let drill = event.is_drill().then_some("drill");
    let tags: Vec<&str> = ["uptime-monitor", tag].into_iter().chain(drill).collect();
    body["tags"] = json!(tags);
    let mut lines = message.explanation(form);
    if let Some(details) = event.details {
        body["entity"] = json!(plain(&cut(&event.source(), MAX_ENTITY_CHARS, char::len_utf16)));
        body["details"] = json!({
            "monitor": event.name().map(|name| plain(&name)),
            "address": plain(&cut(&details.url, MAX_DETAIL_CHARS, char::len_utf16)),
            "reason": event.class(),
            "since": details.started_at,
            "link": details.link,
        });
        if event.is_drill() {
            // Details are texts.
            body["details"]["drill"] = json!("true");
        }
        lines.push(details.link.clone());
    }
    let description = cut_lines(lines, MAX_DESCRIPTION_CHARS, char::len_utf16).join("\n");
    body["description"] = json!(plain(&description));
    body
}

/// Without what begins HTML; as many characters as before.
fn plain(text: &str) -> String {
    text.replace('<', "‹").replace('>', "›")
}

#[cfg(test)]
mod tests {
    use super::super::incidents::tests::{AT, message, of_drill};
    use super::*;
    use crate::channel::message::MessageKind;

    fn answer(status: u16, body: &str, form: Form) -> Result<Option<String>, SendError> {
        let answered = Answered {
            status: status.try_into().unwrap(),
            retry_after: None,
            body: body.to_owned(),
        };
        understood(&answered, form)
    }

    fn made(kind: MessageKind, priority: JsmPriority, form: Form) -> (String, Value) {
        let message = message(kind, 0);
        request(&Event::of(&message).unwrap(), &message, priority, form)
    }

    #[test]
    fn slowness_is_not_more_urgent_than_an_outage() {
        use JsmPriority::{P1, P3, P4, P5};
        for (outage, slow) in [(P1, P3), (P3, P3), (P4, P4), (P5, P5)] {
            let down = made(MessageKind::Down, outage, Form::Full).1;
            assert_eq!(down["priority"], json!(outage));
            let degraded = made(MessageKind::Degraded, outage, Form::Full).1;
            assert_eq!(degraded["priority"], json!(slow));
        }
    }

    #[test]
    fn texts_fit_and_are_no_html() {
        for form in [Form::Full, Form::Short] {
            let (path, body) = made(MessageKind::Down, JsmPriority::P2, form);
            assert_eq!(path, "");
            let chars = |value: &Value| value.as_str().unwrap_or_default().encode_utf16().count();
            assert!((20..=130).contains(&chars(&body["message"])), "{body}");
            assert!(chars(&body["description"]) <= 15_000);
            assert!(body["details"].to_string().len() <= 8_000);
            assert!(!body.to_string().contains('<'), "{body}");
        }
        let (path, note) = made(MessageKind::Reminder { now: AT }, JsmPriority::P2, Form::Full);
        assert!(path.ends_with("/notes?identifierType=alias"), "{path}");
        let note = note["note"].as_str().unwrap();
        assert!(
            note.starts_with("Still down: Shop ‹b›& *one* (for 0 s)"),
            "{note}"
        );
        assert!(note.encode_utf16().count() <= 25_000 && !note.contains('<'));
    }

    #[test]
    fn a_drill_has_a_tag() {
        let message = of_drill(MessageKind::Down);
        let event = Event::of(&message).unwrap();
        let drill = request(&event, &message, JsmPriority::P2, Form::Full).1;
        assert_eq!(drill["tags"], json!(["uptime-monitor", "down", "drill"]));
        assert_eq!(drill["details"]["drill"], "true");
        let outage = made(MessageKind::Down, JsmPriority::P2, Form::Full).1;
        assert_eq!(outage["tags"], json!(["uptime-monitor", "down"]));
        assert!(outage["details"]["drill"].is_null());
    }

    #[test]
    fn an_answer_is_understood() {
        let taken = r#"{"result":"Request will be processed","took":0.3,"requestId":"43a2"}"#;
        assert_eq!(answer(202, taken, Form::Full), Ok(Some("43a2".to_owned())));
        assert_eq!(answer(202, r#"{"result":"#, Form::Full), Ok(None));
        let elsewhere = r#"{"result":"Request will be processed","requestId":"../../x"}"#;
        assert_eq!(answer(202, elsewhere, Form::Full), Ok(None));
        for (status, body, form, expected) in [
            (200, r#"{"ok":true}"#, Form::Full, "check its address"),
            (
                401,
                r#"{"message":"Could not authenticate"}"#,
                Form::Full,
                "Could not authenticate",
            ),
            (402, "{}", Form::Full, "subscription"),
            (
                403,
                r#"{"code":40301,"message":"To perform this action, use an API key from an API integration."}"#,
                Form::Full,
                "API integration with write access",
            ),
            (404, "", Form::Full, "no API of alerts"),
            (
                422,
                r#"{"message":"Key format is not valid!"}"#,
                Form::Full,
                "no API key",
            ),
            (
                422,
                r#"{"message":"Request body is not processable"}"#,
                Form::Short,
                "not processable",
            ),
        ] {
            let Err(SendError::Permanent(reason)) = answer(status, body, form) else {
                panic!("{status}");
            };
            assert!(reason.contains(expected), "{reason}");
        }
        let too_long = answer(
            422,
            r#"{"message":"Request body is not processable"}"#,
            Form::Full,
        );
        assert!(matches!(too_long, Err(SendError::Content(_))), "{too_long:?}");
        // A server in trouble may have done what it was asked for.
        let trouble = answer(503, "", Form::Full);
        assert!(matches!(trouble, Err(SendError::Partial(_))), "{trouble:?}");
        for (status, body) in [(200, "<html>"), (429, "{}")] {
            let error = answer(status, body, Form::Full);
            assert!(matches!(error, Err(SendError::Temporary { .. })), "{error:?}");
        }
    }
}
