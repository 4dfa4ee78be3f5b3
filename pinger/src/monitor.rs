//! A monitor as it is kept in memory: parsed once, and small, because there are many.

use std::sync::Arc;

use domain::monitor::{Definition, HeartbeatProbe};
use domain::{Grid, MonitorId, OrgId, Quorum, Rule, Timestamp};

use crate::error::CompileError;
use crate::probe::Target;

/// A monitor, ready to be checked.
#[derive(Debug)]
pub(crate) struct Monitor {
    pub(crate) id: MonitorId,
    pub(crate) org_id: OrgId,
    pub(crate) revision: u32,
    /// When it was changed last; the epoch's beginning when that is not known.
    pub(crate) changed_at: Timestamp,
    /// Since which revision the same is checked.
    pub(crate) probe_revision: Option<u32>,
    pub(crate) interval_ms: u32,
    pub(crate) timeout_ms: u32,
    pub(crate) retry_delay_ms: u32,
    pub(crate) rule: Rule,
    pub(crate) retries: u16,
    pub(crate) paused: bool,
    pub(crate) upside_down: bool,
    /// Which one this region is among those that look in turn, and how many they are.
    turn: u8,
    turns: u8,
    /// The regions that decide, where this is not the only one. Monitors share it.
    pub(crate) quorum: Option<Arc<Quorum>>,
    /// Monitors of the same host share it.
    pub(crate) host: u32,
    /// The name of its kind.
    pub(crate) kind: &'static str,
    /// The address as it may be shown.
    pub(crate) url: Box<str>,
    pub(crate) target: Target,
}

impl Monitor {
    /// Parses a definition, as where no other region checks it.
    ///
    /// # Errors
    /// When it cannot be checked, which validation rules out.
    pub(crate) fn compile(definition: Definition) -> Result<Self, CompileError> {
        let spec = definition.spec;
        let kind = spec.probe.kind();
        let url = spec.probe.display_url().into_boxed_str();
        let target = Target::compile(spec.probe)?;
        Ok(Self {
            id: definition.id,
            org_id: definition.org_id,
            revision: definition.revision,
            changed_at: definition.changed_at.unwrap_or_default(),
            probe_revision: definition.probe_revision,
            interval_ms: spec.interval_ms,
            timeout_ms: spec.timeout_ms,
            retry_delay_ms: spec.retry_delay_ms,
            rule: spec.rule,
            retries: spec.retries,
            paused: spec.paused,
            upside_down: spec.upside_down,
            turn: 0,
            turns: 1,
            quorum: None,
            host: target.host_key(),
            kind,
            url,
            target,
        })
    }

    /// The same, as one of several regions checks it that decide together.
    ///
    /// # Errors
    /// When `region` is none of them.
    pub(crate) fn judged_by(mut self, quorum: Arc<Quorum>, region: &str) -> Result<Self, CompileError> {
        let turn = quorum.regions.iter().position(|name| name == region);
        let turn = turn.and_then(|turn| u8::try_from(turn).ok());
        let turns = u8::try_from(quorum.regions.len()).ok();
        (self.turn, self.turns) = turn.zip(turns).ok_or(CompileError::Quorum)?;
        self.quorum = Some(quorum);
        Ok(self)
    }

    /// What it waits for, if it is a heartbeat.
    pub(crate) fn heartbeat(&self) -> Option<&HeartbeatProbe> {
        match &self.target {
            Target::Heartbeat(heartbeat) => Some(heartbeat),
            _ => None,
        }
    }

    /// Its slots.
    pub(crate) fn grid(&self) -> Grid {
        Grid::of_region(
            self.id,
            self.interval_ms,
            usize::from(self.turn),
            usize::from(self.turns),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_monitor_is_small() {
        // With its texts and its place in the schedule it stays below 1 KB.
        let size = std::mem::size_of::<Monitor>();
        assert!(size <= 352, "{size} bytes");
    }

    fn monitor() -> Monitor {
        let definition = serde_json::json!({
            "id": 42, "org_id": 7, "revision": 1, "interval_ms": 60_000, "timeout_ms": 1_000, "retries": 1,
            "retry_delay_ms": 1_000, "rule": {}, "paused": false, "kind": "http", "url": "http://a.example/"
        });
        Monitor::compile(serde_json::from_value(definition).unwrap()).unwrap()
    }

    #[test]
    fn regions_look_in_turn_in_the_order_of_their_names() {
        let quorum = Arc::new(Quorum {
            regions: ["ap", "eu", "us"].map(str::to_owned).into(),
            down: domain::Needed::Regions(2),
            min_regions: 2,
        });
        let of = |region: &str| monitor().judged_by(Arc::clone(&quorum), region);
        assert_eq!(of("ap").unwrap().grid(), monitor().grid());
        for (index, region) in ["ap", "eu", "us"].into_iter().enumerate() {
            let expected = Grid::of_region(MonitorId(42), 60_000, index, 3);
            let monitor = of(region).unwrap();
            assert_eq!(monitor.grid(), expected);
            assert!(Arc::ptr_eq(monitor.quorum.as_ref().unwrap(), &quorum));
        }
        assert!(of("af").is_err());
    }
}
