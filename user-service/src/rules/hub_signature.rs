//! Meta's signatures of webhooks: `sha256=` and the hexadecimal HMAC-SHA256 of the body under the secret of the app. Pure.
//! They say nothing of when: what is played again has to change nothing.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::hex;

/// Whether the owner of `secret` has signed the body as it came. Takes the same time wherever the signature is wrong.
pub(crate) fn verify(secret: &str, signature: &str, body: &[u8]) -> bool {
    let Some(given) = signature.strip_prefix("sha256=").and_then(hex::bytes) else {
        return false;
    };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return false;
    };
    mac.update(body);
    mac.verify_slice(&given).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second test case of RFC 4231.
    const SECRET: &str = "Jefe";
    const BODY: &[u8] = b"what do ya want for nothing?";
    const DIGITS: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

    #[test]
    fn a_known_signature_verifies() {
        assert!(verify(SECRET, &format!("sha256={DIGITS}"), BODY));
    }

    #[test]
    fn nothing_else_does() {
        let right = format!("sha256={DIGITS}");
        assert!(!verify("another secret", &right, BODY));
        assert!(!verify(SECRET, &right, b"what do ya want for nothing? "));
        for signature in [
            "",
            "sha256=",
            "sha256=5b",
            DIGITS,
            &format!("sha1={DIGITS}"),
            &format!("sha256={}", &DIGITS[1..]),
            &format!("sha256={}g", &DIGITS[1..]),
            &format!("{right}00"),
        ] {
            assert!(!verify(SECRET, signature, BODY), "{signature}");
        }
    }
}
