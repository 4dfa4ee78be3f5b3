//! The HTTP API: one file per resource, whose handlers are mounted by the types of their operations; and what every
//! request has to pass.

mod accounts;
mod acknowledge_links;
mod addresses;
mod alert_route_explanation;
mod alert_routes;
mod api_keys;
mod as_of;
mod audit_log;
mod backtests;
mod baselines;
mod bulk;
mod bulk_changes;
mod calendar_feeds;
mod called_by;
mod caught;
mod channel_edit;
mod channel_view;
mod channels;
mod confirmations;
mod cookie;
mod creation;
mod definition_versions;
mod deletions;
mod deliveries;
mod drill_schedules;
mod drills;
mod escalation_policies;
mod exports;
mod heartbeats;
mod identities;
mod incidents;
mod internal;
mod invitations;
mod joining;
mod linking;
mod maintenance_windows;
mod members;
mod monitor_edit;
mod monitor_keys;
mod monitor_versions;
mod monitor_view;
mod monitors;
mod number_codes;
mod on_call;
mod on_call_schedules;
mod onward;
mod organisations;
mod own_account;
mod own_audit_log;
mod own_channels;
mod own_quiet_hours;
mod page;
mod password_reset;
mod ping_targets;
mod pings;
mod provider_sign_in;
mod providers;
mod recipients;
mod regions;
mod report_preview;
mod report_templates;
mod results;
mod role_now;
mod search;
mod second_factor;
mod series;
mod sessions;
mod sign_in;
mod signed_calls;
mod silences;
mod sla_reports;
mod sla_schedules;
mod slack;
mod squatting;
mod status_destinations;
mod status_page_links;
mod status_page_statistics;
mod status_page_view;
mod status_page_visits;
mod status_pages;
mod status_reports;
mod status_subscribers;
mod subscriptions;
mod summary;
mod tags;
mod teams;
mod uptime;
mod whatsapp;
mod why;

use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::web::{self, Data, ServiceConfig};
use api::{BacktestMonitor, BacktestMonitors, Operation};
use shared::http::call::{Call, Reception};
use shared::http::identity::{self, REQUEST_ID_HEADER};
use shared::http::panics::caught;
use shared::http::problem::Problem;
use shared::http::request::BODY_WITHIN;
use shared::http::routes::{Routes, no_such_route};
use tokio::time::Instant;
use tracing::Instrument;

use crate::app::App;
use crate::metrics as names;

/// How long a request may take, so that a database that hangs becomes an answer.
const DEADLINE: Duration = Duration::from_millis(4_500);

/// How long a statement of a request may take: its end is still an answer.
pub(crate) const STATEMENT_WITHIN: Duration = Duration::from_millis(4_000);

/// The operations of the public API that are answered here.
pub(crate) fn routes() -> Routes {
    let mount = [
        accounts::mount,
        own_account::mount,
        own_audit_log::mount,
        own_channels::mount,
        own_quiet_hours::mount,
        addresses::mount,
        password_reset::mount,
        sessions::mount,
        providers::mount,
        identities::mount,
        second_factor::mount,
        organisations::mount,
        deletions::mount,
        exports::mount,
        members::mount,
        invitations::mount,
        joining::mount,
        api_keys::mount,
        audit_log::mount,
        monitors::mount,
        monitor_keys::mount,
        monitor_versions::mount,
        regions::mount,
        bulk::mount,
        heartbeats::mount,
        pings::mount,
        tags::mount,
        mount_history,
        search::mount,
        incidents::mount,
        channels::mount,
        acknowledge_links::mount,
        recipients::mount,
        deliveries::mount,
        alert_routes::mount,
        alert_route_explanation::mount,
        why::mount,
        backtests::mount,
        escalation_policies::mount,
        maintenance_windows::mount,
        silences::mount,
        drills::mount,
        drill_schedules::mount,
        teams::mount,
        on_call_schedules::mount,
        on_call::mount,
        calendar_feeds::mount,
        sla_reports::mount,
        sla_schedules::mount,
        status_pages::mount,
        status_page_visits::mount,
        status_reports::mount,
        report_preview::mount,
        report_templates::mount,
        status_page_statistics::mount,
        status_subscribers::mount,
        status_destinations::mount,
    ];
    mount
        .iter()
        .fold(Routes::default(), |routes, mount| mount(routes))
}

/// Requires that a row still has the version that the caller has seen, if the caller says which one.
///
/// # Errors
/// 412 when it has another one by now.
fn require_version(expected: Option<i32>, version: i32) -> Result<(), Problem> {
    match expected {
        Some(seen) if seen != version => Err(Problem::stale()),
        _ => Ok(()),
    }
}

/// For what has no version, so that whoever names one has seen something else.
///
/// # Errors
/// 412 when one is named.
fn no_version<O: Operation>(call: &Call<O>) -> Result<(), Problem> {
    match call.if_match()? {
        None => Ok(()),
        Some(_) => Err(Problem::stale()),
    }
}

fn mount_history(routes: Routes) -> Routes {
    routes
        .mount(results::list)
        .mount(series::get)
        .mount(baselines::get)
        .mount(uptime::get)
        .mount(summary::get)
}

/// Adds the routes.
pub(crate) fn configure(config: &mut ServiceConfig) {
    let reception = Reception::new(|request| identity::principal(request).into(), BODY_WITHIN);
    config
        .app_data(Data::new(reception))
        .configure(|config| routes().configure(config))
        .service(web::scope("/internal").configure(internal::configure))
        .route(caught::PATTERN, web::get().to(caught::show))
        .default_service(web::to(no_such_route));
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
    // Who knows the address has read the log of this process.
    if app
        .mailer
        .caught()
        .is_some_and(|caught| caught.is_at(request.path()))
    {
        return next.call(request).await;
    }
    app.internal_keys.require(request.request())?;
    let request_id = request.headers().get(REQUEST_ID_HEADER);
    let request_id = request_id.and_then(|id| id.to_str().ok()).unwrap_or_default();
    let principal = identity::principal(request.request()).ok();
    let span = tracing::info_span!(
        "request",
        request_id,
        user_id = principal.map(|principal| principal.user_id()),
        org_id = principal.map(|principal| principal.org_id.0),
    );
    let (route, method) = (
        request.match_pattern().unwrap_or_default(),
        method_label(request.method()),
    );
    timed(route, method, next.call(request).instrument(span)).await
}

/// How long a request may take by its route.
fn deadline(route: &str) -> Duration {
    match route.strip_prefix(api::PREFIX) {
        Some(path) if [BacktestMonitor::PATH, BacktestMonitors::PATH].contains(&path) => backtests::DEADLINE,
        _ => DEADLINE,
    }
}

/// Answers within its [`deadline`], and says how long it took, whatever came of it.
async fn timed<T>(
    route: String,
    method: &'static str,
    answering: impl Future<Output = Result<T, actix_web::Error>>,
) -> Result<T, actix_web::Error> {
    let began = Instant::now();
    let answered = tokio::time::timeout(deadline(&route), caught(answering)).await;
    metrics::histogram!(names::REQUEST_SECONDS, "route" => route, "method" => method)
        .record(began.elapsed().as_secs_f64());
    answered.unwrap_or_else(|_| Err(late().into()))
}

/// 503: whatever it was that took too long is not known here.
fn late() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "the answer was not ready in time; try again soon",
    )
    .with_retry_after(5)
}

fn method_label(method: &actix_web::http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use api::Server;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_request_that_is_given_up_or_panics_is_as_long_as_it_took() {
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
        let _here = metrics::set_default_local_recorder(&recorder);
        let hanging = std::future::pending::<Result<(), actix_web::Error>>();
        let error = timed("/hangs".to_owned(), "GET", hanging).await.unwrap_err();
        assert_eq!(error.as_response_error().status_code(), 503);
        let panicking = async { panic!("a fault of ours") };
        let error = timed::<()>("/panics".to_owned(), "GET", panicking)
            .await
            .unwrap_err();
        assert_eq!(error.as_response_error().status_code(), 500);
        let rendered = recorder.handle().render();
        let count = |route: &str| {
            let line = format!(
                "{}_count{{route=\"{route}\",method=\"GET\"}} 1",
                names::REQUEST_SECONDS
            );
            assert!(rendered.contains(&line), "{line} is missing in {rendered}");
        };
        count("/hangs");
        count("/panics");
        let sum = format!(
            "{}_sum{{route=\"/hangs\",method=\"GET\"}} 4.5",
            names::REQUEST_SECONDS
        );
        assert!(rendered.contains(&sum), "{rendered}");
    }

    #[test]
    fn a_backtest_may_take_longer_than_the_rest() {
        assert_eq!(deadline("/api/v1/monitors/{id}/backtest"), backtests::DEADLINE);
        assert_eq!(deadline("/api/v1/backtests"), backtests::DEADLINE);
        for route in ["/api/v1/monitors/{id}", "/backtests", ""] {
            assert_eq!(deadline(route), DEADLINE);
        }
    }

    #[test]
    fn each_operation_is_mounted_exactly_once() {
        let routes = routes();
        let mounted: BTreeSet<&str> = routes.mounted().iter().copied().collect();
        assert_eq!(mounted.len(), routes.mounted().len());
        let operations = api::operations();
        let mine = operations
            .iter()
            .filter(|one| one.served_by == Server::UserService)
            .map(|one| one.id);
        // The gateway asks for it when Redis is away.
        assert_eq!(mounted, mine.chain(["GetMonitorStatus"]).collect());
    }
}
