//! Which status pages are to be written to Redis, and what of them is to be removed there. Several pods share the work: a
//! page is lent to the one that takes it, and each taking has a turn, by which Redis tells what is newer.

use deadpool_postgres::GenericClient;
use domain::StatusPageId;

use super::error::StoreError;
use super::status_pages::VISIBLE;

/// Changes that are looked at together.
const CHANGES: i64 = 1_000;

/// Pages that are taken together.
const BATCH: i64 = 10;

/// For how long a page is lent to who publishes it; then another one does.
const LEASE_SECONDS: f64 = 30.0;

/// How long a page waits that was not published.
const RETRY_SECONDS: f64 = 5.0;

/// How long a page is shown before it is published anew: a minute, less up to this, so that they spread.
const PERIOD_SECONDS: f64 = 60.0;
const JITTER_SECONDS: f64 = 10.0;

/// Names that are removed together.
const REMOVALS: i64 = 100;

/// A page that is to be published.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Due {
    pub(crate) page: StatusPageId,
    pub(crate) turn: i64,
}

/// What a page was known by, and is no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Gone {
    Slug(String),
    Host(String),
}

/// Lends pages that are due: those that have changed first.
pub(crate) async fn take(client: &impl GenericClient) -> Result<Vec<Due>, StoreError> {
    // A change is removed before its page is read: whoever reads it from here on sees what has changed.
    let sql = "WITH changes AS (
                   DELETE FROM status_page_changes WHERE id IN (
                       SELECT id FROM status_page_changes ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
                   RETURNING page_id),
               changed AS (
                   SELECT page_id FROM status_page_publications WHERE page_id IN (SELECT page_id FROM changes)
                   ORDER BY page_id FOR UPDATE)
               UPDATE status_page_publications p SET due_at = now(), turn = NULL
               FROM changed WHERE p.page_id = changed.page_id";
    client.execute(sql, &[&CHANGES]).await?;
    let sql = "UPDATE status_page_publications
               SET due_at = now() + make_interval(secs => $2), turn = status_page_turn()
               WHERE page_id IN (
                   SELECT page_id FROM status_page_publications WHERE due_at <= now()
                   ORDER BY turn IS NOT NULL, due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
               RETURNING page_id, turn";
    let rows = client.query(sql, &[&BATCH, &LEASE_SECONDS]).await?;
    rows.iter()
        .map(|row| {
            Ok(Due {
                page: StatusPageId(row.try_get(0)?),
                turn: row.try_get(1)?,
            })
        })
        .collect()
}

/// Notes that a page was published, unless it has changed or was taken by another one since.
pub(crate) async fn published(client: &impl GenericClient, due: Due) -> Result<(), StoreError> {
    let sql = "UPDATE status_page_publications
               SET due_at = now() + make_interval(secs => $3 - random() * $4), published_at = now()
               WHERE page_id = $1 AND turn = $2";
    client
        .execute(sql, &[&due.page.0, &due.turn, &PERIOD_SECONDS, &JITTER_SECONDS])
        .await?;
    Ok(())
}

/// Has a page that was not published be tried again soon.
pub(crate) async fn failed(client: &impl GenericClient, due: Due) -> Result<(), StoreError> {
    let sql = "UPDATE status_page_publications SET due_at = now() + make_interval(secs => $3)
               WHERE page_id = $1 AND turn = $2";
    client
        .execute(sql, &[&due.page.0, &due.turn, &RETRY_SECONDS])
        .await?;
    Ok(())
}

/// A turn for what is written now.
pub(crate) async fn turn(client: &impl GenericClient) -> Result<i64, StoreError> {
    let row = client.query_one("SELECT status_page_turn()", &[]).await?;
    Ok(row.try_get(0)?)
}

/// Names that are to be removed from Redis.
pub(crate) async fn removals(client: &impl GenericClient) -> Result<Vec<(i64, Gone)>, StoreError> {
    let sql = "SELECT id, slug, host FROM status_page_removals ORDER BY id LIMIT $1";
    let rows = client.query(sql, &[&REMOVALS]).await?;
    rows.iter()
        .map(|row| {
            let (slug, host): (Option<String>, Option<String>) = (row.try_get(1)?, row.try_get(2)?);
            let gone = match slug {
                Some(slug) => Gone::Slug(slug),
                None => Gone::Host(host.unwrap_or_default()),
            };
            Ok((row.try_get(0)?, gone))
        })
        .collect()
}

/// Whether a name is a page's again. Asked after a turn was taken, it says whether a page that has it by then may have
/// been published with an earlier one; whoever gets it later is published with a later one.
pub(crate) async fn is_in_use(client: &impl GenericClient, gone: &Gone) -> Result<bool, StoreError> {
    let (sql, name) = match gone {
        Gone::Slug(slug) => ("SELECT EXISTS (SELECT FROM status_pages WHERE slug = $1)", slug),
        Gone::Host(host) => (
            "SELECT EXISTS (SELECT FROM status_pages WHERE host = $1 AND host_proven_at IS NOT NULL)",
            host,
        ),
    };
    Ok(client.query_one(sql, &[name]).await?.try_get(0)?)
}

/// Notes that a name was removed.
pub(crate) async fn removed(client: &impl GenericClient, id: i64) -> Result<(), StoreError> {
    client
        .execute("DELETE FROM status_page_removals WHERE id = $1", &[&id])
        .await?;
    Ok(())
}

/// Pages that visitors see, by who may see them, and how old the oldest of their documents is, in seconds.
pub(crate) async fn count(client: &impl GenericClient) -> Result<(Vec<(String, i64)>, f64), StoreError> {
    let sql = format!(
        "SELECT p.access_kind, count(*), extract(epoch FROM now() - min(coalesce(n.published_at, p.created_at)))::float8
         FROM status_pages p JOIN status_page_publications n ON n.page_id = p.id WHERE {VISIBLE} GROUP BY 1"
    );
    let (mut kinds, mut oldest) = (Vec::new(), 0f64);
    for row in client.query(&sql, &[]).await? {
        kinds.push((row.try_get(0)?, row.try_get(1)?));
        oldest = oldest.max(row.try_get(2)?);
    }
    Ok((kinds, oldest))
}

#[cfg(test)]
mod tests {
    use deadpool_postgres::Client;
    use shared::postgres::PostgresSettings;

    use super::*;

    async fn client() -> Client {
        let settings = PostgresSettings::from_url(&testkit::database().await);
        let client = shared::postgres::pool(&settings).unwrap().get().await.unwrap();
        let sql = "INSERT INTO organisations (name) VALUES ('ours');
                   INSERT INTO status_pages (org_id, slug, title, accent_colour, theme, locale, time_zone, allow_index,
                                             history_days, show_maintenance, access_kind)
                   SELECT 1, 'page-' || n, 'Acme', '#000000', 'auto', 'en', 'UTC', false, 90, true, 'public'
                   FROM generate_series(1, 2) AS n";
        client.batch_execute(sql).await.unwrap();
        client
    }

    async fn taken(client: &Client) -> Vec<i64> {
        let mut pages: Vec<i64> = take(client).await.unwrap().iter().map(|due| due.page.0).collect();
        pages.sort_unstable();
        pages
    }

    #[tokio::test]
    async fn a_change_while_a_page_is_published_has_it_published_again() {
        let client = client().await;
        let due = take(&client).await.unwrap();
        assert_eq!(due.len(), 2, "new ones are published at once");
        assert_eq!(taken(&client).await, [0i64; 0], "what is taken is taken by one");
        client
            .execute("UPDATE status_pages SET title = 'Other' WHERE id = 1", &[])
            .await
            .unwrap();
        let again = take(&client).await.unwrap();
        assert_eq!(again.iter().map(|due| due.page.0).collect::<Vec<_>>(), [1]);
        let first = |due: &[Due]| *due.iter().find(|due| due.page.0 == 1).unwrap();
        assert!(first(&again).turn > first(&due).turn);
        // Who has taken it before says nothing of it any more.
        published(&client, first(&due)).await.unwrap();
        failed(&client, first(&due)).await.unwrap();
        let sql = "SELECT turn, published_at IS NULL FROM status_page_publications WHERE page_id = 1";
        let row = client.query_one(sql, &[]).await.unwrap();
        assert_eq!(
            (row.get::<_, i64>(0), row.get::<_, bool>(1)),
            (first(&again).turn, true)
        );
        published(&client, first(&again)).await.unwrap();
        assert_eq!(taken(&client).await, [0i64; 0]);
        // One that changes between is not overlooked either.
        client
            .execute(
                "INSERT INTO status_page_changes (page_id) VALUES (1), (1), (7)",
                &[],
            )
            .await
            .unwrap();
        assert_eq!(taken(&client).await, [1]);
    }

    #[tokio::test]
    async fn a_name_is_in_use_or_gone() {
        let client = client().await;
        client
            .batch_execute(
                "UPDATE status_pages SET slug = 'other' WHERE id = 1; DELETE FROM status_pages WHERE id = 2",
            )
            .await
            .unwrap();
        let gone: Vec<Gone> = removals(&client)
            .await
            .unwrap()
            .into_iter()
            .map(|(_, gone)| gone)
            .collect();
        assert_eq!(
            gone,
            [Gone::Slug("page-1".to_owned()), Gone::Slug("page-2".to_owned())]
        );
        assert!(!is_in_use(&client, &gone[0]).await.unwrap());
        assert!(is_in_use(&client, &Gone::Slug("other".to_owned())).await.unwrap());
        for (id, _) in removals(&client).await.unwrap() {
            removed(&client, id).await.unwrap();
        }
        assert!(removals(&client).await.unwrap().is_empty());
    }
}
