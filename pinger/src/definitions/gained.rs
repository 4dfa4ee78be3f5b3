//! Shards that were gained, and whose definitions are yet to be loaded.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// Shards that are to be loaded. A shard waits once, however often it was gained. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct GainedShards(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    shards: Mutex<BTreeSet<u32>>,
    added: Notify,
}

impl GainedShards {
    pub(crate) fn add(&self, shards: impl IntoIterator<Item = u32>) {
        let mut waiting = self.0.shards.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend(shards);
        self.0.added.notify_one();
    }

    /// Takes all of them, in ascending order; waits until there are some. There is one taker.
    pub(crate) async fn take(&self) -> Vec<u32> {
        loop {
            {
                let mut waiting = self.0.shards.lock().unwrap_or_else(PoisonError::into_inner);
                if !waiting.is_empty() {
                    return std::mem::take(&mut *waiting).into_iter().collect();
                }
            }
            self.0.added.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_shard_waits_once() {
        let gained = GainedShards::default();
        assert_eq!(gained.take().now_or_never(), None);
        gained.add([3, 1]);
        gained.add([2, 3]);
        assert_eq!(gained.take().await, [1, 2, 3]);
        assert_eq!(gained.take().now_or_never(), None);
    }
}
