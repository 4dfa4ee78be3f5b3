//! Accounts, monitors and channels, and the API's reads from PostgreSQL.
//!
//! Only the gateway and the other services call it: every route but health and metrics needs the internal
//! key. In: `server` and the handlers of `auth`, `monitors`, `history`, `incident_actions`, `channels`, `windows` and `internal`. Out: rows
//! in PostgreSQL, lifecycle records by way of `outbox`, and the definitions in Redis by way of `mirror`.
//! `restored` is what an operator runs once after a restore.

mod alerting;
mod app;
mod auth;
mod business;
mod channels;
mod history;
mod housekeeping;
mod incident_actions;
mod internal;
mod metrics;
mod mirror;
mod monitors;
mod outbox;
mod page;
mod restored;
mod server;
mod service;
mod settings;
mod slack;
mod text;
mod windows;

pub use restored::{Command, RestoredError, USAGE, UsageError};
pub use service::{BuildError, RunError, Service, build};
pub use settings::Settings;
