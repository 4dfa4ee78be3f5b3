//! Stores the results on the log in PostgreSQL, and the live state in Redis.

mod batch;
mod consume;
mod export;
mod fold;
mod housekeeping;
mod live;
mod metrics;
mod rollup;
mod service;
mod settings;
mod store;
mod tools;
mod watch;

pub use batch::{Applied, Counts, Entry, LiveEvent, LiveUpdate, Version};
pub use consume::{ALERT_EVENTS_GROUP, RESULTS_GROUP};
pub use housekeeping::HousekeepingError;
pub use live::{LiveError, LiveWriter};
pub use service::{BuildError, RunError, Service, build};
pub use settings::Settings;
pub use store::{Store, StoreError};
pub use tools::{Command, DeadLetterCommand, Rebuild, ToolError};
