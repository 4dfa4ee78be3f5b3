//! What Twilio's errors mean, by their codes, <https://www.twilio.com/docs/api/errors>.

use hyper::StatusCode;
use serde_json::Value;
use shared::outgoing::excerpt;

use crate::channel::kinds::api::Answered;
use crate::channel::{Form, SendError};

/// Why a message or a call was refused.
pub(super) fn refusal(answered: &Answered, said: &Value, form: Form) -> SendError {
    let code = said["code"].as_i64().or(said["error_code"].as_i64());
    let words = said["message"].as_str().or(said["error_message"].as_str());
    let words = excerpt(words.unwrap_or(&answered.body));
    let reason = |why: &str| match code {
        Some(code) => format!("{why} (error {code}: {words})"),
        None => format!("{why} (HTTP {}: {words})", answered.status.as_u16()),
    };
    let permanent = |why: &str| SendError::Permanent(reason(why));
    match code.unwrap_or_default() {
        // It may be on its way all the same, and would come twice.
        20_500 | 20_503 => SendError::Unanswered(reason("Twilio is in trouble")),
        20_429 | 21_611 | 21_730 | 30_001 | 30_022 => SendError::Temporary {
            reason: reason("Twilio does not take it now"),
            retry_after: answered.retry_after,
        },
        20_003 => permanent("Twilio does not accept the account's SID and token: enter them again"),
        20_005 | 30_002 => permanent("the account is not active: see Twilio's console"),
        20_404 => permanent("Twilio does not know the account: check its SID"),
        21_211 | 21_214 | 21_217 | 21_401 | 21_421 => {
            permanent("the number that it goes to is not one: check it")
        }
        21_614 => {
            permanent("the number that it goes to cannot receive text messages: it is not a mobile phone's")
        }
        21_610 => permanent("the number has unsubscribed by answering STOP: its owner has to send START"),
        21_612 => {
            permanent("Twilio has no route from the number that it comes from to the one that it goes to")
        }
        21_408 | 21_215 | 13_227 => {
            permanent("the account may not reach this country: see Geo permissions in the console")
        }
        21_608 | 21_219 => {
            permanent("a trial account reaches only numbers that were verified in its console")
        }
        21_606 | 21_659 | 21_660 | 21_603 | 21_212 | 21_210 | 21_661 => {
            permanent("it cannot come from this number: it has to be the account's, and capable of it")
        }
        21_703..=21_705 => permanent("the messaging service has no number, or is none of the account's"),
        30_034 => permanent("the number that it comes from is not registered for messages to this country"),
        _ if answered.status == StatusCode::UNAUTHORIZED => {
            permanent("Twilio does not accept the account's SID and token: enter them again")
        }
        // With 201, too: an error is an error.
        _ if answered.status.is_success() => permanent("Twilio has refused it"),
        _ if answered.status.is_server_error() => SendError::Unanswered(reason("Twilio is in trouble")),
        _ => answered.error(Some(&reason("Twilio has refused it")), form),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn errors_are_told_apart_by_their_codes() {
        let of = |status, code: i64| {
            let said = json!({"code": code, "message": "it says so", "status": status});
            let answered = Answered {
                status: StatusCode::from_u16(status).unwrap(),
                retry_after: None,
                body: said.to_string(),
            };
            refusal(&answered, &said, Form::Full)
        };
        for (status, code) in [(429, 20_429), (400, 21_611), (400, 30_001)] {
            assert!(matches!(of(status, code), SendError::Temporary { .. }), "{code}");
        }
        for (status, code) in [(503, 20_503), (500, 20_500), (500, 1)] {
            assert!(matches!(of(status, code), SendError::Unanswered(_)), "{code}");
        }
        for (code, word) in [
            (20_003, "SID and token"),
            (21_211, "is not one"),
            (21_614, "mobile"),
            (21_610, "STOP"),
            (21_606, "come from"),
            (21_608, "trial"),
        ] {
            match of(400, code) {
                SendError::Permanent(reason) => {
                    assert!(reason.contains(word) && reason.contains("it says so"), "{reason}");
                }
                other => panic!("{code}: {other:?}"),
            }
        }
        assert!(matches!(of(400, 21_617), SendError::Content(_)));
        assert!(matches!(of(201, 21_617), SendError::Permanent(_)));
    }
}
