//! Reports, which are called incidents there.

use std::collections::HashMap;

use domain::ComponentId;
use domain::status_page::{Impact, ReportStatus};
use serde_json::{Value, json};

use super::components;
use crate::address;
use crate::document::{Affected, Report, Update};
use crate::markdown;
use crate::text;
use crate::view::View;

/// The reports that are wanted, newest first.
pub(super) fn all(view: &View<'_>, is_wanted: impl Fn(&Report) -> bool) -> Vec<Value> {
    let reports = view.document.reports.iter().filter(|report| is_wanted(report));
    let components = components::all(view);
    reports
        .map(|report| incident(view, report, &components))
        .collect()
}

fn impact(report: &Report) -> &'static str {
    match report
        .components
        .iter()
        .map(|affected| affected.impact)
        .max()
        .unwrap_or_default()
    {
        Impact::Operational => "none",
        Impact::DegradedPerformance => "minor",
        Impact::PartialOutage => "major",
        Impact::MajorOutage => "critical",
    }
}

fn incident(view: &View<'_>, report: &Report, components: &[Value]) -> Value {
    let document = view.document;
    let of_status = |status| {
        report
            .updates
            .iter()
            .rev()
            .find(move |update| update.status == status)
    };
    let monitoring = of_status(ReportStatus::Monitoring).map(|update| update.at.to_string());
    let created = report
        .updates
        .last()
        .map_or(report.started_at, |update| update.at);
    json!({
        "id": report.id.to_string(),
        "name": text::line(&report.title),
        "status": report.status.as_str(),
        "created_at": created.to_string(),
        "updated_at": report.updated_at.to_string(),
        "monitoring_at": monitoring,
        "resolved_at": report.resolved_at.map(|at| at.to_string()),
        "impact": impact(report),
        "shortlink": address::absolute(document, &address::report(report.id)),
        "started_at": report.started_at.to_string(),
        "page_id": document.id.to_string(),
        "incident_updates": updates(report),
        "components": components::of(components, |id| report.components.iter().any(|one| one.id == id)),
        "reminder_intervals": null,
    })
}

/// The updates, newest first, each with what it changed: the document says what an impact became, not what it was.
fn updates(report: &Report) -> Vec<Value> {
    let mut impacts: HashMap<ComponentId, &Affected> = HashMap::new();
    let mut values = Vec::with_capacity(report.updates.len());
    for update in report.updates.iter().rev() {
        let changed: Vec<Value> = match update.status {
            ReportStatus::Resolved => ended(report, &mut impacts),
            _ => update
                .components
                .iter()
                .map(|affected| changed(affected, &mut impacts))
                .collect(),
        };
        values.push(value(report, update, &changed));
    }
    values.reverse();
    values
}

fn changed<'a>(affected: &'a Affected, impacts: &mut HashMap<ComponentId, &'a Affected>) -> Value {
    let before = impacts
        .insert(affected.id, affected)
        .map(|before| before.impact)
        .unwrap_or_default();
    change(affected, before, affected.impact)
}

/// What is resolved affects nothing any more.
fn ended(report: &Report, impacts: &mut HashMap<ComponentId, &Affected>) -> Vec<Value> {
    let order = report
        .components
        .iter()
        .filter_map(|affected| impacts.remove(&affected.id));
    let ended: Vec<Value> = order
        .filter(|affected| affected.impact != Impact::Operational)
        .map(|affected| change(affected, affected.impact, Impact::Operational))
        .collect();
    impacts.clear();
    ended
}

fn change(affected: &Affected, before: Impact, after: Impact) -> Value {
    json!({
        "code": affected.id.to_string(),
        "name": text::line(&affected.name),
        "old_status": before.as_str(),
        "new_status": after.as_str(),
    })
}

fn value(report: &Report, update: &Update, changed: &[Value]) -> Value {
    json!({
        "id": update.id.to_string(),
        "status": update.status.as_str(),
        "body": markdown::plain(&update.message),
        "incident_id": report.id.to_string(),
        "created_at": update.at.to_string(),
        "updated_at": update.updated_at.to_string(),
        "display_at": update.at.to_string(),
        "affected_components": changed,
        "deliver_notifications": false,
        "custom_tweet": null,
        "tweet_id": null,
    })
}
