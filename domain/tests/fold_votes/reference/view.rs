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
}

/// What a region says.
struct Says<'a> {
    letter: char,
    /// The failure that it has said down since.
    failure: Option<&'a CheckResult>,
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
            let is_new = last.is_none_or(|last| newest.millis_since(last) >= 3 * interval(result));
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
            });
        }
        found
    }

    /// The run of results that agree on up or down, and ends with the one at `last`: where it begins, if it is confirmed.
    fn confirmed(outcomes: &[Outcome<'_>], last: usize) -> Option<usize> {
        let is_down = outcomes[last].letter == 'd';
        let mut first = last;
        while first > 0 && !outcomes[first].is_new && (outcomes[first - 1].letter == 'd') == is_down {
            first -= 1;
        }
        let rule = outcomes[last].result.rule;
        let needed = if is_down { rule.down_after } else { rule.up_after };
        (last - first + 1 >= usize::from(needed)).then_some(first)
    }

    fn says(&self, outcomes: &[Outcome<'a>]) -> Option<Says<'a>> {
        let confirmed = |letter_is_down: bool| {
            let all = 0..outcomes.len();
            all.filter(move |&index| (outcomes[index].letter == 'd') == letter_is_down)
                .filter(|&index| Self::confirmed(outcomes, index).is_some())
        };
        let last = outcomes.last()?;
        let (fell, rose) = (confirmed(true).next_back(), confirmed(false).next_back());
        if fell.is_none() || fell < rose {
            // Who has not been found down is up by the first result that says so.
            let answered = outcomes.iter().rfind(|outcome| outcome.letter != 'd')?;
            return Some(Says {
                letter: answered.letter,
                failure: None,
                is_contradicted: false,
            });
        }
        let fell = confirmed(true).find(|index| Some(*index) > rose)?;
        let first = Self::confirmed(outcomes, fell)?;
        // It says so anew after a while, unless there was an outage that it belongs to.
        let anew = outcomes[fell..]
            .iter()
            .rfind(|outcome| outcome.letter == 'd' && outcome.is_new && !self.was_open(outcome.index));
        Some(Says {
            letter: 'd',
            failure: Some(anew.map_or(outcomes[first].result, |outcome| outcome.result)),
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
                .map(|(region, _, says)| (says.failure.unwrap(), *region))
                .collect();
            found.sort_by_key(|(failure, region)| (failure.begins_at(), *region));
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
                error_code: found[0].0.error_code,
                error: found[0].0.error.clone(),
                confirmed_at: None,
                acknowledged: false,
                seen: Some(Box::new(Seen {
                    revision: self.revision(),
                    down: names(true),
                    up: names(false),
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
            let first = Self::confirmed(&outcomes, outcomes.len() - 1).unwrap();
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
