//! Turns the log into alerts: decided once, delivered until received.
//!
//! ```text
//! in        engine/     reads the log and restores what is known of its monitors from `alert-state`
//! decide    [alerting]  folds records into states, and transitions into alerts (a crate of its own, pure)
//! out       state_log   writes both back, before anything is sent
//!           sender/     sends each message until it is received
//!           channel/    one file per kind of channel
//! beside    directory/  the channels and names that user-service knows
//!           upstream/   which monitors on which others depend are down and announced
//!           db/         where to start from when `alert-state` is empty
//!           mail_server, test_limits  what others are told of, and how often tests go to an address
//!           confirmations  asks the recipients of e-mail channels whether they want alerts
//!           confirmation_codes  sends the codes that show whose the numbers of members' own channels are
//!           links       addresses in the dashboard
//! ```

mod channel;
mod confirmation_codes;
mod confirmations;
mod db;
mod directory;
mod engine;
mod http;
mod links;
mod mail_server;
mod metrics;
mod sender;
mod service;
mod settings;
mod state_log;
mod test_limits;
mod upstream;

pub use engine::{RESULTS_GROUP, Replay};
pub use service::{BuildError, RunError, Service, build};
pub use settings::Settings;
