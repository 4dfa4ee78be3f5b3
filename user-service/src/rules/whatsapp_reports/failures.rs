//! Why Meta has not delivered a message, in words. Reasons are told apart by their codes: titles change,
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes>.

use serde_json::Value;
use shared::outgoing::excerpt;

/// The reason of the first failure, as far as it can be read: `{"code", "title", "message", "error_data": {"details"}}`.
pub(super) fn reason(failures: &Value) -> String {
    let first = match failures {
        Value::Array(all) => all.first(),
        other => Some(other),
    };
    let Some(failure) = first.filter(|failure| !failure.is_null()) else {
        return "it was not delivered, and Meta does not say why".to_owned();
    };
    let data = &failure["error_data"];
    let said = [
        &data["details"],
        data,
        &failure["title"],
        &failure["message"],
        failure,
    ];
    let mut said = said.into_iter().filter_map(Value::as_str).map(excerpt);
    let said = said.find(|text| !text.is_empty());
    let code = code(&failure["code"]);
    let words = code.map_or(OTHER, words);
    match (code, said) {
        (Some(code), None) => format!("{words} (error {code})"),
        (Some(code), Some(said)) => format!("{words} (error {code}: {said})"),
        (None, None) => words.to_owned(),
        (None, Some(said)) => format!("{words} ({said})"),
    }
}

/// A number, also as a text.
fn code(sent: &Value) -> Option<i64> {
    match sent {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_i64(),
    }
}

const OTHER: &str = "Meta took the message and did not deliver it";

fn words(code: i64) -> &'static str {
    match code {
        131_026 => {
            "the number is not on WhatsApp, or cannot receive the message: its owner has to update WhatsApp and accept its terms"
        }
        131_047 => {
            "the recipient has not written within a day, so that only an approved template is delivered"
        }
        131_049 => "Meta did not deliver it, because the recipient gets many such messages",
        131_050 => "the recipient wants no such messages from this number",
        131_051 => "Meta does not deliver messages of this type",
        130_472 => "Meta did not deliver it, because the recipient's number is part of an experiment",
        131_021 => "the message is to the number that it comes from",
        131_031 => "the WhatsApp account is locked",
        131_037 => "the name of the sending number is not approved",
        131_042 => "the WhatsApp account cannot be charged: its means of payment has to be put right",
        131_045 => "the sending number is not registered",
        131_048 => {
            "messages of the sending number were reported or blocked too often, so that it may send few"
        }
        131_053 => "what is attached to the message cannot be used",
        130_429 => "the sending number sends more than it may",
        131_056 => "the sending number has sent too much to this recipient in a short time",
        132_000 => "the template has another number of variables than the one that is documented",
        132_001 => "there is no such template in this language, or it is not approved",
        132_005 => "the message is too long with its variables filled in",
        132_007 => "the content of the template violates WhatsApp's policy",
        132_012 => "the variables of the template are not of the form that is documented",
        132_015 => "the template is paused, because its messages were reported or blocked",
        132_016 => "the template is disabled for good, because its messages were reported or blocked",
        _ => OTHER,
    }
}
