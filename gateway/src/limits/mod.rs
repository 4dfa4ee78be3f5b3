//! How much one caller may ask for, counted here and, with a delay of a moment, by all gateways together.

mod bucket;
mod doors;
mod exchange;
mod guesses;
mod keyed;
mod network;
mod sign_in;
mod told;
mod whatsapp;

use std::fmt;
use std::time::Duration;

use actix_web::HttpRequest;
use api::Actor;
use fred::clients::Client;
use shared::http::client_address::AddressPrefix;
use shared::http::problem::Problem;
use shared::redis::Keys;
use shared::shutdown::CancellationToken;

use crate::metrics;
use crate::settings::Limits;

pub(crate) use doors::Doors;
pub(crate) use sign_in::{Candidate, SignIn};
pub(crate) use told::tell_quota;

use exchange::Exchange;
use keyed::Keyed;
use network::PerNetwork;
use told::judged;
use whatsapp::WhatsApp;

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

/// How many times as much all API keys of one person may ask for as one of them: more keys are not more without end.
const KEYS_OF_A_PERSON: u32 = 5;

/// Mails about forgotten passwords that may be asked for from one address in an hour: an office has one.
const RESETS_PER_HOUR: u32 = 20;

/// Badges that may be fetched from one address in a minute: those who show them for many others ask from a few.
const BADGES_PER_MINUTE: u32 = 600;

/// Pings that a heartbeat may send at once, and in which time it may send as many again: 30 a minute.
const PINGS_AT_ONCE: u32 = 60;
const PINGS_AGAIN: Duration = Duration::from_secs(120);

/// Limits per caller.
pub(crate) struct RateLimits {
    pub(crate) sign_in: SignIn,
    sessions: PerNetwork,
    api: Keyed<Asking>,
    keys_of: Keyed<i64>,
    slack: PerNetwork,
    whatsapp: WhatsApp,
    checks: Keyed<i64>,
    links: PerNetwork,
    keys: PerNetwork,
    resets: PerNetwork,
    badges: PerNetwork,
    pings_from: PerNetwork,
    pings_of: Keyed<i64>,
    pings_of_org: Keyed<i64>,
    pages: PerNetwork,
    pub(crate) doors: Doors,
    exchange: Exchange,
}

/// Who asks.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Asking {
    Person(i64),
    Key(i64),
}

impl fmt::Display for Asking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(id) => write!(f, "user:{id}"),
            Self::Key(id) => write!(f, "key:{id}"),
        }
    }
}

impl RateLimits {
    pub(crate) fn new(limits: &Limits) -> Self {
        let exchange = Exchange::new();
        let of_keys = limits.api_per_minute.saturating_mul(KEYS_OF_A_PERSON);
        Self {
            sign_in: SignIn::new(&exchange, limits.login_per_minute),
            sessions: PerNetwork::new(&exchange, "session", SESSIONS_PER_MINUTE, MINUTE),
            api: Keyed::new(&exchange, "api", limits.api_per_minute, MINUTE),
            keys_of: Keyed::new(&exchange, "keys-of", of_keys, MINUTE),
            slack: PerNetwork::new(&exchange, "slack", SLACK_PER_MINUTE, MINUTE),
            whatsapp: WhatsApp::new(&exchange),
            checks: Keyed::new(&exchange, "checks", CHECKS_PER_MINUTE, MINUTE),
            links: PerNetwork::new(&exchange, "link", LINKS_PER_MINUTE, MINUTE),
            keys: PerNetwork::new(&exchange, "api-key", KEYS_PER_MINUTE, MINUTE),
            resets: PerNetwork::new(&exchange, "reset", RESETS_PER_HOUR, HOUR),
            badges: PerNetwork::new(&exchange, "badge", BADGES_PER_MINUTE, MINUTE),
            pings_from: PerNetwork::new(&exchange, "ping-from", limits.pings_per_minute, MINUTE),
            pings_of: Keyed::new(&exchange, "ping", PINGS_AT_ONCE, PINGS_AGAIN).seldom_had(),
            pings_of_org: Keyed::new(&exchange, "ping-org", limits.org_pings_per_minute, MINUTE),
            pages: PerNetwork::new(&exchange, "page", limits.pages_per_minute, MINUTE),
            doors: Doors::new(&exchange),
            exchange,
        }
    }

    /// Tells other gateways what is counted, and learns what they have, until `stopping`.
    pub(crate) async fn exchange(&self, redis: &Client, keys: &Keys, stopping: &CancellationToken) {
        self.exchange.run(redis, keys, stopping).await;
    }

    /// Counts a session that is renewed or ended.
    pub(crate) fn session(&self, request: &HttpRequest, from: AddressPrefix) -> Result<(), Problem> {
        judged(request, "session", self.sessions.count(from))
    }

    /// Counts a request of a user or of an API key.
    pub(crate) fn api(&self, request: &HttpRequest, actor: Actor) -> Result<(), Problem> {
        match actor {
            Actor::User(id) => judged(request, "api", self.api.count(Asking::Person(id))),
            Actor::Key { id, creator } => {
                judged(request, "api", self.api.count(Asking::Key(id.0)))?;
                judged(request, "api", self.keys_of.count(creator))
            }
        }
    }

    /// Counts what Slack, or somebody in its name, sends. Whether it is signed is not known here, so that it counts for
    /// its sender; user-service counts for the channel.
    pub(crate) fn slack(&self, request: &HttpRequest, from: AddressPrefix) -> Result<(), Problem> {
        judged(request, "slack", self.slack.count(from))
    }

    /// Counts what Meta, or somebody in its name, sends to a WhatsApp channel.
    pub(crate) fn whatsapp(
        &self,
        request: &HttpRequest,
        from: AddressPrefix,
        channel: i64,
    ) -> Result<(), Problem> {
        judged(request, "whatsapp", self.whatsapp.count(from, channel))
    }

    /// Counts a link that is followed.
    pub(crate) fn link(&self, request: &HttpRequest, from: AddressPrefix) -> Result<(), Problem> {
        judged(request, "link", self.links.count(from))
    }

    /// Counts a key of which user-service is asked.
    pub(crate) fn key(&self, request: &HttpRequest, from: AddressPrefix) -> Result<(), Problem> {
        judged(request, "api-key", self.keys.count(from))
    }

    /// Counts a mail about a forgotten password, which goes to whom the caller names.
    pub(crate) fn reset(&self, request: &HttpRequest, from: AddressPrefix) -> Result<(), Problem> {
        judged(request, "reset", self.resets.count(from))
    }

    /// Counts a badge that is fetched.
    pub(crate) fn badge(&self, request: &HttpRequest, from: AddressPrefix) -> Result<(), Problem> {
        judged(request, "badge", self.badges.count(from))
    }

    /// Counts a ping for the address that it comes from; answers how long to wait when it is one too many. Its client is
    /// a script, which is told of no quota.
    pub(crate) fn ping_from(&self, from: AddressPrefix) -> Option<Duration> {
        let wait = self.pings_from.count(from).wait?;
        metrics::limited("ping-from");
        Some(wait)
    }

    /// Counts a ping for its heartbeat and its organisation; answers how long to wait when it is one too many.
    pub(crate) fn ping_of(&self, monitor: i64, org: i64) -> Option<Duration> {
        let (wait, limit) = match self.pings_of.count(monitor).wait {
            Some(wait) => (wait, "ping"),
            None => (self.pings_of_org.count(org).wait?, "ping-org"),
        };
        metrics::limited(limit);
        Some(wait)
    }

    /// Counts a request for a status page; answers how long to wait when it is one too many.
    pub(crate) fn page(&self, from: AddressPrefix) -> Option<Duration> {
        let wait = self.pages.count(from).wait?;
        metrics::limited("page");
        Some(wait)
    }

    /// Counts a check that an organisation asks for.
    pub(crate) fn checks(&self, request: &HttpRequest, org: i64) -> Result<(), Problem> {
        judged(request, "checks", self.checks.count(org))
    }
}

fn refused(limit: &'static str, wait: Duration) -> Problem {
    metrics::limited(limit);
    Problem::too_many_for(wait)
}
