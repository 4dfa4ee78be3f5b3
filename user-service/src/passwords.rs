//! Passwords: which are good enough, and their hashes (Argon2id with the parameters of OWASP's password
//! storage cheat sheet: 19 MiB, 2 passes, 1 lane).

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use shared::http::problem::Problem;
use tokio::sync::Semaphore;
use zxcvbn::Score;

/// The longest password, in characters.
const MAX_CHARS: usize = 128;

/// The longest password, in bytes: what has more is not kept while it waits for its turn.
const MAX_BYTES: usize = MAX_CHARS * 4;

/// Hashes at the same time, each of which takes a core and 19 MiB.
const MAX_CONCURRENT: usize = 4;
/// How long a request waits for its turn.
const MAX_WAIT: Duration = Duration::from_secs(3);

/// A hash that no password has: an unknown address takes as long to refuse as a wrong password.
const NOBODYS_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes and verifies passwords, away from the threads that serve requests.
#[derive(Clone, Debug)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(MAX_CONCURRENT)),
        }
    }

    /// Judges a new password; `inputs` are words that must not help to guess it. The inner error is what is
    /// wrong with it.
    ///
    /// # Errors
    /// 503 when too many are waiting.
    pub(crate) async fn judge(
        &self,
        password: String,
        inputs: Vec<String>,
    ) -> Result<Result<(), String>, Problem> {
        if password.len() > MAX_BYTES {
            return Ok(Err(too_long()));
        }
        self.blocking(move || Ok(judge(&password, &inputs))).await
    }

    /// The hash to store.
    ///
    /// # Errors
    /// 503 when too many are waiting.
    pub(crate) async fn hash(&self, password: String) -> Result<String, Problem> {
        self.blocking(move || {
            let hash: PasswordHash = argon2()?.hash_password(password.as_bytes())?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether the password has this hash. Without a hash it has not, after the same time.
    ///
    /// # Errors
    /// 503 when too many are waiting.
    pub(crate) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Problem> {
        // Nobody's is longer.
        let (password, hash) = match password.len() {
            ..=MAX_BYTES => (password, hash),
            _ => (String::new(), None),
        };
        self.blocking(move || {
            let known = hash.is_some();
            let hash = PasswordHash::new(hash.as_deref().unwrap_or(NOBODYS_HASH))?;
            let verified = argon2()?.verify_password(password.as_bytes(), &hash).is_ok();
            Ok(verified && known)
        })
        .await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, argon2::password_hash::Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = tokio::time::timeout(MAX_WAIT, Arc::clone(&self.turns).acquire_owned());
        let Ok(Ok(turn)) = turn.await else {
            return Err(Problem::unavailable("logging in"));
        };
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        })
        .await
        .map_err(Problem::internal)?
        .map_err(Problem::internal)
    }
}

fn argon2() -> Result<Argon2<'static>, argon2::password_hash::Error> {
    let params = Params::new(19 * 1_024, 2, 1, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn too_long() -> String {
    format!("must have at most {MAX_CHARS} characters")
}

fn judge(password: &str, inputs: &[String]) -> Result<(), String> {
    match password.chars().count() {
        0 => return Err("is required".to_owned()),
        1..10 => return Err("must have at least 10 characters".to_owned()),
        10..=MAX_CHARS => {}
        _ => return Err(too_long()),
    }
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let entropy = zxcvbn::zxcvbn(password, &inputs);
    if entropy.score() >= Score::Two {
        return Ok(());
    }
    let advice = entropy.feedback().map(ToString::to_string).unwrap_or_default();
    Err(format!("is easily guessed. {advice}").trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_long_and_easily_guessed_passwords_are_refused_with_advice() {
        let judge = |password: &str| judge(password, &["ada.lovelace@example.org".to_owned()]);
        assert_eq!(judge("correct horse battery staple"), Ok(()));
        assert_eq!(judge(&"x7!kP".repeat(25)), Ok(()));
        for (password, part) in [
            ("", "required"),
            ("x7!kPq2", "at least 10"),
            (&"x7!kP".repeat(26), "at most 128"),
            ("password123", "easily guessed."),
            ("aaaaaaaaaaaa", "easily guessed."),
            ("ada.lovelace@example.org", "easily guessed."),
        ] {
            let wrong = judge(password).unwrap_err();
            assert!(wrong.contains(part), "{password}: {wrong}");
        }
    }

    #[tokio::test]
    async fn a_hash_fits_its_password_only() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        for (password, hash, expected) in [
            ("correct horse", Some(hash.clone()), true),
            ("wrong horse", Some(hash), false),
            ("correct horse", None, false),
        ] {
            let verified = passwords.verify(password.to_owned(), hash).await.unwrap();
            assert_eq!(verified, expected, "{password}");
        }
    }
}
