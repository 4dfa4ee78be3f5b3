//! What is to be synchronised, and what is not trusted when it could not be.

use std::fs::File;
use std::io;
use std::sync::Arc;

use super::Log;
use crate::segment;

/// What is to be synchronised until all is that was written when it was asked for.
#[derive(Debug)]
pub(crate) struct Pending {
    /// Nothing more is written to these.
    full: Vec<Arc<File>>,
    active: Option<Arc<File>>,
    written: u64,
    failures: u64,
}

impl Pending {
    pub(crate) fn sync(&self) -> io::Result<()> {
        let mut files = self.full.iter().chain(&self.active);
        files.try_for_each(|file| segment::sync(file))
    }
}

impl Log {
    /// How much was written of what is known to be on the disk.
    pub(crate) fn synced(&self) -> u64 {
        self.synced
    }

    /// How often files could not be synchronised. Nothing of what was not on the disk before is trusted.
    pub(crate) fn failures(&self) -> u64 {
        self.failures
    }

    /// What is to be synchronised now.
    pub(crate) fn pending(&self) -> Pending {
        let active = self.segments.get(&self.active);
        Pending {
            full: self.unsynced.clone(),
            active: active.map(|segment| Arc::clone(&segment.file)),
            written: self.written,
            failures: self.failures,
        }
    }

    /// Notes how it went.
    pub(crate) fn settle(&mut self, pending: &Pending, result: io::Result<()>) -> io::Result<()> {
        if result.is_err() {
            self.distrust();
        } else if pending.failures == self.failures {
            let is_done = |file: &Arc<File>| pending.full.iter().any(|done| Arc::ptr_eq(done, file));
            self.unsynced.retain(|file| !is_done(file));
            self.synced = self.synced.max(pending.written);
        }
        result
    }

    /// After files could not be synchronised nobody knows what is in them: a new one is begun, and what is
    /// acknowledged only on the disk is to come again. The rest was acknowledged before: its producers do not have it
    /// any more, and must not be told that it is missing.
    fn distrust(&mut self) {
        self.failures += 1;
        for (topic, partitions) in self.options.topics.iter().zip(&mut self.topics) {
            for partition in partitions.iter_mut().filter(|_| topic.compacted) {
                partition.producers.roll_back(self.synced);
            }
        }
        let unsynced = |file: &Arc<File>| self.unsynced.iter().any(|known| Arc::ptr_eq(known, file));
        let suspects = self
            .segments
            .iter()
            .filter(|(number, segment)| **number == self.active || unsynced(&segment.file));
        self.suspects.extend(suspects.map(|(number, _)| *number));
        self.must_roll = true;
        if let Err(error) = self.roll() {
            tracing::debug!(%error, "no file can be begun either");
        }
    }
}
