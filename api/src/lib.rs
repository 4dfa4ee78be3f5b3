//! The public contract, once: every operation of the API as a type, with what it takes, what it answers and who may
//! call it.
//!
//! [`document`] makes the OpenAPI document of it, which the gateway serves; the routes of gateway and user-service are
//! made from [`operations`]. Pure: nothing here knows a server or a client.

mod access;
mod account;
mod account_event;
mod alert_cause;
mod alert_route;
mod api_key;
mod audit;
mod bulk;
mod calendar_feed;
mod channel;
mod deletion;
mod document;
mod escalation_policy;
mod export;
mod heartbeat;
mod identity;
mod incident;
mod list;
mod monitor;
mod nullable;
mod on_call;
mod operation;
mod organisation;
mod own_channel;
mod page;
mod problem;
mod proof;
mod recipient;
mod report_template;
mod result;
mod second_factor;
mod silence;
mod sla_report;
mod sla_schedule;
mod status_destination;
mod status_page;
mod status_page_statistics;
mod status_report;
mod status_subscriber;
mod stream;
mod tag;
mod team;
mod usage;
mod version;
mod window;

pub use access::*;
pub use account::*;
pub use account_event::*;
pub use alert_cause::*;
pub use alert_route::*;
pub use api_key::*;
pub use audit::*;
pub use bulk::*;
pub use calendar_feed::*;
pub use channel::*;
pub use deletion::*;
pub use document::document;
pub use escalation_policy::*;
pub use export::*;
pub use heartbeat::*;
pub use identity::*;
pub use incident::*;
pub use list::operations;
pub use monitor::*;
pub use on_call::*;
pub use operation::*;
pub use organisation::*;
pub use own_channel::*;
pub use page::*;
pub use problem::{FieldError, ProblemDetails, SECOND_FACTOR_MISSING, SECOND_FACTOR_REQUIRED};
pub use proof::Proof;
pub use recipient::*;
pub use report_template::*;
pub use result::*;
pub use second_factor::*;
pub use silence::*;
pub use sla_report::*;
pub use sla_schedule::*;
pub use status_destination::*;
pub use status_page::*;
pub use status_page_statistics::*;
pub use status_report::*;
pub use status_subscriber::*;
pub use stream::*;
pub use tag::*;
pub use team::*;
pub use usage::*;
pub use version::Versioned;
pub use window::*;

/// Where all operations stand.
pub const PREFIX: &str = "/api/v1";
