//! The rules of the product, free of IO: names, the slot grid, the records on the log, and the fold that
//! turns them into states and incidents.
//!
//! Everything here is a pure function of its arguments. There is no clock, no random number and no client
//! in this crate's dependencies, so that the processor, the alerter and a replay reach the same answer.

pub mod acknowledge_link;
pub mod alert_event;
pub mod alert_policy;
pub mod alert_rules;
pub mod alert_state;
pub mod api_key;
pub mod badge;
pub mod baseline;
pub mod channel;
pub mod coverage;
pub mod email;
pub mod error_code;
pub mod escalation;
mod field_error;
pub mod flapping;
pub mod fold;
mod header;
pub mod heartbeat;
pub mod histogram;
pub mod hold;
pub mod hours;
pub mod ids;
pub mod internal;
pub mod joint;
pub mod json;
pub mod judgement;
pub mod live;
pub mod maintenance;
pub mod monitor;
pub mod on_call;
pub mod quorum;
pub mod recipients;
pub mod record;
pub mod redact;
pub mod regions;
pub mod revocation;
pub mod routing;
pub mod rule;
pub mod severity;
pub mod slot;
pub mod status_page;
pub mod suppression;
pub mod text;
pub mod time;

pub use email::EmailAddress;
pub use error_code::ErrorCode;
pub use fold::{Decision, Effect, MonitorState, State, Transition, decide};
pub use ids::{
    ApiKeyId, ChannelId, ComponentId, DeliveryId, DestinationId, DrillId, EmailRecipientId,
    EscalationPolicyId, IncidentId, MonitorId, OrgId, ReportUpdateId, RouteId, ScheduleId, SilenceId,
    StatusPageId, StatusReportId, SubscriberId, TagId, TeamId, UserId,
};
pub use quorum::{Needed, Quorum};
pub use record::{CheckResult, Lifecycle, Record, Skipped};
pub use regions::Regions;
pub use rule::Rule;
pub use severity::Severity;
pub use slot::Grid;
pub use time::Timestamp;
