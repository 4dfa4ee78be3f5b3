//! Verifying passwords of pages, on permits of their own and away from the threads that serve requests.

use std::sync::Arc;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;
use tokio::sync::Semaphore;

/// Hashes at the same time, each of which takes a core and 19 MiB.
const AT_ONCE: usize = 2;

/// Visitors that wait for their turn, and how long.
const WAITING: usize = 32;
const MAX_WAIT: Duration = Duration::from_secs(3);

/// The longest password, in bytes: 128 characters.
const MAX_BYTES: usize = 128 * 4;

/// Too many passwords are to be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

/// Verifies passwords.
#[derive(Clone, Debug)]
pub(super) struct Passwords {
    hashing: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            hashing: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: Arc::new(Semaphore::new(WAITING)),
        }
    }
}

impl Passwords {
    /// Whether a password has this hash, a PHC string.
    ///
    /// # Errors
    /// When there are too many.
    pub(super) async fn verify(&self, password: String, hash: String) -> Result<bool, Full> {
        // Nobody's is longer.
        if password.len() > MAX_BYTES {
            return Ok(false);
        }
        let _waiting = self.waiting.try_acquire().map_err(|_| Full)?;
        let turn = tokio::time::timeout(MAX_WAIT, Arc::clone(&self.hashing).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(Full) };
        let verified = tokio::task::spawn_blocking(move || {
            // Given back also when whoever asks has gone.
            let _turn = turn;
            let Ok(hash) = PasswordHash::new(&hash) else {
                tracing::error!("the hash of a status page's password cannot be read");
                return false;
            };
            Argon2::default()
                .verify_password(password.as_bytes(), &hash)
                .is_ok()
        });
        Ok(verified.await.unwrap_or(false))
    }
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordHasher;
    use argon2::{Algorithm, Params, Version};

    use super::*;

    fn hash(password: &str) -> String {
        // Other parameters than the default ones: the hash says which.
        let params = Params::new(64, 1, 1, None).unwrap();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let hash: PasswordHash = argon2.hash_password(password.as_bytes()).unwrap();
        hash.to_string()
    }

    #[tokio::test]
    async fn a_password_fits_its_hash_only() {
        let passwords = Passwords::default();
        let hash = hash("open sesame");
        for (password, hash, expected) in [
            ("open sesame", hash.as_str(), true),
            ("open sesam", &hash, false),
            ("", &hash, false),
            (&"x".repeat(MAX_BYTES + 1), &hash, false),
            ("open sesame", "no hash", false),
        ] {
            let verified = passwords.verify(password.to_owned(), hash.to_owned()).await;
            assert_eq!(verified, Ok(expected), "{password}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_long_and_not_many_do() {
        let passwords = Passwords::default();
        let all = u32::try_from(AT_ONCE).unwrap();
        let taken = passwords.hashing.acquire_many(all).await.unwrap();
        let verify = || passwords.verify("open sesame".to_owned(), hash("open sesame"));
        assert_eq!(verify().await, Err(Full));
        let waiting = futures_util::future::join_all((0..WAITING).map(|_| verify()));
        tokio::pin!(waiting);
        assert!(futures_util::FutureExt::now_or_never(waiting.as_mut()).is_none());
        assert_eq!(futures_util::FutureExt::now_or_never(verify()), Some(Err(Full)));
        drop(taken);
        assert!(waiting.await.iter().all(|verified| *verified == Ok(true)));
    }
}
