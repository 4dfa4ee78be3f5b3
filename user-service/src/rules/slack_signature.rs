//! Slack's signatures: `v0=` and the hexadecimal HMAC-SHA256 of `v0:<timestamp>:<body>`. Pure.

use domain::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::hex;

/// How far Slack's clock and ours may be apart. What is older was recorded and is played again.
const WINDOW_SECONDS: i64 = 5 * 60;

/// A request as it came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signed<'a> {
    /// When it was signed, in seconds of the Unix epoch.
    pub(crate) timestamp: &'a str,
    pub(crate) signature: &'a str,
    pub(crate) body: &'a [u8],
}

impl Signed<'_> {
    /// Whether the owner of `secret` has signed it just now. Takes the same time wherever the signature is wrong.
    pub(crate) fn verify(&self, secret: &str, now: Timestamp) -> bool {
        let is_recent = self
            .timestamp
            .parse::<i64>()
            .is_ok_and(|at| (now.as_millis() / 1_000).abs_diff(at) <= WINDOW_SECONDS.unsigned_abs());
        let Some(given) = self.signature.strip_prefix("v0=").and_then(hex::bytes) else {
            return false;
        };
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
            return false;
        };
        mac.update(b"v0:");
        mac.update(self.timestamp.as_bytes());
        mac.update(b":");
        mac.update(self.body);
        is_recent && mac.verify_slice(&given).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example in Slack's documentation, "Verifying requests from Slack".
    const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
    const BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&\
channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&\
response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&\
trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    const EXAMPLE: Signed<'_> = Signed {
        timestamp: "1531420618",
        signature: "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        body: BODY.as_bytes(),
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn slacks_own_example_verifies() {
        assert!(EXAMPLE.verify(SECRET, at(1_531_420_618)));
    }

    #[test]
    fn nothing_else_does() {
        let now = at(1_531_420_618);
        assert!(!EXAMPLE.verify("another secret", now));
        for wrong in [
            Signed {
                body: b"token=",
                ..EXAMPLE
            },
            Signed {
                timestamp: "1531420619",
                ..EXAMPLE
            },
            Signed {
                timestamp: "soon",
                ..EXAMPLE
            },
        ] {
            assert!(!wrong.verify(SECRET, now), "{wrong:?}");
        }
        let digits = EXAMPLE.signature.trim_start_matches("v0=");
        for signature in [
            "",
            "v0=",
            "v0=a2",
            digits,
            &format!("v1={digits}"),
            &format!("v0={}", &digits[1..]),
            &format!("v0={}g", &digits[1..]),
            &format!("v0={digits}00"),
        ] {
            let wrong = Signed { signature, ..EXAMPLE };
            assert!(!wrong.verify(SECRET, now), "{signature}");
        }
    }

    #[test]
    fn what_is_played_again_after_five_minutes_does_not() {
        for (seconds, verifies) in [(-301, false), (-300, true), (300, true), (301, false)] {
            assert_eq!(
                EXAMPLE.verify(SECRET, at(1_531_420_618 + seconds)),
                verifies,
                "{seconds}"
            );
        }
    }
}
