//! On which monitors others depend: what is valid, and for how long an alert waits to see whether one of those is down. Pure.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use domain::MonitorId;
use domain::monitor::{FieldError, Probe, Spec};

/// The field of a monitor that names those on which it depends.
pub(crate) const DEPENDS_ON: &str = "depends_on";

/// Monitors that one names, at most.
const MAX_NAMED: usize = 20;

/// Levels of monitors above one, at most.
const MAX_LEVELS: usize = 10;

/// Monitors on which one depends, directly or by others, at most.
const MAX_ANCESTORS: usize = 100;

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

/// A change by which some monitors depend on others.
#[derive(Debug)]
pub(crate) struct Change {
    /// On which, by id.
    pub(crate) named: Vec<MonitorId>,
    /// Of those that were named before: which are seen by whoever changes it. The others stay.
    pub(crate) seen: HashSet<MonitorId>,
    /// All dependencies of the organisation.
    pub(crate) graph: Graph,
}

impl Change {
    /// On which monitors one depends after it, by id, that depended on the `old` ones.
    ///
    /// # Errors
    /// When there would be too many, or the monitor would depend on itself.
    pub(crate) fn make(
        &mut self,
        monitor: MonitorId,
        old: &[MonitorId],
    ) -> Result<Vec<MonitorId>, FieldError> {
        let kept = old.iter().filter(|id| !self.seen.contains(*id));
        let new: BTreeSet<MonitorId> = self.named.iter().chain(kept).copied().collect();
        let new = named(new.into_iter().collect())?;
        if new != old {
            self.graph
                .set(monitor, &new)
                .map_err(|wrong| FieldError::new(DEPENDS_ON, wrong))?;
        }
        Ok(new)
    }
}

/// Of each monitor those that it names, or that name it.
type Edges = HashMap<MonitorId, BTreeSet<MonitorId>>;

/// Which monitors depend on which.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    above: Edges,
    below: Edges,
}

impl Graph {
    /// The one in which the first monitor of each pair depends on the second one.
    pub(crate) fn of(pairs: impl IntoIterator<Item = (MonitorId, MonitorId)>) -> Self {
        let mut graph = Self::default();
        for (monitor, depends_on) in pairs {
            graph.add(monitor, depends_on);
        }
        graph
    }

    /// The monitors that depend on others, or others on them, by id.
    pub(crate) fn monitors(&self) -> BTreeSet<MonitorId> {
        self.above.keys().chain(self.below.keys()).copied().collect()
    }

    /// All monitors on which one depends, directly or by others, by id.
    pub(crate) fn ancestors(&self, monitor: MonitorId) -> Vec<MonitorId> {
        reached(&self.above, monitor, usize::MAX).into_iter().collect()
    }

    /// Has a monitor depend on these and on no others.
    ///
    /// # Errors
    /// What is wrong with that; then nothing has changed.
    pub(crate) fn set(&mut self, monitor: MonitorId, named: &[MonitorId]) -> Result<(), String> {
        let old = self.above.remove(&monitor).unwrap_or_default();
        self.replace(monitor, &old, named);
        let Some(wrong) = self.wrong(monitor) else {
            return Ok(());
        };
        let new = self.above.remove(&monitor).unwrap_or_default();
        self.replace(monitor, &new, &old.into_iter().collect::<Vec<_>>());
        Err(wrong)
    }

    fn replace(&mut self, monitor: MonitorId, old: &BTreeSet<MonitorId>, new: &[MonitorId]) {
        for id in old {
            if let Some(below) = self.below.get_mut(id) {
                below.remove(&monitor);
            }
        }
        for id in new {
            self.add(monitor, *id);
        }
    }

    fn add(&mut self, monitor: MonitorId, depends_on: MonitorId) {
        self.above.entry(monitor).or_default().insert(depends_on);
        self.below.entry(depends_on).or_default().insert(monitor);
    }

    /// What is wrong with the dependencies of a monitor, or of those that depend on it: they have above them what it has.
    fn wrong(&self, monitor: MonitorId) -> Option<String> {
        if let Some(path) = self.path_back_to(monitor) {
            let path: Vec<String> = path.iter().map(ToString::to_string).collect();
            return Some(format!("would depend on itself: {}", path.join(" → ")));
        }
        let mut levels = HashMap::new();
        let below = reached(&self.below, monitor, usize::MAX);
        for one in std::iter::once(monitor).chain(below) {
            let who = match one == monitor {
                true => String::new(),
                false => format!("have monitor {one} "),
            };
            if reached(&self.above, one, MAX_ANCESTORS + 1).len() > MAX_ANCESTORS {
                return Some(format!(
                    "would {who}depend on more than {MAX_ANCESTORS} monitors, directly or by others"
                ));
            }
            if self.levels(one, &mut levels) > MAX_LEVELS {
                return Some(format!(
                    "would {who}depend on others by more than {MAX_LEVELS} levels"
                ));
            }
        }
        None
    }

    /// The shortest path by which a monitor depends on itself.
    fn path_back_to(&self, monitor: MonitorId) -> Option<Vec<MonitorId>> {
        let mut from: HashMap<MonitorId, MonitorId> = HashMap::new();
        let mut next = VecDeque::from([monitor]);
        while let Some(one) = next.pop_front() {
            for &above in self.above.get(&one).into_iter().flatten() {
                if above == monitor {
                    let mut path = vec![monitor, one];
                    while let Some(&before) = path.last().and_then(|last| from.get(last)) {
                        path.push(before);
                    }
                    path.reverse();
                    return Some(path);
                }
                if let Entry::Vacant(new) = from.entry(above) {
                    new.insert(one);
                    next.push_back(above);
                }
            }
        }
        None
    }

    /// How many levels of monitors are above one.
    fn levels(&self, monitor: MonitorId, known: &mut HashMap<MonitorId, usize>) -> usize {
        if let Some(&levels) = known.get(&monitor) {
            return levels;
        }
        // In a circle, which only a hand can have made, it would be asked for without end.
        known.insert(monitor, 0);
        let above = self.above.get(&monitor).into_iter().flatten();
        let levels = above.map(|one| 1 + self.levels(*one, known)).max().unwrap_or(0);
        known.insert(monitor, levels);
        levels
    }
}

/// The other monitors that are reached from one, or the first `most` that are found.
fn reached(edges: &Edges, from: MonitorId, most: usize) -> BTreeSet<MonitorId> {
    let (mut found, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(one) = next.pop() {
        for &other in edges.get(&one).into_iter().flatten() {
            if found.len() == most {
                return found;
            }
            if other != from && found.insert(other) {
                next.push(other);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
