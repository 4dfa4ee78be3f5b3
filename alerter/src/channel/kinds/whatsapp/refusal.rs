//! What Meta's errors mean. They are told apart by their codes: titles change,
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes>.

use std::time::Duration;

use hyper::StatusCode;
use serde_json::Value;
use shared::outgoing::excerpt;

use crate::channel::kinds::api::Answered;
use crate::channel::{Form, SendError};

/// How far apart messages to one number are to be.
const PAIR_PAUSE: Duration = Duration::from_secs(6);

/// Before it is tried again where Meta thinks that a person or an account has had enough.
const LONG_PAUSE: Duration = Duration::from_secs(3_600);

/// Why a message was refused. Of the `templates`, the first is the one for it, and the second the one in its place.
pub(super) fn refusal(answered: &Answered, error: &Value, templates: (&str, &str), form: Form) -> SendError {
    let code = error["code"].as_i64();
    let said = error["error_data"]["details"].as_str();
    let said = excerpt(said.or(error["message"].as_str()).unwrap_or(&answered.body));
    let reason = |words: &str| match code {
        Some(code) => format!("{words} (error {code}: {said})"),
        None => format!("{words} ({said})"),
    };
    let later = |least: Option<Duration>| SendError::Temporary {
        reason: reason("WhatsApp does not take it now"),
        retry_after: answered.retry_after.max(least),
    };
    let permanent = |words: &str| SendError::Permanent(reason(words));
    let Some(code) = code else {
        return match answered.status {
            StatusCode::UNAUTHORIZED => permanent(TOKEN),
            _ => answered.error(Some(&said), form),
        };
    };
    match code {
        1 | 2 | 4 | 80_007 | 130_429 | 131_000 | 131_016 | 131_057 | 133_004 => later(None),
        131_056 => later(Some(PAIR_PAUSE)),
        131_048 => later(Some(LONG_PAUSE)),
        // The other template may be of another category.
        131_049 if form == Form::Full && templates.0 != templates.1 => {
            SendError::Content(reason("Meta holds this template back"))
        }
        131_049 => SendError::Temporary {
            reason: reason(
                "Meta delivers no more messages of this category to this number for now: look whether it has moved \
                 the templates to the category marketing",
            ),
            retry_after: Some(LONG_PAUSE),
        },
        132_000 | 132_001 | 132_005 | 132_007 | 132_012 | 132_015 | 132_016 => {
            template_refusal(code, &said, templates, form)
        }
        0 | 190 | 401 => permanent(TOKEN),
        3 | 10 | 200..=299 | 131_005 => permanent(
            "the access token may not send messages: it needs the permission whatsapp_business_messaging, and its \
             system user the WhatsApp account",
        ),
        100 => permanent("WhatsApp does not take the request: check the id of the phone number"),
        131_021 => permanent("the number that messages go to is the one that they come from"),
        131_026 => permanent(
            "the message cannot be delivered: the number is not on WhatsApp, has not accepted its terms, or its app is \
             too old",
        ),
        131_030 => permanent("the number is not among the recipients of Meta's test number: add it there"),
        131_031 | 368 => permanent("Meta has locked the WhatsApp account: see WhatsApp Manager"),
        131_042 => {
            permanent("Meta has no valid way of payment for the WhatsApp account: see WhatsApp Manager")
        }
        131_047 => permanent(
            "the number has not written within 24 hours and takes only templates: look whether this one is approved",
        ),
        131_050 => {
            permanent("the number has opted out of such messages: its owner can opt in again in WhatsApp")
        }
        131_051 => permanent("WhatsApp does not know this type of message"),
        130_497 => permanent("the WhatsApp account may not send messages to the country of this number"),
        133_010 => permanent("the number that messages come from is not registered for the Cloud API"),
        _ if answered.status == StatusCode::UNAUTHORIZED => permanent(TOKEN),
        // With 200, too: an error is an error.
        _ if answered.status.is_success() => permanent("WhatsApp has refused the message"),
        _ => answered.error(Some(&reason("WhatsApp has refused the message")), form),
    }
}

const TOKEN: &str = "WhatsApp does not accept the access token: make a new one of a system user, that does not expire, \
                     and enter it";

/// What is wrong with a template. Before anybody has to do something about it, the one for everything is tried.
fn template_refusal(code: i64, said: &str, templates: (&str, &str), form: Form) -> SendError {
    let problem = match code {
        132_000 => "has another number of variables than its text in docs/CHANNELS.md: submit that text",
        132_001 => {
            "does not exist in the language of the channel, or is not approved yet: create it in WhatsApp Manager"
        }
        132_005 => "is too long once it is filled in: submit the text in docs/CHANNELS.md",
        132_007 => "breaks a rule of Meta's: see WhatsApp Manager",
        132_012 => "has variables of another form than its text in docs/CHANNELS.md: submit that text",
        132_015 => "is paused by Meta because of its quality: see WhatsApp Manager",
        _ => "is disabled by Meta because of its quality: create the templates under another prefix",
    };
    let (own, notice) = templates;
    let has_other = form == Form::Full && (own != notice || matches!(code, 132_005 | 132_007 | 132_012));
    let reason = match form {
        Form::Full => format!("the template {own} {problem} (error {code}: {said})"),
        Form::Short if own == notice => format!("the template {notice} {problem} (error {code}: {said})"),
        Form::Short => {
            format!(
                "neither the template {own} nor {notice} is taken: the latter {problem} (error {code}: {said})"
            )
        }
    };
    match has_other {
        true => SendError::Content(reason),
        false => SendError::Permanent(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(status: u16, code: i64, form: Form, templates: (&str, &str)) -> SendError {
        let error = json!({"error": {"message": "(#1) title", "code": code, "error_data": {"details": "it says so"}}});
        let answered = Answered {
            status: StatusCode::from_u16(status).unwrap(),
            retry_after: None,
            body: error.to_string(),
        };
        refusal(&answered, &error["error"], templates, form)
    }

    #[test]
    fn errors_are_told_apart_by_their_codes_and_not_by_the_status() {
        let of = |status, code| refused(status, code, Form::Full, ("uptime_notice", "uptime_notice"));
        for code in [1, 2, 4, 80_007, 130_429, 131_000, 131_016] {
            for status in [400, 429, 500] {
                let error = of(status, code);
                assert!(
                    matches!(
                        &error,
                        SendError::Temporary {
                            retry_after: None,
                            ..
                        }
                    ),
                    "{error:?}"
                );
                assert!(error.to_string().contains("it says so"), "{error}");
            }
        }
        for (code, pause) in [(131_056, 6), (131_049, 3_600), (131_048, 3_600)] {
            let error = of(400, code);
            let asked = Some(Duration::from_secs(pause));
            assert!(
                matches!(error, SendError::Temporary { retry_after, .. } if retry_after == asked),
                "{code}"
            );
        }
        for (code, word) in [
            (190, "token"),
            (200, "permission"),
            (100, "phone number"),
            (131_026, "not on WhatsApp"),
            (131_047, "24 hours"),
            (131_050, "opted out"),
            (131_051, "type"),
        ] {
            for status in [200, 400, 401] {
                match of(status, code) {
                    SendError::Permanent(reason) => assert!(reason.contains(word), "{reason}"),
                    other => panic!("{code}: {other:?}"),
                }
            }
        }
        assert!(matches!(of(400, 131_009), SendError::Content(_)));
        assert!(matches!(of(200, 131_009), SendError::Permanent(_)));
    }

    #[test]
    fn a_template_that_is_not_to_be_had_is_named_once_nothing_else_is_left() {
        for code in [132_000, 132_001, 132_005, 132_007, 132_012, 132_015, 132_016] {
            let templates = ("uptime_down", "uptime_notice");
            match refused(404, code, Form::Full, templates) {
                SendError::Content(reason) => assert!(reason.contains("uptime_down"), "{reason}"),
                other => panic!("{code}: {other:?}"),
            }
            match refused(404, code, Form::Short, templates) {
                SendError::Permanent(reason) => {
                    assert!(
                        reason.contains("uptime_down") && reason.contains("uptime_notice"),
                        "{reason}"
                    );
                }
                other => panic!("{code}: {other:?}"),
            }
        }
        let missing = refused(404, 132_001, Form::Full, ("uptime_notice", "uptime_notice"));
        assert!(
            matches!(missing, SendError::Permanent(reason) if reason.contains("uptime_notice does not exist"))
        );
    }
}
