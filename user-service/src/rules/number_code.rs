//! Codes that show that a number is that of a channel's owner.

use std::fmt;

use domain::channel::Phone;
use domain::{ChannelId, Timestamp};
use shared::token::TokenKey;

/// For how long a code is accepted, in seconds.
pub(crate) const LIFETIME_SECONDS: f64 = 600.0;

/// Wrong codes after which the right one is not accepted either. With so many codes a day of a channel and of a member
/// as may be sent, the guesses of a year find none with a probability of 98 %.
pub(crate) const MAX_TRIES: i32 = 5;

/// The longest text that is looked at, in bytes.
const MAX_BYTES: usize = 64;

/// How many codes there are.
const CODES: u64 = 1_000_000;

/// Keeps these hashes apart from others of the same key.
const LABEL: &str = "number-code";

/// Six digits.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct NumberCode(String);

/// A code is nothing for a log.
impl fmt::Debug for NumberCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NumberCode")
    }
}

impl NumberCode {
    /// A new one.
    pub(crate) fn random() -> Self {
        Self::made_of(shared::crypto::random())
    }

    fn made_of(random: [u8; 8]) -> Self {
        // So many more are the random numbers that none of the codes is noticeably likelier.
        Self(format!("{:06}", u64::from_be_bytes(random) % CODES))
    }

    /// Reads what somebody has typed, without blanks and hyphens; none when it cannot be one.
    pub(crate) fn read(text: &str) -> Option<Self> {
        if text.len() > MAX_BYTES {
            return None;
        }
        let digits: String = text
            .chars()
            .filter(|char| !char.is_whitespace() && !matches!(char, '-' | '‐' | '‑' | '–'))
            .collect();
        (digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(Self(digits))
    }

    /// What is stored of it: without the key nobody finds the code by trying all of them.
    pub(crate) fn hash(&self, key: &TokenKey, channel: ChannelId) -> [u8; 32] {
        key.derive(LABEL, &self.of(channel))
    }

    fn of(&self, channel: ChannelId) -> Vec<u8> {
        format!("{channel}/{}", self.0).into_bytes()
    }

    pub(crate) fn into_digits(self) -> String {
        self.0
    }
}

/// What is known of the code that was given out last.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) channel: ChannelId,
    /// See [`NumberCode::hash`]; none where no code was given out since the number was entered.
    pub(crate) hash: Option<Vec<u8>>,
    pub(crate) expires_at: Option<Timestamp>,
    /// Wrong codes since then.
    pub(crate) tries: i32,
}

/// What comes of entering a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entered {
    /// The number is confirmed.
    Right,
    /// It is another one.
    Wrong,
    /// No code is accepted: there is none, it is too old, or too many were wrong.
    TooLate,
}

impl Expected {
    pub(crate) fn judge(&self, entered: &NumberCode, key: &TokenKey, now: Timestamp) -> Entered {
        let is_accepted = self.expires_at.is_some_and(|until| now < until) && self.tries < MAX_TRIES;
        match &self.hash {
            Some(hash) if is_accepted => match key.is_derived(LABEL, &entered.of(self.channel), hash) {
                true => Entered::Right,
                false => Entered::Wrong,
            },
            _ => Entered::TooLate,
        }
    }
}

/// Whether what was confirmed of a channel is not known of it any more: its number is another one, or it is reached by
/// another service or account, of which nobody knows whether it arrives there.
pub(crate) fn is_new(before: Option<Phone<'_>>, after: Option<Phone<'_>>) -> bool {
    after.is_some() && before != after
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANNEL: ChannelId = ChannelId(7);

    fn key() -> TokenKey {
        TokenKey::new(&"a secret of at least 32 bytes ....".to_owned().into())
    }

    fn code(text: &str) -> NumberCode {
        NumberCode::read(text).unwrap()
    }

    fn expected(tries: i32) -> Expected {
        Expected {
            channel: CHANNEL,
            hash: Some(code("123456").hash(&key(), CHANNEL).to_vec()),
            expires_at: Some(Timestamp::from_millis(1_000)),
            tries,
        }
    }

    #[test]
    fn a_code_is_read_however_it_is_parted() {
        for text in [
            "123456",
            " 123 456\n",
            "123-456",
            "1 2-3 4 5 6",
            "123\u{a0}456",
            "123–456",
        ] {
            assert_eq!(NumberCode::read(text), Some(code("123456")), "{text}");
        }
        let long = "1".repeat(100);
        for text in [
            "",
            "12345",
            "1234567",
            "12345a",
            "１２３４５６",
            "123.456",
            long.as_str(),
        ] {
            assert_eq!(NumberCode::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_code_has_six_digits_and_is_hidden_from_logs() {
        for (random, digits) in [([0; 8], "000000"), ([0, 0, 0, 0, 0, 0, 1, 2], "000258")] {
            assert_eq!(NumberCode::made_of(random).into_digits(), digits);
        }
        let random = NumberCode::random();
        assert_eq!(format!("{random:?}"), "NumberCode");
        assert_eq!(NumberCode::read(&random.clone().into_digits()), Some(random));
    }

    #[test]
    fn a_code_is_of_one_channel_and_one_installation() {
        let code = code("123456");
        let hash = code.hash(&key(), CHANNEL);
        assert_eq!(code.hash(&key(), CHANNEL), hash);
        assert_ne!(code.hash(&key(), ChannelId(8)), hash);
        let other = TokenKey::new(&"another secret of 32 bytes or more".to_owned().into());
        assert_ne!(code.hash(&other, CHANNEL), hash);
    }

    #[test]
    fn a_code_is_accepted_in_time_and_not_after_five_wrong_ones() {
        let judge = |expected: &Expected, entered: &str, now| {
            expected.judge(&code(entered), &key(), Timestamp::from_millis(now))
        };
        assert_eq!(judge(&expected(0), "123456", 999), Entered::Right);
        assert_eq!(judge(&expected(4), "123456", 999), Entered::Right);
        assert_eq!(judge(&expected(0), "123457", 999), Entered::Wrong);
        assert_eq!(judge(&expected(0), "123456", 1_000), Entered::TooLate);
        assert_eq!(judge(&expected(MAX_TRIES), "123456", 999), Entered::TooLate);
        for nothing in [
            Expected {
                hash: None,
                ..expected(0)
            },
            Expected {
                expires_at: None,
                ..expected(0)
            },
        ] {
            assert_eq!(judge(&nothing, "123456", 0), Entered::TooLate);
        }
    }

    #[test]
    fn another_number_service_or_account_is_new() {
        let phone = |number, api_url| {
            Some(Phone {
                number,
                api_url,
                account: "AC1",
            })
        };
        let (ada, bob) = (phone("+4915", "https://a"), phone("+4916", "https://a"));
        assert!(is_new(None, ada) && is_new(ada, bob));
        assert!(is_new(ada, phone("+4915", "https://b")));
        let by_another = ada.map(|ada| Phone {
            account: "AC2",
            ..ada
        });
        assert!(is_new(ada, by_another));
        assert!(!is_new(ada, ada) && !is_new(None, None) && !is_new(ada, None));
    }
}
