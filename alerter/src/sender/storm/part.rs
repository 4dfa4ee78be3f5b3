//! What processes exchange about a storm. The names in JSON are frozen.

use domain::{DeliveryId, IncidentId, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::channel::{GroupedIncident, Tally};

/// Messages that a part may hold. A process that has more sends them by itself.
pub(in crate::sender) const MAX_MESSAGES: usize = 10_000;

/// Incidents that a part describes: more than a person reads. The others are counted.
pub(in crate::sender) const MAX_DESCRIBED: usize = 250;

/// The messages of one process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::sender) struct Part {
    /// Its name.
    pub(in crate::sender) id: Uuid,
    /// When its owner will have stopped waiting for a leader.
    pub(in crate::sender) valid_until: Timestamp,
    /// The first of its incidents, by name.
    pub(in crate::sender) first: IncidentId,
    /// Its messages.
    pub(in crate::sender) deliveries: Vec<DeliveryId>,
    /// The first of its incidents.
    #[serde(rename = "outages")]
    pub(in crate::sender) incidents: Vec<GroupedIncident>,
    /// How much there is of what, where it waited for quiet hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::sender) tally: Option<Tally>,
}

/// What came of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub(in crate::sender) enum SendOutcome {
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
        /// Whether the channel may have received it all the same. A release that does not say so does not know.
        #[serde(default = "yes", skip_serializing_if = "is_true")]
        may_have_arrived: bool,
    },
}

fn yes() -> bool {
    true
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_true(value: &bool) -> bool {
    *value
}

/// What other processes do about a storm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct StormStatus {
    /// Some are still batching.
    pub(super) batching: bool,
    /// Some wait for their part to be sent.
    pub(super) waiting: bool,
    /// One sends, or is about to.
    pub(super) sending: bool,
}

/// Stands before the names of those that are batching.
pub(super) const OPEN: &str = "open:";

/// Stands before the names of parts.
pub(super) const PART: &str = "part:";

impl StormStatus {
    /// What the fields of the hash say to `owner`.
    pub(super) fn from_fields(fields: &[String], owner: &str, sending: bool) -> Self {
        let mut others = fields.iter().filter_map(|field| field.strip_prefix(OPEN));
        Self {
            batching: others.any(|other| other != owner),
            waiting: fields.iter().any(|field| field.starts_with(PART)),
            sending,
        }
    }

    /// Whether no other process has a part in it.
    pub(super) fn is_quiet(self) -> bool {
        self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_alone_when_only_its_own_batch_is_open() {
        let fields = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        for (names, sending, quiet) in [
            (&[][..], false, true),
            (&["open:me"], false, true),
            (&["open:me", "open:you"], false, false),
            (&["part:1"], false, false),
            (&[], true, false),
        ] {
            assert_eq!(
                StormStatus::from_fields(&fields(names), "me", sending).is_quiet(),
                quiet,
                "{names:?} {sending}"
            );
        }
    }

    #[test]
    fn a_part_is_written_as_alerters_of_other_versions_read_it() {
        let at = Timestamp::from_millis(1_795_255_200_118);
        let incident = IncidentId::new(domain::MonitorId(42), 3, at);
        let incident_down = GroupedIncident {
            details: crate::channel::IncidentDetails {
                monitor_id: domain::MonitorId(42),
                incident_id: incident,
                name: "Shop".to_owned(),
                url: "https://shop.example/".to_owned(),
                started_at: at,
                error_code: Some(domain::ErrorCode::StatusMismatch),
                error: Some("HTTP status 500".to_owned()),
                link: "http://localhost:8080/monitors/42".to_owned(),
                anomaly: None,
                flapping: None,
                regions: None,
            },
            resolved_at: None,
            degraded: false,
        };
        let part = Part {
            id: Uuid::from_u128(1),
            valid_until: at,
            first: incident,
            deliveries: vec![DeliveryId(Uuid::from_u128(2))],
            incidents: vec![incident_down],
            tally: None,
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
        let mut after_quiet = part;
        after_quiet.incidents[0].degraded = true;
        after_quiet.tally = Some(Tally {
            down: 2,
            degraded: 1,
            over: 3,
        });
        let json = serde_json::to_string(&after_quiet).unwrap();
        let end = r#""resolved_at":null,"degraded":true}],"tally":{"down":2,"degraded":1,"over":3}}"#;
        assert!(json.ends_with(end), "{json}");
        assert_eq!(serde_json::from_str::<Part>(&json).unwrap(), after_quiet);
    }

    #[test]
    fn an_outcome_reads_as_it_was_written() {
        for (outcome, json) in [
            (
                SendOutcome::Sent {
                    receipt: "ok".to_owned(),
                },
                r#"{"verdict":"sent","receipt":"ok"}"#,
            ),
            (
                SendOutcome::Refused {
                    reason: "HTTP 404".to_owned(),
                },
                r#"{"verdict":"refused","reason":"HTTP 404"}"#,
            ),
            (
                SendOutcome::Again {
                    reason: "HTTP 500".to_owned(),
                    wait_ms: 700,
                    may_have_arrived: true,
                },
                r#"{"verdict":"again","reason":"HTTP 500","wait_ms":700}"#,
            ),
            (
                SendOutcome::Again {
                    reason: "HTTP 500".to_owned(),
                    wait_ms: 700,
                    may_have_arrived: false,
                },
                r#"{"verdict":"again","reason":"HTTP 500","wait_ms":700,"may_have_arrived":false}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&outcome).unwrap(), json);
            assert_eq!(serde_json::from_str::<SendOutcome>(json).unwrap(), outcome);
        }
    }
}
