//! Accounts, monitors and channels, and the API's reads from PostgreSQL.
//!
//! Only the gateway and the other services call it: every route but health and metrics needs the internal
//! key. Three layers: `api` (handlers, one file per resource) uses `store` (SQL) and `rules` (pure); `store` uses
//! `rules`, and nothing is imported the other way. Beside them: `outbox` publishes lifecycle records, `mirror` keeps the
//! definitions in Redis, `live` reads and publishes there, `live_pause` shows a pause there, `mail_server` is what the alerters say there,
//! `confirmation_limits` counts mails to recipients, `code_limits` codes to phones, `mail` sends mails about accounts, which `mail_limits` counts,
//! `providers` are those with whom people sign in besides, `sealed_cookie` what browsers keep meanwhile,
//! `second_factor` looks at codes, `reauthentication` asks for the password and a code once more,
//! `queue` sends what waits in a table, `subscriptions` what subscribers and destinations of status pages get,
//! `subscription_limits` counts who signs up,
//! `verification` demands that an address is its owner's, `deletion` deletes accounts and organisations once their time
//! has come, `export` makes archives, `sla` SLA reports, `scheduled_sla_reports` those that are due,
//! `simulations` are what would have been sent, `backtests` compare that with what was,
//! `status_pages` has what their visitors see written to Redis, `automatic_reports` reports outages there, `housekeeping` is what recurs. `command` is what an operator runs by hand:
//! `restored` once after a restore, `assign_plan` to give an organisation its plan, `backtest_command` to try rules, `remove_second_factor` for who has
//! lost theirs.

mod announce;
mod api;
mod app;
mod assign_plan;
mod automatic_reports;
mod backtest_command;
mod backtests;
mod baselines;
mod browser_cookie;
mod business;
mod code_limits;
mod command;
mod confirmation_limits;
mod deletion;
mod drill_jobs;
mod export;
mod housekeeping;
mod job_error;
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
mod pinger_pods;
mod providers;
mod queue;
mod reauthentication;
mod remove_second_factor;
mod restored;
mod rules;
mod scheduled_sla_reports;
mod sealed_cookie;
mod second_factor;
mod service;
mod settings;
mod simulations;
mod sla;
mod status_pages;
mod store;
mod subscription_limits;
mod subscriptions;
mod undelivered;
mod verification;

pub use assign_plan::{Plan, PlanError};
pub use backtest_command::{Backtest, BacktestError};
pub use command::{Command, CommandError};
pub use mail::{Caught, Delivery};
pub use providers::ProviderSettings;
pub use remove_second_factor::{RemoveSecondFactor, RemoveSecondFactorError};
pub use restored::{Restored, RestoredError};
pub use rules::plan::Plans;
pub use service::{BuildError, RunError, Service, build};
pub use settings::{Registration, Settings};
