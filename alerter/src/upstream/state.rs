//! What is known of monitors on which others depend: which of them are announced here, and what was heard of others.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

use alerting::Upstream;
use domain::{IncidentId, MonitorId};
use tokio::time::Instant;

/// Monitors that are announced here and told of, at most. Others do not hear of what comes on top.
const MAX_OWN: usize = 50_000;

/// Monitors that are asked about at a time, at most. Of what comes on top nothing is known.
const MAX_QUESTIONS: usize = 10_000;

/// How long an answer counts.
const FRESH: Duration = Duration::from_secs(5);

/// How long a decision waits for the first answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often a monitor is asked about.
pub(super) const ASK_EVERY: Duration = Duration::from_millis(500);

/// How long a monitor is asked about in which nobody is interested any more. Whoever waits looks every ten seconds.
const WANTED: Duration = Duration::from_secs(30);

/// How long what was told counts: what has not been taken back by then has ended by itself.
pub(super) const TOLD: Duration = Duration::from_secs(60);

/// An incident of a monitor that is announced.
pub(super) type Announced = (MonitorId, IncidentId);

#[derive(Debug, Default)]
pub(super) struct State {
    own: HashMap<MonitorId, Own>,
    /// Those of `own` that are to be told.
    untold: HashSet<MonitorId>,
    /// What was told and is over, and since when.
    over: HashMap<MonitorId, (IncidentId, Instant)>,
    questions: HashMap<MonitorId, Question>,
    /// Monitors that were asked about and have changed since it was asked which.
    changed: HashSet<MonitorId>,
}

/// What is announced here.
#[derive(Debug)]
struct Own {
    incident: IncidentId,
    partition: i32,
}

#[derive(Debug)]
struct Question {
    since: Instant,
    /// When somebody was interested in it last.
    wanted: Instant,
    /// When it was asked last.
    asked: Option<Instant>,
    /// Whether the monitor is announced, and when that was said.
    answer: Option<(bool, Instant)>,
}

impl Question {
    fn new(now: Instant) -> Self {
        Self {
            since: now,
            wanted: now,
            asked: None,
            answer: None,
        }
    }

    fn says_announced(&self, now: Instant) -> bool {
        matches!(self.answer, Some((true, at)) if now - at < FRESH)
    }

    /// Whether there may be a first answer soon.
    fn is_young(&self, now: Instant) -> bool {
        self.answer.is_none() && now - self.since < PATIENCE
    }
}

impl State {
    /// Notes what is announced of a monitor here; answers whether that is news.
    pub(super) fn set(
        &mut self,
        partition: i32,
        monitor: MonitorId,
        incident: Option<IncidentId>,
        now: Instant,
    ) -> bool {
        let before = self.own.get(&monitor).map(|own| own.incident);
        match incident {
            Some(incident) if before.is_some() || self.own.len() < MAX_OWN => {
                self.own.insert(monitor, Own { incident, partition });
            }
            // Nobody is told of it.
            Some(_) => return false,
            None => {
                self.own.remove(&monitor);
            }
        }
        if before == incident {
            return false;
        }
        match incident {
            Some(_) => self.untold.insert(monitor),
            None => self.untold.remove(&monitor),
        };
        if let Some(over) = before.filter(|_| self.over.len() < MAX_OWN) {
            self.over.insert(monitor, (over, now));
        }
        if before.is_some() != incident.is_some()
            && let Some(question) = self.questions.get_mut(&monitor)
        {
            question.answer = Some((incident.is_some(), now));
            self.changed.insert(monitor);
        }
        true
    }

    /// A partition is another alerter's from now on, which goes on telling what is announced of its monitors.
    pub(super) fn release(&mut self, partition: i32, now: Instant) {
        let (untold, questions) = (&mut self.untold, &mut self.questions);
        self.own.retain(|monitor, own| {
            let stays = own.partition != partition;
            if !stays {
                untold.remove(monitor);
                if let Some(question) = questions.get_mut(monitor) {
                    question.answer = Some((true, now));
                }
            }
            stays
        });
    }

    /// What is known of these monitors, of which one may hold an alert back; nothing while there may be a first answer soon.
    /// They are asked about from now on.
    pub(super) fn look(&mut self, ancestors: &[MonitorId], now: Instant) -> Option<Upstream> {
        let (mut down, mut waits) = (None, false);
        for &monitor in ancestors {
            let mut is_announced = self.own.contains_key(&monitor);
            let count = self.questions.len();
            let question = match self.questions.entry(monitor) {
                Entry::Occupied(known) => Some(known.into_mut()),
                Entry::Vacant(new) => (count < MAX_QUESTIONS).then(|| new.insert(Question::new(now))),
            };
            if let Some(question) = question {
                question.wanted = now;
                is_announced |= question.says_announced(now);
                waits |= question.is_young(now);
            }
            if is_announced && down.is_none() {
                down = Some(monitor);
            }
        }
        match down {
            Some(monitor) => Some(Upstream::Down(monitor)),
            None if waits => None,
            None => Some(Upstream::NotDown),
        }
    }

    /// How many monitors are asked about.
    pub(super) fn questions(&self) -> usize {
        self.questions.len()
    }

    /// The monitors that are to be asked about now. Those in which nobody is interested any more are forgotten.
    pub(super) fn take_questions(&mut self, now: Instant) -> Vec<MonitorId> {
        let own = &self.own;
        self.questions
            .retain(|_, question| now - question.wanted < WANTED);
        let due = self.questions.iter_mut().filter(|(monitor, question)| {
            let is_due = question.asked.is_none_or(|asked| now - asked >= ASK_EVERY);
            is_due && !own.contains_key(*monitor)
        });
        due.map(|(monitor, question)| {
            question.asked = Some(now);
            *monitor
        })
        .collect()
    }

    /// Takes whether a monitor is announced.
    pub(super) fn answer(&mut self, monitor: MonitorId, is_announced: bool, now: Instant) {
        let Some(question) = self.questions.get_mut(&monitor) else {
            return;
        };
        if question.says_announced(now) != is_announced {
            self.changed.insert(monitor);
        }
        question.answer = Some((is_announced, now));
    }

    /// The monitors that have changed since this was asked.
    pub(super) fn take_changed(&mut self) -> HashSet<MonitorId> {
        std::mem::take(&mut self.changed)
    }

    /// Has everything told once more.
    pub(super) fn tell_again(&mut self) {
        self.untold.extend(self.own.keys().copied());
    }

    /// Some of what is to be told.
    pub(super) fn take_untold(&mut self, limit: usize) -> Vec<Announced> {
        let some: Vec<MonitorId> = self.untold.iter().take(limit).copied().collect();
        let told = some.into_iter().filter_map(|monitor| {
            self.untold.remove(&monitor);
            Some((monitor, self.own.get(&monitor)?.incident))
        });
        told.collect()
    }

    /// These could not be told.
    pub(super) fn not_told(&mut self, untold: &[Announced]) {
        let own = &self.own;
        let still = untold.iter().map(|(monitor, _)| *monitor);
        self.untold
            .extend(still.filter(|monitor| own.contains_key(monitor)));
    }

    /// What is to be taken back.
    pub(super) fn over(&mut self, now: Instant) -> Vec<Announced> {
        self.over.retain(|_, (_, since)| now - *since < TOLD);
        let over = self.over.iter();
        over.map(|(monitor, (incident, _))| (*monitor, *incident))
            .collect()
    }

    /// These were taken back.
    pub(super) fn taken_back(&mut self, done: &[Announced]) {
        for (monitor, incident) in done {
            if self.over.get(monitor).is_some_and(|(over, _)| over == incident) {
                self.over.remove(monitor);
            }
        }
    }

    /// Whether there is more to do than to tell everything once more in time.
    pub(super) fn is_busy(&self) -> bool {
        !(self.questions.is_empty() && self.untold.is_empty() && self.over.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: MonitorId = MonitorId(1);

    fn incident(number: u128) -> IncidentId {
        IncidentId(uuid::Uuid::from_u128(number))
    }

    fn changed(state: &mut State) -> Vec<MonitorId> {
        let mut changed: Vec<_> = state.take_changed().into_iter().collect();
        changed.sort();
        changed
    }

    #[test]
    fn a_decision_waits_for_the_first_answer_but_not_for_long() {
        let (mut state, mut now) = (State::default(), Instant::now());
        assert_eq!(state.look(&[], now), Some(Upstream::NotDown));
        assert_eq!(state.look(&[PARENT], now), None);
        assert_eq!(state.take_questions(now), [PARENT]);
        assert_eq!(state.take_questions(now), [], "it was asked");
        now += PATIENCE;
        assert_eq!(
            state.look(&[PARENT], now),
            Some(Upstream::NotDown),
            "nobody answers"
        );
        assert_eq!(state.take_questions(now), [PARENT], "it is asked again");
        state.answer(PARENT, true, now);
        assert_eq!(changed(&mut state), [PARENT]);
        assert_eq!(state.look(&[PARENT], now), Some(Upstream::Down(PARENT)));
        // One that is down is enough, whatever is known of the others.
        let both = [MonitorId(2), PARENT];
        assert_eq!(state.look(&both, now), Some(Upstream::Down(PARENT)));
        state.answer(PARENT, true, now);
        assert_eq!(changed(&mut state), []);
        now += FRESH;
        assert_eq!(state.look(&[PARENT], now), Some(Upstream::NotDown), "too old");
        state.answer(PARENT, false, now);
        assert_eq!(changed(&mut state), []);
    }

    #[test]
    fn what_is_announced_here_needs_no_answer() {
        let (mut state, now) = (State::default(), Instant::now());
        assert_eq!(state.look(&[PARENT], now), None);
        assert!(state.set(0, PARENT, Some(incident(1)), now));
        assert!(!state.set(0, PARENT, Some(incident(1)), now));
        assert_eq!(changed(&mut state), [PARENT]);
        assert_eq!(state.look(&[PARENT], now), Some(Upstream::Down(PARENT)));
        assert_eq!(state.take_questions(now), []);
        assert_eq!(state.take_untold(10), [(PARENT, incident(1))]);
        assert_eq!(state.take_untold(10), []);
        state.tell_again();
        assert_eq!(state.take_untold(10), [(PARENT, incident(1))]);
        state.not_told(&[(PARENT, incident(1))]);
        assert!(state.is_busy());
        // It is over, and is taken back; what could not be told is not told any more.
        assert!(state.set(0, PARENT, None, now));
        assert_eq!(changed(&mut state), [PARENT]);
        assert_eq!(state.look(&[PARENT], now), Some(Upstream::NotDown));
        assert_eq!(state.take_untold(10), []);
        state.not_told(&[(PARENT, incident(1))]);
        assert_eq!(state.take_untold(10), []);
        assert_eq!(state.over(now), [(PARENT, incident(1))]);
        assert_eq!(state.over(now), [(PARENT, incident(1))], "until it is done");
        state.taken_back(&[(PARENT, incident(1))]);
        assert_eq!(state.over(now), []);
    }

    #[test]
    fn the_next_incident_takes_the_place_of_the_one_that_is_over() {
        let (mut state, now) = (State::default(), Instant::now());
        assert!(state.set(0, PARENT, Some(incident(1)), now));
        assert!(state.set(0, PARENT, Some(incident(2)), now));
        assert_eq!(state.over(now), [(PARENT, incident(1))]);
        assert_eq!(state.take_untold(10), [(PARENT, incident(2))]);
        state.taken_back(&[(PARENT, incident(2))]);
        assert_eq!(state.over(now), [(PARENT, incident(1))]);
        assert_eq!(state.over(now + TOLD), [], "it has ended by itself");
    }

    #[test]
    fn what_another_alerter_takes_over_stays_announced() {
        let (mut state, mut now) = (State::default(), Instant::now());
        assert!(state.set(3, PARENT, Some(incident(1)), now));
        assert!(state.set(4, MonitorId(2), Some(incident(2)), now));
        assert_eq!(state.look(&[PARENT], now), Some(Upstream::Down(PARENT)));
        changed(&mut state);
        state.release(3, now);
        assert_eq!(state.over(now), []);
        assert_eq!(state.take_untold(10), [(MonitorId(2), incident(2))]);
        assert_eq!(state.look(&[PARENT], now), Some(Upstream::Down(PARENT)));
        assert_eq!(state.take_questions(now), [PARENT]);
        now += FRESH;
        assert_eq!(state.look(&[PARENT], now), Some(Upstream::NotDown));
    }

    #[test]
    fn there_is_an_end_to_what_is_asked_about() {
        let (mut state, now) = (State::default(), Instant::now());
        let many: Vec<_> = (1..=MAX_QUESTIONS as i64 + 1).map(MonitorId).collect();
        assert_eq!(state.look(&many, now), None);
        let last = &many[MAX_QUESTIONS..];
        assert_eq!(state.look(last, now), Some(Upstream::NotDown), "it is not known");
        assert_eq!(state.take_questions(now).len(), MAX_QUESTIONS);
        assert_eq!(state.take_questions(now + WANTED), []);
        assert!(!state.is_busy());
        assert_eq!(state.look(last, now), None);
    }

    #[test]
    fn there_is_an_end_to_what_is_told() {
        let (mut state, now) = (State::default(), Instant::now());
        for id in 0..MAX_OWN as i64 {
            assert!(state.set(0, MonitorId(id), Some(incident(1)), now));
        }
        assert!(!state.set(0, MonitorId(-1), Some(incident(1)), now));
        assert!(
            state.set(0, MonitorId(1), Some(incident(2)), now),
            "it has a place"
        );
    }
}
