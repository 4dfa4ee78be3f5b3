//! Accounts, monitors and channels, and the API's reads from PostgreSQL.
//!
//! Only the gateway and the other services call it: every route but health and metrics needs the internal
//! key. Three layers: `api` (handlers, one file per resource) uses `store` (SQL) and `rules` (pure); `store` uses
//! `rules`, and nothing is imported the other way. Beside them: `outbox` publishes lifecycle records, `mirror` keeps the
//! definitions in Redis, `live` reads and publishes there, `live_pause` shows a pause there, `mail_server` is what the alerters say there,
//! `confirmation_limits` counts mails to recipients, `mail` sends mails about accounts, which `mail_limits` counts,
//! `providers` are those with whom people sign in besides, `sealed_cookie` what browsers keep meanwhile,
//! `verification` demands that an address is its owner's, `housekeeping` is what recurs.
//! `restored` is what an operator runs once after a restore.

mod announce;
mod api;
mod app;
mod business;
mod confirmation_limits;
mod housekeeping;
mod limited;
mod live;
mod live_pause;
mod mail;
mod mail_limits;
mod mail_server;
mod metrics;
mod mirror;
mod outbox;
mod passwords;
mod providers;
mod reauthentication;
mod restored;
mod rules;
mod sealed_cookie;
mod service;
mod settings;
mod store;
mod verification;

pub use mail::{Caught, Delivery};
pub use providers::ProviderSettings;
pub use restored::{Command, Restored, RestoredError};
pub use service::{BuildError, RunError, Service, build};
pub use settings::{Registration, Settings};
