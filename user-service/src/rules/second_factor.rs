//! What shows the second factor of an account, and how wrong codes slow down those that follow.

use std::fmt;
use std::time::Duration;

use sha2::{Digest, Sha256};

/// Recovery codes that are made together.
pub(crate) const RECOVERY_CODES: usize = 10;

/// Wrong codes in a row that cost nothing: people mistype.
pub(crate) const FREE: u32 = 5;

/// The first delay.
const FIRST: Duration = Duration::from_secs(30);

/// The longest delay. With three codes out of a million accepted at a time, 24 guesses a day find one of them in ten
/// years with a probability of a quarter.
const LONGEST: Duration = Duration::from_secs(3_600);

/// How long no code is looked at after so many wrong ones in a row: each delay is twice the one before.
pub(crate) fn delay(failures: u32) -> Duration {
    match failures.checked_sub(FREE) {
        None => Duration::ZERO,
        Some(more) => {
            let times = 1_u32.checked_shl(more).unwrap_or(u32::MAX);
            FIRST.saturating_mul(times).min(LONGEST)
        }
    }
}

/// The digits of a recovery code: those of Crockford's base 32, of which none looks like another.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

const RECOVERY_BYTES: usize = 10;
const RECOVERY_CHARS: usize = 16;

/// Replaces a code of the app, once. Only its hash is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecoveryCode([u8; RECOVERY_BYTES]);

/// A code is nothing for a log.
impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode")
    }
}

impl RecoveryCode {
    /// A new one.
    pub(crate) fn random() -> Self {
        Self(shared::crypto::random())
    }

    /// Reads what somebody has typed, without blanks and hyphens; none when it cannot be one.
    fn parse(text: &str) -> Option<Self> {
        if text.len() != RECOVERY_CHARS {
            return None;
        }
        let mut bits: u128 = 0;
        for char in text.bytes() {
            let char = match char.to_ascii_lowercase() {
                b'o' => b'0',
                b'i' | b'l' => b'1',
                other => other,
            };
            let digit = ALPHABET.iter().position(|known| *known == char)?;
            bits = bits << 5 | digit as u128;
        }
        let mut bytes = [0; RECOVERY_BYTES];
        bytes.copy_from_slice(&bits.to_be_bytes()[16 - RECOVERY_BYTES..]);
        Some(Self(bytes))
    }

    /// As it is shown, in groups of four.
    pub(crate) fn text(&self) -> String {
        let mut all = [0; 16];
        all[16 - RECOVERY_BYTES..].copy_from_slice(&self.0);
        let bits = u128::from_be_bytes(all);
        let mut text = String::with_capacity(RECOVERY_CHARS + 3);
        for place in 0..RECOVERY_CHARS {
            if place > 0 && place % 4 == 0 {
                text.push('-');
            }
            let digit = (bits >> (5 * (RECOVERY_CHARS - 1 - place))) as usize % ALPHABET.len();
            text.push(char::from(ALPHABET[digit]));
        }
        text
    }

    /// What is stored of it.
    pub(crate) fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0).to_vec()
    }
}

/// What somebody gives to show the second factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// Six digits, as the app shows them.
    App(String),
    /// A recovery code.
    Recovery(RecoveryCode),
    /// Neither.
    Malformed,
}

impl Code {
    /// The longest text that is looked at, in bytes.
    const MAX_BYTES: usize = 64;

    /// Reads what somebody has typed.
    pub(crate) fn read(text: &str) -> Self {
        if text.len() > Self::MAX_BYTES {
            return Self::Malformed;
        }
        let text: String = text
            .chars()
            .filter(|char| !char.is_whitespace() && *char != '-')
            .collect();
        if text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Self::App(text);
        }
        RecoveryCode::parse(&text).map_or(Self::Malformed, Self::Recovery)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_is_hopeless_over_days() {
        let waits: Vec<u64> = (1..15).map(|failed| delay(failed).as_secs()).collect();
        assert_eq!(
            waits,
            [0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600]
        );
        assert_eq!(delay(u32::MAX), LONGEST);
        let month = 30 * 24 * 3_600;
        let (mut passed, mut guesses) = (0, 0_u32);
        while passed < month {
            guesses += 1;
            passed += delay(guesses).as_secs();
        }
        let found = f64::from(guesses) * 3.0 / 1_000_000.0;
        assert!(found < 0.003, "{guesses} guesses in a month");
    }

    #[test]
    fn a_recovery_code_is_read_as_it_was_shown_and_as_it_is_typed() {
        let code = RecoveryCode::random();
        assert_eq!(code.text().len(), 19);
        assert_eq!(Code::read(&code.text()), Code::Recovery(code));
        assert_ne!(RecoveryCode::random(), code);
        assert_eq!(format!("{code:?}"), "RecoveryCode");
        let typed = Code::read(" O1IL ABCD-efgh jkmn ");
        assert_eq!(typed, Code::read("0111-abcd-efgh-jkmn"));
        assert!(matches!(typed, Code::Recovery(_)));
    }

    #[test]
    fn what_is_stored_of_a_recovery_code_stays() {
        let Code::Recovery(code) = Code::read("0123-4567-89ab-cdef") else {
            panic!("it is a recovery code")
        };
        assert_eq!(code.text(), "0123-4567-89ab-cdef");
        let hash: String = code.hash().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hash,
            "753acb23ddc73c0765ec6569178758dec47432007e6858a1f0a43443242c3037"
        );
    }

    #[test]
    fn codes_are_told_from_anything_else() {
        assert_eq!(Code::read(" 123 456 "), Code::App("123456".to_owned()));
        for text in [
            "",
            "12345",
            "1234567",
            "0123-4567-89ab-cdeu",
            "0123-4567-89ab-cde",
            &"1".repeat(65),
            "１２３４５６",
        ] {
            assert_eq!(Code::read(text), Code::Malformed, "{text}");
        }
    }
}
