//! What a drill has come to, step by step. Pure.

use api::{AlertStep, Drill, DrillDelivery, DrillNote, DrillReport, WhyDelivery, WhyOutcome};
use domain::alert_event::{AlertKind, Step};
use domain::{ChannelId, Timestamp};

use super::alert_trace;

/// Messages, and notes, that a report has at most.
const MAX_ITEMS: usize = 500;

/// The report of a drill by the steps of its alerts, oldest first.
pub(crate) fn report(drill: Drill, steps: &[AlertStep]) -> DrillReport {
    let (deliveries, _) = alert_trace::trace(steps);
    let began = drill.started_at;
    let received = deliveries
        .iter()
        .filter(|delivery| delivery.alert == AlertKind::Down);
    let first = received.filter_map(taken_at).min();
    DrillReport {
        seconds_to_receive: first.map(|at| seconds(began, at)),
        seconds_to_acknowledge: drill.acknowledged.as_ref().map(|by| seconds(began, by.at)),
        notes: steps.iter().filter_map(note).take(MAX_ITEMS).collect(),
        deliveries: deliveries
            .into_iter()
            .take(MAX_ITEMS)
            .map(|delivery| {
                let taken = taken_at(&delivery);
                DrillDelivery {
                    seconds: taken.map(|at| seconds(delivery.decided_at, at)),
                    seconds_since_start: taken.map(|at| seconds(began, at)),
                    delivery,
                }
            })
            .collect(),
        drill,
    }
}

/// When the channel has taken a message that is not reported as not delivered.
fn taken_at(delivery: &WhyDelivery) -> Option<Timestamp> {
    delivery.ended_at.filter(|_| delivery.outcome == WhyOutcome::Sent)
}

/// Clocks of several machines differ: nothing comes before what it follows.
fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.millis_since(from).max(0) as f64 / 1_000.0
}

/// A step that has notified nobody, with the reason.
fn note(step: &AlertStep) -> Option<DrillNote> {
    if step.step != Step::Suppressed.as_str() {
        return None;
    }
    Some(DrillNote {
        at: step.at,
        reason: step.reason.clone()?,
        alert: alert_trace::parse_kind(&step.alert)?,
        channel_id: step.channel_id.map(ChannelId),
        delivery_id: step.delivery_id,
        cause: step.cause.clone(),
    })
}

#[cfg(test)]
mod tests {
    use api::{DeliveryReport, DrillState, ReportedState, WhyAcknowledgement};
    use domain::{DrillId, MonitorId};
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    const BEGAN: Timestamp = Timestamp::from_millis(1_795_255_200_000);

    fn drill() -> Drill {
        Drill {
            id: DrillId(5),
            name: "Night".to_owned(),
            monitor_id: MonitorId(7),
            monitor_name: "Shop".to_owned(),
            incident_id: super::super::drill::incident(DrillId(5), BEGAN),
            state: DrillState::Running,
            started_by: None,
            schedule_id: None,
            started_at: BEGAN,
            ends_at: BEGAN.plus_millis(60_000),
            acknowledged: Some(WhyAcknowledgement {
                at: BEGAN.plus_millis(90_500),
                by: "Ada".to_owned(),
            }),
            received: 1,
            failed: 0,
        }
    }

    fn step(step: &str, delivery: u128, after_ms: i64) -> AlertStep {
        AlertStep {
            at: BEGAN.plus_millis(after_ms),
            step: step.to_owned(),
            alert: "down".to_owned(),
            channel_id: Some(1),
            channel_name: None,
            cause: None,
            delivery_id: Some(Uuid::from_u128(delivery)),
            attempt: i32::from(step != "decided"),
            reason: (step == "suppressed").then(|| "muted".to_owned()),
            receipt: None,
            reported: None,
            source: json!({}),
            revision: Some(1),
        }
    }

    #[test]
    fn seconds_are_counted_from_the_beginning_and_from_the_decision() {
        let muted = AlertStep {
            channel_id: None,
            delivery_id: None,
            ..step("suppressed", 0, 400)
        };
        let steps = [
            muted,
            step("decided", 1, 500),
            step("decided", 2, 500),
            step("failed", 2, 700),
            step("sent", 1, 2_000),
        ];
        let report = report(drill(), &steps);
        assert_eq!(report.seconds_to_receive, Some(2.0));
        assert_eq!(report.seconds_to_acknowledge, Some(90.5));
        let taken = report.deliveries.iter();
        let taken: Vec<_> = taken.map(|one| (one.seconds, one.seconds_since_start)).collect();
        assert_eq!(taken, [(Some(1.5), Some(2.0)), (None, None)]);
        let notes: Vec<_> = report
            .notes
            .iter()
            .map(|note| (note.reason.as_str(), note.channel_id, note.delivery_id))
            .collect();
        assert_eq!(notes, [("muted", None, None)]);
    }

    #[test]
    fn nothing_that_has_reached_nobody_has_seconds() {
        let silent = Drill {
            acknowledged: None,
            ..drill()
        };
        let report = report(silent, &[step("decided", 1, 500), step("failed", 1, 700)]);
        assert_eq!(
            (report.seconds_to_receive, report.seconds_to_acknowledge),
            (None, None)
        );
        assert_eq!(report.deliveries.len(), 1);
    }

    #[test]
    fn what_was_taken_and_not_delivered_was_not_received() {
        let sent = AlertStep {
            reported: Some(DeliveryReport {
                state: ReportedState::Failed,
                at: BEGAN.plus_millis(3_000),
                error: None,
            }),
            ..step("sent", 1, 2_000)
        };
        let report = report(drill(), &[step("decided", 1, 500), sent]);
        assert_eq!(report.seconds_to_receive, None);
        let [delivery] = &report.deliveries[..] else {
            panic!("{report:?}");
        };
        assert_eq!((delivery.seconds, delivery.seconds_since_start), (None, None));
        assert_eq!(delivery.delivery.outcome, WhyOutcome::Failed);
    }
}
