//! The documents of pages: from Redis, and while that does not answer the last one that it had.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use moka::sync::Cache;

use super::reading::{Reading, judge};
use super::refreshed::{Before, Refreshed, Terms};
use super::source::Source;
use super::store::KEPT;
use super::views::Views;

/// How much of documents is kept in memory, in bytes of what they were read from.
const MAX_BYTES: u64 = 48 * 1024 * 1024;

/// What each name counts that was asked for.
const NAME_BYTES: u32 = 512;

/// How often Redis is asked for a document that nobody has said to have changed.
const TERMS: Terms = Terms {
    fresh: Duration::from_secs(2),
    behind: Duration::from_secs(5),
};

/// A page's place in memory.
#[derive(Default)]
struct Place {
    reading: Arc<Refreshed<Reading>>,
    size: AtomicU32,
}

/// The documents that are known.
pub(super) struct Documents {
    source: Source,
    views: Arc<Views>,
    places: Cache<Arc<str>, Arc<Place>>,
}

impl Documents {
    pub(super) fn new(source: Source, views: Arc<Views>) -> Self {
        let weigh = |_: &Arc<str>, place: &Arc<Place>| {
            let size = place.size.load(Ordering::Relaxed);
            size.saturating_add(NAME_BYTES)
        };
        Self {
            source,
            views,
            places: Cache::builder()
                .max_capacity(MAX_BYTES)
                .weigher(weigh)
                .time_to_idle(KEPT)
                .build(),
        }
    }

    /// What is known of a page.
    pub(super) async fn get(&self, slug: &Arc<str>) -> Reading {
        let place = match self.places.get(slug) {
            Some(place) => place,
            None => self.places.get_with(Arc::clone(slug), Arc::default),
        };
        let make = |before| {
            refresh(
                self.source.clone(),
                Arc::clone(&self.views),
                Arc::clone(slug),
                before,
            )
        };
        let reading = place.reading.get(TERMS, |_| true, make).await.value;
        if let Reading::Page(known) = &reading
            && place.size.swap(known.size, Ordering::Relaxed) != known.size
        {
            // It is weighed anew.
            self.places.insert(Arc::clone(slug), place);
        }
        reading
    }

    /// A document was said to have changed.
    pub(super) fn changed(&self, slug: &str) {
        if let Some(place) = self.places.get(slug) {
            place.reading.doubt();
        }
    }
}

/// Asks for a document.
async fn refresh(source: Source, views: Arc<Views>, slug: Arc<str>, before: Before<Reading>) -> Reading {
    let (said, store) = (source.document(&slug).await, source.store);
    // A document is large, and files are on a disk.
    let judged = tokio::task::spawn_blocking(move || judge(said, &slug, before, &store, Instant::now()));
    let reading = judged.await.unwrap_or(Reading::NotKnown);
    if let Reading::Page(known) = &reading {
        known.count_by(|| views.of(known.document.id));
    }
    reading
}
