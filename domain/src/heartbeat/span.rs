//! What a heartbeat was taken for, and since when: what its uptime is the time of. Pure; docs/UPTIME.md has the
//! definition.

use std::ops::Range;

use crate::coverage::overlap_ms;
use crate::fold::{Activity, Effect, HeartbeatState, LastPing, MonitorState, State};
use crate::record::{Judged, PointState, Record};
use crate::time::Timestamp;

/// What a heartbeat is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SpanState {
    /// Nothing is overdue and the job has not failed; also while it is late.
    Up,
    /// An incident is open.
    Down,
    /// Not known: no ping was heard yet, or it could not be found out whether it is overdue.
    Unknown,
    /// A user has paused it.
    Paused,
}

impl SpanState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Up, Self::Down, Self::Unknown, Self::Paused];

    /// The name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Unknown => "unknown",
            Self::Paused => "paused",
        }
    }

    /// The state with this name; a name that is not known says nothing.
    pub fn named(name: &str) -> Self {
        let mut all = Self::ALL.into_iter();
        all.find(|state| state.as_str() == name).unwrap_or(Self::Unknown)
    }

    fn of(state: &MonitorState) -> Self {
        match (state.activity, state.state) {
            (Activity::Active, State::Up | State::Degraded) => Self::Up,
            (Activity::Active, State::Down) => Self::Down,
            (Activity::Active, State::Pending) => Self::Unknown,
            (Activity::Paused | Activity::Deleted, _) => Self::Paused,
        }
    }

    /// As what its time is measured; nothing where it is not covered.
    pub fn measured(self) -> Option<PointState> {
        match self {
            Self::Up => Some(PointState::Up),
            Self::Down => Some(PointState::Down),
            Self::Unknown | Self::Paused => None,
        }
    }
}

/// A state, from an instant until that of the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateSpan {
    /// Since when.
    pub began: Timestamp,
    /// What the heartbeat is taken for.
    pub state: SpanState,
}

/// What of a state has to be known from before a record to tell what the record says of the time.
#[derive(Clone, Copy, Debug)]
pub struct BeforeRecord {
    state: State,
    activity: Activity,
    last_ping: Option<LastPing>,
    is_heartbeat: bool,
}

impl BeforeRecord {
    /// Of the state before the record.
    pub fn of(state: &MonitorState) -> Self {
        let heartbeat = state.heartbeat.as_deref();
        Self {
            state: state.state,
            activity: state.activity,
            last_ping: heartbeat.and_then(|heartbeat| heartbeat.last_ping),
            is_heartbeat: heartbeat.is_some(),
        }
    }

    /// What the heartbeat is taken for after `record`, and since when; nothing where the record says nothing of that.
    /// The same record again says nothing, or the same.
    pub fn span(&self, after: &MonitorState, record: &Record, effect: Effect) -> Option<StateSpan> {
        let heartbeat = after.heartbeat.as_deref();
        let has_changed = (self.state, self.activity) != (after.state, after.activity);
        let at = match record {
            Record::Skipped(skipped) => {
                let heartbeat = heartbeat?;
                let last_ping = heartbeat.last_ping.map(|last| last.at);
                let known = last_ping.max(after.last_slot).max(after.since);
                let is_active = after.activity == Activity::Active;
                let is_open = skipped.judged.is_none_or(|judged| is_open(heartbeat, &judged));
                return (is_active && is_open && Some(skipped.from) > known).then_some(StateSpan {
                    began: skipped.from,
                    state: SpanState::Unknown,
                });
            }
            _ if effect != Effect::Applied => return None,
            Record::Ping(ping) if has_changed || heartbeat?.last_ping != self.last_ping => ping.timestamp,
            Record::Result(result) if result.judged.is_some() => result.scheduled_at,
            Record::Lifecycle(lifecycle) => {
                let is_of_message = lifecycle.event.is_of_message();
                let is_heartbeat = self.is_heartbeat || heartbeat.is_some();
                if is_of_message || !is_heartbeat || !has_changed {
                    return None;
                }
                lifecycle.timestamp
            }
            _ => return None,
        };
        let began = match after.since {
            Some(since) if has_changed => since,
            since => since.map_or(at, |since| since.max(at)),
        };
        Some(StateSpan {
            began,
            state: SpanState::of(after),
        })
    }
}

/// Whether a deadline that was skipped is undecided still, by what was known of the pings when it was expected: a ping that
/// has come since has met it, or moved it.
fn is_open(heartbeat: &HeartbeatState, judged: &Judged) -> bool {
    let is_deadline = judged.missed.is_some() || judged.run.is_some();
    is_deadline && !heartbeat.is_past(judged)
}

/// Goes on with `spans`, which are in their order: what was said of the time from the beginning of `next` on is not so.
pub fn follow(spans: &mut Vec<StateSpan>, next: StateSpan) {
    spans.truncate(spans.partition_point(|span| span.began < next.began));
    if spans.last().is_none_or(|last| last.state != next.state) {
        spans.push(next);
    }
}

/// As many spans as there are states at most that stand for the same time in each state within `bucket`: in which order is
/// forgotten, but for the last state, which goes on. `spans` are those that begin within it, in their order, and `before` is
/// the state at its beginning.
pub fn merged(before: Option<SpanState>, spans: &[StateSpan], bucket: &Range<Timestamp>) -> Vec<StateSpan> {
    let (Some(first), Some(last)) = (spans.first(), spans.last()) else {
        return Vec::new();
    };
    let since = before.map(|state| StateSpan {
        began: bucket.start,
        state,
    });
    let whole: Vec<StateSpan> = since.into_iter().chain(spans.iter().copied()).collect();
    let ends = whole.iter().skip(1).map(|next| next.began).chain([bucket.end]);
    let lengths: Vec<(SpanState, i64)> = whole
        .iter()
        .zip(ends)
        .map(|(span, end)| (span.state, end.millis_since(span.began)))
        .collect();
    let mut order = SpanState::ALL;
    order.sort_by_key(|state| (*state == last.state, Some(*state) != before));
    // Before the first one nothing is known.
    let mut at = before.map_or(first.began, |_| bucket.start);
    let (mut merged, mut known) = (Vec::new(), before);
    for state in order {
        let of_state = lengths.iter().filter(|(of, _)| *of == state);
        let ms: i64 = of_state.map(|(_, ms)| ms).sum();
        if ms > 0 {
            if known != Some(state) {
                merged.push(StateSpan { began: at, state });
            }
            known = Some(state);
            at = at.plus_millis(ms);
        }
    }
    merged
}

/// How long a heartbeat was up and down within `range`, in milliseconds, by its spans, which are in their order. The last
/// one goes on.
pub fn time_within(spans: &[StateSpan], range: &Range<Timestamp>) -> (i64, i64) {
    let first = spans
        .partition_point(|span| span.began <= range.start)
        .saturating_sub(1);
    let (mut up_ms, mut down_ms) = (0, 0);
    for (index, span) in spans.iter().enumerate().skip(first) {
        if span.began >= range.end {
            break;
        }
        let end = spans.get(index + 1).map_or(range.end, |next| next.began);
        let ms = overlap_ms(range, &(span.began..end));
        match span.state {
            SpanState::Up => up_ms += ms,
            SpanState::Down => down_ms += ms,
            SpanState::Unknown | SpanState::Paused => {}
        }
    }
    (up_ms, down_ms)
}
