//! Heartbeats of this pod's shards: nothing is sent, and somebody has to say when a ping has not come.
//!
//! [`Watch`] keeps a deadline for each and decides; it does no IO. [`Reader`] looks in Redis what was heard.

mod queue;
mod reader;
#[cfg(test)]
mod tests;
mod watch;

use std::future::poll_fn;

use futures_util::FutureExt as _;
use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::owned::OwnedShards;
use crate::publish::Publisher;

pub(crate) use self::reader::{Looked, Reader};
use self::watch::{Action, Watch};

/// The heartbeats of this pod, and what looks at them: one page at a time.
#[derive(Debug)]
pub(crate) struct Heartbeats {
    pub(crate) watch: Watch,
    reader: Reader,
    is_looking: bool,
    /// What was seen of a page.
    pub(crate) looked: mpsc::Receiver<Vec<(i64, Looked)>>,
    seen: mpsc::Sender<Vec<(i64, Looked)>>,
}

impl Heartbeats {
    pub(crate) fn new(clock: Clock, owned: OwnedShards, reader: Reader) -> Self {
        let (seen, looked) = mpsc::channel(1);
        Self {
            watch: Watch::new(clock, owned),
            reader,
            is_looking: false,
            looked,
            seen,
        }
    }

    /// Has those looked at whose time has come, so many at once.
    pub(crate) fn expire_due(&mut self, most: usize) {
        for _ in 0..most {
            if poll_fn(|context| self.watch.poll_expired(context))
                .now_or_never()
                .is_none()
            {
                return;
            }
        }
    }

    /// Takes what was seen of a page.
    pub(crate) fn take(&mut self, page: &[(i64, Looked)]) {
        self.is_looking = false;
        for (id, looked) in page {
            self.watch.looked(*id, looked);
        }
    }

    /// Tells how many there are, and of how many nothing can be said.
    pub(crate) fn count(&self, metrics: &Metrics) {
        metrics.heartbeats.set(self.watch.len() as f64);
        metrics.heartbeats_unknown.set(self.watch.unknown() as f64);
    }

    /// Publishes what follows, and looks at the next page.
    pub(crate) fn act(&mut self, publisher: &Publisher, clock: &Clock, metrics: &Metrics) {
        for action in self.watch.actions() {
            match action {
                Action::Say(monitor, judgement) => {
                    if let Some(delay) = judgement.delay_ms(clock.now()) {
                        metrics.verdict_delay.record(delay as f64 / 1_000.0);
                    }
                    publisher.judgement(&monitor, *judgement);
                }
                Action::Skip(monitor, at, judged) => publisher.skipped_deadline(&monitor, at, judged),
            }
        }
        if self.is_looking {
            return;
        }
        let page = self.watch.next_page();
        if page.is_empty() {
            return;
        }
        self.is_looking = true;
        let (reader, seen) = (self.reader.clone(), self.seen.clone());
        tokio::spawn(async move {
            let looked = reader.look(&page).await;
            // It fails only when the schedule has ended.
            let _ = seen.send(page.into_iter().zip(looked).collect()).await;
        });
    }
}
