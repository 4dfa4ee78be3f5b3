//! Response times that are slower than usual: who asks for it is notified, as of a monitor that is degraded.

use domain::baseline::{Anomaly, Bound, Bounds};
use domain::fold::CloseReason;

use super::*;
use crate::RETENTION_MS;

/// What is usual from the epoch's first hour on: 100 ms, up to 200 ms.
fn baseline(notify: bool) -> Record {
    let Record::Lifecycle(lifecycle) = edited(1, 1, LifecycleEvent::Baseline) else {
        unreachable!("it is a lifecycle record")
    };
    let known = Bound {
        median_ms: 100,
        upper_ms: 200,
    };
    let bounds = Bounds {
        from: Timestamp::from_millis(0),
        notify,
        hours: vec![Some(known)],
    };
    Record::Lifecycle(Lifecycle {
        usual: Some(Box::new(bounds)),
        ..lifecycle
    })
}

fn slow(slot: i64) -> Record {
    let Record::Result(result) = up(slot) else {
        unreachable!("it is a result")
    };
    Record::Result(CheckResult {
        latency_ms: Some(900),
        ..result
    })
}

/// An alerter that has heard what is usual, and of five results that were slower.
fn almost(notify: bool) -> Alerter {
    let mut alerter = Alerter::default();
    alerter.take(&up(1));
    alerter.take(&baseline(notify));
    (2..7).for_each(|slot| alerter.take(&slow(slot)));
    assert_eq!(alerter.decisions(), []);
    alerter
}

fn decided(alerter: &Alerter) -> Vec<(String, Option<ChannelId>)> {
    let decisions = alerter.decisions().into_iter();
    decisions
        .map(|(_, named, channel)| (named.rsplit('/').next().unwrap_or_default().to_owned(), channel))
        .collect()
}

#[test]
fn who_wants_to_hear_of_degraded_monitors_is_notified_of_the_beginning_and_the_end() {
    let mut alerter = almost(true);
    alerter.take(&slow(7));
    let to_one = |alert: &str| (alert.to_owned(), Some(ChannelId(1)));
    assert_eq!(decided(&alerter), [to_one("degraded")]);
    let [incident] = alerter.ledger.incidents.as_slice() else {
        panic!("{:?}", alerter.ledger.incidents);
    };
    let anomaly = Anomaly {
        since: Timestamp::from_millis(70_000),
        expected_ms: 100,
        observed_ms: 900,
    };
    assert_eq!((incident.anomaly, incident.degraded), (Some(anomaly), true));
    assert_eq!(alerter.attempt(&sent()), 1);
    (8..20).for_each(|slot| alerter.take(&slow(slot)));
    (20..30).for_each(|slot| alerter.take(&up(slot)));
    assert_eq!(decided(&alerter), ["degraded", "recovered"].map(to_one));
    assert_eq!(alerter.attempt(&sent()), 1);
    assert!(alerter.ledger.incidents.is_empty());
}

#[test]
fn nobody_is_notified_where_nobody_has_asked_for_it() {
    let mut alerter = almost(false);
    alerter.take(&slow(7));
    assert!(alerter.ledger.state.anomaly().is_some());
    assert!(alerter.ledger.incidents.is_empty());
    (8..20).for_each(|slot| alerter.take(&up(slot)));
    assert!(alerter.ledger.state.anomaly().is_none());
    assert!(alerter.events.is_empty(), "{:?}", alerter.events);
}

#[test]
fn an_alerter_that_takes_over_goes_on_and_says_it_once() {
    let before = almost(true);
    let mut next = before.restarted(&[slow(6)]);
    next.take(&slow(7));
    assert_eq!(decided(&next).len(), 1);
    // It was killed before it could write, and another one reads the record once more.
    let mut third = before.restarted(&[]);
    third.take(&slow(7));
    assert_eq!(third.decisions(), next.decisions());
    let mut fourth = third.restarted(&[slow(7)]);
    fourth.take(&slow(7));
    assert_eq!(fourth.decisions(), []);
    assert_eq!(fourth.ledger.incidents.len(), 1);
}

#[test]
fn a_pause_ends_it_and_an_outage_does_not() {
    let mut alerter = almost(true);
    alerter.take(&slow(7));
    alerter.attempt(&sent());
    alerter.take(&down(8));
    alerter.attempt(&sent());
    alerter.take(&slow(9));
    alerter.attempt(&sent());
    let open = |alerter: &Alerter| {
        let incidents = alerter.ledger.incidents.iter();
        incidents.filter(|incident| incident.resolution.is_none()).count()
    };
    assert_eq!(open(&alerter), 1);
    alerter.take(&edited(10, 2, LifecycleEvent::Paused));
    assert_eq!(open(&alerter), 0);
    let last = decided(&alerter).pop();
    assert_eq!(last, Some(("recovered".to_owned(), Some(ChannelId(1)))));
}

#[test]
fn where_it_is_not_compared_any_more_nobody_hears_that_it_is_as_usual() {
    let not_asked = edited(8, 1, LifecycleEvent::Baseline);
    // An hour later, of which it is not known what is usual.
    let expired = slow(361);
    for last in [not_asked, expired] {
        let mut alerter = almost(true);
        alerter.take(&slow(7));
        alerter.attempt(&sent());
        alerter.take(&last);
        let [incident] = alerter.ledger.incidents.as_slice() else {
            panic!("{:?}", alerter.ledger.incidents);
        };
        let reason = incident.resolution.map(|resolution| resolution.reason);
        assert_eq!(reason, Some(CloseReason::NotCompared), "{last:?}");
        let end = decided(&alerter).pop();
        assert_eq!(end, Some(("recovered".to_owned(), Some(ChannelId(1)))));
        // It is written and read like every other reason.
        let next = alerter.restarted(&[]);
        assert_eq!(next.ledger.incidents[0].resolution, incident.resolution);
    }
}

#[test]
fn a_monitor_that_is_not_compared_any_more_is_forgotten() {
    let mut alerter = almost(true);
    let later = NOW.plus_millis(RETENTION_MS + 1);
    assert!(!alerter.ledger.may_be_forgotten(later));
    alerter.take(&edited(8, 1, LifecycleEvent::Baseline));
    assert!(alerter.ledger.state.usual.is_some());
    assert!(!alerter.ledger.may_be_forgotten(NOW));
    assert!(alerter.ledger.may_be_forgotten(later));
    alerter.ledger.forget();
    let folded = take(&mut alerter.ledger, &up(9));
    assert!(!folded.persist && alerter.ledger.persisted_at.is_none());
}
