//! Who is notified of an incident: what monitors and routes name.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::field_error::{Errors, FieldError};
use crate::ids::{ChannelId, EscalationPolicyId};

/// Channels that may be named in one place.
pub const MAX_CHANNELS: usize = 50;

/// Who is notified.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(tag = "to", rename_all = "snake_case", deny_unknown_fields)]
pub enum Recipients {
    /// These channels.
    Channels {
        /// 1 to 50.
        channels: Vec<ChannelId>,
    },
    /// Those whom an escalation policy names, one step after the other.
    Policy {
        /// Which.
        policy_id: EscalationPolicyId,
    },
    /// Nobody. It is recorded that nobody was notified, and why.
    Nobody,
}

impl Recipients {
    /// What is wrong with them; the fields are named from `field` on.
    pub fn validate(&self, field: &str) -> Vec<FieldError> {
        let mut errors = Errors::default();
        if let Self::Channels { channels } = self
            && !(1..=MAX_CHANNELS).contains(&channels.len())
        {
            let wrong = format!("must name 1 to {MAX_CHANNELS} channels");
            errors.add(&format!("{field}.channels"), wrong);
        }
        errors.0
    }
}
