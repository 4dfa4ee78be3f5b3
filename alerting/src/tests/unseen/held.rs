//! What holds a notice back, and what keeps people from getting it: by when the silence was found, not by when it began.

use domain::alert_rules::Mute;
use domain::channel::QuietHours;
use domain::hold::{Hold, HoldKind};
use domain::hours::{Days, Hours};
use domain::maintenance::{MaintenanceWindow, Span};

use super::*;

/// Just after the last slot in which enough regions were heard of, and an hour after that one's.
const FROM: i64 = 30;
const UNTIL: i64 = 3_600;

/// A maintenance window, and a silence, at the beginning of which the regions are stopped.
fn holds() -> [AlertRules; 2] {
    let window = MaintenanceWindow {
        monitors: vec![ID],
        span: Span::Once {
            from: at(FROM),
            until: at(UNTIL),
        },
        exceptions: Vec::new(),
    };
    let silence = Hold {
        kind: HoldKind::Silence,
        monitors: vec![ID],
        conditions: domain::routing::Conditions::default(),
        spans: vec![(at(FROM), at(UNTIL))],
    };
    let windows = AlertRules {
        windows: vec![window],
        ..AlertRules::default()
    };
    let silences = AlertRules {
        holds: vec![silence],
        ..AlertRules::default()
    };
    [windows, silences]
}

fn look_with(alerter: &mut Alerter, seconds: i64, rules: &AlertRules) {
    let read = (seconds, -86_400);
    look_by(alerter, read, seconds, settings(BOTH, rules).unwrap());
}

fn silent() -> Alerter {
    let mut alerter = Alerter::default();
    heard(&mut alerter, 0, 60);
    alerter
}

#[test]
fn maintenance_in_which_regions_are_stopped_holds_it_back() {
    for rules in holds() {
        let mut alerter = silent();
        look_with(&mut alerter, 300, &rules);
        look_with(&mut alerter, 3_300, &rules);
        assert!(
            said(&alerter, 1).is_empty() && alerter.ledger.is_unplanned(),
            "{rules:?}"
        );
        look_with(&mut alerter, UNTIL, &rules);
        assert_eq!(said(&alerter, 1), [AlertKind::Unseen], "{rules:?}");
    }
}

#[test]
fn what_is_over_within_maintenance_is_not_sent() {
    for rules in holds() {
        let mut alerter = silent();
        look_with(&mut alerter, 300, &rules);
        heard(&mut alerter, 540, 600);
        look_with(&mut alerter, 600, &rules);
        heard(&mut alerter, UNTIL - 60, UNTIL);
        look_with(&mut alerter, UNTIL, &rules);
        assert!(
            said(&alerter, 1).is_empty() && alerter.ledger.incidents.is_empty(),
            "{rules:?}"
        );
    }
}

#[test]
fn a_mute_that_holds_when_it_is_found_suppresses_it_for_good() {
    let muted = |until| AlertRules {
        muted: vec![Mute {
            monitor_id: ID,
            until: Some(at(until)),
        }],
        ..AlertRules::default()
    };
    let mut alerter = silent();
    for seconds in [300, 600, 900] {
        look_with(&mut alerter, seconds, &muted(400));
    }
    assert!(said(&alerter, 1).is_empty() && !alerter.ledger.is_unplanned());
    let mut reasons = alerter.events.iter().filter_map(|event| event.reason.as_deref());
    assert!(reasons.any(|reason| reason == "the monitor is muted"));
    heard(&mut alerter, 1_140, 1_200);
    look_with(&mut alerter, 1_200, &muted(400));
    assert!(said(&alerter, 1).is_empty());
    // It was over by then.
    let mut alerter = silent();
    look_with(&mut alerter, 300, &muted(299));
    assert_eq!(said(&alerter, 1), [AlertKind::Unseen]);
}

#[test]
fn quiet_hours_hold_it_back_and_what_is_over_in_them_is_not_sent() {
    let hours = Hours {
        time_zone: "UTC".parse().unwrap(),
        days: Days::default(),
        from: "08:01:00".parse().unwrap(),
        until: "09:00:00".parse().unwrap(),
    };
    let quiet = ChannelAlerts {
        quiet_hours: Some(QuietHours { hours, passes: None }),
        ..PLAIN
    };
    let recipients = [recipient(1, quiet), recipient(2, PLAIN)];
    let said_to_both = |alerter: &Alerter| (said(alerter, 1).len(), said(alerter, 2).len());
    let mut alerter = silent();
    look(&mut alerter, 300, 300, &recipients);
    assert_eq!(said_to_both(&alerter), (0, 1));
    let mut goes_on = alerter.clone();
    look(&mut goes_on, UNTIL, UNTIL, &recipients);
    assert_eq!(said_to_both(&goes_on), (1, 1));
    alerter.attempt(&sent());
    heard(&mut alerter, 540, 600);
    look(&mut alerter, 600, 600, &recipients);
    heard(&mut alerter, UNTIL - 60, UNTIL);
    look(&mut alerter, UNTIL, UNTIL, &recipients);
    // Whoever was notified hears of the end.
    assert_eq!(said_to_both(&alerter), (0, 2));
}
