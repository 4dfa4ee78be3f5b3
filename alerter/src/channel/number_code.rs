//! The code that shows that a number is that of a channel's owner. It is sent by the channel itself: what reaches the owner
//! that way is what alerts will reach.

use domain::channel::Config;
use domain::internal::SealedChannel;
use shared::crypto::Keyring;

use super::kinds::Clients;
use super::kinds::twilio::Twilio;
use super::kinds::whatsapp::WhatsApp;
use super::{Receipt, SendError, unseal};

/// For how long user-service accepts it, and what to do with one that comes unasked.
const NOTE: &str = "It is valid for 10 minutes. If you have not asked for it, ignore this message.";

/// Separators between two digits of a code, at most, by which it is still found in a reason.
const MAX_SEPARATORS: usize = 8;

/// Sends a code once. The caller sets the deadline.
///
/// # Errors
/// When the channel does not take it, or is of a kind that reaches no phone.
pub(crate) async fn send_code(
    sealed: &SealedChannel,
    keyring: &Keyring,
    clients: &Clients,
    code: &str,
) -> Result<Receipt, SendError> {
    let sent = match unseal(sealed, keyring)? {
        Config::Twilio(config) => Twilio::open(config, &clients.api).send_code(code).await,
        Config::WhatsApp(config) => WhatsApp::open(config, &clients.api).send_code(code).await,
        _ => Err(SendError::Permanent(
            "a channel of this kind takes no codes".to_owned(),
        )),
    };
    // Who sees the reason is to have the code from the phone.
    sent.map_err(|error| error.map_reason(|reason| hidden(&reason, code)))
}

/// One line that begins with the code, as phones show it, and a second one. Neither has a link.
pub(super) fn to_read(code: &str) -> [String; 2] {
    let headline = format!("{} is your code for Uptime Monitor.", grouped(code));
    [headline, NOTE.to_owned()]
}

/// What is read out, in TwiML: digit by digit, and twice.
pub(super) fn to_hear(code: &str) -> String {
    let digits: Vec<String> = code.chars().map(String::from).collect();
    let said = format!("Your code is: {}.", digits.join(", "));
    format!(
        "<Response><Say>This is Uptime Monitor. {said}</Say><Pause length=\"1\"/><Say>Once more. {said} \
         If you have not asked for it, hang up.</Say></Response>"
    )
}

/// In two groups, to be read and typed.
fn grouped(code: &str) -> String {
    match code.split_at_checked(3) {
        Some((first, second)) => format!("{first} {second}"),
        None => code.to_owned(),
    }
}

/// A reason without the code, however a service writes what it was sent: in groups, digit by digit, or as it stands in an
/// address.
fn hidden(reason: &str, code: &str) -> String {
    let (mut shown, mut rest) = (String::with_capacity(reason.len()), reason);
    while let Some(first) = rest.chars().next() {
        let end = end_of(rest, code).filter(|end| *end > 0);
        shown.push(if end.is_some() { '…' } else { first });
        rest = rest.get(end.unwrap_or(first.len_utf8())..).unwrap_or_default();
    }
    shown
}

/// Where the code ends with which a text begins, whatever separates its digits; none where it begins with something else.
fn end_of(text: &str, code: &str) -> Option<usize> {
    let mut rest = text;
    for (at, digit) in code.chars().enumerate() {
        if at > 0 {
            rest = without_separators(rest);
        }
        rest = rest.strip_prefix(digit)?;
    }
    Some(text.len() - rest.len())
}

/// A text without a few separators at its beginning, as they are or as `%20`.
fn without_separators(text: &str) -> &str {
    let mut rest = text;
    for _ in 0..MAX_SEPARATORS {
        let is_hex = |hex: &&str| hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        let length = match rest.chars().next() {
            Some('%') if rest.get(1..3).filter(is_hex).is_some() => 3,
            Some(char) if !char.is_alphanumeric() => char.len_utf8(),
            _ => break,
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_in_groups_and_heard_digit_by_digit_twice() {
        let lines = to_read("123456");
        assert_eq!(lines[0], "123 456 is your code for Uptime Monitor.");
        // One text message, and nothing to follow.
        let text = lines.join(" ");
        assert!(
            text.is_ascii() && text.len() <= 160 && !text.contains("://"),
            "{text}"
        );
        let heard = to_hear("012345");
        assert_eq!(
            heard.matches("Your code is: 0, 1, 2, 3, 4, 5.").count(),
            2,
            "{heard}"
        );
        assert!(heard.starts_with("<Response><Say>") && heard.ends_with("</Say></Response>"));
    }

    #[test]
    fn a_reason_does_not_have_the_code() {
        let reason = "HTTP 400: \"123 456 is your code\" or 123456 is not wanted";
        assert_eq!(
            hidden(reason, "123456"),
            "HTTP 400: \"… is your code\" or … is not wanted"
        );
        for text in [
            "123456",
            "1, 2, 3, 4, 5, 6",
            "123+456",
            "123%20456",
            "1%2C+2%2C+3%2C%204%2C+5%2C+6",
            "123-456",
            "123\u{a0}456",
        ] {
            let reason = format!("Body={text}&To=+4915, äöü 100%");
            assert_eq!(hidden(&reason, "123456"), "Body=…&To=+4915, äöü 100%", "{text}");
        }
        for text in ["12345", "123457", "123 and 456", ""] {
            assert_eq!(hidden(text, "123456"), text);
        }
        assert_eq!(hidden("nothing", ""), "nothing");
    }
}
