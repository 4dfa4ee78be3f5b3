//! The rules once more, slowly: at each result, what counts is found anew among all since the last incident, or since what
//! is checked was changed. Which results count at all is told elsewhere.

use proptest::prelude::*;

use super::*;
use crate::fold::rules;

/// A result that counts.
struct Tried {
    result: CheckResult,
    /// Whether it is the first one after an edit: what was in a row before is so no more.
    is_first: bool,
}

/// An incident, as it should be.
#[derive(Clone, Debug, PartialEq)]
struct Expected {
    id: IncidentId,
    started_at: Timestamp,
    error: Option<String>,
    failed_slots: u16,
}

struct Reference {
    revision: u32,
    is_active: bool,
    is_edited: bool,
    tried: Vec<Tried>,
    open: Option<Expected>,
}

/// What a record changes: the incident that it opens, and when one ended.
type Change = (Option<Expected>, Option<Timestamp>);

impl Default for Reference {
    fn default() -> Self {
        Self {
            revision: 0,
            is_active: true,
            is_edited: false,
            tried: Vec::new(),
            open: None,
        }
    }
}

impl Reference {
    fn take(&mut self, record: &Record, effect: Effect) -> Change {
        match record {
            Record::Lifecycle(lifecycle) if lifecycle.revision > self.revision => {
                let goes_on = match lifecycle.event {
                    LifecycleEvent::Restored => true,
                    LifecycleEvent::Edited => self.goes_on(lifecycle.probe_revision),
                    _ => false,
                };
                let closed = self.begin(lifecycle.revision, goes_on, lifecycle.timestamp);
                self.is_active = match lifecycle.event {
                    LifecycleEvent::Paused => false,
                    LifecycleEvent::Edited => self.is_active,
                    _ => true,
                };
                (None, closed)
            }
            Record::Result(result) if effect == Effect::Applied => {
                let mut closed = None;
                let revision = result.revision.unwrap();
                if revision > self.revision {
                    let goes_on = self.goes_on(result.probe_revision);
                    closed = self.begin(revision, goes_on, result.begins_at());
                    self.is_active = true;
                }
                self.tried.push(Tried {
                    result: result.clone(),
                    is_first: std::mem::take(&mut self.is_edited),
                });
                let (opened, recovered) = self.judge();
                (opened, recovered.or(closed))
            }
            _ => (None, None),
        }
    }

    fn goes_on(&self, probe_revision: Option<u32>) -> bool {
        self.is_active && probe_revision.is_some_and(|since| since <= self.revision)
    }

    fn begin(&mut self, revision: u32, goes_on: bool, at: Timestamp) -> Option<Timestamp> {
        (self.revision, self.is_edited) = (revision, true);
        if goes_on {
            return None;
        }
        self.tried.clear();
        self.open.take().map(|open| open.started_at.max(at))
    }

    /// What the last result comes to.
    fn judge(&mut self) -> Change {
        let last = self.tried.len() - 1;
        let result = &self.tried[last].result;
        let start = self.run_start(last);
        let run = last - start + 1;
        if let Some(open) = &self.open {
            if !result.up || run < usize::from(result.rule.up_after) {
                return (None, None);
            }
            let ended = self.tried[start].result.begins_at().max(open.started_at);
            self.open = None;
            self.tried.clear();
            return (None, Some(ended));
        }
        let first = if result.up {
            None
        } else if self.size(last).is_some() {
            self.enough(last)
        } else {
            (run >= usize::from(result.rule.down_after)).then_some(start)
        };
        let wait_ms = i64::from(result.rule.down_for_seconds) * SECOND;
        let has_lasted = |first: &usize| {
            let began = self.tried[*first].result.begins_at();
            wait_ms == 0 || result.scheduled_at.millis_since(began) >= wait_ms
        };
        let opened = first.filter(has_lasted).map(|first| Expected {
            id: IncidentId::new(
                result.monitor_id,
                self.revision,
                self.tried[first].result.scheduled_at,
            ),
            started_at: self.tried[first].result.begins_at(),
            error: self.tried[start].result.error.clone(),
            failed_slots: self.tried[first..]
                .iter()
                .filter(|tried| !tried.result.up)
                .count() as u16,
        });
        self.open.clone_from(&opened);
        (opened, None)
    }

    /// Where the results begin that agree on up or down, and end with the one at `last`.
    fn run_start(&self, last: usize) -> usize {
        let mut first = last;
        while first > 0
            && !self.tried[first].is_first
            && self.tried[first - 1].result.up == self.tried[last].result.up
        {
            first -= 1;
        }
        first
    }

    /// Of how many results so many have to fail, by the rule of one, if not in a row.
    fn size(&self, index: usize) -> Option<usize> {
        let rule = self.tried[index].result.rule;
        rule.down_of.filter(|of| *of > rule.down_after).map(usize::from)
    }

    /// Since which result so many fail that this is an outage, at one that fails.
    fn enough(&self, last: usize) -> Option<usize> {
        let is_left = |index: &usize| {
            let mut later = *index..=last;
            let is_kept = |later: usize| self.size(later).is_some_and(|size| later - index < size);
            !self.tried[*index].result.up && later.all(is_kept)
        };
        let failed: Vec<usize> = (0..=last).filter(is_left).collect();
        if failed.len() < usize::from(self.tried[last].result.rule.down_after) {
            return None;
        }
        // If it was one at the failure before, it goes on.
        let before = failed.iter().rev().nth(1);
        let earlier = before.and_then(|before| self.enough(*before));
        earlier.or(failed.first().copied())
    }
}

/// A history as a partition holds it, with results that are late, skipped slots and edits that are told first or later.
fn history() -> impl Strategy<Value = Vec<Record>> {
    let step = (0..24u8, prop::bool::weighted(0.55), 0..4u8, rules());
    (rules(), prop::collection::vec(step, 1..80)).prop_map(|(mut rule, steps)| {
        let (mut revision, mut probe) = (1, None);
        let mut records = Vec::new();
        for (index, (what, up, variant, other_rule)) in (1i64..).zip(steps) {
            let slot = 10 * index;
            let tried = |slot_s: i64| {
                let mut result = result(slot_s, up, revision, rule);
                result.probe_revision = probe;
                result
            };
            match what {
                0 => records.push(skipped(slot)),
                1 => records.push(Record::Result(tried(slot - 10 * i64::from(variant)))),
                // Nobody has told of an edit, as where somebody else writes the results.
                2 => rule = other_rule,
                3 => {
                    probe = Some(probe.unwrap_or(revision));
                    (revision, rule) = (revision + 1, other_rule);
                    if variant < 2 {
                        records.push(lifecycle(LifecycleEvent::Edited, revision, probe, slot));
                    }
                }
                4 => {
                    (revision, probe, rule) = (revision + 1, None, other_rule);
                    if variant < 2 {
                        records.push(lifecycle(LifecycleEvent::Edited, revision, probe, slot));
                    }
                }
                5 => {
                    records.push(lifecycle(LifecycleEvent::Paused, revision + 1, None, slot));
                    (revision, probe) = (revision + 2, None);
                    if variant < 2 {
                        records.push(lifecycle(LifecycleEvent::Resumed, revision, None, slot + 5));
                    }
                }
                6 => {
                    revision += 1;
                    records.push(lifecycle(LifecycleEvent::Restored, revision, None, slot));
                }
                _ => {
                    let mut result = tried(slot);
                    if variant == 0 {
                        // It starts late, and speaks for the rest.
                        result.timestamp = at(slot + 7);
                    }
                    records.push(Record::Result(result));
                }
            }
        }
        records
    })
}

proptest! {
    #[test]
    fn the_fold_and_the_slow_reference_agree(records in history()) {
        let (mut monitor, mut reference) = (Monitor::default(), Reference::default());
        for (index, record) in records.iter().enumerate() {
            let before = monitor.transitions.len();
            let effect = monitor.take(record);
            let (opened, closed) = reference.take(record, effect);
            let change = monitor.transitions[before..].last();
            let found = change.and_then(|change| change.opened.as_ref()).map(|incident| Expected {
                id: incident.id,
                started_at: incident.started_at,
                error: incident.error.clone(),
                failed_slots: *monitor.failed_slots.last().unwrap(),
            });
            prop_assert_eq!(found, opened, "record {}: {:?}", index, record);
            let ended = change.and_then(|change| change.closed.as_ref());
            prop_assert_eq!(ended.map(|incident| incident.resolved_at), closed, "record {}: {:?}", index, record);
            prop_assert_eq!(monitor.state.incident.is_some(), reference.open.is_some(), "record {}", index);

            let Some(window) = &monitor.state.window else { continue };
            prop_assert!(monitor.state.incident.is_none() && !window.failed.is_empty());
            prop_assert_eq!(window.outcomes.count_ones() as usize, window.failed.len());
            if let (Record::Result(result), Effect::Applied) = (record, effect) {
                let size = result.rule.window().map(u32::from);
                prop_assert!(size.is_some_and(|size| window.outcomes < 1 << size));
            }
        }
    }

    #[test]
    fn one_failure_among_any_number_is_one_failure(records in history(), down_of in 2..60u16) {
        let by = |rule: Rule| {
            let mut monitor = Monitor::default();
            for record in &records {
                let mut record = record.clone();
                if let Record::Result(result) = &mut record {
                    result.rule = rule;
                }
                monitor.take(&record);
            }
            (monitor.state, monitor.transitions, monitor.failed_slots)
        };
        prop_assert_eq!(by(of_the_last(1, down_of)), by(Rule::default()));
    }

    #[test]
    fn other_rules_make_states_that_know_nothing_of_windows(records in history()) {
        let mut monitor = Monitor::default();
        for record in &records {
            let mut record = record.clone();
            if let Record::Result(result) = &mut record {
                (result.rule.down_of, result.rule.down_for_seconds) = (None, 0);
            }
            monitor.take(&record);
            let stored = serde_json::to_string(&monitor.state).unwrap();
            prop_assert!(!stored.contains("window"), "{}", stored);
        }
    }
}
