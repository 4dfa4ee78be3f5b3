//! A valid monitor.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::kinds::{MonitorInput, Probe};
use crate::ids::{MonitorId, OrgId};
use crate::quorum::{Quorum, QuorumInput};
use crate::rule::Rule;
use crate::slot::Grid;
use crate::time::Timestamp;

/// The field that marks an outline.
const SEALED: &str = "sealed";

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
    /// The names of the regions that check it, in order and each once; none where that is the home region's to do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// How many of the regions decide, where there are at least two. Each result carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quorum: Option<Quorum>,
    /// What the quorum was made of, where its owner has said anything of it: with another region, a majority is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quorum_asked: Option<QuorumInput>,
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
    /// The context in which a stored monitor is sealed.
    pub fn seal_context(org: OrgId, id: MonitorId) -> String {
        format!("monitor/{org}/{id}")
    }

    /// Whether it holds something that viewers may not see: such a monitor is stored sealed.
    pub fn holds_secrets(&self) -> bool {
        let input = MonitorInput::from((String::new(), self.clone()));
        input.clone().shown_to_viewers() != input
    }

    /// What is stored in clear of a monitor that is sealed: what lists, searches, counts and backtests need of it. A release that
    /// knows nothing of sealed monitors does not take it for a specification.
    pub fn outline(&self) -> Value {
        let mut outline = json!({
            SEALED: true,
            "kind": self.probe.kind(),
            "url": self.probe.display_url(),
            "paused": self.paused,
            "interval_ms": self.interval_ms,
            "rule": self.rule,
        });
        // Search finds the other kinds by their host.
        if !matches!(self.probe, Probe::Http(_)) {
            outline["host"] = self.probe.host().into();
        }
        if !self.regions.is_empty() {
            outline["regions"] = json!(self.regions);
        }
        if let Some(quorum) = &self.quorum {
            outline["quorum"] = json!(quorum);
        }
        outline
    }

    /// Whether what is stored in clear is the [`Spec::outline`] of a monitor that is sealed.
    pub fn is_outline(clear: &Value) -> bool {
        clear[SEALED] == true
    }

    /// Whether `other` checks the same: what failed for one fails for the other, however often they look and whatever
    /// their rules are.
    pub fn checks_same(&self, other: &Self) -> bool {
        self.probe == other.probe && self.upside_down == other.upside_down
    }

    /// How many regions check it.
    pub fn region_count(&self) -> usize {
        self.regions.len().max(1)
    }

    /// Whether a region is to check it. `home` is the region that checks those that name none.
    pub fn is_checked_from(&self, region: &str, home: &str) -> bool {
        match &*self.regions {
            [] => region == home,
            named => named.iter().any(|name| name == region),
        }
    }

    /// The longest duration of a check in milliseconds.
    pub fn deadline_ms(&self) -> u64 {
        deadline_ms(self.timeout_ms, self.retries, self.retry_delay_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(input: Value) -> Spec {
        let input: MonitorInput = serde_json::from_value(input).unwrap();
        input.validate().unwrap().1
    }

    #[test]
    fn what_viewers_may_not_see_is_a_secret_and_not_in_the_outline() {
        for (input, url) in [
            (
                json!({"url": "https://a.example/x?api_key=hunter2"}),
                "https://a.example/x?api_key=***",
            ),
            (
                json!({"url": "https://a.example/", "http": {"auth": {"type": "bearer", "token": "hunter2"}}}),
                "https://a.example/",
            ),
            (
                json!({"url": "https://a.example/", "http": {"method": "POST", "body": "hunter2"}}),
                "https://a.example/",
            ),
            (
                json!({"kind": "tcp", "url": "tcp://a.example:1", "tcp": {"send": "hunter2"}}),
                "tcp://a.example:1",
            ),
        ] {
            let spec = spec(input);
            assert!(spec.holds_secrets());
            let outline = spec.outline();
            assert_eq!(outline["url"], url);
            assert!(Spec::is_outline(&outline) && !outline.to_string().contains("hunter2"));
            // A release that knows nothing of it must not check something else.
            assert!(serde_json::from_value::<Spec>(outline).is_err());
        }
        let open = spec(json!({"url": "https://a.example/?page=7", "http": {"contains": "ok"}}));
        assert!(!open.holds_secrets() && !Spec::is_outline(&json!(open)));
    }
}
