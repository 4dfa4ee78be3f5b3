//! Compares all definitions of user-service with those known here. A page that has not changed since the last time is
//! not parsed again: with many monitors, parsing would cost more than checking.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

use domain::MonitorId;
use shared::http::client::CallError;

use super::source::Source;
use crate::schedule::{Origin, ScheduleHandle};

/// The pages of the last reconciliation.
#[derive(Debug, Default)]
pub(super) struct Reconciliation {
    hasher: RandomState,
    /// Whose shards.
    shards: Vec<u32>,
    /// By the id after which a page starts.
    pages: HashMap<MonitorId, KnownPage>,
}

#[derive(Debug)]
struct KnownPage {
    hash: u64,
    ids: Box<[i64]>,
    next_after: Option<MonitorId>,
}

impl Reconciliation {
    /// Reconciles once. Monitors that user-service does not list are removed, but only after a complete listing.
    pub(super) async fn run(&mut self, source: &Source, schedule: &ScheduleHandle) -> Result<(), CallError> {
        let Some((number, shards)) = schedule.begin_reconcile().await else {
            return Ok(());
        };
        if shards != self.shards {
            self.pages.clear();
            self.shards.clone_from(&shards);
        }
        if shards.is_empty() {
            return Ok(());
        }
        let mut seen = HashMap::new();
        let mut after = MonitorId(0);
        loop {
            let json = source.page(&shards, after).await?;
            let hash = self.hasher.hash_one(&json);
            let known = match self.pages.remove(&after).filter(|page| page.hash == hash) {
                // A monitor may have been removed here that user-service still lists.
                Some(page) if schedule.touch(page.ids.clone()).await => page,
                _ => {
                    let page = source.read(&json)?;
                    let ids = page.monitors.iter().map(|monitor| monitor.id.0).collect();
                    schedule.upsert(page.monitors, Origin::Change).await;
                    KnownPage {
                        hash,
                        ids,
                        next_after: page.next_after,
                    }
                }
            };
            let next = known.next_after.filter(|next| *next > after);
            seen.insert(after, known);
            match next {
                Some(next) => after = next,
                None => break,
            }
        }
        self.pages = seen;
        schedule.end_reconcile(number, shards).await;
        Ok(())
    }
}
