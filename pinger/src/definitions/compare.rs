//! Compares everything that user-service knows with what is known here. A page that has not changed since
//! the last time is not read again: with many monitors, reading would cost more than checking.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

use domain::MonitorId;
use shared::http_client::CallError;

use super::source::{self, Source};
use crate::schedule::{Origin, ScheduleHandle};

/// The pages of the last comparison.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    hasher: RandomState,
    /// Of which shards they are.
    shards: Vec<u32>,
    /// By the id after which a page begins.
    pages: HashMap<MonitorId, Known>,
}

#[derive(Debug)]
struct Known {
    hash: u64,
    ids: Box<[i64]>,
    next_after: Option<MonitorId>,
}

impl Comparison {
    /// Compares once. What user-service does not name is forgotten, but only when it has named all.
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
                // Something may have been forgotten here that user-service still names.
                Some(page) if schedule.touch(page.ids.clone()).await => page,
                _ => {
                    let page = source::read(&json)?;
                    let ids = page.monitors.iter().map(|monitor| monitor.id.0).collect();
                    schedule.upsert(page.monitors, Origin::Change).await;
                    Known {
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
