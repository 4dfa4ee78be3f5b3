//! Logs and metrics.

use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{Format, Json, JsonFields};
use tracing_subscriber::fmt::{SubscriberBuilder, format};

use crate::log_format::Named;
use crate::settings::Reader;

/// How a process logs.
#[derive(Clone, Debug)]
pub struct LogSettings {
    level: String,
    json: bool,
}

impl LogSettings {
    /// Reads `LOG_LEVEL` and `LOG_FORMAT`.
    pub fn read(env: &mut Reader, default_format: &str) -> Self {
        let level = env.parsed(
            "LOG_LEVEL",
            "info",
            "what is logged: error, warn, info, debug, trace, or directives such as info,pinger=debug",
            |text| {
                EnvFilter::try_new(text)
                    .map(|_| text.to_owned())
                    .map_err(|_| "is no log level".to_owned())
            },
        );
        let json = env.parsed(
            "LOG_FORMAT",
            default_format,
            "json (one object a line) or text",
            |text| match text {
                "json" => Ok(true),
                "text" => Ok(false),
                _ => Err("must be json or text".to_owned()),
            },
        );
        Self {
            level: level.unwrap_or_default(),
            json: json.unwrap_or(true),
        }
    }
}

/// Whose lines are only of interest when something is being debugged. That a stranger's request cannot be read is an
/// error to actix-web; whoever sends enough of them would fill the log.
const QUIET: &str =
    "librdkafka=error,fred=warn,actix_server=warn,actix_http::h1::dispatcher=off,actix_http::h1::decoder=off";

/// Starts logging of `service` to standard output. Does nothing when logging has started already.
pub fn init_logs(service: &'static str, settings: &LogSettings) {
    let filter = EnvFilter::new(format!("{QUIET},{}", settings.level));
    let _ = if settings.json {
        json_lines(service).with_env_filter(filter).try_init()
    } else {
        tracing_subscriber::fmt().with_env_filter(filter).try_init()
    };
}

/// A subscriber that writes one JSON object a line.
pub(crate) fn json_lines(service: &'static str) -> SubscriberBuilder<JsonFields, Named<Format<Json>>> {
    let inner = format()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false);
    tracing_subscriber::fmt()
        .fmt_fields(JsonFields::new())
        .event_format(Named { service, inner })
}

/// Upper bounds of the buckets of duration histograms, in seconds.
const DURATION_BUCKETS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0,
];

/// Upper bounds of the buckets of the duration of outages, in seconds.
const OUTAGE_BUCKETS: [f64; 10] = [
    10.0, 30.0, 60.0, 300.0, 900.0, 3_600.0, 10_800.0, 43_200.0, 86_400.0, 604_800.0,
];

/// Upper bounds of the buckets of size histograms (batches), in items.
const SIZE_BUCKETS: [f64; 10] = [
    1.0, 5.0, 10.0, 50.0, 100.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0,
];

/// Installs the process's metrics recorder, and the task that keeps its histograms small.
///
/// # Errors
/// When a recorder is installed already.
pub fn init_metrics(service: &'static str) -> Result<PrometheusHandle, BuildError> {
    use metrics_exporter_prometheus::Matcher;
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &DURATION_BUCKETS)?
        .set_buckets_for_metric(
            Matcher::Full("uptime_downtime_duration_seconds".to_owned()),
            &OUTAGE_BUCKETS,
        )?
        .set_buckets_for_metric(Matcher::Suffix("_size".to_owned()), &SIZE_BUCKETS)?
        .install_recorder()?;
    crate::items::describe_metric();
    metrics::describe_gauge!("uptime_build_info", "Always 1; the labels tell what is running");
    metrics::gauge!("uptime_build_info", "service" => service, "version" => env!("CARGO_PKG_VERSION"))
        .set(1.0);
    let upkeep = handle.clone();
    tokio::spawn(async move {
        let mut every = tokio::time::interval(std::time::Duration::from_secs(5));
        loop {
            every.tick().await;
            upkeep.run_upkeep();
        }
    });
    Ok(handle)
}
