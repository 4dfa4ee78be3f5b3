//! Badges of a page and of its components.

use domain::ComponentId;
use serde_json::Value;

use crate::view::View;

/// An image of the state: of a component, or of the page; nothing where there is no such component.
pub fn svg(_view: &View<'_>, _component: Option<ComponentId>) -> Option<String> {
    None
}

/// What shields.io draws a badge of (<https://shields.io/badges/endpoint-badge>).
pub fn shields(_view: &View<'_>, _component: Option<ComponentId>) -> Option<Value> {
    None
}
