//! Live updates.

use domain::live::{IncidentView, StatusEvent};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::View;
use crate::operation::{given_or, given_or_value, operation};

/// The data of the events of `GET /stream`, by the event's name.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
pub enum LiveEvent {
    /// A monitor's state or latest result has changed.
    Status(StatusEvent),
    /// An incident was opened, closed or acknowledged.
    Incident(Box<IncidentView>),
    /// The id in `Last-Event-ID` is too old or unknown: load everything anew.
    Reset,
}

operation! {
    /// Live updates as server-sent events; `Last-Event-ID` resumes.
    OpenStream "Live updates": Get "/stream", View;
    answer 200 LiveEvent;
    served by Gateway;
    media type "text/event-stream";
}
