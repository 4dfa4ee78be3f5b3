//! The internal API: a check on request, which is answered but not published.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use domain::internal::CheckAnswer;
use domain::monitor::{Definition, FieldError, HEARTBEAT, Spec};
use domain::record::SkipReason;
use domain::{MonitorId, OrgId};
use shared::http::identity::{self, InternalKeys};
use shared::http::problem::{Problem, parse_json};
use shared::http::request::read_body;
use tokio::sync::Semaphore;

use crate::checker::{CheckOutcome, Checker, Verdict, whole_millis};
use crate::monitor::Monitor;

/// Concurrent checks on request.
const MAX_CHECKS: usize = 64;

/// One organisation may have running as many checks on request as one in so many places that are still free.
const SHARE_OF_FREE: usize = 4;

/// The longest deadline of a check on request.
const MAX_DEADLINE: Duration = Duration::from_secs(60);

/// The state of the handlers.
#[derive(Debug)]
pub(crate) struct ApiState {
    checker: Arc<Checker>,
    keys: InternalKeys,
    room: Semaphore,
    shares: Shares,
}

impl ApiState {
    pub(crate) fn new(checker: Arc<Checker>, keys: InternalKeys) -> Self {
        Self {
            checker,
            keys,
            room: Semaphore::new(MAX_CHECKS),
            shares: Shares::default(),
        }
    }
}

/// Adds the internal API to a server.
pub(crate) fn configure(config: &mut web::ServiceConfig, state: web::Data<ApiState>) {
    config
        .app_data(state)
        .route("/internal/check", web::post().to(check));
}

async fn check(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    state.keys.require(&request)?;
    let spec: Spec = parse_json(&read_body(payload).await?)?;
    if spec.probe.kind() == HEARTBEAT {
        let wrong = "cannot be checked on request: it waits for pings, and nothing is sent";
        return Err(Problem::invalid(vec![FieldError::new("kind", wrong)]));
    }
    if spec.deadline_ms() > MAX_DEADLINE.as_millis() as u64 {
        let message = format!(
            "makes the whole check last longer than {} s",
            MAX_DEADLINE.as_secs()
        );
        return Err(Problem::invalid(vec![FieldError::new("timeout_ms", message)]));
    }
    let monitor = Monitor::compile(Definition {
        id: MonitorId(0),
        org_id: OrgId(0),
        revision: 0,
        changed_at: None,
        probe_revision: None,
        spec,
    })
    .map_err(|error| Problem::invalid(vec![FieldError::new("url", error.to_string())]))?;
    let free = state.room.available_permits();
    // An older gateway does not say for whom it asks.
    let _share = match identity::organisation(&request) {
        Some(org) => Some(state.shares.take(org, free).ok_or_else(|| Problem::too_many(1))?),
        None => None,
    };
    let _permit = state.room.try_acquire().map_err(|_| Problem::too_many(1))?;
    let check = made(&state, &monitor).await;
    Ok(HttpResponse::Ok().json(answer(&monitor, check)?))
}

/// A check with a response time to show; made again when a standstill of this machine spoilt that.
async fn made(state: &ApiState, monitor: &Monitor) -> CheckOutcome {
    let check = state.checker.check(monitor, || {}).await;
    if check.latency.is_some() {
        return check;
    }
    state.checker.check(monitor, || {}).await
}

/// How many checks on request each organisation has running. An organisation without any takes no room.
#[derive(Debug, Default)]
struct Shares(Mutex<HashMap<OrgId, usize>>);

impl Shares {
    /// Takes a place of an organisation's share of the `free` ones, if that is not used up. The fewer are free, the
    /// smaller a share is, so that a few organisations never have all.
    fn take(&self, org: OrgId, free: usize) -> Option<Place<'_>> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let places = taken.get(&org).copied().unwrap_or(0);
        let share = (free / SHARE_OF_FREE).max(1);
        (places < share).then(|| {
            taken.insert(org, places + 1);
            Place { shares: self, org }
        })
    }
}

/// A place that is taken until it is dropped.
#[derive(Debug)]
struct Place<'a> {
    shares: &'a Shares,
    org: OrgId,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut taken = self.shares.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut places) = taken.entry(self.org) {
            *places.get_mut() -= 1;
            if *places.get() == 0 {
                places.remove();
            }
        }
    }
}

fn answer(monitor: &Monitor, check: CheckOutcome) -> Result<CheckAnswer, Problem> {
    let not_checked = |reason: SkipReason, why: &str| {
        tracing::warn!(reason = reason.as_str(), why, "could not check on request");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, reason.sentence())
    };
    let failure = match check.verdict {
        Verdict::Up => None,
        Verdict::Down(failure) => Some(failure),
        Verdict::NotChecked(reason, why) => return Err(not_checked(reason, &why)),
    };
    let Some(latency) = check.latency else {
        return Err(not_checked(
            SkipReason::Standstill,
            "its response time is not known",
        ));
    };
    let (error_code, error) = failure.map(|failure| (failure.code, failure.message)).unzip();
    Ok(CheckAnswer {
        url: monitor.url.to_string(),
        kind: monitor.kind.to_owned(),
        up: error_code.is_none(),
        status_code: check.status,
        latency_ms: whole_millis(latency),
        attempts: check.attempts,
        error,
        error_code,
        timings_us: check.timings,
        tls_expires_at: check.tls_expires_at,
        redirects: check.redirects,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organisation_cannot_take_more_than_its_share() {
        let shares = Shares::default();
        let mut places = Vec::new();
        let mut taken = |org| {
            let before = places.len();
            while let Some(place) = shares.take(OrgId(org), MAX_CHECKS - places.len()) {
                places.push(place);
            }
            places.len() - before
        };
        assert_eq!(taken(1), 13);
        assert_eq!((2..=6).map(&mut taken).sum::<usize>(), 33);
        assert!(taken(7) > 0, "six strangers leave room for another");
        places.clear();
        assert!(shares.0.lock().unwrap().is_empty());
    }
}
