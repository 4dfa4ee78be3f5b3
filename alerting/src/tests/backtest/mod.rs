//! What would have been sent of results that are stored, beside what an alerter sends.

mod budgets;
mod cases;
mod heartbeats;
mod history;
mod live;
mod properties;
mod regions;
mod stored;
mod without;

use std::ops::Range;
use std::sync::Arc;

use domain::ErrorCode;
use domain::suppression::Suppression;

use super::*;
use crate::backtest::{Budget, Settings, Simulated, Simulation, Stopped};

/// More than any of these histories takes.
const STEPS: u64 = 1_000_000;

/// Monitors on which the monitor may depend.
const PARENT: MonitorId = MonitorId(50);
const OTHER_PARENT: MonitorId = MonitorId(51);

/// So many seconds after the beginning.
fn at(seconds: i64) -> Timestamp {
    NOW.plus_millis(seconds * 1_000)
}

/// The seconds from the beginning to an instant.
fn seconds(at: Timestamp) -> i64 {
    at.millis_since(NOW) / 1_000
}

/// A monitor whose channels are notified of outages; the first one also of degradations.
fn both() -> Settings {
    Settings {
        recipients: BOTH.to_vec(),
        ..Settings::default()
    }
}

/// One channel.
fn one(alerts: ChannelAlerts) -> Settings {
    Settings {
        recipients: vec![recipient(2, alerts)],
        ..Settings::default()
    }
}

/// Results that come a second after their slots: `.` has succeeded, `-` was too slow, `x` has failed, and what is blank was
/// not checked.
fn checks_every(pattern: &str, interval: i64) -> Vec<(Timestamp, Record)> {
    let slots = (0..).zip(pattern.chars()).filter(|(_, found)| *found != ' ');
    slots
        .map(|(number, found)| {
            (
                at(number * interval + 1),
                check(number * interval, interval, found),
            )
        })
        .collect()
}

/// The same, of every minute.
fn checks(pattern: &str) -> Vec<(Timestamp, Record)> {
    checks_every(pattern, 60)
}

/// A result of the slot at so many seconds, of the first revision.
fn check(slot: i64, interval: i64, found: char) -> Record {
    let rule = Rule {
        slow_ms: Some(500),
        ..Rule::default()
    };
    let Record::Result(result) = result(0, found != 'x', rule, 1) else {
        unreachable!("it is one")
    };
    Record::Result(CheckResult {
        timestamp: at(slot),
        scheduled_at: at(slot),
        interval_ms: u32::try_from(interval * 1_000).ok(),
        latency_ms: Some(if found == '-' { 900 } else { 50 }),
        error_code: (found == 'x').then_some(ErrorCode::ReadTimeout),
        ..result
    })
}

/// What is simulated.
#[derive(Clone, Debug)]
struct World {
    settings: Vec<(Timestamp, Arc<Settings>)>,
    upstreams: Vec<(MonitorId, Vec<Range<Timestamp>>)>,
    without: Vec<Suppression>,
    rule: Option<Rule>,
    until: Timestamp,
}

impl World {
    fn of(settings: Settings) -> Self {
        Self {
            settings: vec![(NOW, Arc::new(settings))],
            upstreams: Vec::new(),
            without: Vec::new(),
            rule: None,
            until: at(4_000),
        }
    }

    fn run(&self, records: Vec<(Timestamp, Record)>) -> Simulated {
        self.run_within(records, &mut Budget::of(STEPS)).unwrap()
    }

    fn run_within(
        &self,
        records: Vec<(Timestamp, Record)>,
        budget: &mut Budget<'_>,
    ) -> Result<Simulated, Stopped> {
        let simulation = Simulation {
            monitor: ID,
            org: OWNER,
            settings: &self.settings,
            upstreams: &self.upstreams,
            without: &self.without,
            rule: self.rule,
            judged_by: None,
            watched: None,
            until: self.until,
        };
        simulation.run(records, budget)
    }
}

/// When what was sent to whom.
fn messages(simulated: &Simulated) -> Vec<(i64, i64, &'static str)> {
    let messages = simulated.messages.iter();
    messages
        .map(|it| (seconds(it.at), it.channel.0, it.alert.as_str()))
        .collect()
}

/// Why somebody was not notified.
fn reasons(simulated: &Simulated) -> Vec<&str> {
    let reasons = simulated.incidents.iter().flat_map(|incident| &incident.reasons);
    reasons.map(|reason| reason.reason.as_str()).collect()
}
