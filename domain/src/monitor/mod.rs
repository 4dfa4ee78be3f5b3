//! What a monitor is: the definition that user-service keeps and pingers carry out.

mod http;
mod input;
mod target;

pub use http::{HttpMethod, HttpProbe, StatusRanges};
pub use input::{FieldError, HttpInput, MonitorInput};
pub use target::parse_url;

use serde::{Deserialize, Serialize};

use crate::ids::{MonitorId, OrgId};
use crate::rule::Rule;
use crate::slot::Grid;

/// A valid monitor, as pingers fetch it. Made by [`MonitorInput::validate`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// Its id.
    pub id: MonitorId,
    /// Whose it is.
    pub org_id: OrgId,
    /// Grows with each change of what is checked, how often, or by which rule, and with pause and resume.
    pub revision: u32,
    /// What is checked, how often, and by which rule.
    #[serde(flatten)]
    pub spec: Spec,
}

impl Definition {
    /// The slots of the monitor.
    pub fn grid(&self) -> Grid {
        Grid::new(self.id, self.spec.interval_ms)
    }
}

/// What a monitor checks: everything that, when it changes, makes a new revision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Milliseconds between two slots.
    pub interval_ms: u32,
    /// The deadline of one attempt in milliseconds.
    pub timeout_ms: u32,
    /// Further attempts that confirm a failure.
    pub retries: u16,
    /// The pause before each of them in milliseconds; up to a quarter more is added as jitter.
    pub retry_delay_ms: u32,
    /// When it counts as down, and when as back.
    pub rule: Rule,
    /// Whether checking is stopped.
    pub paused: bool,
    /// How it is checked.
    #[serde(flatten)]
    pub probe: Probe,
}

/// How a monitor is checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Probe {
    /// An HTTP or HTTPS request.
    Http(HttpProbe),
}

impl Probe {
    /// The name of the kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Http(_) => "http",
        }
    }

    /// The address as it may be shown.
    pub fn display_url(&self) -> String {
        match self {
            Self::Http(probe) => crate::redact::url(&probe.url),
        }
    }
}

/// The longest that a whole check can take in milliseconds, attempts, pauses and their jitter included.
pub fn deadline_ms(timeout_ms: u32, retries: u16, retry_delay_ms: u32) -> u64 {
    let attempts = u64::from(retries) + 1;
    let pauses = u64::from(retries) * (u64::from(retry_delay_ms) * 5).div_ceil(4);
    attempts * u64::from(timeout_ms) + pauses
}

impl Spec {
    /// The longest that a whole check can take in milliseconds.
    pub fn deadline_ms(&self) -> u64 {
        deadline_ms(self.timeout_ms, self.retries, self.retry_delay_ms)
    }
}
