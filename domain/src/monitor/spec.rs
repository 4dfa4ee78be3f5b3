//! A valid monitor.

use serde::{Deserialize, Serialize};

use super::kinds::Probe;
use crate::ids::{MonitorId, OrgId};
use crate::rule::Rule;
use crate::slot::Grid;
use crate::time::Timestamp;

/// A valid monitor, as pingers fetch it. Made by [`MonitorInput::validate`](super::MonitorInput::validate).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// Its id.
    pub id: MonitorId,
    /// The organisation that owns it.
    pub org_id: OrgId,
    /// Grows with each change of what is checked, how often, or by which rule, and with pause and resume.
    pub revision: u32,
    /// When it was changed last, if known: a pinger that takes it over checks at once what changed during the hand-over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<Timestamp>,
    /// Since which revision the same is checked, if known: each result says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe_revision: Option<u32>,
    /// What is checked, how often, and by which rule.
    #[serde(flatten)]
    pub spec: Spec,
}

impl Definition {
    /// The context in which the mirrored definition of a monitor is sealed.
    pub fn seal_context(id: MonitorId) -> String {
        format!("definition/{id}")
    }

    /// The slots of the monitor.
    pub fn grid(&self) -> Grid {
        Grid::new(self.id, self.spec.interval_ms)
    }
}

/// What a monitor checks. Every change of it makes a new revision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Milliseconds between two slots.
    pub interval_ms: u32,
    /// Timeout of one attempt in milliseconds.
    pub timeout_ms: u32,
    /// Retries that confirm a failure.
    pub retries: u16,
    /// Pause before each retry in milliseconds; up to a quarter more is added as jitter.
    pub retry_delay_ms: u32,
    /// When it counts as down, and when as up again.
    pub rule: Rule,
    /// Whether checks are paused.
    pub paused: bool,
    /// Whether the result is inverted: the target must not respond.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub upside_down: bool,
    /// How it is checked.
    #[serde(flatten)]
    pub probe: Probe,
}

/// The longest duration of a check in milliseconds, with retries, pauses and jitter.
pub fn deadline_ms(timeout_ms: u32, retries: u16, retry_delay_ms: u32) -> u64 {
    let attempts = u64::from(retries) + 1;
    let pauses = u64::from(retries) * (u64::from(retry_delay_ms) * 5).div_ceil(4);
    attempts * u64::from(timeout_ms) + pauses
}

impl Spec {
    /// Whether `other` checks the same: what failed for one fails for the other, however often they look and whatever
    /// their rules are.
    pub fn checks_same(&self, other: &Self) -> bool {
        self.probe == other.probe && self.upside_down == other.upside_down
    }

    /// The longest duration of a check in milliseconds.
    pub fn deadline_ms(&self) -> u64 {
        deadline_ms(self.timeout_ms, self.retries, self.retry_delay_ms)
    }
}
