//! Sealing what is stored or sent outside of the table that owns it: AES-256-GCM (NIST SP 800-38D) with keys
//! from the environment, found again by their id, so that keys can be rotated.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac::{self, HMAC_SHA256};
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::ExposeSecret;

use crate::settings::Reader;

/// The longest id of a key, in bytes.
const MAX_KEY_ID: usize = 32;

/// Keys by their ids. The first seals; all of them open.
#[derive(Clone)]
pub struct Keyring(Arc<[Key]>);

struct Key {
    id: String,
    aead: LessSafeKey,
    /// Makes the nonces of [`Keyring::seal_stable`].
    nonces: hmac::Key,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}

/// Why something sealed cannot be opened.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum OpenError {
    /// The text is not something that [`Keyring::seal`] made.
    #[error("not a sealed value")]
    Malformed,
    /// The key with this id is not in the keyring.
    #[error("sealed with the key {0}, which ENCRYPTION_KEYS does not hold")]
    UnknownKey(String),
    /// It was changed, or belongs to another context.
    #[error("the sealed value is not authentic")]
    NotAuthentic,
}

impl Keyring {
    /// Reads `ENCRYPTION_KEYS`.
    pub fn read(env: &mut Reader) -> Self {
        const NAME: &str = "ENCRYPTION_KEYS";
        const EXAMPLE: &str = "k1:<base64 of 32 random bytes>";
        let text = env.secret(
            NAME,
            1,
            EXAMPLE,
            "seals channel secrets and definitions; comma-separated id:key pairs, the first one seals",
        );
        match Self::parse(text.expose_secret()) {
            Ok(keys) => keys,
            Err(wrong) => {
                if !text.expose_secret().is_empty() {
                    env.problem(NAME, &format!("{wrong}, for example {EXAMPLE}"));
                }
                Self(Arc::new([]))
            }
        }
    }

    /// Reads comma-separated pairs of an id and the base64 of 32 bytes.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let mut keys = Vec::new();
        for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let (id, key) = pair.split_once(':').ok_or("must be id:key pairs")?;
            let is_id =
                !id.is_empty() && id.len() <= MAX_KEY_ID && id.bytes().all(|b| b.is_ascii_alphanumeric());
            if !is_id {
                return Err("must have ids of 1 to 32 letters and digits");
            }
            let bytes = STANDARD.decode(key).map_err(|_| "must have keys in base64")?;
            let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| "must have keys of 32 bytes")?;
            let nonces = hmac::sign(&hmac::Key::new(HMAC_SHA256, &bytes), b"nonces of stable seals");
            keys.push(Key {
                id: id.to_owned(),
                aead: LessSafeKey::new(key),
                nonces: hmac::Key::new(HMAC_SHA256, nonces.as_ref()),
            });
        }
        if keys.is_empty() {
            return Err("must hold at least one key");
        }
        Ok(Self(keys.into()))
    }

    /// Seals `plain`: length of the key id, key id, nonce, ciphertext and tag. `context` (such as
    /// `channel/7`) must be the same when opening, so that a sealed value cannot be put in another's place.
    pub fn seal(&self, context: &str, plain: &[u8]) -> Vec<u8> {
        self.seal_with(random(), context, plain)
    }

    /// Seals as [`Keyring::seal`] does, and the same to the same: what is sealed anew at each reading does not look as
    /// if it had changed. That two values are equal is then seen without a key. The nonce is a keyed hash of the
    /// context and the value, so that none is used for two of them.
    pub fn seal_stable(&self, context: &str, plain: &[u8]) -> Vec<u8> {
        let mut hash = hmac::Context::with_key(&self.0[0].nonces);
        hash.update(&(context.len() as u64).to_le_bytes());
        hash.update(context.as_bytes());
        hash.update(plain);
        let tag = hash.sign();
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&tag.as_ref()[..NONCE_LEN]);
        self.seal_with(nonce, context, plain)
    }

    fn seal_with(&self, nonce: [u8; NONCE_LEN], context: &str, plain: &[u8]) -> Vec<u8> {
        let Key { id, aead: key, .. } = &self.0[0];
        let mut body = plain.to_vec();
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut body)
            .expect("the plain text is shorter than 64 GiB");
        [&[id.len() as u8], id.as_bytes(), &nonce, &body].concat()
    }

    /// Whether `sealed` was sealed with the key that seals now, and not with an older one.
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        let id = &self.0[0].id;
        sealed
            .split_first()
            .is_some_and(|(&len, rest)| usize::from(len) == id.len() && rest.starts_with(id.as_bytes()))
    }

    /// What everything begins with that is sealed with that key, and nothing that is sealed with another one.
    pub fn current_prefix(&self) -> Vec<u8> {
        let id = &self.0[0].id;
        [&[id.len() as u8], id.as_bytes()].concat()
    }

    /// Opens what [`Keyring::seal`] made in the same context.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let (&id_len, rest) = sealed.split_first().ok_or(OpenError::Malformed)?;
        let (id, rest) = rest
            .split_at_checked(usize::from(id_len))
            .ok_or(OpenError::Malformed)?;
        let (nonce, body) = rest
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(OpenError::Malformed)?;
        let id = std::str::from_utf8(id).map_err(|_| OpenError::Malformed)?;
        let key = self.0.iter().find(|known| known.id == id);
        let key = key.ok_or_else(|| OpenError::UnknownKey(id.to_owned()))?;
        let mut body = body.to_vec();
        let plain = key
            .aead
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(context),
                &mut body,
            )
            .map_err(|_| OpenError::NotAuthentic)?;
        Ok(plain.to_vec())
    }
}

/// `N` random bytes.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .expect("the system has random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring(ids: &[(&str, u8)]) -> Keyring {
        let pairs: Vec<_> = ids
            .iter()
            .map(|(id, b)| format!("{id}:{}", STANDARD.encode([*b; 32])))
            .collect();
        Keyring::parse(&pairs.join(",")).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_in_its_context_only_and_after_rotation() {
        let old = keyring(&[("k1", 1)]);
        let sealed = old.seal("channel/7", b"secret");
        let rotated = keyring(&[("k2", 2), ("k1", 1)]);
        assert_eq!(rotated.open("channel/7", &sealed).unwrap(), b"secret");
        assert!(old.is_current(&sealed) && !rotated.is_current(&sealed));
        assert_eq!(rotated.open("channel/8", &sealed), Err(OpenError::NotAuthentic));
        assert_eq!(
            keyring(&[("k2", 2)]).open("channel/7", &sealed),
            Err(OpenError::UnknownKey("k1".into()))
        );
        assert_eq!(old.open("channel/7", &[]), Err(OpenError::Malformed));
        assert_ne!(old.seal("channel/7", b"secret"), sealed);
    }

    #[test]
    fn what_is_sealed_stably_is_the_same_for_the_same_only() {
        let keys = keyring(&[("k1", 1)]);
        let sealed = keys.seal_stable("channel/7", b"secret");
        assert_eq!(keyring(&[("k1", 1)]).seal_stable("channel/7", b"secret"), sealed);
        assert_eq!(keys.open("channel/7", &sealed).unwrap(), b"secret");
        let nonce = |sealed: &[u8]| sealed[3..3 + NONCE_LEN].to_vec();
        for other in [
            keys.seal_stable("channel/7", b"secreT"),
            keys.seal_stable("channel/8", b"secret"),
            keys.seal_stable("channel/7s", b"ecret"),
            keyring(&[("k1", 2)]).seal_stable("channel/7", b"secret"),
        ] {
            assert_ne!(nonce(&other), nonce(&sealed));
        }
    }

    #[test]
    fn malformed_keys_are_refused() {
        for text in ["", "k1", "k1:AAAA", "k 1:AAAA", "k1:***"] {
            assert!(Keyring::parse(text).is_err(), "{text}");
        }
    }
}
