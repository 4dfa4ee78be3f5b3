//! What the alerter counts.

use std::time::Duration;

use domain::Effect;
use domain::alert_event::{AlertEvent, Step};
use domain::channel::Kind;
use domain::fold::{AnomalyChange, CloseReason, Transition};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

use crate::channel::SendError;

/// Describes every metric.
pub(crate) fn describe() {
    describe_counter!(
        "uptime_alerter_records_total",
        "Records of the log, by how they were taken"
    );
    describe_counter!(
        "uptime_alerter_transitions_total",
        "Changes of a monitor's state, by the new state; `slower_than_usual` and `as_usual` where response times became so beside it"
    );
    describe_counter!(
        "uptime_alerter_alert_steps_total",
        "Steps in the life of alerts: decisions, attempts and ends"
    );
    describe_counter!(
        "uptime_alerts_sent_total",
        "Messages that the channel has accepted, by its kind"
    );
    describe_counter!(
        "uptime_alerts_failed_total",
        "Attempts that failed, by the kind of the channel and whether they are retried"
    );
    describe_histogram!("uptime_alert_delivery_duration_seconds", "Duration of an attempt");
    describe_gauge!(
        "uptime_alerter_channels",
        "Channels that a process has tried within a quarter of an hour, by kind and by how the last attempt ended"
    );
    describe_counter!(
        "uptime_alert_retry_attempts_total",
        "Deliveries that are retried after a failure"
    );
    describe_counter!("uptime_downtime_events_total", "Outages that began");
    describe_counter!("uptime_recovery_events_total", "Outages that ended by recovery");
    describe_histogram!("uptime_downtime_duration_seconds", "How long outages lasted");
    describe_counter!(
        "uptime_alert_throttle_hits_total",
        "Deliveries put off or suppressed because their channel was notified of the monitor recently"
    );
    describe_counter!(
        "uptime_alerter_escalation_steps_total",
        "Messages of steps of escalation policies, and steps that reached nobody or not everybody whom they name"
    );
    describe_counter!(
        "uptime_alerter_suppressed_total",
        "Alerts, or messages of them, that were suppressed, by what has suppressed them"
    );
    describe_counter!(
        "uptime_alerter_resends_total",
        "Requests to resend a delivery, by whether it was found"
    );
    describe_counter!(
        "uptime_alerter_write_failures_total",
        "Writes to Kafka that were retried"
    );
    describe_gauge!(
        "uptime_alerter_pending_deliveries",
        "Deliveries that are still to be received"
    );
    describe_gauge!(
        "uptime_alerter_unrouted_monitors",
        "Monitors with alerts whose recipients are not decided yet"
    );
    describe_gauge!(
        "uptime_alerter_held_back",
        "Monitors of which nobody is notified yet, because one on which they depend is down or for another reason"
    );
    describe_gauge!("uptime_alerter_monitors", "Monitors in memory");
    describe_gauge!("uptime_alerter_partitions", "Partitions that are read here");
    describe_gauge!(
        "uptime_alerter_lag_seconds",
        "From the publication of the last record that was handled to its handling"
    );
    describe_counter!(
        "uptime_alerter_misplaced_states_total",
        "States of monitors that were found on other partitions than the monitors' own, and moved"
    );
    describe_histogram!(
        "uptime_alerter_restore_duration_seconds",
        "Duration of restoring newly assigned partitions"
    );
}

/// Counts states that were on the wrong partition.
pub(crate) fn strays(count: usize) {
    counter!("uptime_alerter_misplaced_states_total").increment(count as u64);
}

/// Counts what a batch of records came to.
#[derive(Debug, Default)]
pub(crate) struct BatchCounts {
    effects: [u64; 5],
    pub(crate) undecodable: u64,
    pub(crate) implausible: u64,
    /// Records on another partition than their monitor's.
    pub(crate) misplaced: u64,
    /// Records that say that the monitor is another organisation's than it is.
    pub(crate) org_mismatch: u64,
}

const EFFECTS: [Effect; 5] = [
    Effect::Applied,
    Effect::Late,
    Effect::OldRevision,
    Effect::NoVerdict,
    Effect::Uncounted,
];

/// A record was ignored: it says that the monitor is another organisation's than it is.
const ORG_MISMATCH: &str = "org_mismatch";

impl BatchCounts {
    pub(crate) fn effect(&mut self, effect: Effect) {
        if let Some(index) = EFFECTS.iter().position(|known| *known == effect) {
            self.effects[index] += 1;
        }
    }

    pub(crate) fn publish(&self) {
        let count = |how: &'static str, number: u64| {
            if number > 0 {
                counter!("uptime_alerter_records_total", "effect" => how).increment(number);
            }
        };
        for (effect, number) in EFFECTS.iter().zip(self.effects) {
            count(effect.as_str(), number);
        }
        count("undecodable", self.undecodable);
        count("implausible", self.implausible);
        count("misplaced", self.misplaced);
        count(ORG_MISMATCH, self.org_mismatch);
    }
}

/// Records were taken before it was known that their monitor is not their organisation's.
pub(crate) fn org_mismatch() {
    counter!("uptime_alerter_records_total", "effect" => ORG_MISMATCH).increment(1);
}

pub(crate) fn transition(transition: &Transition) {
    // What begins and ends beside the state changes nothing of that.
    let to = match transition.anomaly.filter(|_| transition.from == transition.to) {
        Some(AnomalyChange::Begun { .. }) => "slower_than_usual",
        Some(AnomalyChange::Ended | AnomalyChange::Dropped | AnomalyChange::Expired) => "as_usual",
        None => transition.to.as_str(),
    };
    counter!("uptime_alerter_transitions_total", "to" => to).increment(1);
    if transition.opened.is_some() {
        counter!("uptime_downtime_events_total").increment(1);
    }
    if let Some(closed) = &transition.closed
        && closed.reason == CloseReason::Recovered
    {
        counter!("uptime_recovery_events_total").increment(1);
        histogram!("uptime_downtime_duration_seconds").record(closed.duration_ms() as f64 / 1_000.0);
    }
}

pub(crate) fn resend(found: bool) {
    let found = if found { "yes" } else { "no" };
    counter!("uptime_alerter_resends_total", "found" => found).increment(1);
}

pub(crate) fn throttled(messages: u64) {
    if messages > 0 {
        counter!("uptime_alert_throttle_hits_total").increment(messages);
    }
}

pub(crate) fn retried(messages: usize) {
    counter!("uptime_alert_retry_attempts_total").increment(messages as u64);
}

pub(crate) fn event(event: &AlertEvent) {
    let step: Step = event.step;
    counter!("uptime_alerter_alert_steps_total", "alert" => event.alert.as_str(), "step" => step.as_str())
        .increment(1);
    if event.step == Step::Suppressed {
        let reason = suppressed_by(event.reason.as_deref().unwrap_or_default());
        counter!("uptime_alerter_suppressed_total", "reason" => reason).increment(1);
    }
    if event.cause.is_some_and(|cause| cause.step.is_some()) {
        let outcome = match (event.step, event.delivery_id) {
            (Step::Decided, Some(_)) => "notified",
            (Step::Suppressed, None) => "unreached",
            _ => return,
        };
        counter!("uptime_alerter_escalation_steps_total", "outcome" => outcome).increment(1);
    }
}

/// Counts an attempt; answers the kind under which it is counted.
pub(crate) fn sent(kind: &str, sent: &Result<String, SendError>, took: Duration) -> &'static str {
    let kind = Kind::parse(kind).map_or("other", Kind::as_str);
    match sent {
        Ok(_) => counter!("uptime_alerts_sent_total", "kind" => kind).increment(1),
        Err(error) => {
            let retried = match error {
                SendError::Temporary { .. } | SendError::Unanswered(_) | SendError::Partial(_) => "yes",
                SendError::Permanent(_) | SendError::Content(_) => "no",
            };
            counter!("uptime_alerts_failed_total", "kind" => kind, "retried" => retried).increment(1);
        }
    }
    histogram!("uptime_alert_delivery_duration_seconds", "kind" => kind).record(took.as_secs_f64());
    kind
}

pub(crate) fn channels(kind: &'static str, received: usize, failed: usize) {
    gauge!("uptime_alerter_channels", "kind" => kind, "last" => "received").set(received as f64);
    gauge!("uptime_alerter_channels", "kind" => kind, "last" => "failed").set(failed as f64);
}

pub(crate) fn lag(lag: Duration) {
    gauge!("uptime_alerter_lag_seconds").set(lag.as_secs_f64());
}

pub(crate) fn restored(took: Duration) {
    histogram!("uptime_alerter_restore_duration_seconds").record(took.as_secs_f64());
}

/// What has suppressed an alert, in one word, by the reason that its event gives.
fn suppressed_by(reason: &str) -> &'static str {
    const WORDS: [(&str, &str); 6] = [
        ("on which it depends", "dependency"),
        ("flapping", "flapping"),
        ("silenced", "silence"),
        ("maintenance", "maintenance"),
        ("muted", "muted"),
        ("throttled", "throttle"),
    ];
    let mut words = WORDS.iter();
    let found = words.find(|(words, _)| reason.contains(words));
    found.map_or("other", |(_, by)| *by)
}

/// Monitors of which nobody is notified yet.
pub(crate) fn held_back(by_dependency: usize, otherwise: usize) {
    gauge!("uptime_alerter_held_back", "reason" => "dependency").set(by_dependency as f64);
    gauge!("uptime_alerter_held_back", "reason" => "other").set(otherwise as f64);
}

pub(crate) fn totals(partitions: usize, monitors: usize, unrouted: usize, pending: usize) {
    gauge!("uptime_alerter_partitions").set(partitions as f64);
    gauge!("uptime_alerter_monitors").set(monitors as f64);
    gauge!("uptime_alerter_unrouted_monitors").set(unrouted as f64);
    gauge!("uptime_alerter_pending_deliveries").set(pending as f64);
}
