//! What pages are made of that has markup of its own.

use std::fmt;

use askama::filters::HtmlSafe;
use domain::Timestamp;

use crate::state::ComponentState;
use crate::text;
use crate::words::{self, Clock, Texts};

/// An instant or a span, for people and for programs.
pub(super) struct Moment {
    at: Timestamp,
    words: String,
}

impl Moment {
    pub(super) fn at(clock: &Clock, at: Timestamp) -> Self {
        Self {
            at,
            words: clock.at(at),
        }
    }

    pub(super) fn span(clock: &Clock, from: Timestamp, until: Timestamp) -> Self {
        Self {
            at: from,
            words: clock.span(from, until),
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, r#"<time datetime="{}">{}</time>"#, self.at, self.words)
    }
}

impl HtmlSafe for Moment {}

/// A state with its icon, so that no colour has to be told from another.
pub(super) struct StateTag {
    key: &'static str,
    words: &'static str,
}

impl StateTag {
    pub(super) fn new(texts: &Texts, state: ComponentState) -> Self {
        Self {
            key: words::state_key(state),
            words: texts.state(state),
        }
    }
}

impl fmt::Display for StateTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, words } = self;
        write!(
            f,
            r##"<span class="state {key}"><svg aria-hidden="true"><use href="#i-{key}"/></svg>{words}</span>"##
        )
    }
}

impl HtmlSafe for StateTag {}

/// A few names, and how many more there are.
pub(super) struct Names {
    pub(super) shown: Vec<String>,
    pub(super) more: Option<String>,
}

impl Names {
    pub(super) fn new<'a>(texts: &Texts, names: impl Iterator<Item = &'a str>, most: usize) -> Self {
        let mut shown: Vec<String> = names.map(text::line).collect();
        let hidden = shown.len().saturating_sub(most);
        shown.truncate(most);
        Self {
            shown,
            more: (hidden > 0).then(|| texts.and_more.of(u64::try_from(hidden).unwrap_or(u64::MAX))),
        }
    }
}

/// The icons of states, one `symbol` each.
const SYMBOLS: &str = include_str!("../../templates/icons.svg");

/// What an icon is drawn of, by its state's key.
pub(super) fn shape(key: &str) -> &'static str {
    let begin = format!("id=\"i-{key}\" viewBox=\"0 0 16 16\">");
    let symbol = SYMBOLS.split_once(&*begin).map_or("", |(_, rest)| rest);
    symbol.split_once("</symbol>").map_or("", |(shape, _)| shape)
}

/// The icon of a browser's tab.
pub(super) fn favicon(state: ComponentState) -> String {
    let colour = match state {
        ComponentState::Operational => "1a7a36",
        ComponentState::Unknown => "59636e",
        ComponentState::Maintenance => "0a5fc2",
        ComponentState::Degraded => "a06c0c",
        ComponentState::PartialOutage => "c9560d",
        ComponentState::MajorOutage => "c4232b",
    };
    let shape = shape(words::state_key(state))
        .replace("class=\"k\"", "fill='none' stroke='%23fff' stroke-width='1.8'")
        .replace('"', "'")
        .replace('<', "%3C")
        .replace('>', "%3E");
    format!(
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='%23{colour}'%3E{shape}%3C/svg%3E"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_an_icon() {
        for state in ComponentState::ALL {
            assert!(
                shape(words::state_key(state)).contains("class=\"k\""),
                "{state:?}"
            );
            let icon = favicon(state);
            assert!(
                icon.contains("stroke='%23fff'") && !icon.contains(['"', '<', '#']),
                "{icon}"
            );
        }
    }
}
