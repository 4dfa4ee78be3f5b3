//! Channels that reach a phone by its number. Anybody can enter any number, so that of a member's own channel is shown to be
//! the member's by a code that is sent there.

use super::{Config, Kind};

/// Where a code goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phone<'a> {
    /// The number.
    pub number: &'a str,
    /// Where the service is that reaches it: another one may read what is sent.
    pub api_url: &'a str,
    /// The account or the sender there: by another one alerts may not arrive, and somebody else pays.
    pub account: &'a str,
}

impl Kind {
    /// Whether a channel of this kind reaches a phone by its number.
    pub const fn reaches_a_phone(self) -> bool {
        matches!(self, Self::Twilio | Self::WhatsApp)
    }
}

impl Config {
    /// The phone that it reaches by a number; none where it reaches something else.
    pub fn phone(&self) -> Option<Phone<'_>> {
        match self {
            Self::Twilio(config) => Some(Phone {
                number: &config.to_number,
                api_url: &config.api_url,
                account: &config.account_sid,
            }),
            Self::WhatsApp(config) => Some(Phone {
                number: &config.to_number,
                api_url: &config.api_url,
                account: &config.phone_number_id,
            }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_reaches_a_phone_has_a_number() {
        let twilio = json!({"account_sid": "AC1", "auth_token": "x", "from_number": "+1", "to_number": "+4915112345678"});
        let whatsapp = json!({"access_token": "x", "phone_number_id": "1", "to_number": "+4915112345678"});
        for (kind, config, account) in [(Kind::Twilio, twilio, "AC1"), (Kind::WhatsApp, whatsapp, "1")] {
            let config = kind.read(config.to_string().as_bytes()).unwrap();
            assert!(kind.reaches_a_phone());
            let phone = config.phone().unwrap();
            assert_eq!((phone.number, phone.account), ("+4915112345678", account));
            assert!(phone.api_url.starts_with("https://"));
        }
        let ntfy = Kind::Ntfy.read(br#"{"topic": "x"}"#).unwrap();
        assert!(ntfy.phone().is_none() && !Kind::Ntfy.reaches_a_phone());
        // What alerters get of a channel whose number is not confirmed: none of them can send by it.
        for kind in Kind::ALL.iter().filter(|kind| kind.reaches_a_phone()) {
            assert!(kind.read(b"{}").is_err());
        }
    }
}
