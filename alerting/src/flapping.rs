//! A monitor that goes down and up again and again: only those of its outages are announced that last.

use domain::Timestamp;
use domain::flapping::{FlappingRule, MAX_OUTAGES};

use crate::incident::Incident;

/// Outages that are remembered: one more than a rule may count.
const MAX_REMEMBERED: usize = MAX_OUTAGES as usize + 1;

/// A minute, in milliseconds.
const MINUTE_MS: i64 = 60_000;

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
        let lasting = self
            .started_at
            .plus_millis(i64::from(rule.lasting_minutes) * MINUTE_MS);
        match counted.cmp(&usize::from(rule.outages)) {
            std::cmp::Ordering::Less => Flapping::No,
            std::cmp::Ordering::Equal => Flapping::Announced,
            std::cmp::Ordering::Greater => match self.resolution {
                Some(resolution) if resolution.at < lasting => Flapping::Over(match rule.lasting_minutes {
                    1 => "flapping: over within a minute".to_owned(),
                    minutes => format!("flapping: over within {minutes} minutes"),
                }),
                _ if now < lasting => Flapping::Waits(lasting),
                _ => Flapping::Announced,
            },
        }
    }
}
