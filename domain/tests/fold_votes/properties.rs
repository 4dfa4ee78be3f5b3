//! What holds of every log.

use std::collections::BTreeSet;

use domain::fold::{CloseReason, MonitorState, State, Votes};
use domain::{Decision, Effect, Needed, Record, Timestamp, decide};
use proptest::prelude::*;

use super::logs::{ANY, Manners, dice, log, rolled};
use super::reference::moments;
use super::{Monitor, quorum};

/// The state as it comes back from the database.
fn stored(state: &MonitorState) -> MonitorState {
    serde_json::from_str(&serde_json::to_string(state).unwrap()).unwrap()
}

fn without_slots(state: &MonitorState) -> MonitorState {
    let mut state = state.clone();
    state.last_slot = None;
    for vote in state
        .votes
        .iter_mut()
        .flat_map(|votes| votes.regions.values_mut())
    {
        // One that was not heard of in its revision says something else.
        vote.last_slot = vote.last_slot.map(|_| Timestamp::from_millis(0));
    }
    state
}

/// Whether a result changed nothing but slots, so that the history alone holds it.
fn is_steady(before: &MonitorState, decision: &Decision) -> bool {
    decision.effect == Effect::Applied
        && !before.fresh
        && before.incident.is_none()
        && decision.transition.is_none()
        && without_slots(before) == without_slots(&decision.state)
}

/// Gives a stored state the slots that the history has: the newest row of each region within three intervals.
fn with_slots_of(mut state: MonitorState, history: &[&Record]) -> MonitorState {
    let revision = state.revision;
    let rows: Vec<_> = history
        .iter()
        .filter_map(|record| match record {
            Record::Result(result) if result.revision == Some(revision) => {
                Some((&result.region, result.scheduled_at))
            }
            _ => None,
        })
        .collect();
    let Some(votes) = state.votes.as_mut().filter(|votes| votes.revision == revision) else {
        return state;
    };
    let rows: Vec<_> = rows
        .into_iter()
        .filter(|(region, _)| votes.regions.contains_key(*region))
        .collect();
    let Some(newest) = rows.iter().map(|(_, slot)| *slot).max() else {
        return state;
    };
    let window = newest.plus_millis(-3 * i64::from(votes.interval_ms.unwrap()));
    for (region, slot) in rows.into_iter().filter(|(_, slot)| *slot > window) {
        if let Some(vote) = votes.regions.get_mut(region) {
            vote.last_slot = vote.last_slot.map(|last| last.max(slot));
        }
    }
    state.last_slot = state.last_slot.max(Some(newest));
    state
}

/// The regions that said something of now when a result was folded.
fn fresh(votes: &Votes) -> usize {
    let regions = votes.regions.values();
    regions
        .filter(|vote| vote.state.is_some() && vote.last_slot.is_some() && !vote.absent)
        .count()
}

proptest! {
    #[test]
    fn the_fold_and_the_slow_reference_agree(tape in dice()) {
        let records = log(&mut rolled(tape), ANY);
        let mut state = MonitorState::default();
        for (index, (record, expected)) in records.iter().zip(moments(&records)).enumerate() {
            let decision = decide(state, record);
            state = decision.state;
            prop_assert_eq!(decision.effect, expected.effect, "record {}: {:?}", index, record);
            prop_assert_eq!(&decision.transition, &expected.transition, "record {}: {:?}", index, record);
            prop_assert_eq!((state.state, state.since), (expected.state, expected.since), "record {}", index);
            prop_assert_eq!(&state.incident, &expected.incident, "record {}", index);
        }
    }

    #[test]
    fn any_restart_point_changes_nothing(tape in dice(), at in any::<prop::sample::Index>(), back in 0..20usize) {
        let records = log(&mut rolled(tape), ANY);
        let expected = Monitor::after(&records);
        let cut = at.index(records.len() + 1);
        let mut restarted = Monitor::after(&records[..cut]);
        restarted.state = stored(&restarted.state);
        restarted.fold(&records[cut.saturating_sub(back)..]);
        prop_assert_eq!(restarted.state, expected.state);
        prop_assert_eq!(restarted.transitions, expected.transitions);
    }

    #[test]
    fn a_state_without_its_steady_slots_is_made_whole_by_the_history(tape in dice(), every in 1..20usize) {
        let records = log(&mut rolled(tape), ANY);
        let mut straight = MonitorState::default();
        let (mut row, mut memory) = (MonitorState::default(), MonitorState::default());
        let mut history: Vec<&Record> = Vec::new();
        for (index, record) in records.iter().enumerate() {
            if index % every == 0 {
                memory = with_slots_of(stored(&row), &history);
            }
            let expected = decide(straight, record);
            let before = memory.clone();
            let decision = decide(memory, record);
            let is_late = |decision: &Decision| decision.effect == Effect::Late;
            prop_assert_eq!(is_late(&decision), is_late(&expected), "record {}: {:?}", index, record);
            prop_assert_eq!(&decision.transition, &expected.transition, "record {}: {:?}", index, record);
            if decision.effect == Effect::Applied && !is_steady(&before, &decision) {
                row = decision.state.clone();
            }
            if decision.effect != Effect::Uncounted {
                history.push(record);
            }
            (straight, memory) = (expected.state, decision.state);
            prop_assert_eq!(without_slots(&memory), without_slots(&straight), "record {}: {:?}", index, record);
        }
    }

    #[test]
    fn an_outage_is_found_by_enough_regions_of_enough_that_were_heard_of(tape in dice()) {
        let mut state = MonitorState::default();
        for record in &log(&mut rolled(tape), ANY) {
            let decision = decide(state, record);
            state = decision.state;
            let Some(opened) = decision.transition.and_then(|transition| transition.opened) else { continue };
            let (votes, seen) = (state.votes.as_ref().unwrap(), opened.seen.unwrap());
            let heard = fresh(votes);
            prop_assert_eq!(seen.down.len() + seen.up.len(), heard);
            prop_assert_eq!(heard + seen.absent.len(), votes.quorum.regions.len());
            prop_assert!(heard >= usize::from(votes.quorum.min_regions));
            prop_assert!(seen.down.len() >= votes.quorum.down.of(heard));
        }
    }

    #[test]
    fn a_single_region_is_no_outage_whatever_it_says(tape in dice(), which in any::<prop::sample::Index>()) {
        let mut records = log(&mut rolled(tape), Manners { has_edits: false, ..ANY });
        let Some(Record::Result(first)) = records.first() else { return Ok(()) };
        let quorum = first.quorum.clone().unwrap();
        if matches!(quorum.down, Needed::Regions(1)) || quorum.down == Needed::ALL && quorum.min_regions < 2 {
            return Ok(());
        }
        let broken = &quorum.regions[which.index(quorum.regions.len())];
        for record in &mut records {
            if let Record::Result(result) = record && result.region != *broken {
                result.up = true;
            }
        }
        let monitor = Monitor::after(&records);
        prop_assert!(monitor.opened().is_empty(), "{:?}", monitor.opened());
    }

    #[test]
    fn incidents_have_new_names_and_do_not_overlap(tape in dice()) {
        let monitor = Monitor::after(&log(&mut rolled(tape), ANY));
        let (opened, closed) = (monitor.opened(), monitor.closed());
        let names: BTreeSet<_> = opened.iter().map(|incident| incident.id).collect();
        prop_assert_eq!(names.len(), opened.len());
        prop_assert!(opened.len() - closed.len() <= 1);
        for (index, ended) in closed.iter().enumerate() {
            prop_assert_eq!(ended.id, opened[index].id);
            if let Some(next) = opened.get(index + 1) {
                prop_assert!(next.started_at >= ended.resolved_at, "{:?}, then {:?}", ended, next);
            }
        }
        prop_assert_eq!(monitor.state.incident.as_ref().map(|open| open.id), opened.get(closed.len()).map(|open| open.id));
    }

    #[test]
    fn one_region_with_a_vote_is_a_monitor_of_one_region(tape in dice()) {
        let manners = Manners { is_unruly: false, is_single: true, ..ANY };
        let voting = log(&mut rolled(tape), manners);
        let plain: Vec<_> = voting.iter().cloned().map(|mut record| {
            if let Record::Result(result) = &mut record {
                result.quorum = None;
            }
            record
        }).collect();
        let (mut one, mut other) = (MonitorState::default(), MonitorState::default());
        for (index, (vote, result)) in voting.iter().zip(&plain).enumerate() {
            let (by_vote, by_streak) = (decide(one, vote), decide(other, result));
            (one, other) = (by_vote.state, by_streak.state);
            prop_assert_eq!(by_vote.effect, by_streak.effect, "record {}", index);
            let times = |state: &MonitorState| (
                state.state, state.since, state.revision, state.activity, state.fresh, state.last_slot,
                state.incident.as_ref().map(|incident| (incident.started_at, incident.error.clone())),
            );
            prop_assert_eq!(times(&one), times(&other), "record {}: {:?}", index, vote);
            let changes = |transition: Option<domain::Transition>| transition.map(|transition| (
                transition.at, transition.from, transition.to,
                transition.opened.map(|opened| opened.started_at),
                transition.closed.map(|closed| (closed.started_at, closed.resolved_at, closed.reason)),
            ));
            prop_assert_eq!(changes(by_vote.transition), changes(by_streak.transition), "record {}", index);
        }
    }

    #[test]
    fn results_that_say_nothing_of_a_quorum_decide_nothing(tape in dice(), of_none in any::<bool>(), up in any::<bool>()) {
        let records = log(&mut rolled(tape), ANY);
        let mut state = MonitorState::default();
        for record in &records {
            state = decide(state, record).state;
            let (Record::Result(result), Some(votes)) = (record, &state.votes) else { continue };
            if votes.revision != state.revision {
                continue;
            }
            let mut plain = result.clone();
            (plain.quorum, plain.up) = (None, up);
            plain.revision = Some(state.revision).filter(|_| !of_none);
            plain.scheduled_at = state.last_slot.unwrap().plus_millis(1_000);
            let mut foreign = result.clone();
            (foreign.region, foreign.revision) = ("zz".to_owned(), Some(state.revision));
            foreign.quorum = Some(quorum(&["ap", "zz"], Needed::Regions(1), 1));
            for other in [plain, foreign] {
                let decision = decide(state.clone(), &Record::Result(other));
                prop_assert_eq!(decision.effect, Effect::Uncounted);
                prop_assert_eq!((&decision.state, decision.transition), (&state, None));
            }
        }
    }

    #[test]
    fn no_outage_is_held_by_regions_that_are_gone(tape in dice()) {
        let mut state = MonitorState::default();
        let mut well_since: Option<Timestamp> = None;
        for record in &log(&mut rolled(tape), ANY) {
            state = decide(state, record).state;
            let Some(votes) = state.votes.as_ref().filter(|votes| votes.revision == state.revision) else {
                well_since = None;
                continue;
            };
            let newest = votes.regions.values().filter_map(|vote| vote.last_slot).max().unwrap();
            let says_down = |vote: &domain::fold::Vote| vote.state == Some(domain::fold::Voted::Down);
            let is_fresh = |vote: &&domain::fold::Vote| vote.last_slot.is_some() && !vote.absent;
            let anybody_down = votes.regions.values().filter(is_fresh).any(says_down);
            if anybody_down || fresh(votes) < usize::from(votes.quorum.min_regions) {
                well_since = None;
                continue;
            }
            let since = *well_since.get_or_insert(newest);
            if state.state == State::Down {
                let held_ms = newest.millis_since(since);
                prop_assert!(held_ms <= 4 * i64::from(votes.interval_ms.unwrap()), "{:?}", state);
            }
        }
    }

    #[test]
    fn an_edit_ends_an_outage_only_where_nobody_who_found_it_has_recovered(tape in dice()) {
        let monitor = Monitor::after(&log(&mut rolled(tape), ANY));
        let mut revision = 0;
        for transition in &monitor.transitions {
            if let Some(closed) = &transition.closed && closed.reason == CloseReason::Edited {
                let seen = closed.seen.as_ref().unwrap();
                prop_assert!(seen.revision < transition.revision, "{:?}", transition);
            }
            prop_assert!(revision <= transition.revision);
            revision = transition.revision;
        }
    }
}
