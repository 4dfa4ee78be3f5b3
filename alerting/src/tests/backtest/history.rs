//! Histories of a monitor: the log, and what the processor would have stored of it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use domain::MonitorState;

use super::*;
use crate::backtest::{StoredMonitor, StoredResult, StoredRevision};

/// What a check finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Up,
    Slow,
    Timeout,
    Refused,
}

/// What happens in the minute of a slot.
#[derive(Clone, Copy, Debug)]
pub(super) enum Minute {
    /// A check, so many milliseconds late, whose result is appended so many milliseconds after its end.
    Check(Found, i64, i64),
    /// The pinger is away.
    Nothing,
    /// A result of a slot so many minutes ago comes now.
    Late(usize, Found),
    Edit(Edit),
    Pause,
    Resume,
    Acknowledge,
}

/// An edit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edit {
    pub(super) rule: Rule,
    /// Whether the same is checked as before.
    pub(super) checks_same: bool,
    /// Whether it comes so soon after the slot that a check at once is not late for it.
    pub(super) is_soon: bool,
    /// What a check at once finds, under the name of the slot that has passed.
    pub(super) found: Option<Found>,
    /// Whether the result of that is on the log before the edit.
    pub(super) is_overtaken: bool,
}

/// A log, and the rest of what is stored of its monitor.
#[derive(Debug)]
pub(super) struct History {
    /// Each with the instant at which it was appended; no two of them are the same.
    pub(super) records: Vec<(Timestamp, Record)>,
    pub(super) monitor: StoredMonitor,
    /// The fold, by which an acknowledgement names the incident.
    state: MonitorState,
    rule: Rule,
    revision: u32,
    probe_revision: u32,
    is_paused: bool,
    /// Which revision each minute ends with.
    revisions: Vec<u32>,
}

impl History {
    pub(super) fn of(rule: Rule, minutes: &[Minute]) -> Self {
        let mut history = Self {
            records: Vec::new(),
            monitor: StoredMonitor {
                id: ID,
                org: OWNER,
                kind: "http".into(),
                revisions: Vec::new(),
                quorums: Vec::new(),
            },
            state: MonitorState::default(),
            rule,
            revision: 0,
            probe_revision: 1,
            is_paused: false,
            revisions: Vec::new(),
        };
        history.revise(None, false);
        for (number, minute) in minutes.iter().enumerate() {
            history.pass(number, *minute);
            history.revisions.push(history.revision);
        }
        history
    }

    fn pass(&mut self, number: usize, minute: Minute) {
        let slot = slot_of(number);
        match minute {
            Minute::Check(found, late, after) if !self.is_paused => {
                let record = self.check(slot, self.revision, slot.plus_millis(late), found);
                self.append(slot.plus_millis(late + 100 + after), record);
            }
            Minute::Late(minutes, found) => {
                // It is of the revision that was in force: under the same name nothing of a later one is ever stored.
                let number = number.checked_sub(minutes);
                let of = number.and_then(|number| Some((slot_of(number), *self.revisions.get(number)?)));
                if let Some((of, revision)) = of {
                    let record = self.check(of, revision, of, found);
                    self.append(slot.plus_millis(30_000), record);
                }
            }
            Minute::Edit(edit) if !self.is_paused => self.edit(slot, edit),
            Minute::Pause if !self.is_paused => {
                self.is_paused = true;
                self.change(slot.plus_millis(5_000), LifecycleEvent::Paused);
            }
            Minute::Resume if self.is_paused => {
                self.is_paused = false;
                self.change(slot.plus_millis(5_000), LifecycleEvent::Resumed);
            }
            Minute::Acknowledge => {
                if let Some(incident) = &self.state.incident {
                    let incident_id = Some(incident.id);
                    let record = self.lifecycle(slot, LifecycleEvent::Acknowledged);
                    let record = Lifecycle {
                        incident_id,
                        ..record
                    };
                    self.append(slot.plus_millis(7_000), Record::Lifecycle(record));
                }
            }
            _ => {}
        }
    }

    /// Under a slot that an earlier revision was checked under, only the later result would be stored, and what was decided
    /// by the other could not be found again: a check at once is made where the slot had none.
    fn edit(&mut self, slot: Timestamp, edit: Edit) {
        let edited_at = slot.plus_millis(if edit.is_soon { 2_000 } else { 20_000 });
        self.rule = edit.rule;
        self.revise(Some(edited_at), edit.checks_same);
        let earlier = Some(self.probe_revision).filter(|since| *since < self.revision);
        let edited = Lifecycle {
            probe_revision: earlier,
            ..self.lifecycle(edited_at, LifecycleEvent::Edited)
        };
        let edited = (edited_at.plus_millis(100), Record::Lifecycle(edited));
        let Some(found) = edit.found else {
            self.append(edited.0, edited.1);
            return;
        };
        let started_at = edited_at.plus_millis(500);
        let record = self.check(slot, self.revision, started_at, found);
        let checked = (started_at.plus_millis(1_000), record);
        if edit.is_overtaken {
            self.append(checked.0, checked.1);
            self.append(checked.0.plus_millis(1_000), edited.1);
        } else {
            self.append(edited.0, edited.1);
            self.append(checked.0, checked.1);
        }
    }

    fn change(&mut self, changed_at: Timestamp, event: LifecycleEvent) {
        self.revise(Some(changed_at), false);
        let record = self.lifecycle(changed_at, event);
        self.append(changed_at.plus_millis(100), Record::Lifecycle(record));
    }

    /// Begins a revision.
    fn revise(&mut self, began_at: Option<Timestamp>, checks_same: bool) {
        self.revision += 1;
        if !checks_same {
            self.probe_revision = self.revision;
        }
        self.monitor.revisions.push(StoredRevision {
            revision: self.revision,
            began_at,
            rule: self.rule,
            probe_revision: Some(self.probe_revision),
            is_known: true,
        });
    }

    fn lifecycle(&self, timestamp: Timestamp, event: LifecycleEvent) -> Lifecycle {
        let Record::Lifecycle(record) = edited(0, self.revision, event) else {
            unreachable!("it is one")
        };
        Lifecycle { timestamp, ..record }
    }

    /// The result of a check, as a pinger of that revision writes it.
    fn check(&self, slot: Timestamp, revision: u32, started_at: Timestamp, found: Found) -> Record {
        let of = self.monitor.revisions[revision as usize - 1];
        let is_up = matches!(found, Found::Up | Found::Slow);
        let Record::Result(record) = result(0, is_up, of.rule, revision) else {
            unreachable!("it is one")
        };
        let error_code = match found {
            Found::Up | Found::Slow => None,
            Found::Timeout => Some(ErrorCode::ReadTimeout),
            Found::Refused => Some(ErrorCode::ConnectRefused),
        };
        Record::Result(CheckResult {
            timestamp: started_at,
            scheduled_at: slot,
            interval_ms: Some(60_000),
            revised_at: of.began_at.filter(|began_at| *began_at > slot),
            probe_revision: of.probe_revision.filter(|since| *since < revision),
            status_code: is_up.then_some(200),
            latency_ms: Some(if found == Found::Slow { 900 } else { 50 }),
            attempts: 2,
            error: error_code.map(|code| code.as_str().to_owned()),
            error_code,
            ..record
        })
    }

    fn append(&mut self, at: Timestamp, record: Record) {
        self.state = domain::decide(std::mem::take(&mut self.state), &record).state;
        self.records.push((at, record));
    }

    /// The log as a backtest finds it: results by what is stored of them.
    pub(super) fn rebuilt(&self) -> Vec<(Timestamp, Record)> {
        let others = self.records.iter();
        let others = others.filter(|(_, record)| !matches!(record, Record::Result(_)));
        let results = stored(&self.records).into_iter();
        let results = results.map(|row| (row.appended_at(), row.into_record(&self.monitor)));
        let mut records: Vec<_> = others.cloned().chain(results).collect();
        records.sort_by_key(|(at, _)| *at);
        records
    }
}

fn slot_of(number: usize) -> Timestamp {
    NOW.plus_millis(number as i64 * 60_000)
}

/// What the processor stores of results (`processor/src/store/rows.rs`): one for each slot and region, where a higher revision
/// replaces a lower one, and among equal ones the first stays. That it shortens the interval of a row when a later revision
/// begins is left out: the verdict of a check that was late could begin somewhat later for it.
pub(super) fn stored(records: &[(Timestamp, Record)]) -> Vec<StoredResult> {
    let mut rows: BTreeMap<(Timestamp, Arc<str>), StoredResult> = BTreeMap::new();
    for (appended_at, record) in records {
        let Record::Result(result) = record else {
            continue;
        };
        let row = stored_of(result, *appended_at);
        match rows.entry((row.scheduled_at, row.region.clone())) {
            Entry::Vacant(new) => {
                new.insert(row);
            }
            Entry::Occupied(mut known) => {
                if known.get().revision < row.revision {
                    known.insert(row);
                }
            }
        }
    }
    rows.into_values().collect()
}

fn stored_of(result: &CheckResult, appended_at: Timestamp) -> StoredResult {
    StoredResult {
        scheduled_at: result.scheduled_at,
        revision: result.revision.unwrap_or(0),
        interval_ms: result.interval_ms.unwrap_or(0),
        delay_ms: result.timestamp.millis_since(result.scheduled_at),
        append_delay_ms: Some(appended_at.millis_since(result.scheduled_at)),
        latency_ms: result.latency_ms,
        state: result.point_state(),
        region: result.region.as_str().into(),
        by_quorum: result.quorum.is_some(),
        error_code: result.error_code,
        error: result.error.as_deref().map(Arc::from),
    }
}
