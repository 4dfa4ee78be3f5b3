//! The gateway's metrics.

use std::time::Duration;

use domain::record::PingKind;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, histogram};

const REQUESTS: &str = "uptime_api_requests_total";
const DURATION: &str = "uptime_gateway_request_duration_seconds";
const AUTH_ATTEMPTS: &str = "uptime_api_auth_attempts_total";
const LIMITED: &str = "uptime_gateway_rate_limited_total";
const PINGS: &str = "uptime_heartbeat_pings_total";
const PINGS_REFUSED: &str = "uptime_heartbeat_pings_refused_total";
const PING_DURATION: &str = "uptime_heartbeat_ping_duration_seconds";
const PAGES: &str = "uptime_status_page_requests_total";
const PAGE_DURATION: &str = "uptime_status_page_duration_seconds";
/// Open live streams.
pub(crate) const STREAMS: &str = "uptime_gateway_streams";

pub(crate) fn describe() {
    describe_counter!(REQUESTS, "Requests by route, method and status");
    describe_histogram!(
        DURATION,
        Unit::Seconds,
        "From a request's head to the head of its answer, by route"
    );
    describe_counter!(
        AUTH_ATTEMPTS,
        "Attempts to log in, register or refresh, by kind and outcome"
    );
    describe_counter!(
        LIMITED,
        "Requests refused because their caller asks for too much, by limit"
    );
    describe_counter!(PINGS, "Pings of heartbeats that Kafka has, by what they say");
    describe_counter!(
        PINGS_REFUSED,
        "Pings of heartbeats that were not taken, by the status of the answer"
    );
    describe_histogram!(
        PING_DURATION,
        Unit::Seconds,
        "From the arrival of a heartbeat's ping until Kafka has it"
    );
    describe_counter!(
        PAGES,
        "Requests for status pages, by what was asked for and what became of it"
    );
    describe_histogram!(
        PAGE_DURATION,
        Unit::Seconds,
        "From the head of a request for a status page to that of its answer"
    );
    describe_gauge!(STREAMS, "Open live streams");
}

/// A request was answered. `route` is the pattern, so that there are few of them.
pub(crate) fn answered(route: String, method: &'static str, status: u16, took: Duration) {
    counter!(REQUESTS, "route" => route.clone(), "method" => method, "status" => status.to_string())
        .increment(1);
    histogram!(DURATION, "route" => route).record(took.as_secs_f64());
}

/// Somebody tried to log in, register or refresh.
pub(crate) fn auth_attempt(kind: &'static str, accepted: bool) {
    let outcome = if accepted { "accepted" } else { "refused" };
    counter!(AUTH_ATTEMPTS, "kind" => kind, "outcome" => outcome).increment(1);
}

/// A request was refused because of a limit.
pub(crate) fn limited(limit: &'static str) {
    counter!(LIMITED, "limit" => limit).increment(1);
}

/// A ping of a heartbeat was taken.
pub(crate) fn pinged(kind: PingKind, took: Duration) {
    counter!(PINGS, "kind" => kind.as_str()).increment(1);
    histogram!(PING_DURATION).record(took.as_secs_f64());
}

/// A ping was not taken.
pub(crate) fn ping_refused(status: u16) {
    counter!(PINGS_REFUSED, "status" => status.to_string()).increment(1);
}

/// What became of a request for a status page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageOutcome {
    /// It was there.
    Hit,
    /// It was made for this request.
    Rendered,
    /// It was made of a document that is old, because no other one could be had.
    Stale,
    /// Who asks may not see it, or not yet.
    Door,
    /// Somebody was let in.
    Entered,
    /// There is no such page.
    NotFound,
    /// Nobody can tell at the moment.
    Unavailable,
    /// It was not asked for as it should be, or too often.
    Refused,
}

impl PageOutcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Rendered => "rendered",
            Self::Stale => "stale",
            Self::Door => "door",
            Self::Entered => "entered",
            Self::NotFound => "not_found",
            Self::Unavailable => "unavailable",
            Self::Refused => "refused",
        }
    }
}

/// A request for a status page was answered. Whose page it is, is no label: there are many.
pub(crate) fn page(form: &'static str, outcome: PageOutcome, took: Duration) {
    counter!(PAGES, "form" => form, "outcome" => outcome.as_str()).increment(1);
    histogram!(PAGE_DURATION).record(took.as_secs_f64());
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[test]
    fn pings_are_counted_by_what_they_say_or_why_they_were_refused() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            describe();
            pinged(PingKind::Fail, Duration::from_millis(5));
            pinged(PingKind::Fail, Duration::from_millis(5));
            ping_refused(503);
        });
        let text = handle.render();
        for line in [
            "# HELP uptime_heartbeat_pings_total Pings of heartbeats that Kafka has, by what they say",
            "# TYPE uptime_heartbeat_pings_total counter",
            r#"uptime_heartbeat_pings_total{kind="fail"} 2"#,
            "# TYPE uptime_heartbeat_pings_refused_total counter",
            r#"uptime_heartbeat_pings_refused_total{status="503"} 1"#,
            "uptime_heartbeat_ping_duration_seconds_count 2",
        ] {
            assert!(
                text.lines().any(|found| found == line),
                "{line} is not in\n{text}"
            );
        }
    }
}
