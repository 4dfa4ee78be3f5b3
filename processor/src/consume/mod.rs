//! From the log into the stores. The records pass three tasks, one batch at a time and in order: intake,
//! store, publish. Only then are their offsets stored.

mod alert_events;
mod database;
mod publish;
mod results;
mod store;

pub(crate) use alert_events::AlertEvents;
pub(crate) use database::Patient;
pub(crate) use publish::publish;
pub(crate) use results::{PARKING_PLACES, ResultsIntake};
pub(crate) use store::{Storing, store};

use intake::Done;
use shared::kafka::Message;

use crate::batch::Entry;
use crate::live::Gathered;

/// The consumer group that reads results. Alert events have a group of their own: a member that comes or
/// goes on one topic is no reason to pause the other.
pub const RESULTS_GROUP: &str = "processor";

/// The consumer group that reads alert events.
pub const ALERT_EVENTS_GROUP: &str = "processor-alert-events";

/// Batches that wait between two tasks, at most.
pub(crate) const QUEUE: usize = 1;

/// What the intake hands to the store.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) entries: Vec<Entry>,
    /// The message of each entry.
    pub(crate) messages: Vec<Message>,
    /// What may be stored as done after the batch.
    pub(crate) done: Done,
    /// Whether it is as large as a batch may be, so that more is likely to wait.
    pub(crate) full: bool,
}

/// What the store hands to Redis.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) live: Gathered,
    /// When the broker appended the last record.
    pub(crate) appended: Option<domain::Timestamp>,
    pub(crate) done: Done,
    /// Whether more is likely to follow at once.
    pub(crate) more: bool,
}
