//! API keys: `upm_`, thirty random letters and digits, and six that are their checksum, by which a typing error is found
//! without asking anybody and by which scanners for leaked secrets recognise a key.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// How every key begins.
pub const PREFIX: &str = "upm_";

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Random digits, of 5.95 bits each.
const RANDOM: usize = 30;

/// Digits of the checksum: 62⁶ is more than 2³².
const CHECKSUM: usize = 6;

/// The part of a key that is shown, in characters.
const SHOWN: usize = PREFIX.len() + 6;

/// An API key, as a program sends it.
#[derive(Clone)]
pub struct ApiKey(SecretString);

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey")
    }
}

impl ApiKey {
    /// A new key.
    pub fn random() -> Self {
        // Bytes from 248 on would make some digits likelier than others.
        let fair = |byte: &u8| *byte < 248;
        let bytes = std::iter::repeat_with(crate::crypto::random::<64>).flatten();
        let digits = bytes.filter(fair).map(|byte| DIGITS[usize::from(byte % 62)]);
        let random: String = digits.take(RANDOM).map(char::from).collect();
        let checksum = checksum(&random);
        Self(format!("{PREFIX}{random}{checksum}").into())
    }

    /// The key that `text` is; none when it has another form or is mistyped.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(PREFIX)?;
        let is_digits = rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if rest.len() != RANDOM + CHECKSUM || !is_digits {
            return None;
        }
        let (random, sent) = rest.split_at(RANDOM);
        (checksum(random) == sent).then(|| Self(text.to_owned().into()))
    }

    /// The whole key.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// How it begins, by which people recognise it.
    pub fn shown(&self) -> &str {
        &self.expose()[..SHOWN]
    }

    /// What is stored of it. A key is as random as a hash, so that it needs no slow one.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.expose().as_bytes()).into()
    }
}

/// CRC-32 in base 62.
fn checksum(random: &str) -> String {
    let mut rest = crc32fast::hash(random.as_bytes());
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(rest % 62) as usize];
        rest /= 62;
    }
    digits.into_iter().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_and_no_other_is_the_same() {
        let key = ApiKey::random();
        let read = ApiKey::parse(key.expose()).unwrap();
        assert_eq!(read.hash(), key.hash());
        assert_ne!(ApiKey::random().hash(), key.hash());
        assert_eq!(key.expose().len(), 40);
        assert!(key.expose().starts_with(key.shown()) && key.shown().len() == 10);
        assert_eq!(format!("{key:?}"), "ApiKey");
    }

    #[test]
    fn the_form_is_frozen() {
        let key = "upm_0123456789ABCDEFGHIJKLMNOPQRST";
        let key = format!("{key}{}", checksum(&key[4..]));
        assert_eq!(key, "upm_0123456789ABCDEFGHIJKLMNOPQRST4PMbyp");
        assert!(ApiKey::parse(&key).is_some());
    }

    #[test]
    fn what_is_mistyped_is_no_key() {
        let key = ApiKey::random().expose().to_owned();
        for place in PREFIX.len()..key.len() {
            let mut typed = key.clone().into_bytes();
            typed[place] = if typed[place] == b'a' { b'b' } else { b'a' };
            assert!(
                ApiKey::parse(std::str::from_utf8(&typed).unwrap()).is_none(),
                "{place}"
            );
        }
        for text in ["", "upm_", "upm_é", &key[1..], &key[..39], &format!("{key}0")] {
            assert!(ApiKey::parse(text).is_none(), "{text}");
        }
    }
}
