//! What has become of a request that the API has accepted, and what that means for the message.

use std::time::Duration;

use domain::Timestamp;
use shared::outgoing::excerpt;

use super::super::api::Answered;
use super::super::incidents::Action;
use crate::channel::SendError;
use crate::channel::message::{Message, MessageKind};

/// Ends the receipt of a request that had not been carried out when it was last asked about.
pub(super) const NOT_YET: &str = "accepted, not yet processed";

/// How long after the end of an incident its alert may still come, and after its beginning for what is sent while it goes
/// on.
const MAY_COME_MS: i64 = 600_000;

/// Longer names are not asked about: an id has 36 characters.
const MAX_NAME_BYTES: usize = 128;

/// How the service says that there is no open alert of this alias.
const GONE: [&str; 5] = [
    "not exist",
    "not found",
    "already closed",
    "is closed",
    "been closed",
];

/// How it says that there is one.
const IS_OPEN: [&str; 3] = ["already an open", "already exist", "dedup"];

/// What it says of requests that it will not carry out the next time either.
const FINAL: [&str; 9] = [
    "not allowed",
    "not permitted",
    "permission",
    "unauthori",
    "forbidden",
    "restricted",
    "disabled",
    "invalid",
    "not valid",
];

/// What the API says of a request that it has accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// It was carried out, on this alert where it names one.
    Done(Option<String>),
    /// It was not, and why.
    Failed(String),
    /// Nothing is known yet; how long the service wants to be left alone.
    Waiting(Option<Duration>),
    /// It does not say, however often it is asked, and why.
    Silent(String),
}

/// Whether the name of a request can stand in an address: the service has made it up.
pub(super) fn is_name(request: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=MAX_NAME_BYTES).contains(&request.len()) && request.bytes().all(is_plain)
}

/// Reads the answer to the question what has become of a request:
/// `{"data": {"isSuccess": true, "status": "Created alert", "alertId": "…"}}`, or what is in `data`.
pub(super) fn progress(answered: &Answered) -> Progress {
    match answered.status.as_u16() {
        200..300 => {}
        // What is not processed yet is not known yet.
        404 => return Progress::Waiting(None),
        408 | 425 | 429 | 500.. => return Progress::Waiting(answered.retry_after),
        status => return Progress::Silent(format!("HTTP {status}")),
    }
    let Ok(said) = answered.taken() else {
        return Progress::Waiting(None);
    };
    let data = said.get("data").unwrap_or(&said);
    let text = |name: &str| data[name].as_str().filter(|text| !text.is_empty());
    match data["isSuccess"].as_bool() {
        Some(true) => Progress::Done(text("alertId").map(excerpt)),
        Some(false) => match (text("status"), text("processedAt")) {
            (None, None) => Progress::Waiting(None),
            (status, _) => Progress::Failed(excerpt(status.unwrap_or("no reason is given"))),
        },
        None => Progress::Waiting(None),
    }
}

/// What it means that the question was not answered.
pub(super) fn unanswered(error: SendError) -> Progress {
    match error {
        SendError::Permanent(reason) => Progress::Silent(reason),
        _ => Progress::Waiting(None),
    }
}

/// What it means that a request was not carried out: it did not have to be, as the words say that are returned, or the
/// message is refused or sent again. That opens no second alert, because of the alias. `may_come` says whether the alert
/// may still be opened.
pub(super) fn not_done(action: Action, said: &str, may_come: bool) -> Result<String, SendError> {
    let words = said.to_lowercase();
    let says = |any: &[&str]| any.iter().any(|part| words.contains(part));
    match action {
        Action::Open | Action::Test if says(&IS_OPEN) => Ok(format!("the alert was open already ({said})")),
        Action::Acknowledge if says(&["already ack"]) => Ok(format!("acknowledged already ({said})")),
        Action::Close | Action::Acknowledge | Action::Remind if may_come && says(&GONE) => {
            let reason = format!("The alert is not there, and may still come: {said}");
            Err(SendError::temporary(reason))
        }
        Action::Close | Action::Acknowledge if says(&GONE) => {
            Ok(format!("no such alert is open any more ({said})"))
        }
        Action::Remind if says(&GONE) => Err(SendError::Permanent(format!(
            "The alert is not open any more: somebody has closed or deleted it there ({said})"
        ))),
        _ if says(&FINAL) => Err(SendError::Permanent(format!(
            "The service accepted the request and then refused it: {said}"
        ))),
        // A reason that is not known may pass, and an alert that nobody gets is worse than attempts.
        _ => Err(SendError::temporary(format!(
            "The service accepted the request and did not carry it out: {said}"
        ))),
    }
}

/// Whether an alert that is to be changed may still be opened: that was accepted and not yet processed, and the incident has
/// ended a short while ago, or begun, where it goes on.
pub(super) fn may_come(message: &Message, now: Timestamp) -> bool {
    let since = match message.kind {
        MessageKind::Up { resolved_at, .. }
        | MessageKind::Recovered { resolved_at }
        | MessageKind::Seen { resolved_at, .. }
        | MessageKind::Ended { resolved_at, .. } => Some(resolved_at),
        MessageKind::Reminder { .. } | MessageKind::Acknowledged => {
            message.details.as_ref().map(|details| details.started_at)
        }
        _ => None,
    };
    let is_recent = since.is_some_and(|at| now.millis_since(at) < MAY_COME_MS);
    let opening = message.opening_receipt.as_deref();
    is_recent && opening.is_some_and(|receipt| receipt.ends_with(NOT_YET))
}

#[cfg(test)]
mod tests {
    use super::super::super::incidents::tests::{AT, message};
    use super::*;

    fn said(status: u16, body: &str) -> Progress {
        progress(&Answered {
            status: status.try_into().unwrap(),
            retry_after: None,
            body: body.to_owned(),
        })
    }

    #[test]
    fn what_became_of_a_request_is_understood() {
        let done =
            r#"{"data":{"isSuccess":true,"status":"Created alert","alertId":"8743-14"},"requestId":"r"}"#;
        assert_eq!(said(200, done), Progress::Done(Some("8743-14".to_owned())));
        let bare = r#"{"isSuccess":true,"status":"Closed alert","alertId":""}"#;
        assert_eq!(said(200, bare), Progress::Done(None));
        let failed = r#"{"data":{"isSuccess":false,"status":"Alert does not exist","alertId":""}}"#;
        assert_eq!(
            said(200, failed),
            Progress::Failed("Alert does not exist".to_owned())
        );
        let silent = r#"{"data":{"isSuccess":false,"processedAt":"2026-11-21T10:00:00Z"}}"#;
        assert_eq!(
            said(200, silent),
            Progress::Failed("no reason is given".to_owned())
        );
        for (status, body) in [
            (200, "<html>Sign in</html>"),
            (200, r#"{"data":{"isSucc"#),
            (200, r#"{"data":{"isSuccess":false,"status":""}}"#),
            (200, r#"{"data":[1]}"#),
            (200, "7"),
            (404, r#"{"message":"Request not found"}"#),
            (500, ""),
            (503, "later"),
        ] {
            assert_eq!(said(status, body), Progress::Waiting(None), "{status} {body}");
        }
        for status in [302, 401, 403, 405, 410] {
            assert_eq!(said(status, ""), Progress::Silent(format!("HTTP {status}")));
        }
        let busy = Answered {
            status: 429.try_into().unwrap(),
            retry_after: Some(Duration::from_secs(3)),
            body: String::new(),
        };
        assert_eq!(progress(&busy), Progress::Waiting(Some(Duration::from_secs(3))));
    }

    #[test]
    fn a_failure_is_sorted_by_what_was_asked_for() {
        let gone = "Alert does not exist";
        let open = "There is already an open alert with this alias";
        for action in [Action::Open, Action::Test] {
            assert!(not_done(action, open, false).is_ok());
            for passing in ["Internal error", "Timed out", "no reason is given"] {
                let sorted = not_done(action, passing, false);
                assert!(matches!(sorted, Err(SendError::Temporary { .. })), "{sorted:?}");
            }
            let refused = not_done(
                action,
                "Creating alerts is not allowed for this integration",
                false,
            );
            assert!(matches!(refused, Err(SendError::Permanent(_))), "{refused:?}");
        }
        assert!(not_done(Action::Acknowledge, "Alert is already acknowledged", false).is_ok());
        for action in [Action::Close, Action::Acknowledge] {
            assert!(not_done(action, gone, false).unwrap().contains(gone));
        }
        let reminded = not_done(Action::Remind, gone, false);
        assert!(matches!(&reminded, Err(SendError::Permanent(reason)) if reason.contains(gone)));
        for action in [Action::Close, Action::Acknowledge, Action::Remind] {
            let early = not_done(action, gone, true);
            assert!(matches!(&early, Err(SendError::Temporary { reason, .. }) if reason.contains(gone)));
        }
    }

    #[test]
    fn an_alert_that_was_not_there_yet_is_waited_for_a_while() {
        let mut up = message(
            MessageKind::Up {
                resolved_at: AT,
                summary: false,
                earlier_outages: 0,
            },
            0,
        );
        assert!(!may_come(&up, AT));
        up.opening_receipt = Some(format!("request r-1: {NOT_YET}"));
        assert!(may_come(&up, AT.plus_millis(MAY_COME_MS - 1)));
        assert!(!may_come(&up, AT.plus_millis(MAY_COME_MS)));
        up.opening_receipt = Some("alert 8743-14 (request r-1)".to_owned());
        assert!(!may_come(&up, AT));
        // While it goes on, it counts since when.
        for kind in [
            MessageKind::Reminder {
                now: AT.plus_millis(MAY_COME_MS),
            },
            MessageKind::Acknowledged,
        ] {
            let mut meanwhile = message(kind, 0);
            assert!(!may_come(&meanwhile, AT));
            meanwhile.opening_receipt = Some(format!("request r-1: {NOT_YET}"));
            assert!(may_come(&meanwhile, AT.plus_millis(MAY_COME_MS - 1)));
            assert!(!may_come(&meanwhile, AT.plus_millis(MAY_COME_MS)));
        }
        let mut down = message(MessageKind::Down, 0);
        down.opening_receipt = Some(format!("request r-1: {NOT_YET}"));
        assert!(!may_come(&down, AT));
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_none() {
        assert!(is_name("43a29c5c-3dbf-4fa4-9c26-f4f71023e120"));
        for name in ["", "..", "../alerts", "a?b=c", "a b", "a/b", &"x".repeat(129)] {
            assert!(!is_name(name), "{name}");
        }
    }
}
