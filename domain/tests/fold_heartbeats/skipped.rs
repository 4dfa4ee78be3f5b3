//! What deadlines that were skipped say of the time of a heartbeat.

use domain::Skipped;
use domain::heartbeat::{BeforeRecord, SpanState, StateSpan, follow};
use domain::record::SkipReason;
use proptest::prelude::*;

use super::*;

fn skip(seconds: i64, judged: Option<Judged>) -> Record {
    Record::Skipped(Skipped {
        monitor_id: MONITOR,
        org_id: Some(OrgId(1)),
        url: "heartbeat://backup".to_owned(),
        timestamp: at(seconds + 10),
        from: at(seconds),
        until: at(seconds),
        interval_ms: None,
        region: "default".to_owned(),
        revision: Some(1),
        reason: SkipReason::PingsUnknown,
        judged,
    })
}

/// Who expected a ping by then had heard of the one at `last_ping`.
fn knew(last_ping: i64, deadline: i64) -> Judged {
    Judged {
        last_ping: Some(at(last_ping)),
        missed: Some(at(deadline - 60)),
        ..Judged::default()
    }
}

fn spans(records: impl IntoIterator<Item = Record>) -> Vec<StateSpan> {
    let mut state = MonitorState {
        revision: 1,
        fresh: true,
        ..MonitorState::default()
    };
    let mut spans = Vec::new();
    for record in records {
        let before = BeforeRecord::of(&state);
        let decision = decide(state, &record);
        if let Some(span) = before.span(&decision.state, &record, decision.effect) {
            follow(&mut spans, span);
        }
        state = decision.state;
    }
    spans
}

#[track_caller]
fn are(records: Vec<Record>, expected: &[(i64, SpanState)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|&(began, state)| StateSpan {
            began: at(began),
            state,
        })
        .collect();
    assert_eq!(spans(records), expected);
}

#[test]
fn a_deadline_that_was_met_leaves_nothing_unknown() {
    use SpanState::{Down, Unknown, Up};
    let (first, second) = (
        record(ping(PingKind::Success, 0)),
        record(ping(PingKind::Success, 500)),
    );
    let skipped = skip(660, Some(knew(0, 660)));
    are(vec![first.clone(), skipped.clone()], &[(0, Up), (660, Unknown)]);
    are(vec![first.clone(), second.clone(), skipped.clone()], &[(0, Up)]);
    // It had come in time, and is read afterwards.
    are(vec![first.clone(), skipped.clone(), second], &[(0, Up)]);
    // So has a start; one that comes later leaves it open.
    let start = |seconds| record(ping(PingKind::Start, seconds));
    are(vec![first.clone(), start(610), skipped.clone()], &[(0, Up)]);
    are(
        vec![first.clone(), skipped.clone(), start(700)],
        &[(0, Up), (660, Unknown)],
    );
    // It was decided before.
    are(
        vec![first.clone(), overdue(660, Some(0)), skipped],
        &[(0, Up), (660, Down)],
    );
    // No deadline at all: what was lost said that nothing is overdue.
    let in_time = Judged {
        last_ping: Some(at(0)),
        ..Judged::default()
    };
    are(vec![first.clone(), skip(660, Some(in_time))], &[(0, Up)]);
    // A former release does not say what was known.
    are(vec![first, skip(660, None)], &[(0, Up), (660, Unknown)]);
}

#[test]
fn the_end_of_a_run_is_unknown_for_as_long_as_nothing_is_heard_of_it() {
    use SpanState::{Unknown, Up};
    let records = || {
        vec![
            record(ping(PingKind::Success, 0)),
            record(ping(PingKind::Start, 10)),
        ]
    };
    let run = Run {
        id: None,
        started_at: at(10),
        heard_at: None,
        is_overdue: false,
    };
    let judged = Judged {
        last_ping: Some(at(0)),
        last_start: Some(at(10)),
        run: Some(run),
        ..Judged::default()
    };
    let with = |more: Option<Ping>| {
        let mut records = records();
        records.extend(more.map(record));
        records.push(skip(310, Some(judged)));
        records
    };
    are(with(None), &[(0, Up), (310, Unknown)]);
    are(with(Some(ping(PingKind::Log, 300))), &[(0, Up)]);
    are(with(Some(ping(PingKind::Success, 305))), &[(0, Up)]);
}

/// Something that is read: a ping, a deadline that has passed and one that was skipped.
#[derive(Clone, Copy, Debug)]
enum Read {
    /// So many seconds before it is read.
    Ping(i64),
    /// By whoever knows all pings but so many.
    Overdue(usize),
    Skipped(usize),
}

fn reads() -> impl Strategy<Value = Vec<(i64, Read)>> {
    let read = prop_oneof![
        (0..40_i64).prop_map(Read::Ping),
        (0..3_usize).prop_map(Read::Overdue),
        (0..3_usize).prop_map(Read::Skipped),
    ];
    proptest::collection::vec((1..30_i64, read), 1..30)
}

/// What is known of each second when all was read.
fn by_second(spans: &[StateSpan], length: usize) -> Vec<Option<SpanState>> {
    let mut each = vec![None; length];
    for span in spans {
        let from = span.began.millis_since(at(0)) / 1_000;
        each[from as usize..].fill(Some(span.state));
    }
    each
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    /// Against a list of pings and a state for each second: a deadline is unknown from when it was on where no ping is known
    /// that whoever skipped it did not know.
    #[test]
    fn unknown_is_what_no_ping_proves(reads in reads()) {
        let length = 30 * 31;
        let (mut expected, mut records) = (vec![None; length], Vec::new());
        let (mut now, mut pings) = (0, Vec::<i64>::new());
        for (after, read) in reads {
            now += after;
            let from = now as usize;
            match read {
                Read::Ping(ago) => {
                    let came = (now - ago).max(pings.last().map_or(0, |last| last + 1)).min(now);
                    pings.push(came);
                    records.push(record(ping(PingKind::Success, came)));
                    expected[came as usize..].fill(Some(SpanState::Up));
                }
                Read::Overdue(unknown) | Read::Skipped(unknown) => {
                    let Some(&known) = pings.iter().rev().nth(unknown) else { continue };
                    let is_skip = matches!(read, Read::Skipped(_));
                    records.push(match is_skip {
                        true => skip(now, Some(knew(known, now))),
                        false => overdue(now, Some(known)),
                    });
                    // Another deadline says the same of the time after it.
                    if unknown == 0 {
                        let state = if is_skip { SpanState::Unknown } else { SpanState::Down };
                        expected[from..].fill(Some(state));
                    }
                }
            }
        }
        prop_assert_eq!(by_second(&spans(records), length), expected);
    }
}
