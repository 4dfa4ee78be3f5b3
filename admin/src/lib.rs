//! What is done once per release, before the services start: the schema and the topics.
//!
//! Each command waits for its server, does its work, and ends. Doing it again changes nothing, so a job that
//! runs it may be repeated. The `wait-*` commands change nothing at all: they hold a pod back until the job
//! of its release has done its work.

mod error;
mod patience;
mod schema;
mod settings;
mod topics;

pub use error::AdminError;
pub use schema::{migrate, wait_schema};
pub use settings::{SchemaSettings, TopicSettings};
pub use topics::{create_topics, wait_topics};
