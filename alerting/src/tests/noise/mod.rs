//! What keeps people from being notified too often: dependencies, flapping and quiet hours.

mod digest;
mod properties;

use domain::channel::QuietHours;
use domain::flapping::FlappingRule;
use domain::hours::{Days, Hours};
use domain::routing::Labels;
use domain::{IncidentId, Severity};

use super::*;

const PARENT: MonitorId = MonitorId(50);

/// Seconds for which an announcement waits.
const WAIT: i64 = 40;

/// An alerter of one monitor, what is known of that, and whether another one is down.
struct Noisy {
    alerter: Alerter,
    labels: Labels,
    recipients: Vec<Recipient>,
    upstream: Upstream,
}

impl Noisy {
    fn new(labels: Labels) -> Self {
        Self {
            alerter: Alerter::default(),
            labels,
            recipients: BOTH.to_vec(),
            upstream: Upstream::NotDown,
        }
    }

    fn child() -> Self {
        Self::new(Labels {
            depends_on: vec![PARENT],
            wait_seconds: WAIT as u16,
            ..Labels::default()
        })
    }

    /// Ticks so many seconds after the beginning; answers in how many it is looked at again.
    fn tick(&mut self, seconds: i64) -> Option<i64> {
        let now = NOW.plus_millis(seconds * 1_000);
        let settings = NotificationSettings {
            recipients: &self.recipients,
            incident_keepers: &[],
            rules: &NO_RULES,
            policy: &NO_POLICY,
            route_index: None,
            labels: Some(&self.labels),
            upstream: self.upstream,
        };
        let backlog_before = NOW.plus_millis(-3_600_000);
        let mut actions = tick(&mut self.alerter.ledger, Some(settings), backlog_before, now);
        self.alerter.events.append(&mut actions.events);
        // What is written is what a restarted alerter goes on with.
        let written = serde_json::to_vec(&self.alerter.ledger).unwrap();
        let read: Ledger = serde_json::from_slice(&written).unwrap();
        assert_eq!(read, self.alerter.ledger);
        actions.next_due.map(|at| at.millis_since(now) / 1_000)
    }

    /// A result `seconds` after the beginning, of the slot at that time.
    fn result(&mut self, seconds: i64, is_up: bool) {
        let slot = NOW.as_millis() / 10_000 + seconds / 10;
        fold(
            &mut self.alerter,
            &result(slot, is_up, Rule::default(), 1),
            seconds,
        );
    }

    /// What is to be sent now, each to its channel, and is taken as sent.
    fn send(&mut self) -> Vec<(&'static str, i64)> {
        let mut sent_now = Vec::new();
        loop {
            let due = self.alerter.ledger.due();
            let due: Vec<_> = due
                .iter()
                .map(|(_, kind, it)| (it.id, kind.as_str(), it.channel.0))
                .collect();
            if due.is_empty() {
                return sent_now;
            }
            for (delivery, kind, channel) in due {
                let outcome = &sent();
                let input = Input::Attempt { delivery, outcome };
                let actions = decide(&mut self.alerter.ledger, ID, input, NOW);
                self.alerter.events.extend(actions.events);
                sent_now.push((kind, channel));
            }
        }
    }

    fn reasons(&self) -> Vec<&str> {
        let events = self.alerter.events.iter();
        let suppressed = events.filter(|event| event.step == Step::Suppressed);
        suppressed.filter_map(|event| event.reason.as_deref()).collect()
    }

    /// The names under which events are stored: no two are the same.
    fn assert_names_differ(&self) {
        let mut names: Vec<(IncidentId, _, _, _, _, _)> = Vec::new();
        for event in &self.alerter.events {
            let name = (
                event.incident_id,
                event.alert,
                event.channel_id,
                event.delivery_id,
                event.step,
                event.attempt,
            );
            assert!(!names.contains(&name), "{name:?}");
            names.push(name);
        }
    }
}

const BOTH_DOWN: [(&str, i64); 2] = [("down", 1), ("down", 2)];
const BOTH_UP: [(&str, i64); 2] = [("up", 1), ("up", 2)];

#[test]
fn an_outage_waits_to_see_whether_another_monitor_is_down_too() {
    let mut child = Noisy::child();
    child.result(0, false);
    assert_eq!(child.tick(0), Some(WAIT));
    assert_eq!(child.tick(WAIT - 1), Some(1));
    assert_eq!(child.send(), []);
    child.tick(WAIT);
    assert_eq!(child.send(), BOTH_DOWN);
    // That the other one goes down later changes nothing.
    child.upstream = Upstream::Down(PARENT);
    child.result(60, true);
    child.tick(60);
    assert_eq!(child.send(), BOTH_UP);
    assert_eq!(child.reasons(), Vec::<&str>::new());
}

#[test]
fn nobody_is_notified_of_what_is_over_when_the_other_monitor_is() {
    let mut child = Noisy::child();
    child.result(0, false);
    child.tick(0);
    child.upstream = Upstream::Down(PARENT);
    assert_eq!(child.tick(5), Some(10));
    assert_eq!(child.tick(15), Some(10));
    let held = "monitor 50, on which it depends, is down";
    assert_eq!(child.reasons(), [held], "it is recorded once");
    // The other one is up, and this one has not been looked at yet.
    child.upstream = Upstream::NotDown;
    assert_eq!(child.tick(100), Some(WAIT));
    child.result(110, true);
    child.tick(110);
    assert_eq!(child.send(), []);
    let over = "resolved soon after monitor 50, on which it depends, was up again";
    assert_eq!(child.reasons(), [held, over, over]);
    assert!(child.alerter.ledger.incidents.is_empty());
    child.assert_names_differ();
}

#[test]
fn what_is_over_while_the_other_monitor_is_down_is_not_announced() {
    let mut child = Noisy::child();
    child.upstream = Upstream::Down(PARENT);
    child.result(0, false);
    child.tick(0);
    child.result(60, true);
    child.tick(60);
    assert_eq!(child.send(), []);
    assert_eq!(
        child.reasons()[1],
        "resolved while monitor 50, on which it depends, was down"
    );
}

#[test]
fn it_waits_until_it_has_been_looked_at_after_the_other_monitor_was_down() {
    let mut child = Noisy::child();
    child.labels.recheck_seconds = 300;
    child.upstream = Upstream::Down(PARENT);
    child.result(0, false);
    child.tick(0);
    child.upstream = Upstream::NotDown;
    assert_eq!(child.tick(100), Some(300));
    child.tick(400);
    assert_eq!(child.send(), BOTH_DOWN);
}

#[test]
fn nobody_waits_for_ever_for_one_that_comes_and_goes() {
    let mut child = Noisy::child();
    child.result(0, false);
    child.tick(0);
    for turn in 1..=4 {
        assert_eq!(child.send(), [], "{turn}");
        child.upstream = Upstream::Down(PARENT);
        child.tick(turn * 30);
        child.upstream = Upstream::NotDown;
        child.tick(turn * 30 + 10);
    }
    assert_eq!(child.send(), BOTH_DOWN);
    child.assert_names_differ();
}

#[test]
fn who_was_held_back_together_waits_once_more_for_the_other_monitor() {
    let mut child = Noisy::child();
    child.labels.severity = Severity::Warning;
    child.recipients = vec![recipient(2, quiet_for(3_600))];
    child.result(0, false);
    assert_eq!(child.tick(0), Some(3_600 + WAIT));
    // The quiet hours are over, and the other one is announced a moment later.
    assert_eq!(child.tick(3_600), Some(WAIT));
    child.upstream = Upstream::Down(PARENT);
    child.tick(3_602);
    assert_eq!(child.send(), []);
    assert_eq!(child.reasons(), ["monitor 50, on which it depends, is down"]);
}

#[test]
fn of_what_was_over_before_the_other_monitor_was_asked_about_the_end_is_announced() {
    let mut child = Noisy::child();
    child.labels.severity = Severity::Warning;
    child.recipients = vec![recipient(2, quiet_for(3_600))];
    child.result(0, false);
    child.tick(0);
    child.result(60, true);
    assert_eq!(child.tick(60), Some(3_540 + WAIT));
    assert_eq!(child.tick(3_600 + WAIT), None);
    assert_eq!(child.send(), [("up", 2)]);
}

#[test]
fn what_goes_on_after_the_other_monitor_is_up_is_announced() {
    let mut child = Noisy::child();
    child.upstream = Upstream::Down(PARENT);
    child.result(0, false);
    child.tick(0);
    child.upstream = Upstream::NotDown;
    assert_eq!(child.tick(100), Some(WAIT));
    // It goes down once more, and up.
    child.upstream = Upstream::Down(MonitorId(51));
    assert_eq!(child.tick(120), Some(10));
    child.upstream = Upstream::NotDown;
    assert_eq!(child.tick(200), Some(WAIT));
    assert_eq!(child.tick(200 + WAIT - 1), Some(1));
    assert_eq!(child.send(), []);
    child.tick(200 + WAIT);
    assert_eq!(child.send(), BOTH_DOWN);
    assert_eq!(child.reasons().len(), 2);
    child.assert_names_differ();
}

#[test]
fn what_was_over_while_it_waited_is_told_of_once() {
    let mut child = Noisy::child();
    child.result(0, false);
    child.tick(0);
    child.result(20, true);
    assert_eq!(child.tick(20), Some(20));
    child.tick(WAIT);
    assert_eq!(child.send(), BOTH_UP);
    child.assert_names_differ();
}

fn flapping() -> Noisy {
    Noisy::new(Labels {
        flapping: Some(FlappingRule {
            outages: 3,
            within_minutes: 30,
            lasting_minutes: 5,
        }),
        ..Labels::default()
    })
}

#[test]
fn of_a_flapping_monitor_only_outages_that_last_are_announced() {
    let mut monitor = flapping();
    for outage in 0..3 {
        let at = outage * 120;
        monitor.result(at, false);
        monitor.tick(at);
        let says_so = monitor.alerter.ledger.incidents[0].flapping().is_some();
        assert_eq!(says_so, outage == 2);
        assert_eq!(monitor.send(), BOTH_DOWN);
        monitor.result(at + 60, true);
        monitor.tick(at + 60);
        assert_eq!(monitor.send(), BOTH_UP);
    }
    for outage in 3..6 {
        let at = outage * 120;
        monitor.result(at, false);
        assert_eq!(monitor.tick(at), Some(300));
        monitor.result(at + 60, true);
        monitor.tick(at + 60);
        assert_eq!(monitor.send(), []);
    }
    let over = "flapping: over within 5 minutes";
    assert_eq!(
        monitor.reasons(),
        [over; 6],
        "of the beginning and of the end of three"
    );
    // One that lasts, and its end.
    monitor.result(720, false);
    monitor.tick(720);
    assert_eq!(monitor.tick(720 + 299), Some(1));
    monitor.tick(720 + 300);
    assert_eq!(monitor.send(), BOTH_DOWN);
    monitor.result(1_200, true);
    monitor.tick(1_200);
    assert_eq!(monitor.send(), BOTH_UP);
    // It has settled.
    monitor.result(4_000, false);
    monitor.tick(4_000);
    assert!(monitor.alerter.ledger.incidents[0].flapping().is_none());
    assert_eq!(monitor.send(), BOTH_DOWN);
    monitor.assert_names_differ();
}

#[test]
fn so_many_outages_are_remembered_as_a_rule_may_count() {
    let mut recent = Vec::new();
    for outage in (0..100).map(Timestamp::from_millis) {
        assert!(crate::flapping::remember(&mut recent, outage));
        assert!(!crate::flapping::remember(&mut recent, outage));
    }
    let latest: Vec<_> = (79..100).map(Timestamp::from_millis).collect();
    assert_eq!(recent, latest);
    let too_old = Timestamp::from_millis(5);
    assert!(!crate::flapping::remember(&mut recent, too_old));
    assert_eq!(recent, latest);
}

/// From the beginning of the test on for so many seconds.
pub(super) fn quiet_for(seconds: i64) -> ChannelAlerts {
    let time = |after: i64| NOW.plus_millis(after * 1_000).to_datetime().time();
    let hours = Hours {
        time_zone: "UTC".parse().unwrap(),
        days: Days::default(),
        from: time(0),
        until: time(seconds),
    };
    ChannelAlerts {
        quiet_hours: Some(QuietHours {
            hours,
            passes: Some(Severity::Critical),
        }),
        ..PLAIN
    }
}

fn quiet(severity: Severity) -> Noisy {
    let mut monitor = Noisy::new(Labels {
        severity,
        ..Labels::default()
    });
    monitor.recipients = vec![recipient(1, PLAIN), recipient(2, quiet_for(3_600))];
    monitor
}

#[test]
fn in_quiet_hours_a_channel_is_notified_of_what_is_critical_only() {
    let mut critical = quiet(Severity::Critical);
    critical.result(0, false);
    critical.tick(0);
    assert_eq!(critical.send(), BOTH_DOWN);

    let mut warning = quiet(Severity::Warning);
    warning.result(0, false);
    assert_eq!(warning.tick(0), Some(3_600));
    assert_eq!(warning.send(), [("down", 1)]);
    assert_eq!(warning.tick(3_599), Some(1));
    warning.tick(3_600);
    assert_eq!(warning.send(), [("down", 2)]);
    warning.result(4_000, true);
    warning.tick(4_000);
    assert_eq!(warning.send(), BOTH_UP);
}

#[test]
fn of_what_is_over_when_the_quiet_hours_are_the_end_is_told_then() {
    let mut monitor = quiet(Severity::Warning);
    monitor.result(0, false);
    monitor.tick(0);
    assert_eq!(monitor.send(), [("down", 1)]);
    // Whoever was notified is notified of the end at once.
    monitor.result(60, true);
    assert_eq!(monitor.tick(60), Some(3_540));
    assert_eq!(monitor.send(), [("up", 1)]);
    assert_eq!(monitor.reasons(), ["over in the quiet hours of the channel"]);
    let incident = &monitor.alerter.ledger.incidents[0];
    assert!(incident.is_summary_for(ChannelId(2)) && !incident.is_summary_for(ChannelId(1)));
    monitor.tick(3_600);
    assert_eq!(monitor.send(), [("up", 2)]);
    assert!(monitor.alerter.ledger.incidents.is_empty());
    monitor.assert_names_differ();
}

#[test]
fn where_all_have_quiet_hours_an_outage_waits_and_its_end_is_told_once() {
    let mut monitor = quiet(Severity::Warning);
    monitor.recipients = vec![recipient(2, quiet_for(3_600))];
    monitor.result(0, false);
    assert_eq!(monitor.tick(0), Some(3_600));
    monitor.result(60, true);
    assert_eq!(monitor.tick(60), Some(3_540));
    assert_eq!(monitor.send(), []);
    monitor.tick(3_600);
    assert_eq!(monitor.send(), [("up", 2)]);
    monitor.assert_names_differ();
}
