//! The metrics. Handles are made once, because looking a metric up by name costs more than counting.

use std::sync::atomic::{AtomicU64, Ordering};

use domain::record::SkipReason;
use metrics::{
    Counter, Gauge, Histogram, counter, describe_counter, describe_gauge, describe_histogram, gauge,
    histogram,
};

/// The pinger's metrics.
#[derive(Debug)]
pub(crate) struct Metrics {
    pub(crate) lateness: Histogram,
    pub(crate) up: Counter,
    pub(crate) down: Counter,
    pub(crate) latency: Histogram,
    pub(crate) running: Level,
    pub(crate) waiting: Level,
    pub(crate) monitors: Level,
    pub(crate) heartbeats: Level,
    pub(crate) heartbeats_unknown: Level,
    pub(crate) verdict_delay: Histogram,
    pub(crate) leases: Level,
    pub(crate) published: Counter,
    pub(crate) unacknowledged: Counter,
    pub(crate) shed: Counter,
    pub(crate) fetch_failures: Counter,
    pub(crate) clock_skew: Gauge,
    skipped: Vec<(SkipReason, Counter)>,
}

impl Metrics {
    /// Describes the metrics and makes their handles.
    pub(crate) fn new() -> Self {
        describe();
        let checks = |outcome: &'static str| counter!("uptime_pinger_checks_total", "outcome" => outcome);
        let skipped = |reason: SkipReason| {
            (
                reason,
                counter!("uptime_pinger_slots_skipped_total", "reason" => reason.as_str()),
            )
        };
        Self {
            lateness: histogram!("uptime_pinger_lateness_seconds"),
            up: checks("up"),
            down: checks("down"),
            latency: histogram!("uptime_website_check_duration_seconds"),
            running: Level::of(gauge!("uptime_pinger_checks_in_flight")),
            waiting: Level::of(gauge!("uptime_pinger_checks_waiting")),
            monitors: Level::of(gauge!("uptime_pinger_monitors")),
            heartbeats: Level::of(gauge!("uptime_pinger_heartbeats")),
            heartbeats_unknown: Level::of(gauge!("uptime_pinger_heartbeats_unknown")),
            verdict_delay: histogram!("uptime_heartbeat_verdict_delay_seconds"),
            leases: Level::of(gauge!("uptime_pinger_leases")),
            published: counter!("uptime_pinger_results_published_total"),
            unacknowledged: counter!("uptime_pinger_results_unacknowledged_total"),
            shed: counter!("uptime_pinger_results_shed_total"),
            fetch_failures: counter!("uptime_pinger_definition_fetch_failures_total"),
            clock_skew: gauge!("uptime_pinger_clock_skew_seconds"),
            skipped: SkipReason::KNOWN.iter().copied().map(skipped).collect(),
        }
    }

    /// Counts slots that were not checked.
    pub(crate) fn skipped(&self, reason: SkipReason, slots: u64) {
        if let Some((_, counter)) = self.skipped.iter().find(|(known, _)| *known == reason) {
            counter.increment(slots);
        }
    }
}

/// How many there are of something, in all pingers of this process: with several regions, all-in-one has one for each.
#[derive(Debug)]
pub(crate) struct Level {
    sum: Gauge,
    /// What this pinger has added, as the bits of a number.
    own: AtomicU64,
}

impl Level {
    fn of(sum: Gauge) -> Self {
        Self {
            sum,
            own: AtomicU64::new(0f64.to_bits()),
        }
    }

    /// Says how many this pinger has.
    pub(crate) fn set(&self, own: f64) {
        let before = f64::from_bits(self.own.swap(own.to_bits(), Ordering::Relaxed));
        self.sum.increment(own - before);
    }
}

fn describe() {
    describe_histogram!(
        "uptime_pinger_lateness_seconds",
        "From a slot to the start of its check"
    );
    describe_counter!("uptime_pinger_checks_total", "Checks made, by outcome");
    describe_histogram!(
        "uptime_website_check_duration_seconds",
        "Duration of whole checks, attempts and pauses included"
    );
    describe_gauge!("uptime_pinger_checks_in_flight", "Checks that are being made now");
    describe_gauge!(
        "uptime_pinger_checks_waiting",
        "Checks that are due and wait for room"
    );
    describe_gauge!("uptime_pinger_monitors", "Monitors known to this pod");
    describe_gauge!(
        "uptime_pinger_heartbeats",
        "Heartbeats known to this pod, which are monitors too"
    );
    describe_gauge!(
        "uptime_pinger_heartbeats_unknown",
        "Heartbeats of which it cannot be said whether they are overdue: Redis does not tell, or the processor is behind"
    );
    describe_histogram!(
        "uptime_heartbeat_verdict_delay_seconds",
        "From the deadline of a heartbeat until it is said that it has passed"
    );
    describe_gauge!("uptime_pinger_leases", "Shards on which this pod holds a lease");
    describe_counter!(
        "uptime_pinger_results_published_total",
        "Records that Kafka has acknowledged"
    );
    describe_counter!(
        "uptime_pinger_results_unacknowledged_total",
        "Records that Kafka did not acknowledge in time"
    );
    describe_counter!(
        "uptime_pinger_results_shed_total",
        "Results that found no room in the buffer while Kafka was away"
    );
    describe_counter!(
        "uptime_pinger_slots_skipped_total",
        "Slots that were not checked, by reason"
    );
    describe_counter!(
        "uptime_pinger_definition_fetch_failures_total",
        "Requests for definitions that user-service did not answer"
    );
    describe_gauge!(
        "uptime_pinger_clock_skew_seconds",
        "This pod's clock minus that of Redis"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pingers_of_one_process_are_added_up() {
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
        let (one, other) = metrics::with_local_recorder(&recorder, || (Metrics::new(), Metrics::new()));
        one.leases.set(128.0);
        other.leases.set(256.0);
        one.leases.set(64.0);
        let scraped = recorder.handle().render();
        assert!(scraped.contains("uptime_pinger_leases 320"), "{scraped}");
        other.leases.set(0.0);
        let scraped = recorder.handle().render();
        assert!(scraped.contains("uptime_pinger_leases 64"), "{scraped}");
    }
}
