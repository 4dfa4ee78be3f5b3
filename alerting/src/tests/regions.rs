//! Monitors that several regions check: the alerter decides what the fold finds, whatever is late, lost or doubled, and
//! wherever it is restarted.

use std::sync::Arc;

use domain::alert_event::AlertKind;
use domain::fold::FoundBy;
use domain::{IncidentId, MonitorState, Needed, Quorum};
use proptest::prelude::*;

use super::*;

const NAMES: [&str; 4] = ["ap", "eu", "me", "us"];

/// Milliseconds from one slot of a region to its next.
const INTERVAL_MS: i64 = 60_000;

fn quorum(count: usize, down: Needed, min_regions: u8) -> Arc<Quorum> {
    let quorum = Quorum {
        regions: NAMES[..count].iter().map(|&name| name.to_owned()).collect(),
        down,
        min_regions,
    };
    Arc::new(quorum.valid().unwrap())
}

/// What the results of a revision have in common.
#[derive(Clone, Debug)]
struct Revision {
    number: u32,
    probe: Option<u32>,
    quorum: Arc<Quorum>,
    rule: Rule,
}

impl Revision {
    fn of(quorum: Arc<Quorum>) -> Self {
        Self {
            number: 1,
            probe: None,
            quorum,
            rule: Rule::default(),
        }
    }

    /// The result of the check with this number: the regions take turns.
    fn check(&self, number: usize, up: bool) -> Record {
        let (slot, region) = self.slot(number);
        let Record::Result(result) = result(0, up, self.rule, self.number) else {
            unreachable!("it is one")
        };
        Record::Result(CheckResult {
            timestamp: slot,
            scheduled_at: slot,
            interval_ms: Some(INTERVAL_MS as u32),
            region: region.to_owned(),
            probe_revision: self.probe,
            quorum: Some(Arc::clone(&self.quorum)),
            ..result
        })
    }

    fn slot(&self, number: usize) -> (Timestamp, &str) {
        let count = self.quorum.regions.len();
        let (round, place) = (number / count, number % count);
        let after_ms = round as i64 * INTERVAL_MS + place as i64 * INTERVAL_MS / count as i64;
        let slot = Timestamp::from_millis(1_700_000_040_000 + after_ms);
        (slot, &self.quorum.regions[place])
    }

    /// Checks from one number on: `+` and `-`, and `.` where nothing came.
    fn checks(&self, from: usize, found: &str) -> Vec<Record> {
        let numbered = (from..).zip(found.chars().filter(|found| !found.is_whitespace()));
        let came = numbered.filter(|(_, found)| *found != '.');
        came.map(|(number, found)| self.check(number, found == '+'))
            .collect()
    }
}

/// One check as a log has it.
#[derive(Clone, Copy, Debug)]
struct Drawn {
    is_up: bool,
    copies: usize,
    delay_s: i64,
    /// How long after it comes once more.
    again_s: i64,
    /// A user edits the monitor before, and whether the same is checked then.
    edit: Option<bool>,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let is_up = prop_oneof![2 => Just(true), 1 => Just(false)];
    let copies = prop_oneof![8 => Just(1_usize), 1 => Just(0), 1 => Just(2)];
    let delay = prop_oneof![6 => 0_i64..5, 1 => 0_i64..300];
    let edit = prop_oneof![30 => Just(None), 1 => Just(Some(true)), 1 => Just(Some(false))];
    (is_up, copies, delay, 0_i64..200, edit).prop_map(|(is_up, copies, delay_s, again_s, edit)| Drawn {
        is_up,
        copies,
        delay_s,
        again_s,
        edit,
    })
}

/// A log of several regions, in the order in which it is appended.
fn records() -> impl Strategy<Value = Vec<Record>> {
    let count = 2_usize..5;
    let settings = (count, 0_u8..5, any::<u8>(), 1_u16..4, 1_u16..4);
    (settings, proptest::collection::vec(drawn(), 1..90)).prop_map(
        |((count, down, least, down_after, up_after), checks)| {
            let most = count as u8;
            let (down, needed) = match down {
                0 => (Needed::ALL, 1),
                down => (Needed::Regions(down.min(most)), down.min(most)),
            };
            let mut revision = Revision::of(quorum(count, down, needed + least % (most - needed + 1)));
            (revision.rule.down_after, revision.rule.up_after) = (down_after, up_after);
            let mut appended = Vec::new();
            for (number, drawn) in checks.into_iter().enumerate() {
                let (slot, _) = revision.slot(number);
                if let Some(checks_same) = drawn.edit {
                    revision.number += 1;
                    revision.probe = checks_same.then(|| revision.probe.unwrap_or(revision.number - 1));
                    let Record::Lifecycle(edit) = edited(0, revision.number, LifecycleEvent::Edited) else {
                        unreachable!("it is one")
                    };
                    let edit = Lifecycle {
                        timestamp: slot.plus_millis(-1),
                        probe_revision: revision.probe,
                        ..edit
                    };
                    appended.push((edit.timestamp, Record::Lifecycle(edit)));
                }
                let record = revision.check(number, drawn.is_up);
                let first = slot.plus_millis(drawn.delay_s * 1_000);
                let copies = [first, first.plus_millis(drawn.again_s * 1_000)].into_iter();
                appended.extend(copies.take(drawn.copies).map(|at| (at, record.clone())));
            }
            appended.sort_by_key(|(at, _)| *at);
            appended.into_iter().map(|(_, record)| record).collect()
        },
    )
}

fn taken(records: &[Record]) -> Alerter {
    let mut alerter = Alerter::default();
    records.iter().for_each(|record| alerter.take(record));
    alerter
}

/// The outages that were announced, each once, with what the regions said.
fn announced(alerter: &Alerter) -> Vec<(IncidentId, FoundBy)> {
    let mut announced: Vec<(IncidentId, FoundBy)> = Vec::new();
    for event in &alerter.events {
        let is_opening = event.step == Step::Decided && event.alert == AlertKind::Down;
        let is_known = announced.iter().any(|(id, _)| *id == event.incident_id);
        if is_opening && !is_known {
            announced.push((event.incident_id, event.regions.clone().unwrap_or_default()));
        }
    }
    announced
}

proptest! {
    /// The fold itself is held against a slow one that has no accumulator (`domain/tests/fold_votes`).
    #[test]
    fn what_is_announced_is_what_the_fold_has_found(records in records()) {
        let (mut state, mut opened) = (MonitorState::default(), Vec::new());
        for record in &records {
            let decision = domain::decide(state, record);
            state = decision.state;
            if let Some(incident) = decision.transition.and_then(|transition| transition.opened) {
                let quorum = &state.votes.as_ref().unwrap().quorum;
                let seen = incident.seen.unwrap();
                let heard = seen.down.len() + seen.up.len();
                prop_assert!(heard >= usize::from(quorum.min_regions), "{:?}", seen);
                prop_assert!(seen.down.len() >= quorum.down.of(heard), "{:?}", seen);
                opened.push((incident.id, FoundBy::from(&*seen)));
            }
        }
        let alerter = taken(&records);
        prop_assert_eq!(announced(&alerter), opened);
        prop_assert_eq!(&alerter.ledger.state, &state);
    }

    #[test]
    fn a_restart_changes_nothing_of_what_regions_say(
        records in records(), at in any::<prop::sample::Index>(), again in 0_usize..10, receives: bool
    ) {
        let take = |alerter: &mut Alerter, records: &[Record]| {
            for record in records {
                alerter.take(record);
                if receives { while alerter.attempt(&sent()) > 0 {} }
            }
        };
        let at = at.index(records.len() + 1);
        let committed = at.saturating_sub(again);
        let (mut steady, mut first) = (Alerter::default(), Alerter::default());
        take(&mut steady, &records);
        take(&mut first, &records[..at]);
        let mut second = first.restarted(&records[..committed]);
        take(&mut second, &records[committed..]);
        let mut decisions = first.decisions();
        decisions.extend(second.decisions());
        prop_assert_eq!(decisions, steady.decisions());
        prop_assert_eq!(second.ledger.state, steady.ledger.state);
    }

    #[test]
    fn what_is_read_again_changes_nothing_of_what_regions_say(records in records(), again in 1_usize..8) {
        let (mut once, mut twice) = (Alerter::default(), Alerter::default());
        for (index, record) in records.iter().enumerate() {
            once.take(record);
            twice.take(record);
            records[index.saturating_sub(again)..=index].iter().for_each(|record| twice.take(record));
        }
        prop_assert_eq!(once.decisions(), twice.decisions());
        prop_assert_eq!(once.ledger.state, twice.ledger.state);
    }
}

#[test]
fn steady_results_are_written_twice_in_an_interval() {
    let revision = Revision::of(quorum(3, Needed::Regions(2), 2));
    let mut alerter = Alerter::default();
    let mut written = 0;
    for number in 0..30 {
        let folded = take(&mut alerter.ledger, &revision.check(number, true));
        written += usize::from(folded.persist);
    }
    // The first one of each region, and then one in each half of nine intervals.
    assert_eq!(written, 3 + 2 * 9);
}

#[test]
fn who_takes_over_without_reading_back_takes_no_region_for_absent() {
    // One region would be enough to be heard of.
    let revision = Revision::of(quorum(3, Needed::ALL, 1));
    let steady = revision.checks(0, &"+".repeat(30));
    let mut second = taken(&steady).restarted(&[]);
    for record in revision.checks(30, "- + +  - + +") {
        second.take(&record);
    }
    assert!(second.events.is_empty(), "{:?}", second.events);
    for record in revision.checks(36, "- - -") {
        second.take(&record);
    }
    let found = &announced(&second)[0].1;
    assert_eq!(found.down.join(" "), "ap eu me");
}

#[test]
fn events_say_which_regions_had_found_what() {
    let revision = Revision::of(quorum(3, Needed::Regions(2), 2));
    let mut alerter = taken(&revision.checks(0, "+ + .  - - ."));
    let written = serde_json::to_string(&alerter.ledger).unwrap();
    assert!(
        written.contains(r#""regions":{"down":["ap","eu"],"up":[],"absent":["me"]}"#),
        "{written}"
    );
    assert_eq!(serde_json::from_str::<Ledger>(&written).unwrap(), alerter.ledger);
    alerter.attempt(&sent());
    for record in revision.checks(6, "- + +") {
        alerter.take(&record);
    }
    let said: Vec<_> = alerter
        .events
        .iter()
        .filter(|event| event.step == Step::Decided && event.channel_id == Some(ChannelId(1)))
        .map(|event| (event.alert, event.regions.clone().unwrap()))
        .collect();
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let found = |down: &[&str], up: &[&str], absent: &[&str]| FoundBy {
        down: names(down),
        up: names(up),
        absent: names(absent),
    };
    assert_eq!(
        said,
        [
            (AlertKind::Down, found(&["ap", "eu"], &[], &["me"])),
            (AlertKind::Up, found(&["ap"], &["eu"], &["me"])),
        ]
    );
    // One region has none.
    let alone = taken(&[down(1), up(2)]);
    assert!(alone.events.iter().all(|event| event.regions.is_none()));
}
