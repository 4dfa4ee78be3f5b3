//! Components, and their groups, which are components too.

use domain::ComponentId;
use serde_json::{Value, json};

use crate::document::Component;
use crate::names;
use crate::state::ComponentState;
use crate::text;
use crate::view::View;

fn word(state: ComponentState) -> &'static str {
    match state {
        ComponentState::Operational | ComponentState::Unknown => "operational",
        ComponentState::Maintenance => "under_maintenance",
        ComponentState::Degraded => "degraded_performance",
        ComponentState::PartialOutage => "partial_outage",
        ComponentState::MajorOutage => "major_outage",
    }
}

/// All components in their order, each group before its own.
pub(super) fn all(view: &View<'_>) -> Vec<Value> {
    let mut rows = view.components();
    let mut found = Vec::new();
    let mut headings: Vec<&str> = Vec::new();
    for (position, group) in (1..).zip(&view.document.groups) {
        let rows: Vec<(&Component, ComponentState)> = rows.by_ref().take(group.components.len()).collect();
        let id = group.name.as_deref().map(|heading| {
            let ordinal = headings.iter().filter(|other| **other == heading).count();
            headings.push(heading);
            names::group(view.document.id, heading, ordinal)
        });
        if let (Some(id), Some(heading)) = (&id, &group.name) {
            let worst = rows
                .iter()
                .map(|(_, state)| *state)
                .max()
                .unwrap_or(ComponentState::Operational);
            let members: Vec<String> = rows
                .iter()
                .map(|(component, _)| component.id.to_string())
                .collect();
            let mut group = value(view, id, heading, worst, position);
            group["group"] = true.into();
            group["components"] = members.into();
            found.push(group);
        }
        for (position, (component, state)) in (1..).zip(rows) {
            found.push(one(view, component, state, position, id.as_deref()));
        }
    }
    found
}

/// Those of all components whose ids are wanted.
pub(super) fn of(all: &[Value], is_wanted: impl Fn(ComponentId) -> bool) -> Vec<Value> {
    let id = |value: &Value| value["id"].as_str()?.parse().ok().map(ComponentId);
    let wanted = all.iter().filter(|value| id(value).is_some_and(&is_wanted));
    wanted.cloned().collect()
}

fn one(
    view: &View<'_>,
    component: &Component,
    state: ComponentState,
    position: i64,
    group_id: Option<&str>,
) -> Value {
    let mut value = value(view, &component.id.to_string(), &component.name, state, position);
    value["description"] = component.description.as_deref().map(text::line).into();
    value["showcase"] = (!component.days.is_empty()).into();
    let start = component
        .days
        .first()
        .map(|day| component.since.map_or(day.date, |since| since.max(day.date)));
    value["start_date"] = start.map(|date| date.to_string()).into();
    value["group_id"] = group_id.into();
    value
}

/// When a component was made is not in the document: it is as old as what is known of it.
fn value(view: &View<'_>, id: &str, name: &str, state: ComponentState, position: i64) -> Value {
    let as_of = view.document.as_of.to_string();
    json!({
        "id": id,
        "name": text::line(name),
        "status": word(state),
        "created_at": as_of,
        "updated_at": as_of,
        "position": position,
        "description": null,
        "showcase": false,
        "start_date": null,
        "group_id": null,
        "page_id": view.document.id.to_string(),
        "group": false,
        "only_show_if_degraded": false,
    })
}
