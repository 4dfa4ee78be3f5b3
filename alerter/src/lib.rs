//! Turns the log into alerts.
