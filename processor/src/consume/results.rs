//! The first step: finds the organisation that owns each record's monitor.

use domain::record::LifecycleEvent;
use domain::{MonitorId, Record};
use intake::{Intake, NoRoom, Reason, Received, Rejection, Results};
use shared::kafka::Message;
use shared::retry::Interrupted;
use tokio::sync::mpsc;

use super::{Batch, DatabaseRetry};
use crate::batch::Entry;
use crate::metrics::{self, Dropped};
use crate::store::Directory;

/// Records that wait for their monitor's definition, at most.
pub(crate) const PARKING_PLACES: usize = 10_000;

/// Reads results, and finds their organisations.
#[derive(Debug)]
pub(crate) struct ResultsIntake {
    pub(crate) intake: Intake<Results>,
    pub(crate) directory: Directory,
    pub(crate) database: DatabaseRetry,
    /// Records of a batch, at most.
    pub(crate) batch_max: usize,
}

impl ResultsIntake {
    /// Reads until the shutdown. Records that were not passed on are read again.
    pub(crate) async fn run(mut self, next: mpsc::Sender<Batch>) {
        while let Some(batch) = self.intake.next().await {
            let full = batch.read == self.batch_max;
            let Ok(batch) = self.place(batch.records, full).await else {
                return;
            };
            if (!batch.entries.is_empty() || !batch.done.is_empty()) && next.send(batch).await.is_err() {
                return;
            }
        }
    }

    async fn place(&mut self, records: Vec<Received<Record>>, full: bool) -> Result<Batch, Interrupted> {
        let mut placing = Placing::default();
        let named = records.iter().map(|received| received.record.monitor_id());
        let named = named.chain(self.intake.awaited());
        self.database.look_up(&mut self.directory, named).await?;
        let found: Vec<MonitorId> = self
            .intake
            .awaited()
            .filter(|&monitor| self.directory.owner(monitor).is_some())
            .collect();
        for monitor in found {
            for received in self.intake.unpark(monitor) {
                self.admit(&mut placing, received);
            }
        }
        for received in records {
            self.admit(&mut placing, received);
        }
        for _ in self.intake.expired() {
            metrics::dropped(Dropped::Unknown);
        }
        metrics::parked(self.intake.parked());
        for removed in placing.removed {
            self.directory.forget(removed);
        }
        Ok(Batch {
            entries: placing.entries,
            messages: placing.messages,
            done: self.intake.finish().await?,
            full,
        })
    }

    fn admit(&mut self, placing: &mut Placing, received: Received<Record>) {
        let monitor = received.record.monitor_id();
        let Some(org_id) = self.directory.owner(monitor) else {
            if let Err(NoRoom) = self.intake.park(monitor, received) {
                metrics::dropped(Dropped::NoRoom);
            }
            return;
        };
        let Received { message, record } = received;
        if record.org_id().is_some_and(|said| said != org_id) {
            let detail = format!("monitor {monitor} is not theirs");
            let rejection = Rejection::new(Reason::OrgMismatch, detail);
            self.intake.reject(message, rejection);
            return;
        }
        if let Record::Lifecycle(lifecycle) = &record
            && lifecycle.event == LifecycleEvent::Deleted
        {
            placing.removed.push(monitor);
        }
        placing.entries.push(Entry { record, org_id });
        placing.messages.push(message);
    }
}

/// A batch while its records find their places.
#[derive(Debug, Default)]
struct Placing {
    entries: Vec<Entry>,
    messages: Vec<Message>,
    removed: Vec<MonitorId>,
}
