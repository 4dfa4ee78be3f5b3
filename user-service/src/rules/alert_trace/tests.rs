use api::ReportedState;
use serde_json::json;

use super::*;

const OPS: i64 = 10;

/// A step of the message with this number; 0: of none.
fn step(second: i64, what: Step, message: u128, attempt: i32, text: Option<&str>) -> AlertStep {
    let is_sent = what == Step::Sent;
    AlertStep {
        at: domain::Timestamp::from_millis(second * 1_000),
        step: what.as_str().to_owned(),
        alert: AlertKind::Down.as_str().to_owned(),
        channel_id: (message != 0).then_some(OPS),
        channel_name: (message != 0).then(|| "Ops".to_owned()),
        cause: None,
        delivery_id: (message != 0).then(|| Uuid::from_u128(message)),
        attempt,
        reason: text.filter(|_| !is_sent).map(str::to_owned),
        receipt: text.filter(|_| is_sent).map(str::to_owned),
        reported: None,
        source: json!({}),
        revision: Some(1),
    }
}

fn seconds(at: Option<domain::Timestamp>) -> Option<i64> {
    at.map(|at| at.as_millis() / 1_000)
}

#[test]
fn each_message_says_what_came_of_it() {
    use Step::{Attempted, Decided, Failed, Sent, Suppressed};
    type Case = (
        &'static str,
        Vec<AlertStep>,
        WhyOutcome,
        Option<i64>,
        &'static [i32],
    );
    let busy = Some("503");
    let cases: Vec<Case> = vec![
        (
            "on its way",
            vec![step(1, Decided, 1, 0, None)],
            WhyOutcome::Pending,
            None,
            &[],
        ),
        (
            "at once",
            vec![step(1, Decided, 1, 0, None), step(2, Sent, 1, 1, Some("ok"))],
            WhyOutcome::Sent,
            Some(2),
            &[],
        ),
        (
            "tried again",
            vec![
                step(1, Decided, 1, 0, None),
                step(2, Attempted, 1, 1, busy),
                step(5, Attempted, 1, 2, busy),
                step(9, Sent, 1, 3, Some("ok")),
            ],
            WhyOutcome::Sent,
            Some(9),
            &[1, 2],
        ),
        (
            "refused",
            vec![
                step(1, Decided, 1, 0, None),
                step(2, Attempted, 1, 1, busy),
                step(3, Failed, 1, 2, Some("404")),
            ],
            WhyOutcome::Failed,
            Some(3),
            &[1, 2],
        ),
        (
            "given up under the number of its last attempt",
            vec![
                step(1, Decided, 1, 0, None),
                step(2, Attempted, 1, 1, busy),
                step(3, Failed, 1, 1, Some("given up")),
            ],
            WhyOutcome::Failed,
            Some(3),
            &[1],
        ),
        (
            "sent once more by hand",
            vec![
                step(1, Decided, 1, 0, None),
                step(2, Failed, 1, 1, busy),
                step(60, Decided, 1, 1, Some("resent manually")),
                step(61, Sent, 1, 2, Some("ok")),
            ],
            WhyOutcome::Sent,
            Some(61),
            &[1],
        ),
        (
            "about to be sent once more",
            vec![
                step(1, Decided, 1, 0, None),
                step(2, Failed, 1, 1, busy),
                step(60, Decided, 1, 1, Some("resent manually")),
            ],
            WhyOutcome::Pending,
            None,
            &[1],
        ),
        (
            "sent twice by two alerters, whose clocks differ",
            vec![
                step(1, Decided, 1, 0, None),
                step(2, Sent, 1, 1, Some("ok")),
                step(2, Attempted, 1, 1, busy),
                step(3, Sent, 1, 2, Some("again")),
                step(4, Suppressed, 1, 2, Some("resolved")),
            ],
            WhyOutcome::Sent,
            Some(2),
            &[1],
        ),
        (
            "ended before it was sent",
            vec![
                step(1, Decided, 1, 0, None),
                step(2, Suppressed, 1, 0, Some("the monitor was paused")),
            ],
            WhyOutcome::Suppressed,
            Some(2),
            &[],
        ),
    ];
    for (case, steps, outcome, ended_at, attempts) in cases {
        let (deliveries, _) = trace(&steps);
        let [delivery] = &deliveries[..] else {
            panic!("{case}: {deliveries:?}");
        };
        assert_eq!(delivery.outcome, outcome, "{case}");
        assert_eq!(seconds(delivery.ended_at), ended_at, "{case}");
        assert_eq!(seconds(Some(delivery.decided_at)), Some(1), "{case}");
        let numbers: Vec<_> = delivery.attempts.iter().map(|it| it.number).collect();
        assert_eq!(numbers, attempts, "{case}");
        let is_taken = outcome == WhyOutcome::Sent;
        assert_eq!(delivery.receipt.as_deref(), is_taken.then_some("ok"), "{case}");
    }
}

#[test]
fn what_was_taken_and_not_delivered_has_failed() {
    use Step::{Attempted, Decided, Failed, Sent};
    let sent = |second, attempt, state| AlertStep {
        reported: Some(DeliveryReport {
            state,
            at: domain::Timestamp::from_millis(100_000),
            error: None,
        }),
        ..step(second, Sent, 1, attempt, Some("ok"))
    };
    let lost = |second, attempt| sent(second, attempt, ReportedState::Failed);
    let decided = || step(1, Decided, 1, 0, None);
    for (case, steps, outcome, ended_at) in [
        ("lost", vec![decided(), lost(2, 1)], WhyOutcome::Failed, 2),
        (
            "delivered",
            vec![decided(), sent(2, 1, ReportedState::Delivered)],
            WhyOutcome::Sent,
            2,
        ),
        (
            "what is read later takes nothing back",
            vec![lost(2, 1), decided(), step(3, Attempted, 1, 1, None), lost(4, 2)],
            WhyOutcome::Failed,
            2,
        ),
        (
            "sent twice, and delivered once",
            vec![decided(), lost(2, 1), step(3, Sent, 1, 2, Some("again"))],
            WhyOutcome::Sent,
            3,
        ),
        (
            "the other way round",
            vec![decided(), step(2, Sent, 1, 1, Some("ok")), lost(3, 2)],
            WhyOutcome::Sent,
            2,
        ),
        (
            "sent once more by hand",
            vec![decided(), step(2, Failed, 1, 1, Some("503")), lost(61, 2)],
            WhyOutcome::Failed,
            61,
        ),
    ] {
        let (deliveries, _) = trace(&steps);
        let delivery = &deliveries[0];
        assert_eq!(
            (delivery.outcome, seconds(delivery.ended_at)),
            (outcome, Some(ended_at)),
            "{case}"
        );
        let is_lost = delivery.reported.as_ref().is_some_and(DeliveryReport::is_failure);
        assert_eq!(is_lost, outcome == WhyOutcome::Failed, "{case}");
        assert!(delivery.receipt.is_some(), "{case}");
    }
}

#[test]
fn messages_are_in_the_order_in_which_they_were_decided() {
    let steps = [
        step(1, Step::Decided, 7, 0, None),
        step(2, Step::Decided, 3, 0, None),
        step(3, Step::Sent, 3, 1, None),
        step(4, Step::Sent, 7, 1, None),
    ];
    let (deliveries, suppressions) = trace(&steps);
    let ids: Vec<_> = deliveries.iter().map(|it| it.id.as_u128()).collect();
    assert_eq!(ids, [7, 3]);
    assert_eq!(suppressions, []);
}

#[test]
fn what_kept_somebody_from_being_notified_is_classified_and_said_once() {
    let muted = Some("the monitor is muted");
    let mut of_step = step(
        4,
        Step::Suppressed,
        0,
        1,
        Some("step 1 of On call: nobody is there"),
    );
    of_step.channel_name = None;
    let steps = [
        step(1, Step::Suppressed, 0, 0, muted),
        // Decided once more after a crash.
        step(2, Step::Suppressed, 0, 0, muted),
        step(3, Step::Suppressed, 5, 0, Some(alerting::filter::THROTTLED)),
        of_step,
        step(5, Step::Suppressed, 0, 1, Some(ACKNOWLEDGEMENT_EXPIRED)),
        step(
            6,
            Step::Suppressed,
            0,
            404,
            Some("monitor 12, on which it depends, is down"),
        ),
        step(
            7,
            Step::Suppressed,
            0,
            405,
            Some("a monitor on which it depends is down"),
        ),
    ];
    let (deliveries, suppressions) = trace(&steps);
    // One that was held back before it was decided is no message.
    assert_eq!(deliveries, []);
    let told: Vec<_> = suppressions
        .iter()
        .map(|it| (seconds(Some(it.at)), it.by, it.channel_id))
        .collect();
    assert_eq!(
        told,
        [
            (Some(1), Some(Suppression::Mute), None),
            (Some(3), Some(Suppression::Throttle), Some(ChannelId(OPS))),
            (Some(4), None, None),
            (Some(6), Some(Suppression::Dependency), None),
            (Some(7), Some(Suppression::Dependency), None),
        ]
    );
}

#[test]
fn what_another_version_has_written_is_left_out() {
    let mut unknown = step(1, Step::Decided, 1, 0, None);
    unknown.step = "postponed".to_owned();
    let mut of_another_kind = step(2, Step::Decided, 1, 0, None);
    of_another_kind.alert = "late".to_owned();
    assert_eq!(trace(&[unknown, of_another_kind]), (Vec::new(), Vec::new()));
}
