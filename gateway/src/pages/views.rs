//! How often each status page is looked at. A view is a number in memory, without who it was; every ten seconds the numbers
//! are added to those of the day in Redis.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{StatusPageId, Timestamp};
use fred::clients::Client;
use fred::interfaces::{ClientLike as _, HashesInterface as _, KeysInterface as _};
use shared::lasting::Lasting;
use shared::redis::{Keys, STATUS_PAGE_VIEWS_KEPT};
use shared::shutdown::CancellationToken;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::Edge;

/// How often they are added.
const EVERY: Duration = Duration::from_secs(10);

/// How long Redis may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Pages whose views are counted at a time; those of further ones are not.
const MOST: usize = 20_000;

/// Views of a page that are not added yet.
pub(super) type Counter = Arc<AtomicU64>;

/// The views that are not added yet.
#[derive(Debug, Default)]
pub(super) struct Views(Mutex<HashMap<StatusPageId, Counter>>);

impl Views {
    /// That by which the views of a page are counted.
    pub(super) fn of(&self, page: StatusPageId) -> Counter {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let has_room = counters.len() < MOST;
        match counters.get(&page) {
            Some(counter) => Arc::clone(counter),
            None => {
                let counter = Counter::default();
                if has_room {
                    counters.insert(page, Arc::clone(&counter));
                }
                counter
            }
        }
    }

    /// Takes what was counted, and forgets the pages that nobody counts any more.
    fn take(&self) -> Vec<(StatusPageId, Counter, u64)> {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counters.retain(|_, counter| Arc::strong_count(counter) > 1 || counter.load(Ordering::Relaxed) > 0);
        let taken = counters.iter().map(|(page, counter)| {
            let views = counter.swap(0, Ordering::Relaxed);
            (*page, Arc::clone(counter), views)
        });
        taken.filter(|(_, _, views)| *views > 0).collect()
    }

    /// Adds what was counted to the day of `now`. What Redis does not take is added the next time, maybe to the next day;
    /// what it took without saying so, twice.
    async fn add(&self, redis: &Client, keys: &Keys, now: Timestamp) -> Result<(), String> {
        let taken = self.take();
        if taken.is_empty() {
            return Ok(());
        }
        let key = keys.status_page_views(now.to_datetime().date_naive());
        let adding = async {
            let pipeline = redis.pipeline();
            for (page, _, views) in &taken {
                let views = i64::try_from(*views).unwrap_or(i64::MAX);
                pipeline
                    .hincrby::<(), _, _>(&key, page.0.to_string(), views)
                    .await?;
            }
            let kept = i64::try_from(STATUS_PAGE_VIEWS_KEPT.as_secs()).unwrap_or(i64::MAX);
            pipeline.expire::<(), _>(&key, kept, None).await?;
            pipeline.all::<Vec<i64>>().await
        };
        let added = match redis.is_connected() {
            true => match timeout(PATIENCE, adding).await {
                Ok(added) => added.map(drop).map_err(|error| error.to_string()),
                Err(_) => Err("Redis takes too long".to_owned()),
            },
            false => Err("Redis is away".to_owned()),
        };
        if added.is_err() {
            for (_, counter, views) in &taken {
                counter.fetch_add(*views, Ordering::Relaxed);
            }
        }
        added
    }
}

/// Adds views until `stopping`, and those that there are then.
pub(crate) async fn count(edge: Arc<Edge>, stopping: CancellationToken) {
    let Some(pages) = &edge.pages else { return };
    let adding = Lasting::new("views of status pages are not added");
    let mut every = interval(EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let is_last = stopping.run_until_cancelled(every.tick()).await.is_none();
        match pages.views.add(&edge.redis, &edge.keys, shared::now()).await {
            Ok(()) => {
                adding.ok();
            }
            Err(error) => {
                adding.failed(&error);
            }
        }
        if is_last {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_are_taken_once_and_a_page_that_nobody_shows_is_forgotten() {
        let views = Views::default();
        let (first, again) = (views.of(StatusPageId(7)), views.of(StatusPageId(7)));
        first.fetch_add(2, Ordering::Relaxed);
        again.fetch_add(1, Ordering::Relaxed);
        let counted = |views: &Views| -> Vec<(i64, u64)> {
            views
                .take()
                .iter()
                .map(|(page, _, views)| (page.0, *views))
                .collect()
        };
        assert_eq!(counted(&views), [(7, 3)]);
        assert_eq!(counted(&views), []);
        first.fetch_add(1, Ordering::Relaxed);
        drop((first, again));
        // What was counted last is not lost with it.
        assert_eq!(counted(&views), [(7, 1)]);
        assert_eq!(counted(&views), []);
        assert!(views.0.lock().unwrap().is_empty());
    }

    #[test]
    fn only_so_many_pages_are_counted() {
        let views = Views::default();
        let kept: Vec<Counter> = (0..=MOST as i64)
            .map(|page| views.of(StatusPageId(page)))
            .collect();
        for counter in &kept {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        assert_eq!(views.take().len(), MOST);
    }
}
