//! What comes of a mail that waits in a table. Pure.

/// For how long a mail is lent to who sends it; then another one sends it.
pub(crate) const LEASE_SECONDS: f64 = 60.0;

/// The longest text of an error that is kept, in characters.
pub(crate) const MAX_ERROR: i32 = 300;

/// What came of a mail.
#[derive(Debug)]
pub(crate) enum Fate {
    /// The mail server has it.
    Sent,
    /// It has nothing to say.
    Dropped,
    /// It may be taken later.
    Later(String),
    /// It is never taken.
    Refused(String),
    /// It is never taken, for there is no such recipient.
    NoRecipient(String),
    /// It is not taken from who sends it: the server wants another password, or has a policy.
    Denied(String),
}

impl Fate {
    /// The name in metrics.
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Dropped => "dropped",
            Self::Later(_) => "failed",
            Self::Refused(_) | Self::NoRecipient(_) | Self::Denied(_) => "refused",
        }
    }

    /// The same, where what the sender is denied is tried again: it may be put right.
    pub(crate) fn or_later(self) -> Self {
        match self {
            Self::Denied(why) => Self::Later(why),
            other => other,
        }
    }

    /// Why it was not taken.
    pub(crate) fn why(&self) -> Option<&str> {
        match self {
            Self::Sent | Self::Dropped => None,
            Self::Later(why) | Self::Refused(why) | Self::NoRecipient(why) | Self::Denied(why) => Some(why),
        }
    }
}
