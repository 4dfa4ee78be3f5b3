//! Uptime of heartbeats: what their spans add up to, against counting each millisecond.

use domain::Timestamp;
use domain::heartbeat::{SpanState, StateSpan, follow, merged, time_within};
use proptest::prelude::*;

/// The time that is looked at, in milliseconds.
const LENGTH: usize = 120;

fn state() -> impl Strategy<Value = SpanState> {
    proptest::sample::select(SpanState::ALL.to_vec())
}

fn at(millis: usize) -> Timestamp {
    Timestamp::from_millis(millis as i64)
}

/// What was said last of each millisecond, where anything was.
fn slowly(said: &[(usize, SpanState)]) -> Vec<Option<SpanState>> {
    let mut each = vec![None; LENGTH];
    for &(from, state) in said {
        each[from..].fill(Some(state));
    }
    each
}

proptest! {
    #[test]
    fn spans_are_what_was_said_last_of_each_millisecond(
        said in proptest::collection::vec((0..LENGTH, state()), 0..40),
        bounds in (0..LENGTH, 0..LENGTH),
        buckets in 1..LENGTH,
    ) {
        let mut spans = Vec::new();
        for &(from, state) in &said {
            follow(&mut spans, StateSpan { began: at(from), state });
        }
        prop_assert!(spans.windows(2).all(|two| two[0].began < two[1].began && two[0].state != two[1].state));
        let each = slowly(&said);
        let count = |from: usize, to: usize, state| {
            each[from..to].iter().filter(|it| **it == Some(state)).count() as i64
        };
        let (from, to) = (bounds.0.min(bounds.1), bounds.0.max(bounds.1));
        let whole = time_within(&spans, &(at(from)..at(to)));
        prop_assert_eq!(whole, (count(from, to, SpanState::Up), count(from, to, SpanState::Down)));
        // By buckets, of which the last may be shorter.
        let mut sum = (0, 0);
        for start in (from..to).step_by(buckets) {
            let (up_ms, down_ms) = time_within(&spans, &(at(start)..at((start + buckets).min(to))));
            sum = (sum.0 + up_ms, sum.1 + down_ms);
        }
        prop_assert_eq!(sum, whole);
        // The same once more changes nothing.
        if let Some(&(from, state)) = said.last() {
            let before = spans.clone();
            follow(&mut spans, StateSpan { began: at(from), state });
            prop_assert_eq!(spans, before);
        }
    }
}

proptest! {
    /// Whatever is merged, whole buckets, and what lies around them, stand for the same time in each state.
    #[test]
    fn merged_spans_stand_for_the_same_time(
        said in proptest::collection::vec((0..LENGTH, state()), 1..60),
        length in 1..LENGTH,
        most in 0..6_usize,
    ) {
        let mut spans = Vec::new();
        for &(from, state) in &said {
            follow(&mut spans, StateSpan { began: at(from), state });
        }
        let mut thinned = spans.clone();
        for start in (0..LENGTH).step_by(length) {
            let bucket = at(start)..at(start + length);
            let inside = thinned.partition_point(|span| span.began < bucket.start)
                ..thinned.partition_point(|span| span.began < bucket.end);
            let before = thinned[..inside.start].last().map(|span| span.state);
            let within = thinned[inside.clone()].to_vec();
            if within.len() > most {
                let few = merged(before, &within, &bucket);
                prop_assert!(few.len() <= SpanState::ALL.len().min(within.len()), "{few:?} of {within:?}");
                prop_assert_eq!(few.last().map(|span| span.state), within.last().map(|span| span.state));
                prop_assert!(few.iter().all(|span| bucket.contains(&span.began)));
                thinned.splice(inside, few);
            }
            prop_assert_eq!(time_within(&thinned, &bucket), time_within(&spans, &bucket));
        }
        prop_assert!(thinned.windows(2).all(|two| two[0].began < two[1].began && two[0].state != two[1].state));
        for start in (0..LENGTH).step_by(length) {
            let range = at(start)..at(LENGTH.next_multiple_of(length) + 7);
            prop_assert_eq!(time_within(&thinned, &range), time_within(&spans, &range));
        }
    }
}

#[test]
fn the_names_of_states_are_read_as_they_are_written() {
    for state in SpanState::ALL {
        assert_eq!(SpanState::named(state.as_str()), state);
    }
    assert_eq!(SpanState::named("of a later version"), SpanState::Unknown);
}
