//! Where alerts go: an ordered list of routes, and what a monitor says itself.
//!
//! A monitor may name its recipients. If it does not, the routes are asked one after the other; the first that matches
//! decides, unless it says that the next ones are asked, too. Where none matches, all enabled channels of the
//! organisation are notified.

mod index;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error_code::ErrorCode;
use crate::field_error::{Errors, FieldError};
use crate::flapping::FlappingRule;
use crate::hours::Hours;
use crate::ids::{MonitorId, RouteId, TagId};
use crate::severity::Severity;
use crate::time::Timestamp;

pub use crate::recipients::{MAX_CHANNELS, Recipients};
pub use index::{RouteIndex, route_by};

/// Values that one condition of a route may list.
pub const MAX_VALUES: usize = 50;

/// Escalation policies that one incident follows, at most; routes beyond it add channels only.
pub const MAX_POLICIES: usize = 3;

/// What routes and filters go by of a monitor. It is no part of what is checked: a change begins no new revision.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Labels {
    /// The name of its kind; absent where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// How bad it is when it is down.
    #[serde(default, skip_serializing_if = "Severity::is_default")]
    pub severity: Severity,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<TagId>,
    /// Who is notified of it, where it says so itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipients: Option<Recipients>,
    /// The monitors on which it depends, directly or by others: while one of them is down, its own alerts are held back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<MonitorId>,
    /// Seconds for which an alert waits to see whether one of those is down, too.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub wait_seconds: u16,
    /// Seconds for which it waits at least once that one is up again: until this monitor has been looked at, too.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub recheck_seconds: u16,
    /// Whether others depend on it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_depended_on: bool,
    /// When it is flapping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flapping: Option<FlappingRule>,
    /// Of a drill, the monitor whose outage is rehearsed: what concerns that one's alerts concerns the drill's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill_of: Option<MonitorId>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_zero(seconds: &u16) -> bool {
    *seconds == 0
}

/// What a route is asked about.
#[derive(Clone, Copy, Debug)]
pub struct RoutedIncident<'a> {
    /// Of which monitor.
    pub labels: &'a Labels,
    /// Whether it only answers too slowly.
    pub degraded: bool,
    /// The first failure's code.
    pub error_code: Option<ErrorCode>,
    /// When it began.
    pub started_at: Timestamp,
}

/// A rule that says where alerts go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Which.
    pub id: RouteId,
    /// What people call it.
    pub name: String,
    /// What it takes; everything, where it has no conditions.
    #[serde(default)]
    pub conditions: Conditions,
    /// Who is notified of it.
    pub recipients: Recipients,
    /// Whether the next routes are asked, too.
    #[serde(default, rename = "continue")]
    pub goes_on: bool,
}

/// What a route takes. All conditions have to hold; one that lists nothing holds always.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Conditions {
    /// The monitor has one of these tags; at most 50.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<TagId>,
    /// The monitor is of one of these kinds; at most 50.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<crate::monitor::MonitorKind>)]
    pub kinds: Vec<String>,
    /// The monitor's severity is one of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub severities: Vec<Severity>,
    /// It is about an outage (`down`), or about a monitor that is too slow (`degraded`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<RoutedAlert>,
    /// The first failure has one of these codes; at most 50. It holds of no monitor that is only too slow.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub error_codes: Vec<ErrorCode>,
    /// It began in these hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// Inverts `hours`: it began outside of them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub outside_hours: bool,
}

/// What an incident is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoutedAlert {
    /// The target is down.
    Down,
    /// The target answers, but too slowly.
    Degraded,
}

/// A condition of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// [`Conditions::tags`].
    Tags,
    /// [`Conditions::kinds`].
    Kinds,
    /// [`Conditions::severities`].
    Severities,
    /// [`Conditions::alerts`].
    Alerts,
    /// [`Conditions::error_codes`].
    ErrorCodes,
    /// [`Conditions::hours`].
    Hours,
}

impl Conditions {
    /// The first condition that does not hold.
    pub fn unmet(&self, incident: &RoutedIncident<'_>) -> Option<Condition> {
        // Storms ask a thousand routes of each incident: what is cheap comes first.
        let labels = incident.labels;
        let alert = match incident.degraded {
            true => RoutedAlert::Degraded,
            false => RoutedAlert::Down,
        };
        if !(self.tags.is_empty() || self.tags.iter().any(|tag| labels.tags.contains(tag))) {
            return Some(Condition::Tags);
        }
        let is_one_of = |kind: &String| self.kinds.contains(kind);
        if !(self.kinds.is_empty() || labels.kind.as_ref().is_some_and(is_one_of)) {
            return Some(Condition::Kinds);
        }
        if !(self.severities.is_empty() || self.severities.contains(&labels.severity)) {
            return Some(Condition::Severities);
        }
        if !(self.alerts.is_empty() || self.alerts.contains(&alert)) {
            return Some(Condition::Alerts);
        }
        let is_one_of = |code: ErrorCode| self.error_codes.contains(&code);
        if !(self.error_codes.is_empty() || incident.error_code.is_some_and(is_one_of)) {
            return Some(Condition::ErrorCodes);
        }
        let holds = Hours::hold(self.hours.as_ref(), self.outside_hours, incident.started_at);
        (!holds).then_some(Condition::Hours)
    }

    /// What is wrong with them; the fields are named from `conditions` on.
    pub fn validate(&self) -> Vec<FieldError> {
        let mut errors = Errors::default();
        let lists = [
            ("tags", self.tags.len()),
            ("kinds", self.kinds.len()),
            ("severities", self.severities.len()),
            ("alerts", self.alerts.len()),
            ("error_codes", self.error_codes.len()),
        ];
        for (field, len) in lists {
            if len > MAX_VALUES {
                errors.add(
                    &format!("conditions.{field}"),
                    format!("must list at most {MAX_VALUES}"),
                );
            }
        }
        let wrong = Hours::validate_conditions(self.hours.as_ref(), self.outside_hours, "conditions");
        errors.0.extend(wrong);
        errors.0
    }
}

/// Why somebody is notified of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum RoutedBy {
    /// The monitor names its recipients.
    Monitor,
    /// A route has taken it.
    Route {
        /// Which.
        route_id: RouteId,
    },
    /// No route has taken it.
    Default,
}

/// One place that an incident goes to, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Destination<'a> {
    /// Why.
    pub by: RoutedBy,
    /// Who; none for all enabled channels of the organisation.
    pub recipients: Option<&'a Recipients>,
}

/// Where an incident goes, in the order of the routes.
pub fn route<'a>(routes: &'a [Route], incident: &RoutedIncident<'a>) -> Vec<Destination<'a>> {
    destinations(routes.iter(), incident)
}

fn destinations<'a>(
    routes: impl Iterator<Item = &'a Route>,
    incident: &RoutedIncident<'a>,
) -> Vec<Destination<'a>> {
    if let Some(recipients) = &incident.labels.recipients {
        return vec![Destination {
            by: RoutedBy::Monitor,
            recipients: Some(recipients),
        }];
    }
    let mut destinations = Vec::new();
    for route in routes {
        if route.conditions.unmet(incident).is_some() {
            continue;
        }
        destinations.push(Destination {
            by: RoutedBy::Route { route_id: route.id },
            recipients: Some(&route.recipients),
        });
        if !route.goes_on {
            return destinations;
        }
    }
    if destinations.is_empty() {
        destinations.push(Destination {
            by: RoutedBy::Default,
            recipients: None,
        });
    }
    destinations
}

#[cfg(test)]
mod tests;
