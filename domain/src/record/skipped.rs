//! Slots that were not checked. They are never "down": streaks stay as they are and coverage shows the hole.

use serde::{Deserialize, Serialize};

use super::Judged;
use crate::ids::{MonitorId, OrgId};
use crate::time::Timestamp;

/// A range of slots of one monitor that was not checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Skipped {
    /// What was not checked.
    pub monitor_id: MonitorId,
    /// Whose it is, where the producer knew it.
    pub org_id: Option<OrgId>,
    /// The address as it may be shown.
    pub url: String,
    /// When the producer said so.
    pub timestamp: Timestamp,
    /// The first slot of the range.
    pub from: Timestamp,
    /// The last slot of the range.
    pub until: Timestamp,
    /// Milliseconds between two slots.
    pub interval_ms: Option<u32>,
    /// From where it would have been checked.
    pub region: String,
    /// The monitor's revision.
    pub revision: Option<u32>,
    /// Why.
    pub reason: SkipReason,
    /// Of a deadline of a heartbeat: what was known of its pings when it was expected. Absent in those of other kinds, and
    /// of former releases.
    pub judged: Option<Judged>,
}

impl Skipped {
    /// How many slots the range has; 1 where the interval is not known.
    pub fn slots(&self) -> u64 {
        let length = self.until.millis_since(self.from).max(0) as u64;
        match self.interval_ms {
            Some(interval) if interval > 0 => length / u64::from(interval) + 1,
            _ => 1,
        }
    }
}

macro_rules! skip_reasons {
    ($($(#[$doc:meta])* $variant:ident $name:tt $sentence:literal;)+) => {
        /// Why slots were not checked. A name from a newer producer reads as `Unknown`, so that its slots are skipped all
        /// the same.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum SkipReason {
            $(
                $(#[$doc])*
                #[serde(rename = $name)]
                $variant,
            )+
            /// The producer did not say, or said what this version does not know.
            #[serde(rename = "unknown", other)]
            Unknown,
        }

        impl SkipReason {
            /// Every reason that a producer can have.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant,)+];

            /// The name in JSON, in the database and in metrics.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                    Self::Unknown => "unknown",
                }
            }

            /// A short message for people, without a full stop.
            pub fn sentence(self) -> &'static str {
                match self {
                    $(Self::$variant => $sentence,)+
                    Self::Unknown => "Not checked",
                }
            }

            /// The reason of a name.
            pub fn named(name: &str) -> Self {
                match name {
                    $($name => Self::$variant,)+
                    _ => Self::Unknown,
                }
            }
        }
    };
}

skip_reasons! {
    /// The machine could not keep up.
    Overload "overload" "Not checked: the pinger was overloaded";
    /// The checker's own network failed.
    Egress "egress" "Not checked: the pinger's own network was down";
    /// No pod held the monitor's shard.
    NoLease "no_lease" "Not checked: no pinger was responsible";
    /// The check was made, but its result found no room while Kafka was away.
    BufferFull "buffer_full" "Not checked: the result was lost while Kafka was away";
    /// The check could not be carried out because of a fault of ours.
    Internal "internal" "Not checked: internal error";
    /// The system does not permit such checks; pings need a permission of their own.
    NoPermission "no_permission" "Not checked: the pinger's system does not permit it";
    /// The machine stood still, so that nothing was learnt of the target.
    Standstill "standstill" "Not checked: the pinger's machine stood still";
    /// It was not known which pings had come, so that nobody can say whether the heartbeat was overdue.
    PingsUnknown "pings_unknown" "Not checked: it was not known which pings had come";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_on_the_wire_and_in_code_agree() {
        for &reason in SkipReason::KNOWN {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
            assert_eq!(
                serde_json::from_value::<SkipReason>(reason.as_str().into()).unwrap(),
                reason
            );
            assert_eq!(SkipReason::named(reason.as_str()), reason);
            assert!(reason.sentence().starts_with("Not checked: "));
        }
        for name in ["unknown", "from_the_future"] {
            assert_eq!(SkipReason::named(name), SkipReason::Unknown);
            assert_eq!(
                serde_json::from_value::<SkipReason>(name.into()).unwrap(),
                SkipReason::Unknown
            );
        }
    }
}
