//! What routes go by of the monitors whose alerts are to be decided: where it is not known, or has changed, user-service
//! is asked for it, and the decision waits for the answer, but not for long.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::alert_policy::AlertPolicy;
use domain::routing::Labels;
use domain::{MonitorId, OrgId};
use tokio::time::Instant;

use crate::directory::LabelledName;
use crate::engine::mirror::NameMirror;

/// How long a decision waits for labels; that about a drill waits until they are there.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long after an answer without labels those of a drill are asked for again.
const RETRY: Duration = Duration::from_secs(10);

/// Drills of a partition that wait for their labels at a time.
const MAX_DRILLS: usize = 1_000;

/// How long an answer counts, or that there was none.
const KEPT: Duration = Duration::from_secs(60);

/// The questions for the labels of monitors with undecided alerts.
#[derive(Debug, Default)]
pub(super) struct LabelQuestions(HashMap<MonitorId, Question>);

#[derive(Debug)]
struct Question {
    since: Instant,
    /// For which version of the organisation's labels it was asked; none for an answer that nobody has used yet.
    version: Option<i64>,
    answer: Answer,
}

#[derive(Debug)]
enum Answer {
    Outstanding,
    /// None where they cannot be told.
    Given(Option<Arc<Labels>>),
}

impl LabelQuestions {
    /// Whether the decision about an alert of a monitor has to wait. User-service is to be asked then, unless it was.
    pub(super) fn must_wait(
        &mut self,
        id: MonitorId,
        org: OrgId,
        policy: &AlertPolicy,
        names: &NameMirror,
        now: Instant,
    ) -> bool {
        if id.drill().is_some() {
            return self.drill_must_wait(id, names, now);
        }
        let version = policy.labels_version;
        if version == 0 && policy.routes.is_empty() {
            return false;
        }
        let is_current = version == 0 || version == names.labels_version(org);
        if is_current && names.labels(id).is_some() {
            // They came with all others.
            if self.wants(id) {
                self.0.remove(&id);
            }
            return false;
        }
        let anew = || Question {
            since: now,
            version: Some(version),
            answer: Answer::Outstanding,
        };
        let question = self.0.entry(id).or_insert_with(anew);
        if question.version.is_some_and(|asked| asked != version) {
            // They may have changed since: what was put off for long must not go by what was.
            *question = anew();
        }
        question.version = Some(version);
        matches!(question.answer, Answer::Outstanding) && now - question.since < PATIENCE
    }

    /// As [`LabelQuestions::must_wait`]. The labels of a drill say whose outage is rehearsed, and so which mutes and silences
    /// hold for it: without them nobody is notified, however long user-service is away. They are not among those of all
    /// monitors, and it keeps what it began with.
    fn drill_must_wait(&mut self, id: MonitorId, names: &NameMirror, now: Instant) -> bool {
        if names.labels(id).is_some_and(names_monitor) {
            if self.wants(id) {
                self.0.remove(&id);
            }
            return false;
        }
        let anew = || Question {
            since: now,
            version: None,
            answer: Answer::Outstanding,
        };
        let question = self.0.entry(id).or_insert_with(anew);
        let is_unanswered = match &question.answer {
            Answer::Given(Some(labels)) if names_monitor(labels) => return false,
            Answer::Given(_) => true,
            Answer::Outstanding => false,
        };
        if is_unanswered && now - question.since >= RETRY {
            *question = anew();
        }
        true
    }

    /// Whether a drill would have to wait, and too many do already.
    pub(super) fn has_no_room_for(&self, id: MonitorId, names: &NameMirror) -> bool {
        let waits = id.drill().is_some() && !names.labels(id).is_some_and(names_monitor);
        if !waits || self.0.contains_key(&id) {
            return false;
        }
        let drills = self.0.keys().filter(|id| id.drill().is_some());
        drills.count() >= MAX_DRILLS
    }

    /// Whether they are to be asked for.
    pub(super) fn wants(&self, id: MonitorId) -> bool {
        let question = self.0.get(&id);
        question.is_some_and(|question| matches!(question.answer, Answer::Outstanding))
    }

    /// Whether a drill was asked for in vain a moment ago: neither its labels nor its owner are asked for again yet.
    pub(super) fn rests(&self, id: MonitorId, now: Instant) -> bool {
        let is_vain = |question: &Question| match &question.answer {
            Answer::Outstanding => false,
            Answer::Given(labels) => !labels.as_deref().is_some_and(names_monitor),
        };
        let question = self.0.get(&id).filter(|_| id.drill().is_some());
        question.is_some_and(|question| is_vain(question) && now - question.since < RETRY)
    }

    /// Takes an answer, also to a question for the owner alone: the decision that comes next needs no other.
    pub(super) fn take(&mut self, id: MonitorId, labelled: Option<&LabelledName>, now: Instant) {
        let asked = self.0.get(&id).and_then(|question| question.version);
        let question = Question {
            since: now,
            version: asked,
            answer: Answer::Given(labelled.and_then(|labelled| labelled.labels.clone())),
        };
        self.0.insert(id, question);
    }

    /// What is known of a monitor. The answer to a question is newer than what was told of all monitors.
    pub(super) fn labels<'a>(&'a self, id: MonitorId, names: &'a NameMirror) -> Option<&'a Labels> {
        match self.0.get(&id).map(|question| &question.answer) {
            Some(Answer::Given(Some(labels))) => Some(labels),
            _ => names.labels(id),
        }
    }

    /// Forgets the question about a monitor whose alerts are decided.
    pub(super) fn decided(&mut self, id: MonitorId) {
        self.0.remove(&id);
    }

    /// Forgets old answers: what was put off is asked for anew when its time comes.
    pub(super) fn forget(&mut self, now: Instant) {
        self.0.retain(|_, question| now - question.since < KEPT);
    }
}

/// Whether labels of a drill say whose outage it rehearses.
fn names_monitor(labels: &Labels) -> bool {
    labels.drill_of.is_some()
}

#[cfg(test)]
mod tests {
    use domain::Severity;

    use super::*;

    const ORG: OrgId = OrgId(7);
    const ID: MonitorId = MonitorId(1);

    fn policy(labels_version: i64) -> AlertPolicy {
        AlertPolicy {
            labels_version,
            ..AlertPolicy::default()
        }
    }

    fn named(severity: Severity) -> LabelledName {
        let labels = Labels {
            severity,
            ..Labels::default()
        };
        LabelledName {
            name: "Shop".into(),
            labels: Some(Arc::new(labels)),
        }
    }

    /// The names of version 5, with the labels of the monitor.
    fn names() -> NameMirror {
        let mut names = NameMirror::default();
        names.take(ORG, vec![(ID, named(Severity::Warning))], 5);
        names
    }

    #[test]
    fn labels_that_are_known_are_not_asked_for() {
        let (mut questions, unknown) = (LabelQuestions::default(), NameMirror::default());
        let now = Instant::now();
        let mut must_wait =
            |version, names: &NameMirror| questions.must_wait(ID, ORG, &policy(version), names, now);
        assert!(!must_wait(0, &unknown), "nothing goes by them");
        assert!(!must_wait(5, &names()));
        assert!(must_wait(6, &names()), "they may have changed");
        questions.decided(ID);
        assert!(!questions.wants(ID));
        let routed = AlertPolicy {
            routes: vec![domain::routing::Route {
                id: domain::RouteId(1),
                name: "All".to_owned(),
                conditions: domain::routing::Conditions::default(),
                recipients: domain::routing::Recipients::Nobody,
                goes_on: false,
            }],
            ..policy(0)
        };
        assert!(questions.must_wait(ID, ORG, &routed, &unknown, now));
        assert!(questions.wants(ID));
        assert!(!questions.must_wait(ID, ORG, &routed, &names(), now));
        assert!(!questions.wants(ID), "they came with all others");
    }

    #[test]
    fn a_drill_is_asked_for_by_itself_and_only_once() {
        let drill = MonitorId(-3);
        let (mut questions, mut names, now) = (LabelQuestions::default(), names(), Instant::now());
        for version in [0, 5] {
            assert!(
                questions.must_wait(drill, ORG, &policy(version), &names, now),
                "{version}"
            );
            assert!(questions.wants(drill));
            questions.decided(drill);
        }
        let labels = Labels {
            drill_of: Some(ID),
            ..Labels::default()
        };
        let labelled = LabelledName {
            name: "Shop".into(),
            labels: Some(Arc::new(labels)),
        };
        names.take_one(ORG, drill, labelled);
        for version in [0, 5, 6] {
            assert!(
                !questions.must_wait(drill, ORG, &policy(version), &names, now),
                "{version}"
            );
            let known = questions.labels(drill, &names).and_then(|labels| labels.drill_of);
            assert_eq!(known, Some(ID));
        }
    }

    #[test]
    fn a_drill_waits_for_its_labels_as_long_as_it_takes() {
        let drill = MonitorId(-3);
        let (mut questions, names, mut now) = (LabelQuestions::default(), names(), Instant::now());
        for _ in 0..100 {
            assert!(questions.must_wait(drill, ORG, &policy(0), &names, now));
            assert!(questions.wants(drill));
            // Without labels, and with such as do not say whose it is.
            questions.take(drill, None, now);
            assert!(questions.must_wait(drill, ORG, &policy(0), &names, now));
            assert!(!questions.wants(drill), "not at once");
            questions.take(drill, Some(&named(Severity::Info)), now);
            assert!(questions.must_wait(drill, ORG, &policy(0), &names, now));
            assert!(questions.rests(drill, now) && !questions.wants(drill));
            now += RETRY;
            assert!(!questions.rests(drill, now));
            questions.forget(now);
        }
        now += KEPT;
        questions.forget(now);
        assert!(questions.must_wait(drill, ORG, &policy(0), &names, now));
        let labels = Labels {
            drill_of: Some(ID),
            ..Labels::default()
        };
        let labelled = LabelledName {
            name: "Shop".into(),
            labels: Some(Arc::new(labels)),
        };
        questions.take(drill, Some(&labelled), now);
        assert!(!questions.must_wait(drill, ORG, &policy(0), &names, now));
    }

    #[test]
    fn so_many_drills_wait_and_no_more() {
        let (mut questions, mut names, now) = (LabelQuestions::default(), names(), Instant::now());
        let room = MAX_DRILLS as i64;
        for drill in 1..=room {
            assert!(!questions.has_no_room_for(MonitorId(-drill), &names));
            assert!(questions.must_wait(MonitorId(-drill), ORG, &policy(0), &names, now));
        }
        let next = MonitorId(-room - 1);
        assert!(questions.has_no_room_for(next, &names));
        assert!(
            !questions.has_no_room_for(MonitorId(-1), &names),
            "it waits already"
        );
        assert!(!questions.has_no_room_for(MonitorId(2), &names), "it is no drill");
        let labels = Labels {
            drill_of: Some(ID),
            ..Labels::default()
        };
        let labelled = LabelledName {
            name: "Shop".into(),
            labels: Some(Arc::new(labels)),
        };
        names.take_one(ORG, next, labelled);
        assert!(!questions.has_no_room_for(next, &names), "it need not wait");
        questions.decided(MonitorId(-1));
        assert!(!questions.has_no_room_for(MonitorId(-room - 2), &names));
    }

    #[test]
    fn a_decision_waits_for_an_answer_but_not_for_long() {
        let (mut questions, names) = (LabelQuestions::default(), names());
        let mut now = Instant::now();
        let changed = policy(6);
        assert!(questions.must_wait(ID, ORG, &changed, &names, now));
        now += PATIENCE / 2;
        assert!(questions.must_wait(ID, ORG, &changed, &names, now));
        now += PATIENCE / 2;
        assert!(!questions.must_wait(ID, ORG, &changed, &names, now));
        let severity = |questions: &LabelQuestions| questions.labels(ID, &names).unwrap().severity;
        assert_eq!(severity(&questions), Severity::Warning, "what is known last");

        questions.decided(ID);
        assert!(questions.must_wait(ID, ORG, &changed, &names, now));
        questions.take(ID, Some(&named(Severity::Info)), now);
        assert!(!questions.must_wait(ID, ORG, &changed, &names, now));
        assert!(!questions.wants(ID));
        assert_eq!(severity(&questions), Severity::Info);

        // User-service is away.
        questions.take(ID, None, now);
        assert!(!questions.must_wait(ID, ORG, &changed, &names, now));
        assert_eq!(severity(&questions), Severity::Warning);
        questions.forget(now);
        assert!(!questions.must_wait(ID, ORG, &changed, &names, now));
        now += KEPT;
        questions.forget(now);
        assert!(questions.must_wait(ID, ORG, &changed, &names, now));
    }
}
