//! How much one caller may ask for, counted at this gateway.

mod guesses;
mod keyed;
mod network;
mod sign_in;

use std::time::Duration;

use api::Actor;
use shared::http::client_address::AddressPrefix;
use shared::http::problem::Problem;

use crate::metrics;
use crate::settings::Limits;

pub(crate) use sign_in::{Candidate, SignIn};

use keyed::Keyed;
use network::PerNetwork;

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

/// API keys of one address in a minute of which user-service is asked: those that were used lately are known.
const KEYS_PER_MINUTE: u32 = 300;
/// Mails about forgotten passwords that may be asked for from one address in an hour: an office has one.
const RESETS_PER_HOUR: u32 = 20;

/// Limits per caller.
pub(crate) struct RateLimits {
    pub(crate) sign_in: SignIn,
    sessions: PerNetwork,
    /// Per person; what all API keys of one person ask for together counts beside that.
    api: Keyed<(i64, Asking)>,
    slack: PerNetwork,
    checks: Keyed<i64>,
    links: PerNetwork,
    keys: PerNetwork,
    resets: PerNetwork,
}

/// How a person asks.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Asking {
    Person,
    Keys,
}

impl RateLimits {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            sign_in: SignIn::new(limits.login_per_minute),
            sessions: PerNetwork::new(SESSIONS_PER_MINUTE, MINUTE),
            api: Keyed::new(limits.api_per_minute, MINUTE),
            slack: PerNetwork::new(SLACK_PER_MINUTE, MINUTE),
            checks: Keyed::new(CHECKS_PER_MINUTE, MINUTE),
            links: PerNetwork::new(LINKS_PER_MINUTE, MINUTE),
            keys: PerNetwork::new(KEYS_PER_MINUTE, MINUTE),
            resets: PerNetwork::new(RESETS_PER_HOUR, HOUR),
        }
    }

    /// Counts a session that is renewed or ended.
    pub(crate) fn session(&self, from: AddressPrefix) -> Result<(), Problem> {
        self.sessions.count(from).map_err(|wait| refused("session", wait))
    }

    /// Counts a request of a user or of an API key.
    pub(crate) fn api(&self, actor: Actor) -> Result<(), Problem> {
        let who = match actor {
            Actor::User(id) => (id, Asking::Person),
            Actor::Key { creator, .. } => (creator, Asking::Keys),
        };
        self.api.count(who).map_err(|wait| refused("api", wait))
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

    /// Counts a key of which user-service is asked.
    pub(crate) fn key(&self, from: AddressPrefix) -> Result<(), Problem> {
        self.keys.count(from).map_err(|wait| refused("api-key", wait))
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
    Problem::too_many_for(wait)
}
