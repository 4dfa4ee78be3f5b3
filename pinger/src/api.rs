//! The internal API: a check on request, which is answered but not published.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use domain::internal::CheckAnswer;
use domain::monitor::{Definition, FieldError, Spec};
use domain::{MonitorId, OrgId};
use shared::http::identity::InternalKeys;
use shared::http::problem::{Problem, parse_json};
use shared::http::request::read_body;
use tokio::sync::Semaphore;

use crate::checker::{CheckOutcome, Checker, Verdict};
use crate::monitor::Monitor;

/// Concurrent checks on request.
const MAX_CHECKS: usize = 64;

/// The longest deadline of a check on request.
const MAX_DEADLINE: Duration = Duration::from_secs(60);

/// The state of the handlers.
#[derive(Debug)]
pub(crate) struct ApiState {
    checker: Arc<Checker>,
    keys: InternalKeys,
    room: Semaphore,
}

impl ApiState {
    pub(crate) fn new(checker: Arc<Checker>, keys: InternalKeys) -> Self {
        Self {
            checker,
            keys,
            room: Semaphore::new(MAX_CHECKS),
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
    let _permit = state.room.try_acquire().map_err(|_| Problem::too_many(1))?;
    let check = state.checker.check(&monitor, || {}).await;
    Ok(HttpResponse::Ok().json(answer(&monitor, check)?))
}

fn answer(monitor: &Monitor, check: CheckOutcome) -> Result<CheckAnswer, Problem> {
    let failure = match check.verdict {
        Verdict::Up => None,
        Verdict::Down(failure) => Some(failure),
        Verdict::NotChecked(reason, why) => {
            tracing::warn!(reason = reason.as_str(), why, "could not check on request");
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, reason.sentence()));
        }
    };
    let (error_code, error) = failure.map(|failure| (failure.code, failure.message)).unzip();
    Ok(CheckAnswer {
        url: monitor.url.to_string(),
        kind: monitor.kind.to_owned(),
        up: error_code.is_none(),
        status_code: check.status,
        latency_ms: u32::try_from(check.latency.as_millis()).unwrap_or(u32::MAX),
        attempts: check.attempts,
        error,
        error_code,
        timings_us: check.timings,
        tls_expires_at: check.tls_expires_at,
        redirects: check.redirects,
    })
}
