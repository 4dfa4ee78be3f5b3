//! What processes tell each other of a storm.

use domain::{DeliveryId, IncidentId, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::channel::Outage;

/// Messages that a part may hold. A process that has gathered more tells of them by itself.
pub(in crate::sender) const MAX_MESSAGES: usize = 10_000;

/// Outages that a part describes: more than a person reads. The others are counted.
pub(in crate::sender) const MAX_DESCRIBED: usize = 250;

/// What one process has gathered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::sender) struct Part {
    /// Its name.
    pub(in crate::sender) id: Uuid,
    /// When its owner will have stopped to wait for somebody who takes it.
    pub(in crate::sender) valid_until: Timestamp,
    /// The first of its incidents, by name.
    pub(in crate::sender) first: IncidentId,
    /// Its messages.
    pub(in crate::sender) deliveries: Vec<DeliveryId>,
    /// The first of its outages.
    pub(in crate::sender) outages: Vec<Outage>,
}

/// What came of the message that tells of a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub(in crate::sender) enum Verdict {
    /// The channel has it.
    Sent {
        /// What the channel answered.
        receipt: String,
    },
    /// The channel does not want it.
    Refused {
        /// Why.
        reason: String,
    },
    /// All try again.
    Again {
        /// Why.
        reason: String,
        /// After so many milliseconds.
        wait_ms: u64,
    },
}

/// What stands in Redis about a storm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Around {
    /// Others still gather.
    pub(super) gathering: bool,
    /// Others wait for their part to be told.
    pub(super) waiting: bool,
    /// Somebody tells of it, or is about to.
    pub(super) sending: bool,
}

/// Stands before the names of those who gather.
pub(super) const OPEN: &str = "open:";

/// Stands before the names of parts.
pub(super) const PART: &str = "part:";

impl Around {
    /// What the fields of the hash say to `owner`.
    pub(super) fn of(fields: &[String], owner: &str, sending: bool) -> Self {
        let mut others = fields.iter().filter_map(|field| field.strip_prefix(OPEN));
        Self {
            gathering: others.any(|other| other != owner),
            waiting: fields.iter().any(|field| field.starts_with(PART)),
            sending,
        }
    }

    /// Whether there is nobody to put anything together with.
    pub(super) fn is_quiet(self) -> bool {
        self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_alone_when_only_its_own_gate_is_open() {
        let fields = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        for (names, sending, quiet) in [
            (&[][..], false, true),
            (&["open:me"], false, true),
            (&["open:me", "open:you"], false, false),
            (&["part:1"], false, false),
            (&[], true, false),
        ] {
            assert_eq!(
                Around::of(&fields(names), "me", sending).is_quiet(),
                quiet,
                "{names:?} {sending}"
            );
        }
    }

    #[test]
    fn what_is_told_reads_as_it_was_written() {
        let verdict = Verdict::Again {
            reason: "answered 500".to_owned(),
            wait_ms: 700,
        };
        let json = serde_json::to_string(&verdict).unwrap();
        assert_eq!(
            json,
            r#"{"verdict":"again","reason":"answered 500","wait_ms":700}"#
        );
        assert_eq!(serde_json::from_str::<Verdict>(&json).unwrap(), verdict);
    }
}
