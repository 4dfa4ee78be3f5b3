//! What the log up to a result comes to.

use domain::fold::{CloseReason, ClosedIncident, OpenIncident, Seen, State};
use domain::record::{CheckResult, PointState};
use domain::{IncidentId, Needed, Quorum, Timestamp};

use super::{Moment, close, counted, interval};

/// One result of a region, in the order of the log.
struct Outcome<'a> {
    index: usize,
    result: &'a CheckResult,
    /// `u`, `s` or `d`.
    letter: char,
    /// Nothing was heard of the region in this revision before, or for three intervals.
    is_new: bool,
    /// It was absent: what failed until then is not among the last results any more.
    is_cut: bool,
}

/// Where what a region says turned: at which outcome, and by which first one.
struct Turn {
    at: usize,
    first: usize,
    is_down: bool,
}

/// What a region says.
struct Says<'a> {
    letter: char,
    /// The failure that it has said down since.
    failure: Option<&'a CheckResult>,
    /// The one that it tells of.
    told: Option<&'a CheckResult>,
    is_contradicted: bool,
}

/// The log up to a result that counts, which is its last.
pub(super) struct View<'a> {
    pub(super) log: &'a [Moment],
    pub(super) result: &'a CheckResult,
    pub(super) quorum: &'a Quorum,
    /// When an outage ended because this result has begun a revision.
    pub(super) ended_by_edit: Option<Timestamp>,
}

impl<'a> View<'a> {
    fn revision(&self) -> u32 {
        self.result.revision.unwrap()
    }

    /// Where the time began in which verdicts go on.
    fn chain_start(&self) -> usize {
        let cut = self.log.iter().rposition(|moment| moment.begins == Some(false));
        cut.unwrap_or(0)
    }

    /// Whether an outage went on when a result came.
    fn was_open(&self, index: usize) -> bool {
        let is_cut = self.log[index].begins == Some(false);
        !is_cut && index > 0 && self.log[index - 1].incident.is_some()
    }

    /// What a region found since it counts, until before the record at `until`.
    fn outcomes(&self, region: &str, until: usize) -> Vec<Outcome<'a>> {
        let mut found: Vec<Outcome<'a>> = Vec::new();
        let (mut revision, mut counts) = (0, false);
        for index in self.chain_start()..until {
            let Some(result) = &self.log[index].counts else {
                continue;
            };
            let number = result.revision.unwrap();
            if number != revision {
                (revision, counts) = (number, result.quorum.as_ref().unwrap().names(region));
            }
            if !counts {
                found.clear();
                continue;
            }
            if result.region != region {
                continue;
            }
            let before = counted(&self.log[..index], number);
            let own = before.iter().filter(|(_, earlier)| earlier.region == region);
            let last = own.map(|(_, earlier)| earlier.scheduled_at).max();
            let all = before.iter().map(|(_, earlier)| earlier.scheduled_at);
            let newest = all.chain([result.scheduled_at]).max().unwrap();
            let letter = match result.point_state() {
                PointState::Up => 'u',
                PointState::Down => 'd',
                _ => 's',
            };
            let is_cut = match last {
                Some(last) => newest.millis_since(last) >= 3 * interval(result),
                None => found
                    .last()
                    .is_some_and(|earlier| self.left_absent(index, earlier.result)),
            };
            let is_new = last.is_none() || is_cut;
            let said_down = self.says(&found).is_some_and(|says| says.letter == 'd');
            if is_new && letter != 'd' && said_down && !self.was_open(index) {
                // It answers again after a while, and there is no outage that this would have to end.
                found.clear();
            }
            found.push(Outcome {
                index,
                result,
                letter,
                is_new,
                is_cut,
            });
        }
        found
    }

    /// Whether a region of which this is the last result in its revision was absent when that ended.
    fn left_absent(&self, until: usize, last: &CheckResult) -> bool {
        let of_revision = counted(&self.log[..until], last.revision.unwrap());
        let newest = of_revision.iter().map(|(_, result)| result.scheduled_at).max();
        newest.is_some_and(|newest| newest.millis_since(last.scheduled_at) >= 3 * interval(last))
    }

    /// Where the run of results begins that agree on up or down, and ends with the one at `last`.
    fn run_start(outcomes: &[Outcome<'_>], last: usize) -> usize {
        let is_down = outcomes[last].letter == 'd';
        let mut first = last;
        while first > 0 && !outcomes[first].is_new && (outcomes[first - 1].letter == 'd') == is_down {
            first -= 1;
        }
        first
    }

    /// Of how many of the last results so many have to fail, if not in a row.
    fn size(outcome: &Outcome<'_>) -> Option<usize> {
        let rule = outcome.result.rule;
        rule.down_of.filter(|of| *of > rule.down_after).map(usize::from)
    }

    /// Since which result so many of the last ones fail, at one that fails: those from `from` on.
    fn enough(outcomes: &[Outcome<'_>], from: usize, last: usize) -> Option<usize> {
        let size = Self::size(&outcomes[last])?;
        let is_left = |index: &usize| {
            let mut later = index + 1..=last;
            let is_kept = |later: usize| {
                !outcomes[later].is_cut
                    && Self::size(&outcomes[later]).is_some_and(|size| later - index < size)
            };
            outcomes[*index].letter == 'd' && Self::size(&outcomes[*index]).is_some() && later.all(is_kept)
        };
        let first = from.max((last + 1).saturating_sub(size));
        let failed: Vec<usize> = (first..=last).filter(is_left).collect();
        if failed.len() < usize::from(outcomes[last].result.rule.down_after) {
            return None;
        }
        // If it was so at the failure before, it goes on.
        let before = failed.iter().rev().nth(1);
        let earlier = before.and_then(|before| Self::enough(outcomes, from, *before));
        earlier.or(failed.first().copied())
    }

    /// By which first one the result at `last` turns what is said, if it does; the turn before was at `from`.
    fn confirmed(outcomes: &[Outcome<'_>], from: usize, last: usize) -> Option<usize> {
        let start = Self::run_start(outcomes, last);
        let (run, result) = (last - start + 1, outcomes[last].result);
        if outcomes[last].letter != 'd' {
            return (run >= usize::from(result.rule.up_after)).then_some(start);
        }
        let first = match Self::size(&outcomes[last]) {
            Some(_) => Self::enough(outcomes, from, last)?,
            None if run >= usize::from(result.rule.down_after) => start,
            None => return None,
        };
        let wait_ms = i64::from(result.rule.down_for_seconds) * 1_000;
        let began = outcomes[first].result.begins_at();
        (wait_ms == 0 || result.scheduled_at.millis_since(began) >= wait_ms).then_some(first)
    }

    fn turns(outcomes: &[Outcome<'_>]) -> Vec<Turn> {
        let mut turns: Vec<Turn> = Vec::new();
        for at in 0..outcomes.len() {
            let last = turns.last();
            let is_down = last.is_some_and(|turn| turn.is_down);
            let from = last.map_or(0, |turn| turn.at + 1);
            if (outcomes[at].letter == 'd') != is_down
                && let Some(first) = Self::confirmed(outcomes, from, at)
            {
                turns.push(Turn {
                    at,
                    first,
                    is_down: !is_down,
                });
            }
        }
        turns
    }

    fn says(&self, outcomes: &[Outcome<'a>]) -> Option<Says<'a>> {
        let last = outcomes.last()?;
        let turns = Self::turns(outcomes);
        let Some(turn) = turns.last().filter(|turn| turn.is_down) else {
            // Who has not been found down is up by the first result that says so.
            let answered = outcomes.iter().rfind(|outcome| outcome.letter != 'd')?;
            return Some(Says {
                letter: answered.letter,
                failure: None,
                told: None,
                is_contradicted: false,
            });
        };
        // It says so anew after a while, unless there was an outage that it belongs to. The one by which it turned may be the
        // first after an edit, and those before it count all the same.
        let anew = outcomes[turn.at + 1..]
            .iter()
            .rfind(|outcome| outcome.letter == 'd' && outcome.is_new && !self.was_open(outcome.index));
        let or_anew = |index: usize| Some(anew.map_or(outcomes[index].result, |outcome| outcome.result));
        Some(Says {
            letter: 'd',
            failure: or_anew(turn.first),
            told: or_anew(Self::run_start(outcomes, turn.at)),
            is_contradicted: last.letter != 'd',
        })
    }

    /// What is so after the result: the outage that it ends.
    pub(super) fn settle(&self, now: &mut Moment) -> Option<ClosedIncident> {
        let index = self.log.len() - 1;
        let of_revision = counted(self.log, self.revision());
        let slots = of_revision.iter().map(|(_, result)| result.scheduled_at);
        let newest = slots.max().unwrap();
        let interval = interval(self.result);
        let last_slot = |region: &str| {
            let own = of_revision.iter().filter(|(_, result)| result.region == region);
            own.map(|(_, result)| result.scheduled_at).max()
        };
        let is_recent = |slot: Timestamp| newest.millis_since(slot) < 3 * interval;
        let regions: Vec<_> = self
            .quorum
            .regions
            .iter()
            .filter_map(|region| {
                let says = self.says(&self.outcomes(region, index + 1))?;
                Some((region.as_str(), last_slot(region), says))
            })
            .collect();
        let is_fresh = |last: Option<Timestamp>| last.is_some_and(is_recent);
        let fresh: Vec<_> = regions.iter().filter(|(_, last, _)| is_fresh(*last)).collect();
        if fresh.len() < usize::from(self.quorum.min_regions) {
            return None;
        }
        let count = |is: &dyn Fn(&Says<'_>) -> bool| fresh.iter().filter(|(.., says)| is(says)).count();
        let down = count(&|says| says.letter == 'd');
        let troubled = count(&|says| says.letter != 'u');
        let sure: Vec<_> = fresh
            .iter()
            .filter(|(.., says)| says.letter == 'd' && !says.is_contradicted)
            .collect();
        let needed = match self.quorum.down {
            Needed::Regions(needed) => usize::from(needed),
            Needed::All(_) => fresh.len(),
        };
        let mut closed = None;
        if now.incident.is_some() {
            let first_slot = of_revision[0].1.scheduled_at;
            let is_expected = |last: Option<Timestamp>| last.is_none() && is_recent(first_slot);
            let ever_down: Vec<_> = regions.iter().filter(|(.., says)| says.letter == 'd').collect();
            let is_over = match self.quorum.down {
                Needed::All(_) => down < fresh.len(),
                Needed::Regions(_) => {
                    let heard = ever_down
                        .iter()
                        .any(|(_, last, _)| is_fresh(*last) || is_expected(*last));
                    !heard || ever_down.len() < needed
                }
            };
            if is_over {
                let seen = now.incident.as_ref().and_then(|incident| incident.seen.clone());
                let reason = self.reason(&seen.unwrap(), &regions, down);
                closed = close(now.incident.take(), self.resolved_at(index), reason);
            }
        } else if sure.len() >= needed {
            let mut found: Vec<_> = sure
                .iter()
                .map(|(region, _, says)| (says.failure.unwrap(), *region, says.told.unwrap()))
                .collect();
            found.sort_by_key(|(failure, region, _)| (failure.begins_at(), *region));
            let mut began = vec![found[needed - 1].0.begins_at()];
            began.extend(self.ended_at());
            if self.quorum.down == Needed::ALL {
                let silent = regions
                    .iter()
                    .filter(|(_, last, says)| last.is_some() && !is_fresh(*last) && says.letter != 'd');
                began.extend(silent.map(|(_, last, _)| last.unwrap().plus_millis(interval)));
            }
            let names = |is_down: bool| {
                let is_sure = |region: &str| sure.iter().any(|(name, ..)| *name == region);
                let names = fresh.iter().filter(|(region, ..)| is_sure(region) == is_down);
                names.map(|(region, ..)| (*region).to_owned()).collect()
            };
            now.incident = Some(OpenIncident {
                id: IncidentId::by_quorum(
                    self.result.monitor_id,
                    self.revision(),
                    self.result.scheduled_at,
                    &self.result.region,
                ),
                started_at: began.into_iter().max().unwrap(),
                error_code: found[0].2.error_code,
                error: found[0].2.error.clone(),
                confirmed_at: None,
                acknowledged: false,
                seen: Some(Box::new(Seen {
                    revision: self.revision(),
                    down: names(true),
                    up: names(false),
                    absent: self
                        .quorum
                        .regions
                        .iter()
                        .filter(|name| !fresh.iter().any(|(region, ..)| region == name))
                        .cloned()
                        .collect(),
                })),
            });
        }
        let was = now.state;
        (now.state, now.since) = match (&now.incident, &closed) {
            (Some(incident), _) if was != State::Down => (State::Down, Some(incident.started_at)),
            (Some(_), _) => (was, now.since),
            (None, closed) => {
                let state = if troubled >= needed {
                    State::Degraded
                } else {
                    State::Up
                };
                let begins = Some(self.result.begins_at()).max(self.ended_at());
                let began = closed.as_ref().map_or(begins, |closed| Some(closed.resolved_at));
                (state, if state == was { now.since } else { began })
            }
        };
        closed
    }

    /// When the region of this result turned from down, or when this result begins.
    fn resolved_at(&self, index: usize) -> Timestamp {
        let region = &self.result.region;
        let says = |until| {
            self.says(&self.outcomes(region, until))
                .map(|says| says.letter == 'd')
        };
        let outcomes = self.outcomes(region, index + 1);
        if says(index) == Some(true) && says(index + 1) == Some(false) {
            let first = Self::run_start(&outcomes, outcomes.len() - 1);
            return outcomes[first].result.begins_at();
        }
        self.result.begins_at()
    }

    /// When the last outage ended.
    fn ended_at(&self) -> Option<Timestamp> {
        let past = self.log[self.chain_start()..].iter();
        let ended = past.filter_map(|moment| {
            let is_result = moment.counts.is_some();
            let closed = moment.transition.as_ref()?.closed.as_ref()?;
            is_result.then_some(closed.resolved_at)
        });
        ended.max().max(self.ended_by_edit)
    }

    fn reason(
        &self,
        seen: &Seen,
        regions: &[(&str, Option<Timestamp>, Says<'_>)],
        down: usize,
    ) -> CloseReason {
        let left: Vec<_> = seen
            .down
            .iter()
            .filter(|name| self.quorum.regions.contains(name))
            .collect();
        let has_recovered = regions
            .iter()
            .any(|(region, _, says)| left.iter().any(|name| name == region) && says.letter != 'd');
        let nobody_finds_it = !left.is_empty() && down == 0;
        if seen.revision < self.revision() && !has_recovered && !nobody_finds_it {
            CloseReason::Edited
        } else {
            CloseReason::Recovered
        }
    }
}
