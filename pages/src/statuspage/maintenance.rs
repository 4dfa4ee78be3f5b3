//! Maintenance, which is a kind of incident there.

use serde_json::{Value, json};

use super::components;
use crate::document::Maintenance;
use crate::names;
use crate::text;
use crate::view::View;
use crate::words::{self, Clock};

/// The occurrences that are wanted, by their beginning.
pub(super) fn all(view: &View<'_>, is_wanted: impl Fn(&Maintenance) -> bool) -> Vec<Value> {
    let wanted = view
        .document
        .maintenance
        .iter()
        .filter(|maintenance| is_wanted(maintenance));
    let components = components::all(view);
    wanted
        .map(|maintenance| value(view, maintenance, &components))
        .collect()
}

fn value(view: &View<'_>, maintenance: &Maintenance, components: &[Value]) -> Value {
    let document = view.document;
    let clock = Clock::new(words::of(document.locale), document.time_zone);
    let id = names::occurrence(document.id, maintenance.window_id, maintenance.from);
    let (has_begun, is_over) = (maintenance.from <= view.now, maintenance.until <= view.now);
    let status = match (has_begun, is_over) {
        (_, true) => "completed",
        (true, false) => "in_progress",
        (false, false) => "scheduled",
    };
    let announced = maintenance.updated_at.to_string();
    let updated = match (has_begun, is_over) {
        (_, true) => maintenance.until.max(maintenance.updated_at),
        (true, false) => maintenance.from.max(maintenance.updated_at),
        (false, false) => maintenance.updated_at,
    };
    // A maintenance window has no updates, but a program may count on one.
    let update = json!({
        "id": format!("{id}-1"),
        "status": status,
        "body": clock.span(maintenance.from, maintenance.until),
        "incident_id": id,
        "created_at": announced,
        "updated_at": announced,
        "display_at": announced,
        "affected_components": [],
        "deliver_notifications": false,
        "custom_tweet": null,
        "tweet_id": null,
    });
    json!({
        "id": id,
        "name": text::line(&maintenance.title),
        "status": status,
        "created_at": announced,
        "updated_at": updated.to_string(),
        "monitoring_at": null,
        "resolved_at": is_over.then(|| maintenance.until.to_string()),
        "impact": "maintenance",
        "shortlink": document.url,
        "started_at": maintenance.from.to_string(),
        "page_id": document.id.to_string(),
        "incident_updates": [update],
        "components": components::of(components, |id| maintenance.components.contains(&id)),
        "scheduled_for": maintenance.from.to_string(),
        "scheduled_until": maintenance.until.to_string(),
    })
}
