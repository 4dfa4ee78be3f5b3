//! What look-ups of other names say of the name servers. Pure, but for the time.

use std::time::Duration;

use tokio::time::Instant;

use super::super::problem::LookupProblem;

/// How long name servers count as dead without being tried again.
const DEAD_TTL: Duration = Duration::from_secs(2);

/// How long it counts that such a name got an answer.
const LEARNT_TTL: Duration = Duration::from_secs(3_600);

/// How long nothing may be resolved before what nobody else can confirm is the target's failure (ADR 17).
const UNDECIDED_FOR: Duration = Duration::from_secs(300);

/// How the look-up of another name has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// The name is resolved, or there is none.
    Answer,
    /// The name server says that it cannot answer.
    Refusal,
    /// Nothing came.
    Silence,
}

impl Finding {
    pub(super) fn of<T>(result: Result<Result<T, LookupProblem>, tokio::time::error::Elapsed>) -> Self {
        match result {
            Ok(Ok(_) | Err(LookupProblem::NoRecords | LookupProblem::NoName)) => Self::Answer,
            Ok(Err(LookupProblem::Code(_))) => Self::Refusal,
            Ok(Err(_)) | Err(_) => Self::Silence,
        }
    }
}

/// What the look-ups of other names say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// The name servers work.
    Work,
    /// They do not.
    Dead,
    /// Nobody can tell.
    Undecided,
}

/// Whether the name servers work: by a name that nobody has, and, where such names get no answer, by names that were
/// resolved lately. Those alone may come from the cache of a name server that has lost its own way out.
pub(super) fn judged(
    stranger: Finding,
    learnt: bool,
    same_zone: &[Finding],
    others: &[Finding],
    others_fail: bool,
) -> Judgement {
    match stranger {
        Finding::Answer => Judgement::Work,
        _ if learnt => Judgement::Dead,
        _ if others.contains(&Finding::Answer) || same_zone.contains(&Finding::Answer) => Judgement::Work,
        _ if !others.is_empty() => Judgement::Dead,
        // It is there, and nothing else has been resolved: that is the fault of a single name only if it is alone.
        Finding::Refusal if !others_fail => Judgement::Work,
        Finding::Refusal | Finding::Silence => Judgement::Undecided,
    }
}

#[derive(Debug, Default)]
pub(super) struct Tries {
    pub(super) last: Option<Try>,
    /// When a name that nobody has got an answer last.
    pub(super) learnt_at: Option<Instant>,
    /// Since when nobody could say whose fault it is.
    undecided_since: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Try {
    pub(super) begun_at: Instant,
    pub(super) ended_at: Instant,
    pub(super) works: bool,
}

impl Try {
    /// Whether it says something of a look-up that has failed at this time.
    pub(super) fn counts_at(&self, failed_at: Instant) -> bool {
        if self.works {
            self.begun_at >= failed_at
        } else {
            // That a check is skipped too often does no harm.
            self.ended_at.elapsed() < DEAD_TTL
        }
    }
}

impl Tries {
    /// Whether names that nobody has get an answer here, as long as anything does: an outage of any length does not make
    /// it forgotten.
    pub(super) fn has_learnt(&self, resolved_at: Option<Instant>) -> bool {
        self.learnt_at.is_some_and(|learnt_at| {
            let since = resolved_at.map(|at| at.saturating_duration_since(learnt_at));
            since.is_none_or(|since| since < LEARNT_TTL)
        })
    }

    /// Whether nobody could say for long whose fault it is, and nothing was resolved meanwhile.
    pub(super) fn is_overdue(&mut self, now: Instant, resolved_at: Option<Instant>) -> bool {
        let since = self.undecided_since;
        let still = since.filter(|since| resolved_at.is_none_or(|at| at < *since));
        let since = *self.undecided_since.insert(still.unwrap_or(now));
        now.saturating_duration_since(since) >= UNDECIDED_FOR
    }
}

#[cfg(test)]
mod tests {
    use super::Finding::{Answer, Refusal, Silence};
    use super::Judgement::{Dead, Undecided, Work};
    use super::*;

    #[test]
    fn name_servers_work_that_answer_for_any_other_name() {
        assert_eq!(judged(Answer, false, &[], &[], true), Work);
        assert_eq!(judged(Answer, true, &[], &[], true), Work);
        // In a network that knows its own names only.
        assert_eq!(judged(Silence, false, &[], &[Silence, Answer], true), Work);
        assert_eq!(judged(Silence, false, &[Silence, Answer], &[], true), Work);
        assert_eq!(judged(Refusal, false, &[], &[Answer], true), Work);
        assert_eq!(
            judged(Refusal, false, &[Refusal], &[], false),
            Work,
            "a single name is alone"
        );
    }

    #[test]
    fn name_servers_are_dead_that_answer_for_no_other_name() {
        assert_eq!(judged(Silence, false, &[], &[Silence, Refusal], false), Dead);
        assert_eq!(judged(Refusal, false, &[Refusal], &[Refusal], true), Dead);
        // What they know comes from their cache.
        assert_eq!(judged(Refusal, true, &[Answer], &[Answer], true), Dead);
    }

    #[test]
    fn nobody_can_tell_where_nothing_else_was_resolved() {
        assert_eq!(judged(Silence, false, &[], &[], false), Undecided);
        assert_eq!(
            judged(Silence, false, &[Silence], &[], false),
            Undecided,
            "one zone is one voice"
        );
        assert_eq!(judged(Refusal, false, &[], &[], true), Undecided);
    }

    #[test]
    fn what_nobody_can_tell_is_decided_after_a_while() {
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        let mut tries = Tries::default();
        assert!(!tries.is_overdue(at(10), None));
        assert!(!tries.is_overdue(at(309), Some(at(9))));
        assert!(tries.is_overdue(at(310), Some(at(9))));
        assert!(tries.is_overdue(at(3_000), Some(at(9))));
        // Something was resolved in between.
        assert!(!tries.is_overdue(at(3_100), Some(at(3_050))));
        assert!(tries.is_overdue(at(3_400), Some(at(3_050))));
    }

    #[test]
    fn an_outage_does_not_make_forgotten_that_strangers_get_an_answer() {
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        let learnt = Tries {
            learnt_at: Some(at(100)),
            ..Tries::default()
        };
        assert!(!Tries::default().has_learnt(Some(at(100))));
        assert!(learnt.has_learnt(None), "nothing was resolved since");
        assert!(learnt.has_learnt(Some(at(50))));
        assert!(learnt.has_learnt(Some(at(3_600))));
        // Own names are resolved, and strangers have had no answer for an hour.
        assert!(!learnt.has_learnt(Some(at(3_701))));
    }
}
