//! What a visitor sees at one instant: the document, with the states that are newer.

use std::collections::HashMap;

use domain::live::LiveState;
use domain::{MonitorId, Timestamp};

use crate::document::{Component, Document};
use crate::state::ComponentState;

/// How old a document may be before the page says when it is from, in milliseconds.
pub const FRESH_MS: i64 = 120_000;

/// A page at one instant.
#[derive(Clone, Debug)]
pub struct View<'a> {
    /// What was written.
    pub document: &'a Document,
    /// The states of the components, in their order.
    states: Vec<ComponentState>,
    /// The instant.
    pub now: Timestamp,
    /// The logo as a `data:` address, for where it cannot be fetched.
    pub(crate) embedded_logo: Option<String>,
}

impl<'a> View<'a> {
    /// What is seen at `now`, where `live` are the states that monitors have by then; of those that are not among them the
    /// document's stand.
    pub fn new(document: &'a Document, live: &HashMap<MonitorId, LiveState>, now: Timestamp) -> Self {
        let state = |component: &Component| {
            let known = match (&component.monitor, &component.external) {
                (Some(monitor), _) => (*live.get(&monitor.id).unwrap_or(&monitor.state)).into(),
                (None, Some(external)) => external.state_at(now).map_or(ComponentState::Unknown, Into::into),
                (None, None) => ComponentState::Operational,
            };
            let in_maintenance = document.maintenance.iter().any(|maintenance| {
                maintenance.from <= now
                    && now < maintenance.until
                    && maintenance.components.contains(&component.id)
            });
            ComponentState::of(known, component.reported, in_maintenance)
        };
        Self {
            document,
            states: document.components().map(state).collect(),
            now,
            embedded_logo: None,
        }
    }

    /// The same with a logo, a `data:` address, that need not be fetched.
    pub fn with_embedded_logo(self, address: String) -> Self {
        Self {
            embedded_logo: Some(address),
            ..self
        }
    }

    /// The components in their order, each with its state.
    pub fn components(&self) -> impl Iterator<Item = (&'a Component, ComponentState)> {
        self.document.components().zip(self.states.iter().copied())
    }

    /// How the page as a whole is doing: as its worst component.
    pub fn overall(&self) -> ComponentState {
        self.states
            .iter()
            .copied()
            .max()
            .unwrap_or(ComponentState::Operational)
    }

    /// Whether the document is so old that a visitor has to be told.
    pub fn is_stale(&self) -> bool {
        self.now.as_millis() - self.document.as_of.as_millis() > FRESH_MS
    }
}
