//! On which monitors others depend: what is valid, and for how long an alert waits to see whether one of those is down. Pure.

mod graph;

use std::collections::{BTreeSet, HashSet};

use domain::MonitorId;
use domain::monitor::{FieldError, Probe, Spec};

pub(crate) use self::graph::Graph;
use self::graph::Wrong;

/// The field of a monitor that names those on which it depends.
pub(crate) const DEPENDS_ON: &str = "depends_on";

/// Monitors that one names, at most.
const MAX_NAMED: usize = 20;

/// The longest wait for another monitor, in seconds. A heartbeat is found down when a ping is missing: so long, too.
const MAX_WAIT_SECONDS: u16 = 300;

/// The longest time until a monitor is looked at again, in seconds.
const MAX_RECHECK_SECONDS: u16 = 3_600;

/// Seconds that it may take until the result of a check is judged.
const JUDGED_WITHIN_SECONDS: u64 = 2;

/// The monitors that are named, by id.
///
/// # Errors
/// When they are too many, or one is named twice.
pub(crate) fn named(mut given: Vec<MonitorId>) -> Result<Vec<MonitorId>, FieldError> {
    if given.len() > MAX_NAMED {
        let wrong = format!("must name at most {MAX_NAMED} monitors");
        return Err(FieldError::new(DEPENDS_ON, wrong));
    }
    given.sort_unstable();
    let twice = given.windows(2).find_map(|pair| match pair {
        [one, other] if one == other => Some(*one),
        _ => None,
    });
    match twice {
        Some(id) => Err(FieldError::new(
            DEPENDS_ON,
            format!("must name each monitor once, and names {id} twice"),
        )),
        None => Ok(given),
    }
}

/// What alerters go by of the dependencies of a monitor.
#[derive(Clone, Debug, Default)]
pub(crate) struct Above {
    /// All monitors on which it depends, directly or by others.
    pub(crate) depends_on: Vec<MonitorId>,
    /// For how many seconds an alert of it waits to see whether one of them is down.
    pub(crate) wait_seconds: u16,
    /// Within how many seconds it is looked at again.
    pub(crate) recheck_seconds: u16,
}

/// Seconds that it takes at most until a monitor is found down that went down with another one. None of one that is
/// paused: it does not go down.
pub(crate) fn wait_seconds(spec: &Spec) -> u16 {
    let interval_ms = u64::from(spec.interval_ms).max(1);
    let slots = spec.rule.window().unwrap_or(spec.rule.down_after.max(1));
    // Its first failing slot comes within an interval, and the incident opens at one of the slots that follow.
    let lasting_ms = spec
        .rule
        .down_for_ms()
        .unsigned_abs()
        .next_multiple_of(interval_ms);
    let found_ms = (u64::from(slots) * interval_ms).max(interval_ms + lasting_ms);
    judged_after(spec, found_ms, MAX_WAIT_SECONDS)
}

/// Seconds that it takes at most until a monitor is looked at again and counts as up. None of one that is paused: its
/// incident has ended.
pub(crate) fn recheck_seconds(spec: &Spec) -> u16 {
    let slots = u64::from(spec.rule.up_after.max(1));
    judged_after(spec, slots * u64::from(spec.interval_ms), MAX_RECHECK_SECONDS)
}

/// Seconds until the check is judged whose slot is at most `slot_ms` away; `most` of them at most.
fn judged_after(spec: &Spec, slot_ms: u64, most: u16) -> u16 {
    if spec.paused {
        return 0;
    }
    if matches!(spec.probe, Probe::Heartbeat(_)) {
        return MAX_WAIT_SECONDS;
    }
    let seconds = (slot_ms + spec.deadline_ms()).div_ceil(1_000) + JUDGED_WITHIN_SECONDS;
    u16::try_from(seconds).map_or(most, |seconds| seconds.min(most))
}

/// Which monitors somebody sees.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sight(Option<HashSet<MonitorId>>);

impl Sight {
    /// All monitors, or only these.
    pub(crate) fn of(only: Option<Vec<MonitorId>>) -> Self {
        Self(only.map(|ids| ids.into_iter().collect()))
    }

    /// Whether nothing is hidden.
    pub(crate) fn is_all(&self) -> bool {
        self.0.is_none()
    }

    /// Whether a monitor is seen.
    pub(crate) fn sees(&self, monitor: MonitorId) -> bool {
        self.0.as_ref().is_none_or(|seen| seen.contains(&monitor))
    }

    /// What a monitor is called, without the id of one that is not seen.
    fn called(&self, monitor: MonitorId) -> String {
        match self.sees(monitor) {
            true => format!("monitor {monitor}"),
            false => "a monitor that you do not see".to_owned(),
        }
    }
}

/// Why a monitor is not to depend on others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// What is named is not valid.
    Invalid(FieldError),
    /// Others depend on the monitor that are not seen: their alerts would be held back.
    Narrowed,
}

impl Refused {
    fn invalid(message: String) -> Self {
        Self::Invalid(FieldError::new(DEPENDS_ON, message))
    }
}

/// A monitor, and on which it depends, by id.
pub(crate) type Depending = (MonitorId, Vec<MonitorId>);

/// A change by which some monitors depend on others.
#[derive(Debug)]
pub(crate) struct Change {
    /// On which, by id.
    pub(crate) named: Vec<MonitorId>,
    /// What is seen by whoever changes it. What is not seen of what was named before stays.
    pub(crate) sight: Sight,
    /// All dependencies of the organisation.
    pub(crate) graph: Graph,
}

impl Change {
    /// On which monitors each of these depends after it, by id.
    ///
    /// What concerns several is looked at once, as [`Graph::set_all`] does. Only when that is not valid each is looked at by
    /// itself, in their order; also then each pair of a monitor and one above it is looked at once for each dependency of the
    /// lower one, and nothing has more above it than there may be.
    ///
    /// # Errors
    /// Of each that would have too many monitors above it, or itself, or below which somebody has one that is not seen.
    pub(crate) fn make(&mut self, rows: &[Depending]) -> Vec<Result<Vec<MonitorId>, Refused>> {
        let mut made: Vec<_> = rows.iter().map(|row| self.wanted(row)).collect();
        let is_valid = {
            let other = made.iter().zip(rows).filter_map(|(new, (monitor, old))| {
                let new = new.as_ref().ok().filter(|new| *new != old)?;
                Some((*monitor, new.as_slice()))
            });
            let all: Vec<(MonitorId, &[MonitorId])> = other.collect();
            self.graph.set_all(&all).is_ok()
        };
        if is_valid {
            return made;
        }
        for (made, (monitor, old)) in made.iter_mut().zip(rows) {
            let Ok(new) = &*made else { continue };
            if new == old {
                continue;
            }
            let set = self.graph.set_all(&[(*monitor, new.as_slice())]);
            if let Err(wrong) = set {
                *made = Err(Refused::invalid(wrong.message(*monitor, &self.sight)));
            }
        }
        made
    }

    /// On which one is to depend, as far as that is known of it alone.
    fn wanted(&self, (monitor, old): &Depending) -> Result<Vec<MonitorId>, Refused> {
        let kept = old.iter().filter(|id| !self.sight.sees(**id));
        let new: BTreeSet<MonitorId> = self.named.iter().chain(kept).copied().collect();
        let new: Vec<MonitorId> = new.into_iter().collect();
        if new == *old {
            return Ok(new);
        }
        // Of what is named alone that is known already.
        if new.len() > MAX_NAMED {
            return Err(Refused::invalid(format!(
                "must name at most {MAX_NAMED} monitors, with those that you do not see"
            )));
        }
        if !self.sight.is_all() {
            let mut below = self.graph.with_below([*monitor]).into_iter();
            if below.any(|id| id != *monitor && !self.sight.sees(id)) {
                return Err(Refused::Narrowed);
            }
        }
        match self.graph.circle(*monitor, &new) {
            Some(path) => Err(Refused::invalid(
                Wrong::Circle(path).message(*monitor, &self.sight),
            )),
            None => Ok(new),
        }
    }
}

#[cfg(test)]
mod tests;
