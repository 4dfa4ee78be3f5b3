//! How much one caller may ask for, counted at this gateway.

use std::hash::{BuildHasher as _, RandomState};
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use shared::http::problem::Problem;

use crate::metrics;
use crate::settings::Limits;

/// Callers that are remembered before those who have been quiet are forgotten.
const REMEMBERED: usize = 50_000;

/// Buttons that may be pressed below the messages of one channel in a minute.
const SLACK_PER_MINUTE: u32 = 60;

/// Links of mails that may be followed from one address in a minute; a mail program's servers follow many.
const LINKS_PER_MINUTE: u32 = 120;

/// Checks on request that an organisation may ask for in a minute.
const CHECKS_PER_MINUTE: u32 = 30;

/// Whose attempt to log in or register is counted.
#[derive(Clone, Copy, Debug, Hash)]
pub(crate) enum Attempt<'a> {
    /// That of a client's address.
    From(&'a str),
    /// That on an account, by its e-mail address.
    Account(&'a str),
}

/// Limits per caller.
pub(crate) struct RateLimits {
    /// By hashes, so that what a caller sends takes no room.
    login: DefaultKeyedRateLimiter<u64>,
    hasher: RandomState,
    /// Likewise.
    links: DefaultKeyedRateLimiter<u64>,
    api: DefaultKeyedRateLimiter<i64>,
    slack: DefaultKeyedRateLimiter<i64>,
    checks: DefaultKeyedRateLimiter<i64>,
}

impl RateLimits {
    pub(crate) fn new(limits: &Limits) -> Self {
        let per_minute = |count: u32| Quota::per_minute(NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN));
        Self {
            login: RateLimiter::keyed(per_minute(limits.login_per_minute)),
            hasher: RandomState::new(),
            links: RateLimiter::keyed(per_minute(LINKS_PER_MINUTE)),
            api: RateLimiter::keyed(per_minute(limits.api_per_minute)),
            slack: RateLimiter::keyed(per_minute(SLACK_PER_MINUTE)),
            checks: RateLimiter::keyed(per_minute(CHECKS_PER_MINUTE)),
        }
    }

    /// Counts an attempt to log in or register.
    pub(crate) fn login(&self, attempt: Attempt<'_>) -> Result<(), Problem> {
        drop_idle(&self.login);
        let checked = self.login.check_key(&self.hasher.hash_one(attempt));
        checked.map_err(|early| refused("login", early.wait_time_from(DefaultClock::default().now())))
    }

    /// Counts a link that was followed from a client's address.
    pub(crate) fn link(&self, address: &str) -> Result<(), Problem> {
        drop_idle(&self.links);
        let checked = self.links.check_key(&self.hasher.hash_one(address));
        checked.map_err(|early| refused("link", early.wait_time_from(DefaultClock::default().now())))
    }

    /// Counts a request of a user.
    pub(crate) fn api(&self, user: i64) -> Result<(), Problem> {
        drop_idle(&self.api);
        let checked = self.api.check_key(&user);
        checked.map_err(|early| refused("api", early.wait_time_from(DefaultClock::default().now())))
    }

    /// Counts an interaction with a channel.
    pub(crate) fn slack(&self, channel: i64) -> Result<(), Problem> {
        drop_idle(&self.slack);
        let checked = self.slack.check_key(&channel);
        checked.map_err(|early| refused("slack", early.wait_time_from(DefaultClock::default().now())))
    }

    /// Counts a check that an organisation asks for.
    pub(crate) fn checks(&self, org: i64) -> Result<(), Problem> {
        drop_idle(&self.checks);
        let checked = self.checks.check_key(&org);
        checked.map_err(|early| refused("checks", early.wait_time_from(DefaultClock::default().now())))
    }
}

fn drop_idle<K: std::hash::Hash + Eq + Clone>(limiter: &DefaultKeyedRateLimiter<K>) {
    if limiter.len() > REMEMBERED {
        limiter.retain_recent();
    }
}

fn refused(limit: &'static str, wait: Duration) -> Problem {
    metrics::limited(limit);
    Problem::too_many(u32::try_from(wait.as_secs() + 1).unwrap_or(60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_caller_is_limited_and_another_is_not() {
        let limits = RateLimits::new(&Limits {
            login_per_minute: 2,
            api_per_minute: 1,
            streams_per_org: 1,
        });
        let (a, b) = (Attempt::From("a"), Attempt::From("b"));
        assert!(limits.login(a).is_ok() && limits.login(a).is_ok());
        assert_eq!(limits.login(a).unwrap_err().status().as_u16(), 429);
        assert!(limits.login(b).is_ok() && limits.login(Attempt::Account("a")).is_ok());
        assert!(limits.api(1).is_ok() && limits.api(1).is_err() && limits.api(2).is_ok());
    }
}
