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
    fn a_part_is_written_as_alerters_of_other_versions_read_it() {
        let at = Timestamp::from_millis(1_795_255_200_118);
        let incident = IncidentId::new(domain::MonitorId(42), 3, at);
        let outage = Outage {
            about: crate::channel::About {
                monitor_id: domain::MonitorId(42),
                incident_id: incident,
                name: "Shop".to_owned(),
                url: "https://shop.example/".to_owned(),
                started_at: at,
                error_code: Some(domain::ErrorCode::StatusMismatch),
                error: Some("HTTP status 500".to_owned()),
                link: "http://localhost:8080/monitors/42".to_owned(),
            },
            resolved_at: None,
        };
        let part = Part {
            id: Uuid::from_u128(1),
            valid_until: at,
            first: incident,
            deliveries: vec![DeliveryId(Uuid::from_u128(2))],
            outages: vec![outage],
        };
        let json = serde_json::to_string(&part).unwrap();
        assert_eq!(
            json,
            concat!(
                r#"{"id":"00000000-0000-0000-0000-000000000001","valid_until":"2026-11-21T10:00:00.118Z","#,
                r#""first":"82f05d36-573a-59ff-9bcb-fc8dc8e27aa8","#,
                r#""deliveries":["00000000-0000-0000-0000-000000000002"],"#,
                r#""outages":[{"about":{"monitor_id":42,"incident_id":"82f05d36-573a-59ff-9bcb-fc8dc8e27aa8","#,
                r#""name":"Shop","url":"https://shop.example/","started_at":"2026-11-21T10:00:00.118Z","#,
                r#""error_code":"status_mismatch","error":"HTTP status 500","#,
                r#""link":"http://localhost:8080/monitors/42"},"resolved_at":null}]}"#
            )
        );
        assert_eq!(serde_json::from_str::<Part>(&json).unwrap(), part);
    }

    #[test]
    fn what_is_told_reads_as_it_was_written() {
        for (verdict, json) in [
            (
                Verdict::Sent {
                    receipt: "ok".to_owned(),
                },
                r#"{"verdict":"sent","receipt":"ok"}"#,
            ),
            (
                Verdict::Refused {
                    reason: "HTTP 404".to_owned(),
                },
                r#"{"verdict":"refused","reason":"HTTP 404"}"#,
            ),
            (
                Verdict::Again {
                    reason: "HTTP 500".to_owned(),
                    wait_ms: 700,
                },
                r#"{"verdict":"again","reason":"HTTP 500","wait_ms":700}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&verdict).unwrap(), json);
            assert_eq!(serde_json::from_str::<Verdict>(json).unwrap(), verdict);
        }
    }
}
