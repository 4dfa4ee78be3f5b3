//! The publisher: takes status pages that are due, makes their documents and writes them to Redis, and removes there what
//! pages are known by no more. Several pods may do so at once, each with pages of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use deadpool_postgres::Pool;
use fred::clients::Client;
use fred::interfaces::ClientLike as _;
use futures_util::future::join_all;
use shared::lasting::Lasting;
use shared::redis::Keys;
use shared::shutdown::CancellationToken;

use super::written::{Published, Written};
use super::{StatusPages, document};
use crate::metrics as names;
use crate::store::status_page_publications::{self as publications, Due, Gone};
use crate::store::status_pages;
use crate::store::{self, error::StoreError};

/// How often pages are looked for without being told of them: those of another pod, and those whose minute is over.
const PERIOD: Duration = Duration::from_secs(1);

/// How long a page may take; less than it is lent for.
const PUBLISH_WITHIN: Duration = Duration::from_secs(20);

/// How long looking for pages may take.
const TAKE_WITHIN: Duration = Duration::from_secs(10);

/// How often pages are counted.
const COUNT_EVERY: Duration = Duration::from_secs(10);

/// Why a page was not published.
#[derive(Debug, thiserror::Error)]
enum PublishError {
    #[error("no database connection: {0}")]
    Pool(#[from] deadpool_postgres::PoolError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the database: {}", shared::postgres::describe(.0))]
    Database(#[from] tokio_postgres::Error),
    #[error("Redis: {0}")]
    Redis(#[from] fred::error::Error),
    #[error("Redis is away")]
    Away,
    #[error("a document cannot be written: {0}")]
    Json(#[from] serde_json::Error),
    #[error("it took too long")]
    Timeout(#[from] tokio::time::error::Elapsed),
}

/// What came of a page.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    Published,
    /// It is not there for visitors.
    Hidden,
}

/// Publishes status pages.
#[derive(Debug)]
pub(crate) struct Publisher {
    pages: Arc<StatusPages>,
    /// Of its own: documents take longer than what else recurs.
    pool: Pool,
    written: Written,
}

impl Publisher {
    pub(crate) fn new(pages: Arc<StatusPages>, pool: Pool, redis: Client, keys: Keys) -> Self {
        Self {
            pages,
            pool,
            written: Written { redis, keys },
        }
    }

    /// Publishes until `stop`. Where there are no status pages what stands of them in Redis is removed.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let publishing = Lasting::new("status pages are not published");
        let mut counted: Option<Instant> = None;
        loop {
            match stop.run_until_cancelled(self.turn(&mut counted)).await {
                None => return,
                Some(Ok(0)) => {
                    publishing.ok();
                }
                Some(Ok(_)) => {
                    publishing.ok();
                    continue;
                }
                Some(Err(error)) => {
                    publishing.failed(&error);
                }
            }
            tokio::select! {
                () = self.pages.wake.notified() => {}
                () = tokio::time::sleep(PERIOD) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Publishes some of the pages that are due; answers how many there were.
    async fn turn(&self, counted: &mut Option<Instant>) -> Result<usize, PublishError> {
        // Nothing is made that cannot be written.
        if !self.written.redis.is_connected() {
            return Err(PublishError::Away);
        }
        let looking = async {
            self.remove_gone().await?;
            let client = self.pool.get().await?;
            if counted.is_none_or(|at| at.elapsed() >= COUNT_EVERY) {
                *counted = Some(Instant::now());
                count(&client).await?;
            }
            Ok::<_, PublishError>(publications::take(&client).await?)
        };
        let due = tokio::time::timeout(TAKE_WITHIN, looking).await??;
        join_all(due.iter().map(|due| self.settle(*due))).await;
        Ok(due.len())
    }

    async fn settle(&self, due: Due) {
        let began = Instant::now();
        let published = tokio::time::timeout(PUBLISH_WITHIN, self.publish(due)).await;
        let published = published.map_err(PublishError::from).flatten();
        let outcome = match &published {
            Ok(Outcome::Published) => "published",
            Ok(Outcome::Hidden) => "hidden",
            Err(_) => "failed",
        };
        metrics::counter!(names::STATUS_PAGE_DOCUMENTS, "outcome" => outcome).increment(1);
        metrics::histogram!(names::STATUS_PAGE_SECONDS).record(began.elapsed().as_secs_f64());
        if let Err(error) = &published {
            tracing::warn!(page = due.page.0, %error, "a status page was not published");
        }
        let noting = async {
            let client = self.pool.get().await?;
            match published {
                Ok(_) => publications::published(&client, due).await?,
                Err(_) => publications::failed(&client, due).await?,
            }
            Ok::<_, PublishError>(())
        };
        let noted = tokio::time::timeout(TAKE_WITHIN, noting).await;
        // It is published once more when its lease is over.
        if let Err(error) = noted.map_err(PublishError::from).flatten() {
            tracing::warn!(page = due.page.0, %error, "what came of a status page is not noted");
        }
    }

    async fn publish(&self, due: Due) -> Result<Outcome, PublishError> {
        let mut client = self.pool.get().await?;
        let pages = &*self.pages;
        // Of one instant: what is shown must not be newer than who may see it.
        let client = store::snapshot(&mut client).await?;
        let row = status_pages::visible(&client, due.page).await?;
        let url = row.as_ref().and_then(|row| pages.url_of(row));
        let (Some(row), Some(url)) = (row, url) else {
            // Of one that is gone the name is among those that are to be removed.
            if let Some(slug) = status_pages::slug(&client, due.page).await? {
                self.written.remove(due.turn, &slug).await?;
            }
            return Ok(Outcome::Hidden);
        };
        let document = document::build(&client, pages, &row, url, shared::now()).await?;
        let logo = match row.logo {
            Some(_) => status_pages::logo(&client, row.id).await?,
            None => None,
        };
        client.rollback().await?;
        let page = Published {
            page: row.id,
            slug: &row.page.settings.slug,
            document: document::to_json(document)?,
            logo,
            is_public: row.page.access.is_public(),
            host: row.proven_host(),
        };
        self.written.publish(due.turn, page).await?;
        Ok(Outcome::Published)
    }

    /// Removes names from Redis, each of which is forgotten only then.
    async fn remove_gone(&self) -> Result<(), PublishError> {
        let client = self.pool.get().await?;
        for (id, gone) in publications::removals(&client).await? {
            let turn = publications::turn(&client).await?;
            if !publications::is_in_use(&client, &gone).await? {
                match &gone {
                    Gone::Slug(slug) => self.written.remove(turn, slug).await?,
                    Gone::Host(host) => self.written.remove_host(turn, host).await?,
                }
            }
            publications::removed(&client, id).await?;
        }
        Ok(())
    }
}

async fn count(client: &deadpool_postgres::Client) -> Result<(), PublishError> {
    let (kinds, oldest) = publications::count(client).await?;
    for (_, kind) in crate::rules::status_page::Access::KINDS {
        let count = kinds
            .iter()
            .find(|(name, _)| name == kind)
            .map_or(0, |(_, count)| *count);
        metrics::gauge!(names::STATUS_PAGES, "access" => kind).set(count as f64);
    }
    metrics::gauge!(names::STATUS_PAGE_AGE).set(oldest);
    Ok(())
}
