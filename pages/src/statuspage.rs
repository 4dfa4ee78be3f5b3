//! The page as JSON, as Atlassian Statuspage's public API has it (`/api/v2`).

use serde_json::Value;

use crate::view::View;

/// The name of a document below `/api/v2/`, without `.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `summary`
    Summary,
    /// `status`
    Status,
    /// `components`
    Components,
    /// `incidents`
    Incidents,
    /// `incidents/unresolved`
    UnresolvedIncidents,
    /// `scheduled-maintenances`
    Maintenances,
    /// `scheduled-maintenances/upcoming`
    UpcomingMaintenances,
    /// `scheduled-maintenances/active`
    ActiveMaintenances,
}

/// One of the documents.
pub fn document(_view: &View<'_>, _part: Part) -> Value {
    Value::Null
}
