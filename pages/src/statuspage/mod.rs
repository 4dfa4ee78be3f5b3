//! The page as JSON, as Atlassian Statuspage's public API has it (`/api/v2`). Its vocabulary has no word for a component whose
//! state nobody knows: that is `operational` here.

mod components;
mod incidents;
mod maintenance;

use serde_json::{Value, json};

use crate::state::ComponentState;
use crate::text;
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

impl Part {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Summary,
        Self::Status,
        Self::Components,
        Self::Incidents,
        Self::UnresolvedIncidents,
        Self::Maintenances,
        Self::UpcomingMaintenances,
        Self::ActiveMaintenances,
    ];

    /// The name below `/api/v2/`, without `.json`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::Status => "status",
            Self::Components => "components",
            Self::Incidents => "incidents",
            Self::UnresolvedIncidents => "incidents/unresolved",
            Self::Maintenances => "scheduled-maintenances",
            Self::UpcomingMaintenances => "scheduled-maintenances/upcoming",
            Self::ActiveMaintenances => "scheduled-maintenances/active",
        }
    }
}

/// One of the documents.
pub fn document(view: &View<'_>, part: Part) -> Value {
    let page = page(view);
    let unresolved = || incidents::all(view, |report| report.resolved_at.is_none());
    let now = view.now;
    match part {
        Part::Summary => json!({
            "page": page,
            "components": components::all(view),
            "incidents": unresolved(),
            "scheduled_maintenances": maintenance::all(view, |one| one.until > now),
            "status": status(view.overall()),
        }),
        Part::Status => json!({"page": page, "status": status(view.overall())}),
        Part::Components => json!({"page": page, "components": components::all(view)}),
        Part::Incidents => json!({"page": page, "incidents": incidents::all(view, |_| true)}),
        Part::UnresolvedIncidents => json!({"page": page, "incidents": unresolved()}),
        Part::Maintenances => {
            json!({"page": page, "scheduled_maintenances": maintenance::all(view, |_| true)})
        }
        Part::UpcomingMaintenances => {
            json!({"page": page, "scheduled_maintenances": maintenance::all(view, |one| one.from > now)})
        }
        Part::ActiveMaintenances => {
            let active = maintenance::all(view, |one| one.from <= now && now < one.until);
            json!({"page": page, "scheduled_maintenances": active})
        }
    }
}

fn page(view: &View<'_>) -> Value {
    let document = view.document;
    json!({
        "id": document.id.to_string(),
        "name": text::line(&document.title),
        "url": document.url,
        "time_zone": document.time_zone.name(),
        "updated_at": document.as_of.to_string(),
    })
}

/// The state of the page in the vocabulary's words, which are English.
fn status(overall: ComponentState) -> Value {
    let (indicator, description) = match overall {
        ComponentState::Operational | ComponentState::Unknown => ("none", "All Systems Operational"),
        ComponentState::Maintenance => ("maintenance", "Service Under Maintenance"),
        ComponentState::Degraded => ("minor", "Partially Degraded Service"),
        ComponentState::PartialOutage => ("major", "Partial System Outage"),
        ComponentState::MajorOutage => ("critical", "Major Service Outage"),
    };
    json!({"indicator": indicator, "description": description})
}
