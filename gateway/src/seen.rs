//! What those see whose access is narrowed to tags: user-service knows the tags, and says which monitors that are. Nobody
//! else is asked about.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use api::{Actor, Principal};
use domain::internal::SeenMonitors;
use domain::{MonitorId, OrgId};
use moka::sync::Cache;
use shared::http::client::CallError;
use shared::http::problem::Problem;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::Edge;
use crate::unavailable::unavailable;

/// How old an answer may be for a request.
const FRESH: Duration = Duration::from_secs(1);

/// How old it may be while user-service does not answer: nothing is tagged then either.
const KEPT: Duration = Duration::from_secs(900);

/// How long user-service may take, so that a live stream does not stand still.
const PATIENCE: Duration = Duration::from_secs(3);

/// Members and API keys that are remembered.
const REMEMBERED: u64 = 10_000;

/// The monitors that somebody sees.
#[derive(Debug)]
pub(crate) enum Monitors {
    /// All of the organisation: the access is not narrowed any more.
    All,
    /// These.
    Only(HashSet<MonitorId>),
}

impl Monitors {
    /// Whether a monitor is among them.
    pub(crate) fn include(&self, monitor: MonitorId) -> bool {
        match self {
            Self::All => true,
            Self::Only(monitors) => monitors.contains(&monitor),
        }
    }
}

#[derive(Default)]
struct Known {
    /// With when user-service was asked.
    monitors: Option<(Arc<Monitors>, Instant)>,
    /// When user-service was asked last, and did not answer.
    failed_at: Option<Instant>,
}

/// What is known of who is narrowed.
pub(crate) struct Seen(Cache<(OrgId, Actor), Arc<Mutex<Known>>>);

impl Default for Seen {
    fn default() -> Self {
        let kept = Cache::builder().max_capacity(REMEMBERED).time_to_idle(KEPT);
        Self(kept.build())
    }
}

impl Seen {
    /// Whether a narrowed caller sees a monitor, by an answer that is about as old as a revocation may be.
    ///
    /// # Errors
    /// 503 when it is not known.
    pub(crate) async fn sees(
        &self,
        edge: &Edge,
        caller: &Principal,
        monitor: MonitorId,
    ) -> Result<bool, Problem> {
        let now = Instant::now();
        let fresh = self
            .since(edge, caller, now.checked_sub(FRESH).unwrap_or(now))
            .await?;
        if fresh.include(monitor) {
            return Ok(true);
        }
        // It may have got its tag since.
        Ok(self.since(edge, caller, now).await?.include(monitor))
    }

    /// What a narrowed caller sees, as user-service said after `since`; while it does not answer, what it said last.
    ///
    /// # Errors
    /// 503 when it said nothing lately.
    pub(crate) async fn since(
        &self,
        edge: &Edge,
        caller: &Principal,
        since: Instant,
    ) -> Result<Arc<Monitors>, Problem> {
        let known = self.0.get_with((caller.org_id, caller.actor), Arc::default);
        // Who comes meanwhile waits for the same answer.
        let mut known = known.lock().await;
        if let Some((monitors, asked_at)) = &known.monitors
            && *asked_at >= since
        {
            return Ok(Arc::clone(monitors));
        }
        let now = Instant::now();
        let asked = match known.failed_at.is_some_and(|at| now.duration_since(at) < FRESH) {
            true => Err(Problem::unavailable("the service")),
            false => ask(edge, caller)
                .await
                .map_err(|error| unavailable("user-service", &error)),
        };
        match (asked, &known.monitors) {
            (Ok(monitors), _) => {
                let monitors = Arc::new(monitors);
                known.monitors = Some((Arc::clone(&monitors), now));
                known.failed_at = None;
                Ok(monitors)
            }
            (Err(problem), last) => {
                let kept = last
                    .as_ref()
                    .filter(|(_, asked_at)| now.duration_since(*asked_at) < KEPT);
                let answer = kept.map(|(monitors, _)| Arc::clone(monitors)).ok_or(problem);
                if known.failed_at.is_none_or(|at| now.duration_since(at) >= FRESH) {
                    known.failed_at = Some(now);
                }
                answer
            }
        }
    }
}

async fn ask(edge: &Edge, caller: &Principal) -> Result<Monitors, CallError> {
    let settings = &edge.settings;
    let mut url = format!(
        "{}/internal/seen-monitors?org_id={}&user_id={}",
        settings.user_service_url,
        caller.org_id,
        caller.user_id()
    );
    if let Some(key) = caller.key() {
        url += &format!("&api_key_id={key}");
    }
    let seen: SeenMonitors = edge
        .upstream
        .within(PATIENCE)
        .get_json(&url, settings.internal_keys.current())
        .await?;
    Ok(match seen.monitors {
        None => Monitors::All,
        Some(monitors) => Monitors::Only(monitors.into_iter().collect()),
    })
}
