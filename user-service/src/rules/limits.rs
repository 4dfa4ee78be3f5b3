//! What an organisation may have, and whether there is room for more. Pure.

use std::fmt;

use api::LimitKey;
use serde_json::{Map, Value};

/// Limits that no plan changes: they bound what one organisation makes the installation do.
const MAX_INVITATIONS: u32 = 100;
const MAX_MAINTENANCE_WINDOWS: u32 = 100;
const MAX_TAGS: u32 = 200;
const MAX_SLA_REPORTS: u32 = 500;
const MAX_SLA_SCHEDULES: u32 = 20;
const MAX_REPORT_TEMPLATES: u32 = 50;
const MAX_ALERT_ROUTES: u32 = 1_000;
const MAX_SILENCES: u32 = 200;
const MAX_ESCALATION_POLICIES: u32 = 200;
const MAX_ON_CALL_SCHEDULES: u32 = 200;
const MAX_TEAMS: u32 = 200;
const MAX_RUNNING_DRILLS: u32 = 5;
const MAX_DRILLS_PER_DAY: u32 = 50;
const MAX_DRILL_SCHEDULES: u32 = 50;

/// What a plan says nothing of.
const MAX_API_KEYS: u32 = 100;
const MAX_CHANNELS: u32 = 100;
const MAX_STATUS_PAGES: u32 = 20;

/// The largest number that a limit can be.
const MAX_LIMIT: u32 = 1_000_000;

/// What can be said of the shortest interval, in seconds: a monitor's own bounds.
const MIN_INTERVAL_RANGE: (u32, u32) = (10, 86_400);

/// What can be said of how long single results are shown, in days. A day is needed for what is shown of the last one.
const RAW_RETENTION_RANGE: (u32, u32) = (2, 3_650);

const MONITORS: &str = "monitors";
const MEMBERS: &str = "members";
const API_KEYS: &str = "api_keys";
const CHANNELS: &str = "channels";
const STATUS_PAGES: &str = "status_pages";
const MIN_INTERVAL: &str = "min_interval_seconds";
const RAW_RETENTION: &str = "raw_retention_days";
const CHECKS_ON_REQUEST: &str = "checks_on_request_per_day";

/// The limits that a plan can set.
const SETTABLE: [&str; 8] = [
    MONITORS,
    MEMBERS,
    API_KEYS,
    CHANNELS,
    STATUS_PAGES,
    MIN_INTERVAL,
    RAW_RETENTION,
    CHECKS_ON_REQUEST,
];

/// What an organisation may have; none is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    monitors: Option<u32>,
    members: Option<u32>,
    api_keys: Option<u32>,
    channels: Option<u32>,
    status_pages: Option<u32>,
    checks_on_request_per_day: Option<u32>,
    pub(crate) min_interval_seconds: u32,
    /// As long as the installation keeps them, if it is none.
    pub(crate) raw_retention_days: Option<u32>,
}

impl Limits {
    /// What holds where a plan says nothing.
    pub(super) fn of_installation(max_monitors: u32) -> Self {
        Self {
            monitors: Some(max_monitors),
            members: None,
            api_keys: Some(MAX_API_KEYS),
            channels: Some(MAX_CHANNELS),
            status_pages: Some(MAX_STATUS_PAGES),
            checks_on_request_per_day: None,
            min_interval_seconds: MIN_INTERVAL_RANGE.0,
            raw_retention_days: None,
        }
    }

    /// The same, but for what is said by `given`.
    ///
    /// # Errors
    /// A sentence about the first limit that is none, or has no valid value.
    pub(super) fn with(mut self, given: &Map<String, Value>) -> Result<Self, String> {
        for (name, value) in given {
            match name.as_str() {
                MONITORS => self.monitors = number(name, value, (0, MAX_LIMIT))?,
                MEMBERS => self.members = number(name, value, (1, MAX_LIMIT))?,
                API_KEYS => self.api_keys = number(name, value, (0, MAX_LIMIT))?,
                CHECKS_ON_REQUEST => {
                    self.checks_on_request_per_day = number(name, value, (0, MAX_LIMIT))?;
                }
                CHANNELS => self.channels = number(name, value, (0, MAX_LIMIT))?,
                STATUS_PAGES => self.status_pages = number(name, value, (0, MAX_LIMIT))?,
                MIN_INTERVAL => {
                    let seconds = number(name, value, MIN_INTERVAL_RANGE)?;
                    self.min_interval_seconds = seconds.unwrap_or(MIN_INTERVAL_RANGE.0);
                }
                RAW_RETENTION => self.raw_retention_days = number(name, value, RAW_RETENTION_RANGE)?,
                _ => {
                    return Err(format!(
                        "{name} is not a limit; there are {}",
                        SETTABLE.join(", ")
                    ));
                }
            }
        }
        Ok(self)
    }

    /// How many there may be of something.
    pub(crate) fn of(&self, key: LimitKey) -> Option<u32> {
        match key {
            LimitKey::Monitors => self.monitors,
            LimitKey::Members => self.members,
            LimitKey::ApiKeys => self.api_keys,
            LimitKey::Channels => self.channels,
            LimitKey::StatusPages => self.status_pages,
            LimitKey::ChecksOnRequestPerDay => self.checks_on_request_per_day,
            LimitKey::Invitations
            | LimitKey::MaintenanceWindows
            | LimitKey::Tags
            | LimitKey::SlaReports
            | LimitKey::SlaSchedules
            | LimitKey::ReportTemplates
            | LimitKey::AlertRoutes
            | LimitKey::Silences
            | LimitKey::EscalationPolicies
            | LimitKey::OnCallSchedules
            | LimitKey::Teams
            | LimitKey::RunningDrills
            | LimitKey::DrillsPerDay
            | LimitKey::DrillSchedules => fixed(key),
        }
    }
}

/// How many there may be of something that no plan limits.
pub(crate) fn fixed(key: LimitKey) -> Option<u32> {
    match key {
        LimitKey::Invitations => Some(MAX_INVITATIONS),
        LimitKey::MaintenanceWindows => Some(MAX_MAINTENANCE_WINDOWS),
        LimitKey::Tags => Some(MAX_TAGS),
        LimitKey::SlaReports => Some(MAX_SLA_REPORTS),
        LimitKey::SlaSchedules => Some(MAX_SLA_SCHEDULES),
        LimitKey::ReportTemplates => Some(MAX_REPORT_TEMPLATES),
        LimitKey::AlertRoutes => Some(MAX_ALERT_ROUTES),
        LimitKey::Silences => Some(MAX_SILENCES),
        LimitKey::EscalationPolicies => Some(MAX_ESCALATION_POLICIES),
        LimitKey::OnCallSchedules => Some(MAX_ON_CALL_SCHEDULES),
        LimitKey::Teams => Some(MAX_TEAMS),
        LimitKey::RunningDrills => Some(MAX_RUNNING_DRILLS),
        LimitKey::DrillsPerDay => Some(MAX_DRILLS_PER_DAY),
        LimitKey::DrillSchedules => Some(MAX_DRILL_SCHEDULES),
        LimitKey::Monitors
        | LimitKey::Members
        | LimitKey::ApiKeys
        | LimitKey::Channels
        | LimitKey::StatusPages
        | LimitKey::ChecksOnRequestPerDay => None,
    }
}

fn number(name: &str, value: &Value, (least, most): (u32, u32)) -> Result<Option<u32>, String> {
    if value.is_null() {
        return Ok(None);
    }
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    match number.filter(|number| (least..=most).contains(number)) {
        Some(number) => Ok(Some(number)),
        None => Err(format!(
            "{name} must be a number from {least} to {most}, or null for no limit"
        )),
    }
}

/// There is as much of something as there may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LimitReached {
    pub(crate) key: LimitKey,
    pub(crate) limit: u32,
    pub(crate) used: u32,
    /// The plan that says so, if it is one.
    pub(crate) plan: Option<String>,
}

impl fmt::Display for LimitReached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.key {
            LimitKey::Monitors => "monitors",
            LimitKey::Members => "members and invitations",
            LimitKey::Invitations => "invitations that are not answered",
            LimitKey::ApiKeys => "API keys",
            LimitKey::Channels => "channels",
            LimitKey::MaintenanceWindows => "maintenance windows",
            LimitKey::Tags => "tags",
            LimitKey::SlaReports => "SLA reports",
            LimitKey::SlaSchedules => "schedules of SLA reports",
            LimitKey::ReportTemplates => "templates of reports",
            LimitKey::AlertRoutes => "routes of alerts",
            LimitKey::Silences => "silences that are not over",
            LimitKey::EscalationPolicies => "escalation policies",
            LimitKey::OnCallSchedules => "on-call schedules",
            LimitKey::Teams => "teams",
            LimitKey::RunningDrills => "drills that go on",
            LimitKey::DrillsPerDay => "drills of today (UTC)",
            LimitKey::DrillSchedules => "schedules of drills",
            LimitKey::StatusPages => "status pages",
            LimitKey::ChecksOnRequestPerDay => "checks on request of today (UTC)",
        };
        let Self { limit, used, .. } = self;
        let has = match self.key {
            LimitKey::ChecksOnRequestPerDay | LimitKey::DrillsPerDay => "has used",
            _ => "has",
        };
        write!(f, "the organisation {has} {used} of {limit} {what}")?;
        match &self.plan {
            Some(plan) => write!(f, " that its plan ({plan}) allows"),
            None => write!(f, " that it can have"),
        }
    }
}

/// Requires that there is room for `more`.
pub(crate) fn require_room(
    key: LimitKey,
    limit: Option<u32>,
    used: u32,
    more: u32,
    plan: Option<&str>,
) -> Result<(), LimitReached> {
    match limit {
        Some(limit) if used.saturating_add(more) > limit => Err(LimitReached {
            key,
            limit,
            used,
            plan: plan.map(str::to_owned),
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_up_to_the_limit() {
        let room = |used, more| require_room(LimitKey::Monitors, Some(20), used, more, Some("free"));
        assert_eq!(room(19, 1), Ok(()));
        assert_eq!(
            room(20, 1).unwrap_err().to_string(),
            "the organisation has 20 of 20 monitors that its plan (free) allows"
        );
        let checks = require_room(LimitKey::ChecksOnRequestPerDay, Some(5), 5, 1, Some("free"));
        assert_eq!(
            checks.unwrap_err().to_string(),
            "the organisation has used 5 of 5 checks on request of today (UTC) that its plan (free) allows"
        );
        assert!(room(19, 2).is_err() && room(25, 1).is_err());
        assert_eq!(require_room(LimitKey::Monitors, None, u32::MAX, 1, None), Ok(()));
    }
}
