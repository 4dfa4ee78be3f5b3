//! What the handlers work with.

use std::sync::Arc;

use deadpool_postgres::Pool;
use domain::{OrgId, Regions};
use fred::clients::Client;
use shared::crypto::Keyring;
use shared::guard::TargetGuard;
use shared::http::identity::InternalKeys;
use shared::outgoing::Exchanges;
use shared::permits::FairPermits;
use shared::redis::Keys;
use shared::token::TokenKey;
use tokio::sync::Notify;

use crate::announce::Announcer;
use crate::mail::Mailer;
use crate::mirror::Mirror;
use crate::passwords::Passwords;
use crate::providers::Providers;
use crate::rules::plan::Plans;
use crate::settings::Registration;
use crate::simulations::Simulations;
use crate::sla::Workshop;
use crate::status_pages::StatusPages;

/// What the handlers work with.
#[derive(Debug)]
pub(crate) struct App {
    /// For requests: a statement ends before its request does.
    pub(crate) pool: Pool,
    /// For what recurs, and may take longer.
    pub(crate) jobs: Pool,
    /// For what is usual of response times, which is always at work where many monitors are held against that.
    pub(crate) baselines: Pool,
    /// For archives, each of which reads one snapshot for as long as it takes.
    pub(crate) export_pool: Pool,
    pub(crate) redis: Client,
    pub(crate) redis_keys: Keys,
    pub(crate) keyring: Keyring,
    pub(crate) internal_keys: InternalKeys,
    pub(crate) token_key: TokenKey,
    pub(crate) target_guard: TargetGuard,
    pub(crate) passwords: Passwords,
    pub(crate) providers: Providers,
    pub(crate) mirror: Mirror,
    pub(crate) announcer: Announcer,
    pub(crate) mailer: Arc<Mailer>,
    pub(crate) status_pages: Arc<StatusPages>,
    /// Posts to destinations of status pages.
    pub(crate) outgoing: Exchanges,
    /// Wakes what answers sign-ups on status pages.
    pub(crate) answers: Arc<Notify>,
    /// Wakes the publisher of the outbox.
    pub(crate) outbox: Arc<Notify>,
    /// Wakes what deletes.
    pub(crate) deletions: Notify,
    /// Wakes what makes archives.
    pub(crate) exports: Notify,
    /// Wakes what reports outages on status pages.
    pub(crate) automatic_reports: Notify,
    /// Days in which a deletion can be cancelled.
    pub(crate) deletion_days: i32,
    pub(crate) shards: u32,
    /// From where monitors can be checked.
    pub(crate) regions: Regions,
    pub(crate) registration: Registration,
    pub(crate) session_days: u32,
    pub(crate) cookie_secure: bool,
    pub(crate) plans: Plans,
    pub(crate) verify_recipients: bool,
    pub(crate) seal_monitors: Option<bool>,
    /// Where SLA reports are made.
    pub(crate) sla: Workshop,
    /// Where simulations run.
    pub(crate) simulations: Simulations,
    /// Pings that make their heartbeats: each holds a connection while it waits for the turn of its organisation.
    pub(crate) first_pings: FairPermits<OrgId>,
    /// Searches, of which somebody who types begins one after the other.
    pub(crate) searches: FairPermits<OrgId>,
    /// Answers as of an instant, each of which is made of many results.
    pub(crate) as_of: FairPermits<OrgId>,
}
