//! Names that were resolved lately, and zones that were not: who can be asked whether name servers work.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::zone::Zone;

/// How long a zone counts as one that got no answer.
const UNANSWERED_TTL: Duration = Duration::from_secs(60);

/// How long a name counts as resolved lately: the longest interval of a monitor is a day.
const RESOLVED_TTL: Duration = Duration::from_secs(25 * 3_600);

/// Names that are remembered of each zone: the one that fails may be among them.
const NAMES_OF_ZONE: usize = 2;

/// Names that are remembered.
const MAX_NAMES: usize = 8;

/// Zones that are remembered as unanswered.
const MAX_UNANSWERED: usize = 4;

#[derive(Debug, Default)]
pub(super) struct Names {
    /// Names that were resolved lately, the latest at the end.
    resolved: VecDeque<Resolved>,
    /// Zones of names that got no answer lately.
    unanswered: VecDeque<(Zone, Instant)>,
}

#[derive(Debug)]
struct Resolved {
    zone: Zone,
    name: Box<str>,
    at: Instant,
}

/// What can be asked when a name of a zone got no answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Witnesses {
    /// Names of the same zone that were resolved lately.
    pub(super) same_zone: Vec<Box<str>>,
    /// Names of other zones that were.
    pub(super) others: Vec<Box<str>>,
    /// Whether another zone got no answer either.
    pub(super) others_fail: bool,
}

impl Names {
    /// Remembers a name that was resolved.
    pub(super) fn remember(&mut self, name: Box<str>) {
        let zone = Zone::of(&name);
        self.unanswered.retain(|(unanswered, _)| *unanswered != zone);
        let resolved = &mut self.resolved;
        resolved.retain(|known| known.name != name);
        let of_zone = |known: &Resolved| known.zone == zone;
        if resolved.iter().filter(|known| of_zone(known)).count() >= NAMES_OF_ZONE
            && let Some(oldest) = resolved.iter().position(of_zone)
        {
            resolved.remove(oldest);
        }
        resolved.push_back(Resolved {
            zone,
            name,
            at: Instant::now(),
        });
        if resolved.len() > MAX_NAMES {
            resolved.pop_front();
        }
    }

    /// Notes that a name of this zone got no answer; returns who else can be asked.
    pub(super) fn note_unanswered(&mut self, zone: Zone) -> Witnesses {
        self.unanswered
            .retain(|(unanswered, at)| *unanswered != zone && at.elapsed() < UNANSWERED_TTL);
        let others_fail = !self.unanswered.is_empty();
        self.unanswered.push_back((zone, Instant::now()));
        if self.unanswered.len() > MAX_UNANSWERED {
            self.unanswered.pop_front();
        }
        self.resolved.retain(|known| known.at.elapsed() < RESOLVED_TTL);
        let mut witnesses = Witnesses {
            others_fail,
            ..Witnesses::default()
        };
        for known in &self.resolved {
            let of = if known.zone == zone {
                &mut witnesses.same_zone
            } else {
                &mut witnesses.others
            };
            of.push(known.name.clone());
        }
        witnesses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_each_zone_are_remembered_and_few() {
        let mut names = Names::default();
        for name in [
            "a.one.example",
            "b.one.example",
            "a.one.example",
            "c.one.example",
            "two.test",
            "three.test",
            "four.test",
            "five.test",
            "six.test",
            "seven.test",
            "eight.test",
        ] {
            names.remember(name.into());
        }
        let witnesses = names.note_unanswered(Zone::of("x.one.example"));
        let others: Vec<&str> = witnesses.others.iter().map(AsRef::as_ref).collect();
        assert_eq!(
            others,
            [
                "two.test",
                "three.test",
                "four.test",
                "five.test",
                "six.test",
                "seven.test",
                "eight.test"
            ]
        );
        assert_eq!(*witnesses.same_zone, [Box::from("c.one.example")]);
        assert!(!witnesses.others_fail);
        assert!(names.note_unanswered(Zone::of("nine.test")).others_fail);
    }
}
