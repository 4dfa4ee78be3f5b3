//! What services report about messages that they took.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a service says became of a message that it took. It only goes on, whatever comes in which order: what one device of
/// the recipient has got is not undone by another one that has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportedState {
    /// It is on its way to the recipient.
    Sent,
    /// It was not delivered.
    Failed,
    /// The recipient's phone has it.
    Delivered,
    /// The recipient has seen it.
    Read,
}

impl ReportedState {
    /// All of them, each before those by which it is followed.
    pub const ALL: [Self; 4] = [Self::Sent, Self::Failed, Self::Delivered, Self::Read];

    /// The name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
        }
    }

    /// The state of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// What a service has reported about a message that it took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeliveryReport {
    /// What became of it.
    pub state: ReportedState,
    /// When, by the service's clock.
    pub at: Timestamp,
    /// Why it was not delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl DeliveryReport {
    /// Whether the message did not reach anybody.
    pub fn is_failure(&self) -> bool {
        self.state == ReportedState::Failed
    }
}
