//! Acknowledging by a link in a notification, without signing in.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Public;
use crate::incident::Acknowledgement;
use crate::operation::{given_or, given_or_value, operation};
use crate::recipient::LinkPath;

/// What is shown to whoever has the link of a notification: no more than the notification says.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LinkedIncident {
    /// What people call the monitor.
    pub monitor_name: String,
    /// Whether the incident is rehearsed.
    pub drill: bool,
    /// How it stands.
    pub state: LinkedState,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was over; null while it goes on.
    #[schema(required = true)]
    pub resolved_at: Option<Timestamp>,
    /// Who acknowledged it; null while nobody has, and when that has expired.
    #[schema(required = true)]
    pub acknowledged: Option<Acknowledgement>,
    /// Why this link does not acknowledge it now, which a POST answers with 403; left out where it does. That is so only of
    /// members' own channels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// How an incident stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkedState {
    /// It goes on, and nobody has acknowledged it.
    Open,
    /// It goes on, and somebody has acknowledged it.
    Acknowledged,
    /// It is over.
    Resolved,
}

operation! {
    /// What the link in a notification acknowledges; changes nothing. 403 where the member whose own channel has it does
    /// not see the monitor any more.
    GetLinkedIncident "Incidents": Get "/acknowledgements/{token}", Public;
    path LinkPath;
    answer 200 LinkedIncident;
    rate Link;
}

operation! {
    /// Acknowledges the incident of a notification by the link in it, where the channel allows that. Once more, or once it
    /// is over, it changes nothing. 403 where it is a member's own channel, and that member may not acknowledge now.
    AcknowledgeByLink "Incidents": Post "/acknowledgements/{token}", Public;
    path LinkPath;
    answer 200 LinkedIncident;
    rate Link;
}
