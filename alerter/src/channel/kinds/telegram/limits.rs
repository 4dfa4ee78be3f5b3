//! Bots that Telegram has asked to be quiet. That is asked of a bot, whichever of its chats has had too much.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::channel::SendError;

/// Bots that are remembered at once; of more, each chat finds out by itself.
const MAX_BOTS: usize = 10_000;

/// Until when which bots are to be quiet, by their addresses.
#[derive(Clone, Default)]
pub(in crate::channel) struct TelegramLimits(Arc<Mutex<HashMap<String, Instant>>>);

impl std::fmt::Debug for TelegramLimits {
    // The addresses hold the tokens.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TelegramLimits").finish_non_exhaustive()
    }
}

impl TelegramLimits {
    /// # Errors
    /// Temporary while the bot is to be quiet.
    pub(super) fn check(&self, bot: &str) -> Result<(), SendError> {
        match self.left(bot, Instant::now()) {
            None => Ok(()),
            Some(left) => Err(SendError::Temporary {
                reason: "Telegram has asked this bot to send less".to_owned(),
                retry_after: Some(left),
            }),
        }
    }

    /// Notes how long a bot is to be quiet.
    pub(super) fn note(&self, bot: &str, asked: Option<Duration>) {
        let now = Instant::now();
        let mut bots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bots.retain(|_, until| *until > now);
        if let Some(until) = asked.and_then(|asked| now.checked_add(asked))
            && bots.len() < MAX_BOTS
        {
            bots.insert(bot.to_owned(), until);
        }
    }

    fn left(&self, bot: &str, now: Instant) -> Option<Duration> {
        let bots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bots.get(bot)?
            .checked_duration_since(now)
            .filter(|left| !left.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bot_is_quiet_for_as_long_as_it_was_asked_to() {
        let limits = TelegramLimits::default();
        limits.note("a", Some(Duration::from_secs(30)));
        let now = Instant::now();
        let left = limits.left("a", now).unwrap();
        assert!(left > Duration::from_secs(20) && left <= Duration::from_secs(30));
        assert_eq!(limits.left("a", now + Duration::from_secs(31)), None);
        assert_eq!(limits.left("b", now), None);
        assert!(limits.check("a").is_err() && limits.check("b").is_ok());
    }

    #[test]
    fn tokens_are_not_shown() {
        let limits = TelegramLimits::default();
        limits.note("https://a/bot1:secret", Some(Duration::from_secs(30)));
        assert!(!format!("{limits:?}").contains("secret"));
    }
}
