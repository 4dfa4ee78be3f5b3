//! What of a state has to survive a restart. The rest is learned again from the next results.

use std::borrow::Cow;

use domain::fold::{Activity, HeartbeatState, MonitorState, State, Usual, Vote, Votes, Window};
use domain::{IncidentId, Timestamp};

use crate::RETENTION_MS;

/// The part of a state whose change is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fingerprint<'a> {
    revision: u32,
    activity: Activity,
    fresh: bool,
    incident: Option<(IncidentId, bool)>,
    degraded: bool,
    /// A streak that contradicts the verdict and may overturn it: how long it is and since when.
    streak: Option<(u16, Timestamp)>,
    /// The failures among the last results, where these may open an incident: each result moves them, also a success.
    window: Option<Cow<'a, Window>>,
    /// What is usual of response times, and which of the last results were slower: of a monitor that is as usual none moves it.
    usual: Option<Cow<'a, Usual>>,
    /// All of it: whether a verdict on a heartbeat is late is told by the pings that are known.
    heartbeat: Option<Cow<'a, HeartbeatState>>,
    /// What the regions say, where there are several.
    votes: Option<Said<'a>>,
    /// How many halves of intervals of such a monitor have begun. Its slots are written once in each: were those that a restart
    /// finds older, regions would be absent by them that are not, also one that has missed a slot, and one alone could decide.
    round: Option<i64>,
}

/// Votes, without the slots by which they stand.
#[derive(Clone, Debug)]
struct Said<'a>(Cow<'a, Votes>);

impl PartialEq for Said<'_> {
    fn eq(&self, other: &Self) -> bool {
        // Whoever adds a field decides here whether it is one of those that steady results move.
        let Votes {
            revision,
            quorum,
            first_slot,
            interval_ms,
            ended_at,
            regions,
        } = &*self.0;
        let other = &*other.0;
        let is_same = (revision, first_slot, interval_ms, ended_at)
            == (
                &other.revision,
                &other.first_slot,
                &other.interval_ms,
                &other.ended_at,
            );
        is_same
            && *quorum == other.quorum
            && regions.len() == other.regions.len()
            && regions
                .iter()
                .zip(&other.regions)
                .all(|((name, vote), (other_name, other))| name == other_name && says_the_same(vote, other))
    }
}

/// Whether two votes differ by nothing but their slots. That a region is heard of in the revision is more than a slot.
fn says_the_same(one: &Vote, other: &Vote) -> bool {
    let Vote {
        state,
        since,
        last_slot,
        absent,
        against,
        window,
        error_code,
        error,
    } = one;
    (*state, *since, *absent, *error_code) == (other.state, other.since, other.absent, other.error_code)
        && last_slot.is_some() == other.last_slot.is_some()
        && (against, window, error) == (&other.against, &other.window, &other.error)
}

impl<'a> From<&'a MonitorState> for Fingerprint<'a> {
    fn from(state: &'a MonitorState) -> Self {
        let incident = state.incident.as_ref();
        Self {
            revision: state.revision,
            activity: state.activity,
            fresh: state.fresh,
            incident: incident.map(|incident| (incident.id, incident.acknowledged)),
            degraded: state.state == State::Degraded,
            streak: state
                .streak
                .as_ref()
                .filter(|streak| streak.up == incident.is_some())
                .map(|streak| (streak.count, streak.since)),
            window: state.window.as_deref().map(Cow::Borrowed),
            usual: state.usual.as_deref().map(Cow::Borrowed),
            heartbeat: state.heartbeat.as_deref().map(Cow::Borrowed),
            votes: state.votes.as_deref().map(|votes| Said(Cow::Borrowed(votes))),
            round: state.votes.as_deref().and_then(round),
        }
    }
}

impl Fingerprint<'_> {
    /// One that outlasts its state.
    pub(crate) fn into_owned(self) -> Fingerprint<'static> {
        Fingerprint {
            revision: self.revision,
            activity: self.activity,
            fresh: self.fresh,
            incident: self.incident,
            degraded: self.degraded,
            streak: self.streak,
            window: self.window.map(|window| Cow::Owned(window.into_owned())),
            usual: self.usual.map(|usual| Cow::Owned(usual.into_owned())),
            heartbeat: self.heartbeat.map(|heartbeat| Cow::Owned(heartbeat.into_owned())),
            votes: self.votes.map(|Said(votes)| Said(Cow::Owned(votes.into_owned()))),
            round: self.round,
        }
    }
}

impl<'a> Fingerprint<'a> {
    /// That of a state, whatever slots regions have: a record that is read once more may move these.
    pub(crate) fn without_slots(state: &'a MonitorState) -> Self {
        Self {
            round: None,
            ..Self::from(state)
        }
    }
}

/// How many halves of intervals have begun since the first slot of a revision.
fn round(votes: &Votes) -> Option<i64> {
    let lasted_ms = votes.newest()?.millis_since(votes.first_slot);
    Some(lasted_ms.saturating_mul(2).div_euclid(votes.interval_ms().max(1)))
}

/// Whether a state is what one would assume of a monitor of which nothing is known.
pub(crate) fn is_unremarkable(state: &MonitorState) -> bool {
    is_plain(state) && state.usual.is_none()
}

/// Whether a state need not be remembered: it is unremarkable, or has nothing but a note that response times are not held
/// against what is usual, which is older than whatever is read once more.
pub(crate) fn is_forgettable(state: &MonitorState, now: Timestamp) -> bool {
    let is_old =
        |usual: &Usual| usual.bounds.hours.is_empty() && now.millis_since(usual.found_at) > RETENTION_MS;
    is_plain(state) && state.usual.as_deref().is_none_or(is_old)
}

/// Whether it is unremarkable but for what is usual of response times.
fn is_plain(state: &MonitorState) -> bool {
    state.incident.is_none()
        && state.state != State::Degraded
        && state.activity == Activity::Active
        && state.streak.as_ref().is_none_or(|streak| streak.up)
        && state.window.is_none()
        // As long as the heartbeat exists, or several regions decide: what each of them says is not known otherwise.
        && state.heartbeat.is_none()
        && state.votes.is_none()
}
