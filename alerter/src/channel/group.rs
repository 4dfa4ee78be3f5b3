//! What a message about several incidents says of each.

use domain::ErrorCode;
use domain::alert_event::AlertKind;

use super::details::GroupedIncident;
use super::fit::{Measure, length};
use super::unseen;
use super::words::duration;

/// The incidents of a storm, as many as fit, and how many more there are.
pub(super) fn list(
    kind: AlertKind,
    total: usize,
    incidents: &[GroupedIncident],
    limit: usize,
    measure: Measure,
) -> Vec<String> {
    let silent = unseen::silent_group(kind, incidents).filter(|line| length(line, measure) < limit / 2);
    let taken = silent
        .as_ref()
        .map_or(0, |line| length(line, measure) + measure('\n'));
    let listed = list_of(
        total,
        incidents,
        limit.saturating_sub(taken),
        measure,
        |incident| list_item(kind, incident),
    );
    silent.into_iter().chain(listed).collect()
}

/// The same, with each in the line that is made of it.
pub(super) fn list_of(
    total: usize,
    incidents: &[GroupedIncident],
    limit: usize,
    measure: Measure,
    item: impl Fn(&GroupedIncident) -> String,
) -> Vec<String> {
    let and_more = |shown: usize| format!("… and {} more", total.saturating_sub(shown));
    let mut lines = Vec::new();
    let mut left = limit.saturating_sub(length(&and_more(0), measure));
    for incident in incidents {
        let line = item(incident);
        let taken = length(&line, measure) + measure('\n');
        if taken > left {
            break;
        }
        left -= taken;
        lines.push(line);
    }
    if total > lines.len() {
        lines.push(and_more(lines.len()));
    }
    lines
}

pub(super) fn list_item(kind: AlertKind, incident: &GroupedIncident) -> String {
    let details = &incident.details;
    match incident.resolved_at {
        Some(at) => {
            let state = match kind {
                AlertKind::Recovered => "degraded",
                AlertKind::Seen => "not heard of",
                _ => "down",
            };
            let duration = duration(at.millis_since(details.started_at));
            format!("• {} ({state} for {duration})", details.name)
        }
        None if matches!(kind, AlertKind::Degraded | AlertKind::Unseen) => format!("• {}", details.name),
        None => {
            let reason = details.error_code.map_or("Check failed", ErrorCode::sentence);
            let flapping = details.flapping.map_or("", |_| " (flapping)");
            format!("• {}: {reason}{flapping}", details.name)
        }
    }
}
