//! The live state in Redis. It can always be made again from PostgreSQL.

mod folded;
mod merged;
mod publisher;
mod repair;
mod stale;
mod writer;

pub use writer::{LiveError, LiveWriter};

#[cfg(test)]
pub(crate) use merged::tests::update as sample_update;

pub(crate) use folded::{Folded, Telling};
pub(crate) use merged::MergedUpdates;
pub(crate) use publisher::Publisher;
pub(crate) use repair::{RepairError, rewrite_all, watch};
pub(crate) use stale::Stale;
