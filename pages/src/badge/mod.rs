//! Badges of a page and of its components.

mod draw;

use domain::ComponentId;
use serde_json::{Value, json};

use crate::state::ComponentState;
use crate::text;
use crate::view::View;
use crate::words;

/// The longest label, in characters.
const MAX_LABEL: usize = 40;

/// An image of the state: of a component, or of the page; nothing where there is no such component.
pub fn svg(view: &View<'_>, component: Option<ComponentId>) -> Option<String> {
    let (label, state) = subject(view, component)?;
    let word = words::of(view.document.locale).state(state);
    Some(draw::svg(&label, word, state))
}

/// What shields.io draws a badge of (<https://shields.io/badges/endpoint-badge>).
pub fn shields(view: &View<'_>, component: Option<ComponentId>) -> Option<Value> {
    let (label, state) = subject(view, component)?;
    let color = match state {
        ComponentState::Operational => "success",
        ComponentState::Unknown => "inactive",
        ComponentState::Maintenance => "informational",
        ComponentState::Degraded | ComponentState::PartialOutage => "important",
        ComponentState::MajorOutage => "critical",
    };
    let word = words::of(view.document.locale).state(state);
    Some(json!({"schemaVersion": 1, "label": label, "message": word, "color": color}))
}

/// What a badge is about, and its state.
fn subject(view: &View<'_>, component: Option<ComponentId>) -> Option<(String, ComponentState)> {
    let (name, state) = match component {
        None => (&view.document.title, view.overall()),
        Some(id) => {
            let (component, state) = view.components().find(|(component, _)| component.id == id)?;
            (&component.name, state)
        }
    };
    Some((text::shortened(name, MAX_LABEL), state))
}
