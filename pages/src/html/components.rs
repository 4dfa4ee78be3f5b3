//! Components in their groups.

use std::fmt::Write as _;

use super::bars::Bar;
use super::parts::StateTag;
use crate::document::{Component, Latency};
use crate::state::ComponentState;
use crate::text;
use crate::view::View;
use crate::words::{Clock, Texts};

/// How large a line of response times is drawn.
const LINE_HEIGHT: u32 = 24;
const HOUR_WIDTH: usize = 5;

/// Components under a heading.
pub(super) struct Group {
    pub(super) name: Option<String>,
    pub(super) is_open: bool,
    /// The state of the worst of them.
    pub(super) state: StateTag,
    /// That of the headings of components.
    pub(super) level: u8,
    pub(super) components: Vec<ComponentRow>,
}

/// A component.
pub(super) struct ComponentRow {
    pub(super) name: String,
    pub(super) about: Option<String>,
    pub(super) state: StateTag,
    pub(super) uptime: Option<String>,
    /// Whether uptime is shown, and nothing was measured yet.
    pub(super) has_no_data: bool,
    pub(super) bar: Option<Bar>,
    pub(super) latency: Option<LatencyRow>,
}

/// How long it takes to answer.
pub(super) struct LatencyRow {
    pub(super) median: Option<String>,
    pub(super) within: Option<String>,
    pub(super) svg: String,
}

/// The groups that have components. One with a problem is open, whatever is set.
pub(super) fn groups(clock: &Clock, view: &View<'_>) -> Vec<Group> {
    let mut states = view.components().map(|(_, state)| state);
    let mut groups = Vec::new();
    for group in &view.document.groups {
        let states: Vec<ComponentState> = states.by_ref().take(group.components.len()).collect();
        let Some(&worst) = states.iter().max() else {
            continue;
        };
        let rows = group.components.iter().zip(&states);
        groups.push(Group {
            name: group.name.as_deref().map(text::line),
            is_open: group.is_open || worst > ComponentState::Unknown,
            state: StateTag::new(clock.texts, worst),
            level: if group.name.is_some() { 4 } else { 3 },
            components: rows
                .map(|(component, &state)| row(clock, component, state, view.document.history_days))
                .collect(),
        });
    }
    groups
}

fn row(clock: &Clock, component: &Component, state: ComponentState, history_days: u16) -> ComponentRow {
    let uptime = component.uptime.as_ref();
    let percent = uptime.and_then(|uptime| clock.texts.percent(uptime.up_ms, uptime.down_ms));
    ComponentRow {
        name: text::line(&component.name),
        about: component.description.as_deref().map(text::line),
        state: StateTag::new(clock.texts, state),
        has_no_data: uptime.is_some() && percent.is_none(),
        uptime: percent,
        bar: Bar::new(clock, component, history_days),
        latency: component
            .latency
            .as_ref()
            .and_then(|latency| latency_row(clock.texts, latency)),
    }
}

fn latency_row(t: &Texts, latency: &Latency) -> Option<LatencyRow> {
    let (median, p95) = (latency.p50_ms, latency.p95_ms);
    if median.is_none() && p95.is_none() {
        return None;
    }
    let within = p95.map(|p95| t.response_within.replacen("{}", &t.millis(p95), 1));
    Some(LatencyRow {
        median: median.map(|median| t.millis(median)),
        within,
        svg: line(&latency.hours),
    })
}

/// The hours as a line that is broken where nothing was measured; nothing with fewer than two of them.
fn line(hours: &[Option<u32>]) -> String {
    let hours = &hours[hours.len().saturating_sub(48)..];
    let most = hours.iter().flatten().max().copied().unwrap_or(0).max(1);
    if hours.iter().flatten().count() < 2 {
        return String::new();
    }
    let mut path = String::new();
    let mut command = 'M';
    for (at, hour) in hours.iter().enumerate() {
        let Some(millis) = hour else {
            command = 'M';
            continue;
        };
        let height = u64::from(*millis) * u64::from(LINE_HEIGHT) / u64::from(most);
        let y = u64::from(LINE_HEIGHT).saturating_sub(height);
        let x = at * HOUR_WIDTH;
        // An hour by itself is a point, which a line of no length with round ends draws.
        let _ = write!(path, "{command}{x} {y}");
        if command == 'M' {
            path.push_str("h0");
        }
        command = 'L';
    }
    let width = (hours.len() - 1) * HOUR_WIDTH;
    format!(
        r#"<svg viewBox="0 0 {width} {LINE_HEIGHT}" preserveAspectRatio="none" aria-hidden="true"><path d="{path}"/></svg>"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_broken_where_nothing_was_measured() {
        let svg = line(&[Some(10), Some(20), None, Some(0), None, None]);
        assert!(svg.contains(r#"d="M0 12h0L5 0M15 24h0""#), "{svg}");
        assert_eq!(line(&[None, Some(3)]), "");
        assert_eq!(line(&[]), "");
        assert!(line(&[Some(u32::MAX); 1_000]).len() < 1_000);
    }
}
