//! What marks the messages of a drill, so that nobody takes it for an outage.

/// What they say.
pub(super) const NOTE: &str = "This is a drill: nothing is wrong with the monitor.";

/// The same of several drills.
pub(super) const NOTE_ON_SEVERAL: &str = "These are drills: nothing is wrong with the monitors.";

/// A headline with the mark in the place of its emoji.
pub(super) fn headline(headline: &str) -> String {
    let words = headline.split_once(' ').map_or(headline, |(_, words)| words);
    format!("🧪 {}", marked(words))
}

/// Words with the mark before them.
pub(super) fn marked(words: &str) -> String {
    format!("DRILL – {words}")
}
