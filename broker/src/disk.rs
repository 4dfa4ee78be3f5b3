//! The log with what waits for it: readers for the next record, writers until it is on the disk.

use std::cell::{Cell, RefCell, RefMut};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::clock::now_millis;
use crate::log::{AppendError, Log, Place};
use crate::metrics;

/// What nobody waits for is synchronised after this time, as the most that a loss of power takes.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// When nothing more was dropped for so long, the log has room again.
const QUIET: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug, Default)]
struct Synced {
    /// Up to here everything is on the disk.
    written: u64,
    /// As often they could not be, by then.
    failures: u64,
}

/// The log, for all connections.
#[derive(Debug)]
pub(crate) struct Disk {
    log: RefCell<Log>,
    appended: watch::Sender<u64>,
    synced: watch::Sender<Synced>,
    wanted: Notify,
    /// Whether it could not be written last.
    refuses: Cell<bool>,
    /// Where it could not be read last.
    unreadable: Cell<Option<Place>>,
    shedding: Cell<Option<Shedding>>,
    told_lost: Cell<u64>,
}

/// The log is at its bound and drops records that were not read.
#[derive(Clone, Copy, Debug)]
struct Shedding {
    /// What is lost by now, and since when nothing more was.
    lost: u64,
    since: Instant,
}

impl Disk {
    pub(crate) fn new(log: Log) -> Self {
        Self {
            log: RefCell::new(log),
            appended: watch::Sender::new(0),
            synced: watch::Sender::default(),
            wanted: Notify::new(),
            refuses: Cell::new(false),
            unreadable: Cell::new(None),
            shedding: Cell::new(None),
            told_lost: Cell::new(0),
        }
    }

    pub(crate) fn log(&self) -> RefMut<'_, Log> {
        self.log.borrow_mut()
    }

    /// Tells of appended records.
    pub(crate) fn appended(&self) -> watch::Receiver<u64> {
        self.appended.subscribe()
    }

    /// Appends a batch, and answers its offset.
    pub(crate) fn append(&self, place: Place, batch: &[u8]) -> Result<i64, AppendError> {
        let result = self.log().append(place, batch, now_millis());
        match &result {
            Ok(_) => self.note(None),
            Err(error @ (AppendError::Disk(_) | AppendError::Full)) => self.note(Some(error)),
            Err(AppendError::Invalid(_) | AppendError::OutOfOrder) => {}
        }
        self.appended.send_modify(|count| *count += 1);
        result
    }

    /// Notes what a group has done.
    pub(crate) fn commit(&self, group: &str, topic: &str, next: BTreeMap<i32, i64>) -> io::Result<()> {
        let result = self.log().commit(group, topic, next);
        // That it could be written says nothing of what a full log has no room for.
        if let Err(error) = &result {
            self.note(Some(error));
        }
        result
    }

    /// Waits until everything that is written now is on the disk; answers whether it is.
    pub(crate) async fn synchronised(&self) -> bool {
        let (until, failures) = {
            let log = self.log();
            (log.written(), log.failures())
        };
        let mut synced = self.synced.subscribe();
        self.wanted.notify_one();
        let done = synced.wait_for(|synced| synced.written >= until || synced.failures > failures);
        // What could not be synchronised once is not there because it can be afterwards.
        done.await.is_ok_and(|synced| synced.failures == failures)
    }

    /// Synchronises what is written, when somebody waits for it and otherwise now and then.
    pub(crate) async fn run(&self, stop: &CancellationToken) {
        loop {
            let stopped = tokio::select! {
                () = stop.cancelled() => true,
                () = self.wanted.notified() => false,
                () = tokio::time::sleep(SYNC_EVERY) => false,
            };
            self.synchronise().await;
            if stopped {
                return;
            }
        }
    }

    async fn synchronise(&self) {
        let pending = {
            let log = self.log();
            metrics::size(log.bytes());
            self.note_lost(log.lost());
            let synced = *self.synced.borrow();
            if (log.written(), log.failures()) == (synced.written, synced.failures) {
                return;
            }
            Arc::new(log.pending())
        };
        let files = Arc::clone(&pending);
        let result = tokio::task::spawn_blocking(move || files.sync()).await;
        let mut log = self.log();
        if let Err(error) = log.settle(&pending, result.map_err(io::Error::other).flatten()) {
            self.note(Some(&error));
        }
        self.synced.send_replace(Synced {
            written: log.synced(),
            failures: log.failures(),
        });
    }

    /// Tells that a partition cannot be read, once, and the end of it: a reader tries again and again.
    pub(crate) fn note_read(&self, place: Place, error: Option<&io::Error>) {
        match (error, self.unreadable.get()) {
            (Some(error), None) => {
                self.unreadable.set(Some(place));
                tracing::error!(%error, "the embedded log cannot be read: its disk?");
            }
            (None, Some(known)) if known == place => {
                self.unreadable.set(None);
                tracing::info!("the embedded log can be read again");
            }
            _ => {}
        }
    }

    /// Tells that records are dropped unread, once, and the end of it.
    fn note_lost(&self, lost: u64) {
        let now = Instant::now();
        match self.shedding.get() {
            None if lost > self.told_lost.get() => {
                tracing::error!(
                    "the embedded log has reached EMBEDDED_LOG_MIB: its oldest results are dropped although they were \
                     not stored; is PostgreSQL there?"
                );
                self.shedding.set(Some(Shedding { lost, since: now }));
            }
            Some(shedding) if lost > shedding.lost => {
                self.shedding.set(Some(Shedding { lost, since: now }));
            }
            Some(shedding) if now.duration_since(shedding.since) > QUIET => {
                let records = lost - self.told_lost.replace(lost);
                tracing::warn!(
                    records,
                    "the embedded log has room again; these records were dropped unread"
                );
                self.shedding.set(None);
            }
            _ => {}
        }
    }

    /// Tells that the disk refuses writes, once, and the end of it.
    fn note(&self, error: Option<&dyn Display>) {
        if error.is_some() {
            metrics::write_failed();
        }
        match (error, self.refuses.replace(error.is_some())) {
            (Some(error), false) => tracing::error!(
                %error,
                "the embedded log cannot be written: nothing is decided or told until it can; \
                 results wait in memory, and are skipped when there are too many"
            ),
            (None, true) => tracing::info!("the embedded log can be written again"),
            _ => {}
        }
    }
}
