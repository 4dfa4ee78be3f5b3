//! Which monitors depend on which, and what is above each. Pure.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use domain::MonitorId;

use super::Sight;

/// How far the dependencies of an organisation may go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Levels of monitors above one.
    pub(super) levels: usize,
    /// Monitors on which one depends, directly or by others.
    pub(super) ancestors: usize,
    /// Of all monitors together.
    pub(super) dependencies: usize,
}

pub(super) const LIMITS: Limits = Limits {
    levels: 10,
    ancestors: 100,
    dependencies: 20_000,
};

impl Default for Limits {
    fn default() -> Self {
        LIMITS
    }
}

/// What is wrong with a change.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// A monitor would depend on itself, by this path.
    Circle(Vec<MonitorId>),
    /// This one would depend on too many others.
    Ancestors(MonitorId),
    /// This one would depend on others by too many levels.
    Levels(MonitorId),
    /// The organisation would have too many dependencies.
    Dependencies,
}

impl Wrong {
    /// The same, of a change of `monitor`, to who sees so much.
    pub(super) fn message(&self, monitor: MonitorId, sight: &Sight) -> String {
        let who = |one: MonitorId| match one == monitor {
            true => String::new(),
            false => format!("have {} ", sight.called(one)),
        };
        match self {
            Self::Circle(path) => {
                let step = |one: &MonitorId| match sight.sees(*one) {
                    true => one.to_string(),
                    false => sight.called(*one),
                };
                let path: Vec<String> = path.iter().map(step).collect();
                format!("would depend on itself: {}", path.join(" → "))
            }
            Self::Ancestors(one) => format!(
                "would {}depend on more than {} monitors, directly or by others",
                who(*one),
                LIMITS.ancestors
            ),
            Self::Levels(one) => format!(
                "would {}depend on others by more than {} levels",
                who(*one),
                LIMITS.levels
            ),
            Self::Dependencies => format!(
                "would be too much: the monitors of an organisation name at most {} others together",
                LIMITS.dependencies
            ),
        }
    }
}

/// What is above a monitor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Above {
    /// All monitors on which it depends, by id; of too many one too many.
    ancestors: Vec<MonitorId>,
    levels: usize,
}

/// Which monitors depend on which. What is above each is kept: a change looks once at each dependency of the monitors that
/// it concerns and of those below them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    pub(super) limits: Limits,
    /// Those that each names.
    named: HashMap<MonitorId, Vec<MonitorId>>,
    /// Those that name each.
    below: HashMap<MonitorId, BTreeSet<MonitorId>>,
    /// What is above each that names some; nothing above those that depend on themselves, which only a hand can have made.
    above: HashMap<MonitorId, Above>,
    /// How many dependencies there are.
    dependencies: usize,
}

impl Graph {
    /// The one in which the first monitor of each pair depends on the second one. It looks once at each, and at no more
    /// than [`LIMITS`] has of the ancestors of either.
    pub(crate) fn of(pairs: impl IntoIterator<Item = (MonitorId, MonitorId)>) -> Self {
        let mut all: HashMap<MonitorId, Vec<MonitorId>> = HashMap::new();
        for (monitor, depends_on) in pairs {
            all.entry(monitor).or_default().push(depends_on);
        }
        let mut graph = Self::default();
        let monitors: HashSet<MonitorId> = all.keys().copied().collect();
        for (monitor, named) in all {
            graph.replace(monitor, named);
        }
        graph.above = graph.settled(&monitors);
        graph
    }

    /// The monitors that depend on others, or others on them, by id.
    pub(crate) fn monitors(&self) -> BTreeSet<MonitorId> {
        self.named.keys().chain(self.below.keys()).copied().collect()
    }

    /// All monitors on which one depends, directly or by others, by id.
    pub(crate) fn ancestors(&self, monitor: MonitorId) -> Vec<MonitorId> {
        self.known_above(monitor).to_vec()
    }

    fn known_above(&self, monitor: MonitorId) -> &[MonitorId] {
        let above = self.above.get(&monitor);
        above.map_or(&[][..], |above| above.ancestors.as_slice())
    }

    /// The path by which a monitor would depend on itself if it named these.
    pub(super) fn circle(&self, monitor: MonitorId, named: &[MonitorId]) -> Option<Vec<MonitorId>> {
        let leads_back =
            |id: &MonitorId| *id == monitor || self.known_above(*id).binary_search(&monitor).is_ok();
        named.iter().any(leads_back).then(|| self.path(monitor, named))
    }

    /// The shortest path from a monitor by one of the named ones back to it.
    fn path(&self, monitor: MonitorId, named: &[MonitorId]) -> Vec<MonitorId> {
        let mut from: HashMap<MonitorId, MonitorId> = named.iter().map(|id| (*id, monitor)).collect();
        let mut next: VecDeque<MonitorId> = named.iter().copied().collect();
        while let Some(one) = next.pop_front() {
            if one == monitor {
                break;
            }
            for &above in self.named.get(&one).into_iter().flatten() {
                if let Entry::Vacant(new) = from.entry(above) {
                    new.insert(one);
                    next.push_back(above);
                }
            }
        }
        let mut path = vec![monitor];
        while let Some(&before) = path.last().and_then(|last| from.get(last)) {
            path.push(before);
            if before == monitor {
                break;
            }
        }
        path.reverse();
        path
    }

    /// A monitor and all that depend on it, directly or by others.
    pub(super) fn with_below(&self, monitors: impl IntoIterator<Item = MonitorId>) -> HashSet<MonitorId> {
        let mut found: HashSet<MonitorId> = monitors.into_iter().collect();
        let mut next: Vec<MonitorId> = found.iter().copied().collect();
        while let Some(one) = next.pop() {
            for &below in self.below.get(&one).into_iter().flatten() {
                if found.insert(below) {
                    next.push(below);
                }
            }
        }
        found
    }

    /// Has each of these monitors depend on those beside it, and on no others. What is new is the same for all of them, so
    /// that a circle which they make together is one that each of them makes alone.
    ///
    /// It takes time in proportion to the dependencies of these monitors and of all below them, each of which is looked at
    /// once, with at most [`LIMITS`] ancestors of it.
    ///
    /// # Errors
    /// What is wrong with that; then nothing has changed.
    pub(super) fn set_all(&mut self, changes: &[(MonitorId, &[MonitorId])]) -> Result<(), Wrong> {
        let circle = changes
            .iter()
            .find_map(|(monitor, named)| self.circle(*monitor, named));
        if let Some(path) = circle {
            return Err(Wrong::Circle(path));
        }
        let before = self.dependencies;
        let mut old: Vec<(MonitorId, Vec<MonitorId>)> = Vec::with_capacity(changes.len());
        for (monitor, named) in changes {
            old.push((*monitor, self.replace(*monitor, named.to_vec())));
        }
        match self.judged(before, &old) {
            Ok(settled) => {
                self.above.extend(settled);
                Ok(())
            }
            Err(wrong) => {
                for (monitor, named) in old {
                    self.replace(monitor, named);
                }
                Err(wrong)
            }
        }
    }

    /// What is above the monitors that were changed and above those below them, when there were `before` dependencies.
    fn judged(
        &self,
        before: usize,
        changed: &[(MonitorId, Vec<MonitorId>)],
    ) -> Result<HashMap<MonitorId, Above>, Wrong> {
        if self.dependencies > before.max(self.limits.dependencies) {
            return Err(Wrong::Dependencies);
        }
        let changed: HashSet<MonitorId> = changed.iter().map(|(monitor, _)| *monitor).collect();
        let settled = self.settled(&self.with_below(changed.iter().copied()));
        let wrong = settled.iter().filter_map(|(one, above)| {
            if above.ancestors.len() > self.limits.ancestors {
                Some((one, Wrong::Ancestors(*one)))
            } else if above.levels > self.limits.levels {
                Some((one, Wrong::Levels(*one)))
            } else {
                None
            }
        });
        // Of several the same one each time.
        let first = wrong.min_by_key(|(one, _)| (!changed.contains(*one), **one));
        match first.map(|(_, wrong)| wrong) {
            Some(wrong) => Err(wrong),
            None => Ok(settled),
        }
    }

    /// Has a monitor name these, and answers which it named before.
    fn replace(&mut self, monitor: MonitorId, named: Vec<MonitorId>) -> Vec<MonitorId> {
        let old = self.named.remove(&monitor).unwrap_or_default();
        for id in &old {
            if let Entry::Occupied(mut below) = self.below.entry(*id) {
                below.get_mut().remove(&monitor);
                if below.get().is_empty() {
                    below.remove();
                }
            }
        }
        for id in &named {
            self.below.entry(*id).or_default().insert(monitor);
        }
        self.dependencies = self.dependencies - old.len() + named.len();
        if !named.is_empty() {
            self.named.insert(monitor, named);
        }
        old
    }

    /// What is above each of these monitors, once what is above all others is known: each is looked at after those of them
    /// that it names. Those in a circle are left out, and so are those below them.
    fn settled(&self, these: &HashSet<MonitorId>) -> HashMap<MonitorId, Above> {
        let named = |one: &MonitorId| self.named.get(one).into_iter().flatten();
        let mut missing: HashMap<MonitorId, usize> = these
            .iter()
            .map(|one| (*one, named(one).filter(|id| these.contains(*id)).count()))
            .collect();
        let free = missing.iter().filter(|(_, count)| **count == 0);
        let mut next: Vec<MonitorId> = free.map(|(one, _)| *one).collect();
        let mut settled: HashMap<MonitorId, Above> = HashMap::with_capacity(these.len());
        while let Some(one) = next.pop() {
            let mut all = Above::default();
            for id in named(&one) {
                let above = settled.get(id).or_else(|| self.above.get(id));
                let (ancestors, levels) =
                    above.map_or((&[][..], 0), |above| (above.ancestors.as_slice(), above.levels));
                all.ancestors = self.joined(&self.joined(&all.ancestors, ancestors), &[*id]);
                all.levels = all.levels.max(levels + 1);
            }
            settled.insert(one, all);
            for below in self.below.get(&one).into_iter().flatten() {
                if let Some(count) = missing.get_mut(below) {
                    *count -= 1;
                    if *count == 0 {
                        next.push(*below);
                    }
                }
            }
        }
        settled
    }

    /// What is in either list, both by id; of too many one too many.
    fn joined(&self, one: &[MonitorId], other: &[MonitorId]) -> Vec<MonitorId> {
        let (mut one, mut other) = (one, other);
        let most = self.limits.ancestors + 1;
        let mut all = Vec::with_capacity(most.min(one.len() + other.len()));
        while all.len() < most {
            let Some(&least) = one.iter().take(1).chain(other.iter().take(1)).min() else {
                break;
            };
            all.push(least);
            one = one.strip_prefix(&[least]).unwrap_or(one);
            other = other.strip_prefix(&[least]).unwrap_or(other);
        }
        all
    }
}

#[cfg(test)]
mod tests;
