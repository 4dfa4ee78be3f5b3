//! Whether the number of a member's own channel is known to be the member's.

use domain::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Whether somebody has shown that the number of a channel of their own is theirs: nothing but codes is sent there before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct NumberConfirmation {
    /// Whether it gets notifications.
    pub state: NumberState,
    /// When the last code was sent, unless the number is confirmed.
    #[schema(required = true)]
    pub asked_at: Option<Timestamp>,
    /// Until when that code is accepted; null where none is.
    #[schema(required = true)]
    pub expires_at: Option<Timestamp>,
    /// Why no code could be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Whether a number is that of a channel's owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NumberState {
    /// Its owner has still to enter the code.
    Waiting,
    /// It gets notifications.
    Confirmed,
}
