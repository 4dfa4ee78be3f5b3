//! What comes of a message to a destination. Pure.

/// Attempts in a row that are answered with "not found" or "gone", and then the destination is switched off.
pub(crate) const MAX_GONE: i32 = 3;

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It was received, with this answer.
    Delivered(u16),
    /// It has nothing to say any more.
    Dropped,
    /// It may be taken later.
    Later { status: Option<u16>, why: String },
    /// There is nobody: it may be taken later, unless there is nobody several times in a row.
    Gone { status: u16, why: String },
    /// It is never taken.
    Refused { status: Option<u16>, why: String },
}

impl Fate {
    /// What an answer means. Most of what is refused is so for a while, and because of the receiver; what concerns the
    /// message itself is refused for good.
    pub(crate) fn of_answer(status: u16, excerpt: &str) -> Self {
        let why = match excerpt {
            "" => format!("HTTP {status}"),
            excerpt => format!("HTTP {status}: {excerpt}"),
        };
        match status {
            200..300 => Self::Delivered(status),
            404 | 410 => Self::Gone { status, why },
            400 | 413 | 422 => Self::Refused {
                status: Some(status),
                why,
            },
            _ => Self::Later {
                status: Some(status),
                why,
            },
        }
    }

    /// The name in metrics.
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::Delivered(_) => "delivered",
            Self::Dropped => "dropped",
            Self::Later { .. } | Self::Gone { .. } => "failed",
            Self::Refused { .. } => "refused",
        }
    }

    /// The status of the answer.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Delivered(status) | Self::Gone { status, .. } => Some(*status),
            Self::Later { status, .. } | Self::Refused { status, .. } => *status,
            Self::Dropped => None,
        }
    }

    /// Why it was not received.
    pub(crate) fn why(&self) -> Option<&str> {
        match self {
            Self::Delivered(_) | Self::Dropped => None,
            Self::Later { why, .. } | Self::Gone { why, .. } | Self::Refused { why, .. } => Some(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart() {
        for (status, name) in [
            (200, "delivered"),
            (202, "delivered"),
            (302, "failed"),
            (400, "refused"),
            (403, "failed"),
            (404, "failed"),
            (429, "failed"),
            (500, "failed"),
        ] {
            assert_eq!(Fate::of_answer(status, "").as_str(), name, "{status}");
        }
        assert!(matches!(
            Fate::of_answer(410, "x"),
            Fate::Gone { status: 410, .. }
        ));
        assert_eq!(Fate::of_answer(500, "oops").why(), Some("HTTP 500: oops"));
    }
}
