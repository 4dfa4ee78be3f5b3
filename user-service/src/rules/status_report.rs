//! What people send to publish a report, and the rules that it has to satisfy. Pure.

use api::{
    ComponentImpactInput, NewStatusReport, ReportUpdateDraft, ReportUpdateEdit, ReportUpdateInput,
    StatusReportInput,
};
use domain::monitor::FieldError;
use domain::status_page::{Impact, ReportStatus};
use domain::{ComponentId, IncidentId, Timestamp};
use uuid::Uuid;

use super::errors::Errors;
use super::status_page::MAX_COMPONENTS;
use super::text;

/// Reports that a page may have.
pub(crate) const MAX_REPORTS: i64 = 1_000;

/// Updates that a report may have.
pub(crate) const MAX_UPDATES: i64 = 500;

/// The longest headline, in characters.
const MAX_TITLE_CHARS: usize = 200;

/// The longest message, in characters.
const MAX_MESSAGE_CHARS: usize = 10_000;

/// The longest postmortem, in characters.
const MAX_POSTMORTEM_CHARS: usize = 20_000;

/// How long ago a problem may have begun, in milliseconds.
const MAX_AGE_MS: i64 = 365 * 24 * 3_600_000;

/// A valid report that is not there yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ValidReport {
    pub(crate) title: String,
    pub(crate) incident: Option<IncidentId>,
    /// Now, when it was not said.
    pub(crate) started_at: Timestamp,
    pub(crate) update: ValidUpdate,
}

/// A valid update that is not there yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ValidUpdate {
    pub(crate) status: ReportStatus,
    pub(crate) message: String,
    /// Each once, in the order in which they were given.
    pub(crate) components: Vec<(ComponentId, Impact)>,
    pub(crate) notify: bool,
}

/// What people have written of a report, beside its updates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) title: String,
    pub(crate) started_at: Timestamp,
    pub(crate) postmortem: Option<String>,
}

/// The report that the fields make.
///
/// # Errors
/// Every field that is not valid.
pub(crate) fn new_report(input: NewStatusReport, now: Timestamp) -> Result<ValidReport, Vec<FieldError>> {
    let mut errors = Errors::default();
    let title = errors.keep(title(input.title.as_deref()));
    let incident = match input.incident_id.as_deref() {
        None => Some(None),
        Some(text) => errors.keep(incident(text)).map(Some),
    };
    let started_at = match input.started_at.as_deref() {
        None => Some(now),
        Some(text) => errors.keep(started_at(text, now)),
    };
    let update = match input.update {
        None => errors.add("update", "is required"),
        Some(update) => errors.nested("update", new_update(update)),
    };
    match (title, incident, started_at, update) {
        (Some(title), Some(incident), Some(started_at), Some(update)) => Ok(ValidReport {
            title,
            incident,
            started_at,
            update,
        }),
        _ => Err(errors.0),
    }
}

/// The update that the fields make.
///
/// # Errors
/// Every field that is not valid.
pub(crate) fn new_update(input: ReportUpdateInput) -> Result<ValidUpdate, Vec<FieldError>> {
    let mut errors = Errors::default();
    let status = errors.keep(status(input.status.as_deref()));
    let message = errors.keep(message(input.message.as_deref()));
    let components = components(&input.components, &mut errors);
    if status == Some(ReportStatus::Resolved) && !input.components.is_empty() {
        errors.add::<()>(
            "components",
            "must be empty where the status is resolved: all become operational",
        );
    }
    let notify = match input.notify {
        None => errors.add("notify", "is required: whether subscribers are notified"),
        given => given,
    };
    match (status, message, notify) {
        (Some(status), Some(message), Some(notify)) if errors.0.is_empty() => Ok(ValidUpdate {
            status,
            message,
            components,
            notify,
        }),
        _ => Err(errors.0),
    }
}

/// A valid update that is only shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DraftedUpdate {
    /// The headline of the report.
    pub(crate) title: String,
    pub(crate) update: ValidUpdate,
}

/// The draft that the fields make, of a report with the headline `own_title`, or of a new one.
///
/// # Errors
/// Every field that is not valid.
pub(crate) fn drafted_update(
    input: ReportUpdateDraft,
    own_title: Option<&str>,
) -> Result<DraftedUpdate, Vec<FieldError>> {
    let mut errors = Errors::default();
    let title = errors.keep(title(input.title.as_deref().or(own_title)));
    let update = match input.update {
        None => errors.add("update", "is required"),
        Some(update) => errors.nested("update", new_update(update)),
    };
    match (title, update) {
        (Some(title), Some(update)) => Ok(DraftedUpdate { title, update }),
        _ => Err(errors.0),
    }
}

/// What becomes of a report by a change; what is left out stays.
///
/// # Errors
/// Every field that is not valid.
pub(crate) fn edited(
    input: StatusReportInput,
    old: &Written,
    resolved_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<Written, Vec<FieldError>> {
    let mut errors = Errors::default();
    let title = match &input.title {
        None => Some(old.title.clone()),
        given => errors.keep(title(given.as_deref())),
    };
    let started_at = match input.started_at.as_deref() {
        None => Some(old.started_at),
        Some(text) => errors.keep(started_at(text, now).and_then(|at| match resolved_at {
            Some(over) if at > over => Err(FieldError::new("started_at", "must not be later than its end")),
            _ => Ok(at),
        })),
    };
    let postmortem = match input.postmortem {
        None => Some(old.postmortem.clone()),
        Some(None) => Some(None),
        Some(Some(text)) => errors.keep(text::lines("postmortem", &text, MAX_POSTMORTEM_CHARS)),
    };
    match (title, started_at, postmortem) {
        (Some(title), Some(started_at), Some(postmortem)) => Ok(Written {
            title,
            started_at,
            postmortem,
        }),
        _ => Err(errors.0),
    }
}

/// What an update says after a change.
///
/// # Errors
/// What is wrong with the message.
pub(crate) fn edited_message(input: &ReportUpdateEdit) -> Result<String, FieldError> {
    message(input.message.as_deref())
}

pub(super) fn title(given: Option<&str>) -> Result<String, FieldError> {
    text::line("title", given.unwrap_or_default(), MAX_TITLE_CHARS)
}

pub(super) fn message(given: Option<&str>) -> Result<String, FieldError> {
    let message = text::lines("message", given.unwrap_or_default(), MAX_MESSAGE_CHARS)?;
    message.ok_or_else(|| FieldError::new("message", "is required"))
}

fn incident(text: &str) -> Result<IncidentId, FieldError> {
    let id = text.parse::<Uuid>();
    id.map(IncidentId)
        .map_err(|_| FieldError::new("incident_id", "must be the id of an incident"))
}

fn started_at(text: &str, now: Timestamp) -> Result<Timestamp, FieldError> {
    let wrong = |message: &str| Err(FieldError::new("started_at", message));
    let Ok(at) = text.parse::<Timestamp>() else {
        return wrong("must be a time, as in 2026-12-01T22:00:00Z");
    };
    if at > now {
        return wrong("must not be in the future");
    }
    if now.millis_since(at) > MAX_AGE_MS {
        return wrong("must not be more than a year ago");
    }
    Ok(at)
}

fn components(given: &[ComponentImpactInput], errors: &mut Errors) -> Vec<(ComponentId, Impact)> {
    if given.len() > MAX_COMPONENTS {
        errors.add::<()>("components", &format!("must name at most {MAX_COMPONENTS}"));
        return Vec::new();
    }
    let mut components: Vec<(ComponentId, Impact)> = Vec::with_capacity(given.len());
    for (n, one) in given.iter().enumerate() {
        let field = |name: &str| format!("components.{n}.{name}");
        let id = match one.component_id.map(ComponentId) {
            None => errors.add(&field("component_id"), "is required"),
            Some(id) if given[..n].iter().any(|other| other.component_id == Some(id.0)) => {
                errors.add(&field("component_id"), "is given twice")
            }
            id => id,
        };
        let impact = errors.keep(impact(&field("impact"), one.impact.as_deref()));
        if let (Some(id), Some(impact)) = (id, impact) {
            components.push((id, impact));
        }
    }
    components
}

pub(super) fn status(given: Option<&str>) -> Result<ReportStatus, FieldError> {
    one_of(
        "status",
        given,
        &ReportStatus::ALL.map(|status| (status.as_str(), status)),
    )
}

pub(super) fn impact(field: &str, given: Option<&str>) -> Result<Impact, FieldError> {
    one_of(field, given, &Impact::ALL.map(|impact| (impact.as_str(), impact)))
}

fn one_of<T: Copy>(field: &str, given: Option<&str>, all: &[(&str, T)]) -> Result<T, FieldError> {
    let Some(given) = given else {
        return Err(FieldError::new(field, "is required"));
    };
    let found = all.iter().find(|(name, _)| *name == given);
    found.map(|(_, one)| *one).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        FieldError::new(field, format!("must be one of {}", names.join(", ")))
    })
}

#[cfg(test)]
mod tests;
