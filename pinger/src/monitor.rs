//! A monitor as it is kept in memory: parsed once, and small, because there are many.

use domain::monitor::{Definition, HeartbeatProbe};
use domain::{Grid, MonitorId, OrgId, Rule, Timestamp};

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
    /// Monitors of the same host share it.
    pub(crate) host: u32,
    /// The name of its kind.
    pub(crate) kind: &'static str,
    /// The address as it may be shown.
    pub(crate) url: Box<str>,
    pub(crate) target: Target,
}

impl Monitor {
    /// Parses a definition.
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
            host: target.host_key(),
            kind,
            url,
            target,
        })
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
        Grid::new(self.id, self.interval_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_monitor_is_small() {
        // With its texts and its place in the schedule it stays below 1 KB.
        let size = std::mem::size_of::<Monitor>();
        assert!(size <= 336, "{size} bytes");
    }
}
