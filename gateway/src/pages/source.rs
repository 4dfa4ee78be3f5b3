//! From where pages come: Redis, each time with a deadline, and the files of the last ones.

use std::sync::Arc;
use std::time::Duration;

use fred::clients::Client;
use fred::interfaces::{HashesInterface as _, KeysInterface as _, SetsInterface as _};
use shared::redis::Keys;

use super::store::Store;
use domain::MonitorId;

/// How long Redis may take.
const REDIS_PATIENCE: Duration = Duration::from_millis(250);

/// The largest logo that is sent, in bytes.
const MAX_LOGO: usize = 4 * 1024 * 1024;

/// How long Redis may take to list all public pages, and how many there may be.
const LIST_PATIENCE: Duration = Duration::from_secs(2);
const MAX_PUBLIC: usize = 10_000;

/// What Redis has under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Something.
    Text(String),
    /// Nothing, and it was not emptied.
    Nothing,
    /// No answer, or nothing because it was emptied.
    NotKnown,
}

/// Redis and the files.
#[derive(Clone)]
pub(super) struct Source {
    redis: Client,
    keys: Keys,
    pub(super) store: Arc<Store>,
}

impl Source {
    pub(super) fn new(redis: Client, keys: Keys, store: Store) -> Self {
        Self {
            redis,
            keys,
            store: Arc::new(store),
        }
    }

    /// The document of a page.
    pub(super) async fn document(&self, slug: &str) -> Said {
        self.said(self.keys.status_page(slug)).await
    }

    /// The name of the page whose host this is.
    pub(super) async fn slug_of(&self, host: &str) -> Said {
        self.said(self.keys.status_page_host(host)).await
    }

    /// The logo of a page.
    pub(super) async fn logo(&self, slug: &str) -> Option<Vec<u8>> {
        let read = self
            .redis
            .get::<Option<Vec<u8>>, _>(self.keys.status_page_logo(slug));
        let logo = within(REDIS_PATIENCE, read).await.flatten()?;
        (logo.len() <= MAX_LOGO).then_some(logo)
    }

    /// Whose each monitor is, and its live status as JSON. Those of which nothing is known are left out.
    pub(super) async fn statuses(&self, monitors: &[MonitorId]) -> Vec<(MonitorId, i64, String)> {
        let read = async {
            let pipeline = self.redis.pipeline();
            for monitor in monitors {
                let (key, fields) = (self.keys.status(*monitor), vec!["org", "json"]);
                pipeline.hmget::<(), _, _>(key, fields).await?;
            }
            Ok(pipeline.try_all::<(Option<i64>, Option<String>)>().await)
        };
        let read = within(REDIS_PATIENCE, read).await.unwrap_or_default();
        let known = monitors.iter().zip(read).filter_map(|(monitor, said)| {
            let (org, json) = said.ok()?;
            Some((*monitor, org?, json?))
        });
        known.collect()
    }

    /// The names of the pages that anybody may see, as far as Redis knows them.
    pub(super) async fn public_slugs(&self) -> Vec<String> {
        let read = self.redis.smembers::<Vec<String>, _>(self.keys.status_pages());
        let mut slugs = within(LIST_PATIENCE, read).await.unwrap_or_default();
        slugs.truncate(MAX_PUBLIC);
        slugs
    }

    async fn said(&self, key: String) -> Said {
        let read = async {
            let pipeline = self.redis.pipeline();
            pipeline.get::<(), _>(key).await?;
            pipeline.exists::<(), _>(self.keys.filled()).await?;
            pipeline.all::<(Option<String>, i64)>().await
        };
        match within(REDIS_PATIENCE, read).await {
            Some((Some(text), _)) => Said::Text(text),
            Some((None, 1)) => Said::Nothing,
            Some((None, _)) | None => Said::NotKnown,
        }
    }
}

async fn within<T>(
    patience: Duration,
    read: impl Future<Output = Result<T, fred::error::Error>>,
) -> Option<T> {
    match tokio::time::timeout(patience, read).await {
        Ok(Ok(read)) => Some(read),
        Ok(Err(error)) => {
            tracing::debug!(%error, "Redis says nothing of status pages");
            None
        }
        Err(_) => {
            tracing::debug!("Redis takes too long to tell of status pages");
            None
        }
    }
}
