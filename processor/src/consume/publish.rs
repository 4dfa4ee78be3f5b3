//! The last step: Redis, and then the offsets.

use std::time::Duration;

use intake::Offsets;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::Stored;
use crate::live::{Folded, Publisher};
use crate::metrics;

/// How long batches of a backlog are merged, at most: dashboards are updated a few times per second rather than for
/// each batch.
const MERGE_WITHIN: Duration = Duration::from_millis(250);

/// Merging stops at this many monitors.
const MERGE_MONITORS: usize = 5_000;

/// Publishes what was stored, and stores the offsets.
pub(crate) async fn publish(
    publisher: Publisher,
    folded: Folded,
    offsets: Offsets,
    mut from: mpsc::Receiver<Stored>,
) {
    while let Some(first) = from.recv().await {
        let stored = merge_backlog(first, &mut from).await;
        let began = Instant::now();
        publisher.publish(&stored.live.into_updates()).await;
        metrics::published(began.elapsed());
        folded.note_heartbeats(stored.heartbeats);
        for (partition, (offset, appended)) in stored.reached {
            folded.note(partition, offset, appended);
        }
        if let Some(appended) = stored.appended {
            let millis = shared::now().millis_since(appended);
            metrics::visible_after(Duration::from_millis(u64::try_from(millis).unwrap_or(0)));
        }
        offsets.store(stored.done);
    }
}

/// Merges the batches that follow while there is a backlog.
async fn merge_backlog(mut stored: Stored, from: &mut mpsc::Receiver<Stored>) -> Stored {
    let until = Instant::now() + MERGE_WITHIN;
    while stored.more && stored.live.len() < MERGE_MONITORS {
        let Ok(Some(next)) = timeout_at(until, from.recv()).await else {
            break;
        };
        stored.live.add(next.live.into_updates());
        stored.appended = stored.appended.max(next.appended);
        stored.reached.extend(next.reached);
        stored.heartbeats.extend(next.heartbeats);
        stored.done.extend(next.done);
        stored.more = next.more;
    }
    stored
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::{MergedUpdates, sample_update};

    /// What became of a batch with one result of each of `monitors`.
    fn stored(monitors: std::ops::Range<i64>, offset: i64, more: bool) -> Stored {
        let mut live = MergedUpdates::default();
        live.add(monitors.map(|monitor| sample_update(monitor, offset..offset + 1)));
        Stored {
            live,
            appended: Some(domain::Timestamp::from_millis(offset)),
            reached: [(0, (offset, domain::Timestamp::from_millis(offset)))].into(),
            heartbeats: Default::default(),
            done: vec![(0, offset)],
            more,
        }
    }

    /// A full batch, and a queue of `following` that stays open.
    async fn merged(first: Stored, following: Vec<Stored>) -> (Stored, Duration, mpsc::Receiver<Stored>) {
        let (to, mut from) = mpsc::channel(10);
        for stored in following {
            to.send(stored).await.expect("there is room");
        }
        let began = Instant::now();
        let merged = merge_backlog(first, &mut from).await;
        let took = began.elapsed();
        drop(to);
        (merged, took, from)
    }

    #[tokio::test(start_paused = true)]
    async fn a_backlog_is_published_as_one_up_to_the_first_batch_that_is_not_full() {
        let following = vec![
            stored(0..3, 2, true),
            stored(0..3, 3, false),
            stored(0..3, 4, true),
        ];
        let (all, took, mut left) = merged(stored(0..3, 1, true), following).await;
        assert_eq!((all.live.len(), took), (3, Duration::ZERO));
        assert_eq!(all.done, [(0, 1), (0, 2), (0, 3)]);
        assert_eq!(all.appended, Some(domain::Timestamp::from_millis(3)));
        assert_eq!(all.live.into_updates()[0].points.len(), 3);
        assert_eq!(left.recv().await.map(|next| next.done), Some(vec![(0, 4)]));
    }

    #[tokio::test(start_paused = true)]
    async fn what_keeps_up_is_published_at_once() {
        let (one, took, _) = merged(stored(0..3, 1, false), vec![stored(0..3, 2, false)]).await;
        assert_eq!((one.done.len(), took), (1, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_held_back_for_long_nor_without_bound() {
        let (one, took, _) = merged(stored(0..3, 1, true), Vec::new()).await;
        assert_eq!((one.done.len(), took), (1, MERGE_WITHIN));
        let many = MERGE_MONITORS as i64;
        let (one, took, _) = merged(stored(0..many, 1, true), vec![stored(0..1, 2, true)]).await;
        assert_eq!((one.done.len(), took), (1, Duration::ZERO));
    }
}
