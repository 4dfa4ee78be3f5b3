//! `Idempotency-Key`: by what a creation is known when it is sent again.

use std::fmt;

use actix_web::HttpRequest;
use api::Operation;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::http::problem::Problem;

/// The header in which a caller gives the key.
pub const KEY_HEADER: &str = "idempotency-key";

/// The header which says that an answer is that of an earlier request.
pub const REPLAYED_HEADER: &str = "idempotency-replayed";

/// The longest key, in characters.
const MAX_CHARS: usize = 255;

/// By what a creation is known when it is sent again.
#[derive(Clone, PartialEq, Eq)]
pub struct Repeatable {
    /// The key.
    pub key: String,
    /// SHA-256 of what is asked: the operation, its address and its body, however that is formatted.
    pub request: [u8; 32],
}

impl fmt::Debug for Repeatable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repeatable")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl Repeatable {
    /// What a call of `O` with this body says; none without the header, and where nothing is created.
    ///
    /// # Errors
    /// 400 for a key that is empty, too long, or not of visible ASCII characters.
    pub fn of<O: Operation>(request: &HttpRequest, body: &[u8]) -> Result<Option<Self>, Problem> {
        let Some(given) = request
            .headers()
            .get(KEY_HEADER)
            .filter(|_| O::TAKES_IDEMPOTENCY_KEY)
        else {
            return Ok(None);
        };
        let is_key = |text: &&str| {
            (1..=MAX_CHARS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let key = given.to_str().ok().filter(is_key).ok_or_else(|| {
            Problem::bad_request(format!(
                "Idempotency-Key must be 1 to {MAX_CHARS} visible ASCII characters, such as a UUID"
            ))
        })?;
        Ok(Some(Self {
            key: key.to_owned(),
            request: digest(O::ID, request.path(), body),
        }))
    }
}

fn digest(operation: &str, path: &str, body: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [operation, path] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    // The order of fields and white space say nothing.
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => hash.update(value.to_string().as_bytes()),
        Err(_) => hash.update(body),
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_request_is_known_however_it_is_formatted() {
        let one = digest("CreateTag", "/api/v1/tags", br#"{"name": "eu", "colour": "red"}"#);
        let same = digest("CreateTag", "/api/v1/tags", br#"{"colour":"red","name":"eu"}"#);
        assert_eq!(one, same);
        for (operation, path, body) in [
            ("CreateTag", "/api/v1/tags", r#"{"name": "us", "colour": "red"}"#),
            ("CreateTag", "/api/v1/tag", r#"{"name": "eu", "colour": "red"}"#),
            (
                "CreateMonitor",
                "/api/v1/tags",
                r#"{"name": "eu", "colour": "red"}"#,
            ),
        ] {
            assert_ne!(one, digest(operation, path, body.as_bytes()));
        }
    }
}
