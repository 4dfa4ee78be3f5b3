//! Quiet hours of a member, for all channels of the member's own.

use domain::Severity;
use domain::channel::{OwnerQuietHours, QuietWindow};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::access::ManageAccount;
use crate::operation::{given_or, given_or_value, operation};

/// The quiet hours that somebody sets, as a whole: what is left out is as by default.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OwnQuietHoursInput {
    /// The IANA time zone of the windows, as in `Europe/Berlin`; required where there are some.
    pub time_zone: Option<String>,
    /// When, at most 7, and not all of the week; none by default.
    pub windows: Vec<QuietWindow>,
    /// Of monitors of this severity and worse the channels are notified all the same; of none where it is null. `critical` by
    /// default.
    pub passes: Option<Severity>,
}

impl Default for OwnQuietHoursInput {
    fn default() -> Self {
        Self {
            time_zone: None,
            windows: Vec::new(),
            passes: Some(Severity::Critical),
        }
    }
}

operation! {
    /// The caller's quiet hours in this organisation; nobody else sees them.
    GetOwnQuietHours "Accounts": Get "/me/quiet-hours", ManageAccount;
    answer 200 OwnerQuietHours;
}

operation! {
    /// Sets the caller's quiet hours in this organisation: all channels of one's own have them, on top of those of each. What
    /// begins in them is notified of when they end and it still goes on. Without windows there are none.
    SetOwnQuietHours "Accounts": Put "/me/quiet-hours", ManageAccount;
    body OwnQuietHoursInput;
    answer 200 OwnerQuietHours;
}
