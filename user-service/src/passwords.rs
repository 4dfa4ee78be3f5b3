//! Judging passwords and hashing them (Argon2id with the parameters of OWASP's password storage cheat sheet: 19 MiB, 2
//! passes, 1 lane), away from the threads that serve requests.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use shared::http::problem::Problem;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use crate::rules::password::{self, MAX_CHARS};

/// The longest password, in bytes: what has more is not kept while it waits for its turn.
const MAX_BYTES: usize = MAX_CHARS * 4;

/// Hashes at the same time, each of which takes a core and 19 MiB.
const MAX_CONCURRENT: usize = 4;

/// Of these, the one that only devices have which are known to the account: strangers, however many, must not keep people
/// from logging in.
const RESERVED: usize = 1;

/// Passwords that are judged at the same time: whoever registers must not keep others from logging in.
const MAX_JUDGED: usize = 2;

/// How long a request waits for its turn.
const MAX_WAIT: Duration = Duration::from_secs(3);

/// A hash that no password has: an unknown address takes as long to refuse as a wrong password. Accounts without a password
/// have it, which earlier releases refuse as well.
pub(crate) const NOBODYS_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Whether an account with this hash has a password.
pub(crate) fn is_set(hash: &str) -> bool {
    hash != NOBODYS_HASH
}

/// Judges, hashes and verifies passwords.
#[derive(Clone, Debug)]
pub(crate) struct Passwords {
    hashing: Arc<Semaphore>,
    reserved: Arc<Semaphore>,
    judging: Arc<Semaphore>,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self {
            hashing: Arc::new(Semaphore::new(MAX_CONCURRENT - RESERVED)),
            reserved: Arc::new(Semaphore::new(RESERVED)),
            judging: Arc::new(Semaphore::new(MAX_JUDGED)),
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
            return Ok(Err(password::too_long()));
        }
        let turn = self.judging.clone().acquire_owned();
        blocking(turn, "registering", move || {
            Ok(password::judge(&password, &inputs))
        })
        .await
    }

    /// The hash to store.
    ///
    /// # Errors
    /// 503 when too many are waiting.
    pub(crate) async fn hash(&self, password: String) -> Result<String, Problem> {
        let turn = self.hashing.clone().acquire_owned();
        blocking(turn, LOGGING_IN, move || {
            let hash: PasswordHash = argon2()?.hash_password(password.as_bytes())?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether the password has this hash. Without a hash it has not, after the same time. A device that is known to the
    /// account does not wait behind strangers.
    ///
    /// # Errors
    /// 503 when too many are waiting.
    pub(crate) async fn verify(
        &self,
        password: String,
        hash: Option<String>,
        is_known_device: bool,
    ) -> Result<bool, Problem> {
        // Nobody's is longer.
        let (password, hash) = match password.len() {
            ..=MAX_BYTES => (password, hash),
            _ => (String::new(), None),
        };
        let (shared, reserved) = (self.hashing.clone(), self.reserved.clone());
        let turn = async move {
            tokio::select! {
                turn = shared.acquire_owned() => turn,
                turn = reserved.acquire_owned(), if is_known_device => turn,
            }
        };
        blocking(turn, LOGGING_IN, move || {
            let known = hash.is_some();
            let hash = PasswordHash::new(hash.as_deref().unwrap_or(NOBODYS_HASH))?;
            let verified = argon2()?.verify_password(password.as_bytes(), &hash).is_ok();
            Ok(verified && known)
        })
        .await
    }
}

const LOGGING_IN: &str = "logging in";

/// Does `work` when it has its turn. A panic is an error of this request alone.
async fn blocking<T: Send + 'static>(
    turn: impl Future<Output = Result<OwnedSemaphorePermit, AcquireError>>,
    what: &str,
    work: impl FnOnce() -> Result<T, argon2::password_hash::Error> + Send + 'static,
) -> Result<T, Problem> {
    let Ok(Ok(turn)) = tokio::time::timeout(MAX_WAIT, turn).await else {
        return Err(Problem::unavailable(what));
    };
    tokio::task::spawn_blocking(move || {
        // It is given back also when the work panics.
        let _turn = turn;
        work()
    })
    .await
    .map_err(Problem::internal)?
    .map_err(Problem::internal)
}

fn argon2() -> Result<Argon2<'static>, argon2::password_hash::Error> {
    let params = Params::new(19 * 1_024, 2, 1, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let verified = passwords.verify(password.to_owned(), hash, false).await.unwrap();
            assert_eq!(verified, expected, "{password}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn strangers_keep_no_known_device_waiting() {
        let passwords = Passwords::new();
        let all = u32::try_from(MAX_CONCURRENT - RESERVED).unwrap();
        let _strangers = passwords.hashing.acquire_many(all).await.unwrap();
        let verified = |is_known| passwords.verify("wrong horse".to_owned(), None, is_known);
        assert!(verified(false).await.is_err(), "everything is taken");
        assert!(!verified(true).await.unwrap());
    }
}
