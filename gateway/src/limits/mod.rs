//! How much one caller may ask for, counted at this gateway.

mod guesses;
mod keyed;
mod sign_in;

use std::time::Duration;

use shared::http::client_address::AddressPrefix;
use shared::http::problem::Problem;

use crate::metrics;
use crate::settings::Limits;

pub(crate) use sign_in::{Candidate, SignIn};

use keyed::Keyed;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// What Slack may send from one address in a minute, for all channels together.
const SLACK_PER_MINUTE: u32 = 600;

/// Checks on request that an organisation may ask for in a minute.
const CHECKS_PER_MINUTE: u32 = 30;

/// Sessions that may be renewed or ended from one address in a minute: an office has one.
const SESSIONS_PER_MINUTE: u32 = 300;

/// Links out of mails that may be followed from one address in a minute: mail providers call them for their users.
const LINKS_PER_MINUTE: u32 = 120;

/// Mails about forgotten passwords that may be asked for from one address in an hour: an office has one.
const RESETS_PER_HOUR: u32 = 20;

/// Limits per caller.
pub(crate) struct RateLimits {
    pub(crate) sign_in: SignIn,
    sessions: Keyed<AddressPrefix>,
    api: Keyed<i64>,
    slack: Keyed<AddressPrefix>,
    checks: Keyed<i64>,
    links: Keyed<AddressPrefix>,
    resets: Keyed<AddressPrefix>,
}

impl RateLimits {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            sign_in: SignIn::new(limits.login_per_minute),
            sessions: Keyed::new(SESSIONS_PER_MINUTE, MINUTE),
            api: Keyed::new(limits.api_per_minute, MINUTE),
            slack: Keyed::new(SLACK_PER_MINUTE, MINUTE),
            checks: Keyed::new(CHECKS_PER_MINUTE, MINUTE),
            links: Keyed::new(LINKS_PER_MINUTE, MINUTE),
            resets: Keyed::new(RESETS_PER_HOUR, HOUR),
        }
    }

    /// Counts a session that is renewed or ended.
    pub(crate) fn session(&self, from: AddressPrefix) -> Result<(), Problem> {
        self.sessions.count(from).map_err(|wait| refused("session", wait))
    }

    /// Counts a request of a user.
    pub(crate) fn api(&self, user: i64) -> Result<(), Problem> {
        self.api.count(user).map_err(|wait| refused("api", wait))
    }

    /// Counts what Slack, or somebody in its name, sends. Whether it is signed is not known here, so that it counts for
    /// its sender; user-service counts for the channel.
    pub(crate) fn slack(&self, from: AddressPrefix) -> Result<(), Problem> {
        self.slack.count(from).map_err(|wait| refused("slack", wait))
    }

    /// Counts a link that is followed.
    pub(crate) fn link(&self, from: AddressPrefix) -> Result<(), Problem> {
        self.links.count(from).map_err(|wait| refused("link", wait))
    }

    /// Counts a mail about a forgotten password, which goes to whom the caller names.
    pub(crate) fn reset(&self, from: AddressPrefix) -> Result<(), Problem> {
        self.resets.count(from).map_err(|wait| refused("reset", wait))
    }

    /// Counts a check that an organisation asks for.
    pub(crate) fn checks(&self, org: i64) -> Result<(), Problem> {
        self.checks.count(org).map_err(|wait| refused("checks", wait))
    }
}

fn refused(limit: &'static str, wait: Duration) -> Problem {
    metrics::limited(limit);
    Problem::too_many(u32::try_from(wait.as_secs() + 1).unwrap_or(60))
}
