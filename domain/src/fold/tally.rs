//! What the votes of the regions come to together: whether an incident begins or ends, and the state.

use super::state::{MonitorState, OpenIncident, Seen, State};
use super::transition::{CloseReason, ClosedIncident};
use super::verdict::Verdict;
use super::votes::{Vote, Voted, Votes};
use crate::ids::IncidentId;
use crate::quorum::Needed;
use crate::time::Timestamp;

/// The votes, counted.
#[derive(Default)]
struct Tally {
    /// Those that say something of now.
    fresh: usize,
    /// Fresh ones that say down.
    down: usize,
    /// Those of them that no result contradicts.
    sure: usize,
    /// Fresh ones that say degraded.
    slow: usize,
    /// Those that said down in the revision before, and may be heard of any moment.
    awaited: usize,
    /// Those that said down before their region was not heard of any more.
    gone: usize,
}

impl Tally {
    /// Counts the votes, and notes which regions are absent.
    fn count(votes: &mut Votes) -> Self {
        let mut tally = Self::default();
        let newest = votes.newest().unwrap_or(votes.first_slot);
        let is_awaited = !votes.is_absent_since(votes.first_slot, newest);
        let mut regions = std::mem::take(&mut votes.regions);
        for vote in regions.values_mut() {
            vote.absent = vote
                .last_slot
                .is_some_and(|last| votes.is_absent_since(last, newest));
            let is_fresh = vote.is_fresh();
            tally.fresh += usize::from(is_fresh);
            match vote.state {
                Some(Voted::Down) if is_fresh => {
                    tally.down += 1;
                    tally.sure += usize::from(vote.against.is_none());
                }
                Some(Voted::Down) if is_awaited && vote.last_slot.is_none() => tally.awaited += 1,
                Some(Voted::Down) => tally.gone += 1,
                Some(Voted::Degraded) if is_fresh => tally.slow += 1,
                _ => {}
            }
        }
        votes.regions = regions;
        tally
    }

    /// Whether too few regions were heard of lately for anything to be decided.
    fn is_unseen(&self, votes: &Votes) -> bool {
        self.fresh < usize::from(votes.quorum.min_regions).max(1)
    }

    fn begins_incident(&self, votes: &Votes) -> bool {
        self.sure >= votes.quorum.down.of(self.fresh)
    }

    /// Whether an incident that is open stays so. A region that is gone does not end it, and does not hold it alone.
    fn holds_incident(&self, votes: &Votes) -> bool {
        match votes.quorum.down {
            Needed::All(_) => self.down == self.fresh,
            Needed::Regions(needed) => {
                let heard = self.down + self.awaited;
                heard > 0 && heard + self.gone >= usize::from(needed)
            }
        }
    }

    fn is_degraded(&self, votes: &Votes) -> bool {
        self.down + self.slow >= votes.quorum.down.of(self.fresh)
    }
}

impl MonitorState {
    /// What the votes come to after a result of `region`, which says since `turned_at` that the monitor is not down any
    /// more, if it does: the incident that begins, or the one that ends.
    pub(super) fn settle_votes(
        &mut self,
        votes: &mut Votes,
        verdict: &Verdict<'_>,
        region: &str,
        turned_at: Option<Timestamp>,
    ) -> (Option<OpenIncident>, Option<ClosedIncident>) {
        let tally = Tally::count(votes);
        if tally.is_unseen(votes) {
            return (None, None);
        }
        let (mut opened, mut closed) = (None, None);
        match self.incident.take() {
            None if tally.begins_incident(votes) => {
                let incident = votes.incident(&tally, verdict, region);
                self.incident = Some(incident.clone());
                opened = Some(incident);
            }
            Some(incident) if !tally.holds_incident(votes) => {
                let reason = votes.why_closed(&tally, incident.seen.as_deref());
                let incident = incident.closed(turned_at.unwrap_or(verdict.begins_at), reason);
                votes.ended_at = votes.ended_at.max(Some(incident.resolved_at));
                closed = Some(incident);
            }
            unchanged => self.incident = unchanged,
        }
        let settled = match &self.incident {
            Some(_) => State::Down,
            None if tally.is_degraded(votes) => State::Degraded,
            None => State::Up,
        };
        if settled != self.state {
            self.since = match (&self.incident, &closed) {
                (Some(incident), _) => Some(incident.started_at),
                (None, Some(closed)) => Some(closed.resolved_at),
                (None, None) => Some(verdict.begins_at).max(votes.ended_at),
            };
            self.state = settled;
        }
        (opened, closed)
    }
}

impl Votes {
    /// The incident that a result of `region` opens.
    fn incident(&self, tally: &Tally, verdict: &Verdict<'_>, region: &str) -> OpenIncident {
        let is_sure = |vote: &Vote| vote.is_down() && vote.against.is_none();
        let fresh = self.regions.iter().filter(|(_, vote)| vote.is_fresh());
        let (down, up): (Vec<_>, Vec<_>) = fresh.partition(|(_, vote)| is_sure(vote));
        let mut found: Vec<_> = down
            .iter()
            .map(|(name, vote)| (vote.since, *name, *vote))
            .collect();
        found.sort_by_key(|(since, name, _)| (*since, *name));
        let needed = self.quorum.down.of(tally.fresh);
        // So many regions found it down since then.
        let since = found.get(needed.saturating_sub(1)).and_then(|(since, ..)| *since);
        let began = since.unwrap_or(verdict.begins_at);
        let began = self.ended_at.map_or(began, |ended_at| ended_at.max(began));
        let first = found.first().map(|(.., vote)| *vote);
        let is_heard = |name: &String| self.regions.get(name).is_some_and(Vote::is_fresh);
        let absent = self.quorum.regions.iter().filter(|name| !is_heard(name));
        let names = |votes: Vec<(&String, &Vote)>| votes.into_iter().map(|(name, _)| name.clone()).collect();
        OpenIncident {
            id: IncidentId::by_quorum(verdict.monitor_id, self.revision, verdict.slot, region),
            started_at: self.spoken_until().map_or(began, |until| until.max(began)),
            error_code: first.and_then(|vote| vote.error_code),
            error: first.and_then(|vote| vote.error.clone()),
            confirmed_at: None,
            acknowledged: false,
            seen: Some(Box::new(Seen {
                revision: self.revision,
                down: names(down),
                up: names(up),
                absent: absent.cloned().collect(),
            })),
        }
    }

    /// Until when a region that is absent by now said that the monitor was not down, where each one had to find it down.
    fn spoken_until(&self) -> Option<Timestamp> {
        let needs_all = matches!(self.quorum.down, Needed::All(_));
        let absent = self.regions.values().filter(|vote| vote.absent && needs_all);
        let spoke = absent.filter(|vote| vote.state.is_some() && !vote.is_down());
        let last = spoke.filter_map(|vote| vote.last_slot).max();
        last.map(|last| last.plus_millis(self.interval_ms()))
    }

    /// Why an incident is over that was opened by these regions. It was edited if no region that found it down has found
    /// otherwise: those that decide, or how many of them have to, are others.
    fn why_closed(&self, tally: &Tally, seen: Option<&Seen>) -> CloseReason {
        let is_seen_down = tally.down > 0;
        let is_edit = match seen {
            // One region found it, when there was no other.
            None => is_seen_down,
            Some(seen) => {
                let mut still = seen.down.iter().filter(|name| self.quorum.names(name)).peekable();
                let is_left = still.peek().is_some();
                let has_turned = still.any(|name| {
                    let vote = self.regions.get(name);
                    vote.is_some_and(|vote| vote.state.is_some() && !vote.is_down())
                });
                seen.revision < self.revision && !has_turned && (is_seen_down || !is_left)
            }
        };
        if is_edit {
            CloseReason::Edited
        } else {
            CloseReason::Recovered
        }
    }
}
