//! The HTTP server: routes, and what every request has to pass.

use std::time::{Duration, Instant};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::{self, Data, ServiceConfig};
use shared::identity::{Identity, REQUEST_ID_HEADER};
use shared::problem::Problem;
use tracing::Instrument;

use crate::app::App;
use crate::{auth, channels, history, incident_actions, internal, metrics as names, monitors, windows};

/// How long a request may take, so that a database that hangs becomes an answer.
const DEADLINE: Duration = Duration::from_millis(4_500);

/// Adds the routes.
pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(
            web::scope("/api/v1")
                .configure(auth::configure)
                .configure(monitors::configure)
                .configure(history::configure)
                .configure(incident_actions::configure)
                .configure(channels::configure)
                .configure(windows::configure),
        )
        .service(web::scope("/internal").configure(internal::configure))
        .default_service(web::to(async || -> Result<&'static str, Problem> {
            Err(Problem::not_found("route"))
        }));
}

/// What every request has to pass: only who has the internal key gets further than health and metrics.
pub(crate) async fn admit(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    if matches!(request.path(), "/health/live" | "/health/ready" | "/metrics") {
        return next.call(request).await;
    }
    let Some(app) = request.app_data::<Data<App>>() else {
        return Err(Problem::internal("the server has no state").into());
    };
    app.internal_keys.require(request.request())?;
    let request_id = request.headers().get(REQUEST_ID_HEADER);
    let request_id = request_id.and_then(|id| id.to_str().ok()).unwrap_or_default();
    let identity = Identity::from_request(request.request()).ok();
    let span = tracing::info_span!(
        "request",
        request_id,
        user_id = identity.map(|identity| identity.user_id),
        org_id = identity.map(|identity| identity.org_id.0),
    );
    let method = method_label(request.method());
    let began = Instant::now();
    let answered = tokio::time::timeout(DEADLINE, next.call(request).instrument(span)).await;
    let response = answered.unwrap_or_else(|_| Err(Problem::unavailable("the database").into()))?;
    let route = response.request().match_pattern();
    metrics::histogram!(names::REQUEST_SECONDS, "route" => route.unwrap_or_default(), "method" => method)
        .record(began.elapsed().as_secs_f64());
    Ok(response)
}

fn method_label(method: &actix_web::http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        _ => "other",
    }
}
