//! From the log into the stores. Records pass three tasks, one batch at a time and in order: intake,
//! store, publish. Only then are their offsets stored.

mod alert_events;
mod database;
mod publish;
mod results;
mod store;

pub(crate) use alert_events::AlertEvents;
pub(crate) use database::DatabaseRetry;
pub(crate) use publish::publish;
pub(crate) use results::Opening;
pub(crate) use store::{Storing, store};

use std::collections::{BTreeMap, BTreeSet};

use intake::Done;
use shared::kafka::Message;

use crate::batch::Entry;
use crate::live::MergedUpdates;

/// The consumer group that reads results. Alert events have a group of their own: a member that comes or
/// goes on one topic is no reason to pause the other.
pub const RESULTS_GROUP: &str = "processor";

/// The consumer group that reads alert events.
pub const ALERT_EVENTS_GROUP: &str = "processor-alert-events";

/// Batches that wait between two tasks, at most.
pub(crate) const QUEUE: usize = 1;

/// A batch for the store.
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

/// A stored batch, to be published.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) live: MergedUpdates,
    /// When the broker appended the last record.
    pub(crate) appended: Option<domain::Timestamp>,
    /// The last record of each partition, and when it was appended.
    pub(crate) reached: BTreeMap<i32, (i64, domain::Timestamp)>,
    /// The partitions in which it was about heartbeats.
    pub(crate) heartbeats: BTreeSet<i32>,
    pub(crate) done: Done,
    /// Whether more is likely to follow at once.
    pub(crate) more: bool,
}
