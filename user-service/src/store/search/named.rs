//! What is found by its name.

use api::SearchResult;
use deadpool_postgres::GenericClient;

use super::super::error::StoreError;
use super::super::maintenance_windows::is_seen;
use super::{MOST_NAMED, Search, Table, rank};

const NAME: &str = "search_words(t.org_id, t.name)";

pub(super) async fn windows(
    client: &impl GenericClient,
    search: &Search<'_>,
) -> Result<Vec<SearchResult>, StoreError> {
    let sql = format!(
        "SELECT w.id::text AS id, NULL::text AS parent_id, w.name AS title, NULL::text AS detail,
             NULL::timestamptz AS at, NULL::boolean AS open
         FROM {} AS w WHERE w.org_id = $1 AND {} ORDER BY {}, w.id DESC LIMIT $4",
        Table {
            name: "maintenance_windows",
            columns: "t.id, t.name, t.monitors, t.tags",
            words: NAME,
            only: "true",
            newest: None,
        }
        .with(3, MOST_NAMED),
        is_seen(1, 2),
        rank("w.name", 5),
    );
    let (org, who) = (search.scope.org_id(), search.scope.who());
    let (words, text) = (&search.words.all, &search.asked.text);
    search
        .rows(client, &sql, &[org, &who, words, &search.most, text])
        .await
}

/// Those of the organisation: of a member's own channels nobody else knows.
pub(super) async fn channels(
    client: &impl GenericClient,
    search: &Search<'_>,
) -> Result<Vec<SearchResult>, StoreError> {
    let sql = format!(
        "SELECT c.id::text AS id, NULL::text AS parent_id, c.name AS title, c.kind AS detail,
             NULL::timestamptz AS at, NULL::boolean AS open
         FROM {} AS c WHERE c.org_id = $1 ORDER BY {}, c.id DESC LIMIT $3",
        Table {
            name: "channels",
            columns: "t.id, t.name, t.kind",
            words: NAME,
            only: "t.owner_id IS NULL",
            newest: None,
        }
        .with(2, MOST_NAMED),
        rank("c.name", 4),
    );
    by_name(client, search, &sql).await
}

pub(super) async fn status_pages(
    client: &impl GenericClient,
    search: &Search<'_>,
) -> Result<Vec<SearchResult>, StoreError> {
    let sql = format!(
        "SELECT p.id::text AS id, NULL::text AS parent_id, p.title, coalesce(p.host, p.slug) AS detail,
             NULL::timestamptz AS at, NULL::boolean AS open
         FROM {} AS p WHERE p.org_id = $1 ORDER BY {}, p.id DESC LIMIT $3",
        Table {
            name: "status_pages",
            columns: "t.id, t.title, t.slug, t.host",
            words: "search_words(t.org_id, t.title || ' ' || t.slug || ' ' || coalesce(t.host, ''))",
            only: "true",
            newest: None,
        }
        .with(2, MOST_NAMED),
        rank("p.title", 4),
    );
    by_name(client, search, &sql).await
}

async fn by_name(
    client: &impl GenericClient,
    search: &Search<'_>,
    sql: &str,
) -> Result<Vec<SearchResult>, StoreError> {
    let (words, text) = (&search.words.all, &search.asked.text);
    search
        .rows(client, sql, &[search.scope.org_id(), words, &search.most, text])
        .await
}
