//! A monitor that goes down and up again and again: only those of its outages are announced that last.

use domain::Timestamp;
use domain::flapping::{FlappingRule, MAX_OUTAGES};

use crate::incident::Incident;

/// Outages that are remembered: one more than a rule may count.
const MAX_REMEMBERED: usize = MAX_OUTAGES as usize + 1;

/// A minute, in milliseconds.
const MINUTE_MS: i64 = 60_000;

/// What the reason begins with for which nobody is notified of an outage that was over too soon.
const OVER_WITHIN: &str = "flapping: over within ";

/// The reason for which nobody is notified of an outage that has not lasted for so many minutes.
fn over_within(minutes: u16) -> String {
    match minutes {
        1 => format!("{OVER_WITHIN}a minute"),
        minutes => format!("{OVER_WITHIN}{minutes} minutes"),
    }
}

/// Whether a reason is that a monitor is flapping.
pub(crate) fn is_reason(reason: &str) -> bool {
    reason.strip_prefix(OVER_WITHIN).is_some_and(|time| {
        let minutes = time.strip_suffix(" minutes");
        time == "a minute" || minutes.is_some_and(|minutes| minutes.parse::<u16>().is_ok())
    })
}

/// What becomes of an announcement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Flapping {
    /// It is not concerned.
    No,
    /// It is announced, and says that the monitor is flapping.
    Announced,
    /// It is looked at again then.
    Waits(Timestamp),
    /// It was over too soon, and nobody is notified, for this reason.
    Over(String),
}

/// Notes an outage; answers whether it was not noted before.
pub(crate) fn remember(recent: &mut Vec<Timestamp>, started_at: Timestamp) -> bool {
    let place = recent.partition_point(|at| *at < started_at);
    let is_too_old = place == 0 && recent.len() >= MAX_REMEMBERED;
    if is_too_old || recent.get(place) == Some(&started_at) {
        return false;
    }
    recent.insert(place, started_at);
    let excess = recent.len().saturating_sub(MAX_REMEMBERED);
    recent.drain(..excess);
    true
}

impl Incident {
    /// From when on it has lasted for so long that a flapping monitor is announced.
    pub(crate) fn lasts_from(&self, rule: FlappingRule) -> Timestamp {
        let lasting_ms = i64::from(rule.lasting_minutes) * MINUTE_MS;
        self.started_at.plus_millis(lasting_ms)
    }

    /// Judges whether it is announced at an instant; `recent` are the beginnings of outages, this one among them.
    pub(crate) fn judge_flapping(
        &self,
        rule: FlappingRule,
        recent: &[Timestamp],
        now: Timestamp,
    ) -> Flapping {
        let since = self
            .started_at
            .plus_millis(-i64::from(rule.within_minutes) * MINUTE_MS);
        let counted = recent
            .iter()
            .filter(|at| since < **at && **at <= self.started_at)
            .count();
        let lasting = self.lasts_from(rule);
        match counted.cmp(&usize::from(rule.outages)) {
            std::cmp::Ordering::Less => Flapping::No,
            std::cmp::Ordering::Equal => Flapping::Announced,
            std::cmp::Ordering::Greater => match self.resolution {
                Some(resolution) if resolution.at < lasting => {
                    Flapping::Over(over_within(rule.lasting_minutes))
                }
                _ if now < lasting => Flapping::Waits(lasting),
                _ => Flapping::Announced,
            },
        }
    }
}
