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

fn hidden(reason: &str, code: &str) -> String {
    reason.replace(code, "…").replace(&grouped(code), "…")
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
    }
}
