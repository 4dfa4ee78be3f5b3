//! What is wrong with a schedule.

/// A field of a schedule that is not valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct ScheduleError {
    /// Which: `period_seconds`, `expression` or `timezone`.
    pub field: &'static str,
    /// What is wrong with it, as a sentence without its full stop.
    pub message: String,
}

impl ScheduleError {
    pub(crate) fn expression(message: impl Into<String>) -> Self {
        Self {
            field: "expression",
            message: message.into(),
        }
    }
}
