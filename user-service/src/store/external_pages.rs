//! Rows of `external_status_pages`: what other status pages have said that components show. They are of no organisation:
//! an address is read once, whoever shows it. Several pods share the work.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::Timestamp;
use serde_json::Value;

use super::Scope;
use super::error::StoreError;
use crate::rules::external_status::Said;
use crate::rules::status_page::{Group, require_room};

/// After how long a page is read again, in seconds. It is moved before it is read, so that nobody else does meanwhile.
const PERIOD_SECONDS: f64 = 60.0;

/// What is known of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ExternalPage {
    said: Option<(Said, Timestamp)>,
    problem: Option<String>,
}

impl ExternalPage {
    /// When it was read last.
    pub(crate) fn read_at(&self) -> Option<Timestamp> {
        Some(self.said.as_ref()?.1)
    }

    /// What it said last of a component.
    pub(crate) fn of(&self, component: Option<&str>) -> pages::document::External {
        let said = self.said.as_ref();
        pages::document::External {
            state: said.and_then(|(said, _)| said.state_of(component).ok()),
            read_at: self.read_at(),
        }
    }

    /// Why nothing newer is known of a component, in words.
    pub(crate) fn problem(&self, component: Option<&str>) -> Option<String> {
        let said = self.said.as_ref();
        let unsaid = || said.and_then(|(said, _)| said.state_of(component).err());
        self.problem.clone().or_else(unsaid)
    }
}

/// What is known of the pages with these addresses.
pub(crate) async fn known(
    client: &impl GenericClient,
    groups: impl Iterator<Item = &Group>,
) -> Result<HashMap<String, ExternalPage>, StoreError> {
    let components = groups.flat_map(|group| &group.components);
    let urls: Vec<&str> = components
        .filter_map(|one| Some(one.external.as_ref()?.url.as_str()))
        .collect();
    if urls.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = "SELECT url, said, said_at, problem FROM external_status_pages WHERE url = ANY($1)";
    let mut known = HashMap::new();
    for row in client.query(sql, &[&urls]).await? {
        let said: Option<Value> = row.try_get("said")?;
        // What a newer release has written that this one cannot read is read from the page again.
        let said: Option<Said> = said.and_then(|said| serde_json::from_value(said).ok());
        let said_at: Option<DateTime<Utc>> = row.try_get("said_at")?;
        let page = ExternalPage {
            said: said.zip(said_at.map(Timestamp::from)),
            problem: row.try_get("problem")?,
        };
        known.insert(row.try_get("url")?, page);
    }
    Ok(known)
}

/// Requires that the organisation may have what `groups` show of other status pages, beside its pages other than `page`.
/// It has taken its turn.
///
/// # Errors
/// 422 that names the first component that is too many.
pub(super) async fn limited(
    tx: &Transaction<'_>,
    scope: Scope,
    page: i64,
    groups: &[Group],
) -> Result<(), StoreError> {
    let mut components = groups.iter().flat_map(|group| &group.components);
    if components.all(|one| one.external.is_none()) {
        return Ok(());
    }
    let sql = "SELECT count(*) FROM components c JOIN status_pages p ON p.id = c.page_id
               WHERE p.org_id = $1 AND p.id <> $2 AND c.external_url IS NOT NULL";
    let others: i64 = tx.query_one(sql, &[scope.org_id(), &page]).await?.try_get(0)?;
    let others = usize::try_from(others).unwrap_or_default();
    require_room(groups, others).map_err(|wrong| StoreError::Invalid(vec![wrong]))
}

/// Takes up to `most` addresses that are due, each for a minute.
pub(crate) async fn take_due(client: &impl GenericClient, most: i64) -> Result<Vec<String>, StoreError> {
    // In the order of the addresses, so that two pods do not wait for each other.
    let sql = "INSERT INTO external_status_pages (url)
               SELECT DISTINCT c.external_url FROM components c
               WHERE c.external_url IS NOT NULL
                 AND NOT EXISTS (SELECT FROM external_status_pages e WHERE e.url = c.external_url)
               ORDER BY 1 LIMIT 1000 ON CONFLICT DO NOTHING";
    client.execute(sql, &[]).await?;
    let sql = "UPDATE external_status_pages SET due_at = now() + make_interval(secs => $2)
               WHERE url IN (
                   SELECT e.url FROM external_status_pages e WHERE e.due_at <= now() AND EXISTS (
                       SELECT FROM components c JOIN status_pages p ON p.id = c.page_id
                       WHERE c.external_url = e.url AND NOT EXISTS (
                           SELECT FROM organisation_deletions d WHERE d.org_id = p.org_id AND d.cancelled_at IS NULL))
                   ORDER BY e.due_at LIMIT $1 FOR UPDATE OF e SKIP LOCKED)
               RETURNING url";
    let rows = client.query(sql, &[&most, &PERIOD_SECONDS]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Notes what a page says. Where that is something else than before, the pages that show it are published.
pub(crate) async fn said(client: &impl GenericClient, url: &str, said: &Said) -> Result<(), StoreError> {
    let said = serde_json::to_value(said).map_err(|error| StoreError::Unreadable(error.to_string()))?;
    let sql = "WITH old AS (SELECT url, said, problem FROM external_status_pages WHERE url = $1 FOR UPDATE),
               noted AS (
                   UPDATE external_status_pages e
                   SET said = CASE WHEN e.said IS DISTINCT FROM $2 THEN $2 ELSE e.said END, said_at = now(), problem = NULL
                   WHERE e.url = $1)
               INSERT INTO status_page_changes (page_id)
               SELECT DISTINCT c.page_id FROM components c JOIN old ON old.url = c.external_url
               WHERE old.said IS DISTINCT FROM $2";
    client.execute(sql, &[&url, &said]).await?;
    Ok(())
}

/// Notes why a page could not be read. What it said last holds for a while.
pub(crate) async fn failed(client: &impl GenericClient, url: &str, problem: &str) -> Result<(), StoreError> {
    let sql = "UPDATE external_status_pages SET problem = $2 WHERE url = $1";
    client.execute(sql, &[&url, &problem]).await?;
    Ok(())
}

/// Forgets what no component shows any more.
pub(crate) async fn purge(client: &impl GenericClient) -> Result<(), tokio_postgres::Error> {
    let sql = "DELETE FROM external_status_pages e
               WHERE NOT EXISTS (SELECT FROM components c WHERE c.external_url = e.url)";
    client.execute(sql, &[]).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use shared::postgres::PostgresSettings;

    use super::*;

    #[tokio::test]
    async fn an_address_is_taken_once_a_minute_while_somebody_shows_it() {
        let settings = PostgresSettings::from_url(&testkit::database().await);
        let pool = shared::postgres::pool(&settings).unwrap();
        let client = pool.get().await.unwrap();
        let sql = "INSERT INTO organisations (name) VALUES ('ours'), ('theirs');
                   INSERT INTO status_pages (org_id, slug, title, accent_colour, theme, locale, time_zone, allow_index,
                                             history_days, show_maintenance, access_kind)
                   SELECT n, 'page-' || n, 'Acme', '#000000', 'auto', 'en', 'UTC', false, 90, true, 'public'
                   FROM generate_series(1, 2) AS n;
                   INSERT INTO component_groups (page_id, position, is_open) VALUES (1, 0, true), (2, 0, true);
                   INSERT INTO components (page_id, group_id, position, name, show_history, show_uptime, show_latency,
                                           external_url)
                   VALUES (1, 1, 0, 'a', false, false, false, 'https://a.example'),
                          (2, 2, 0, 'a', false, false, false, 'https://a.example'),
                          (2, 2, 1, 'b', false, false, false, 'https://b.example')";
        client.batch_execute(sql).await.unwrap();
        let mut taken = take_due(&client, 9).await.unwrap();
        taken.sort();
        assert_eq!(taken, ["https://a.example", "https://b.example"]);
        assert!(take_due(&client, 9).await.unwrap().is_empty());
        let due = "UPDATE external_status_pages SET due_at = now()";
        client.execute(due, &[]).await.unwrap();
        assert_eq!(take_due(&client, 1).await.unwrap().len(), 1);

        // What two pages show is published on both when it changes, and on none when it does not.
        client
            .execute("DELETE FROM status_page_changes", &[])
            .await
            .unwrap();
        let summary = br#"{"status": {"indicator": "none"}}"#;
        let says = crate::rules::external_status::read(summary).unwrap();
        for changes in [2, 0] {
            said(&client, "https://a.example", &says).await.unwrap();
            let deleted = client
                .execute("DELETE FROM status_page_changes", &[])
                .await
                .unwrap();
            assert_eq!(deleted, changes);
        }

        // Of an organisation that is suspended nothing is read; what nobody shows is forgotten.
        let sql = "INSERT INTO organisation_deletions (org_id, requested_by, due_at) VALUES (2, 1, now())";
        client.batch_execute(sql).await.unwrap();
        client.execute(due, &[]).await.unwrap();
        assert_eq!(take_due(&client, 9).await.unwrap(), ["https://a.example"]);
        client
            .execute("DELETE FROM components WHERE page_id = 2", &[])
            .await
            .unwrap();
        purge(&client).await.unwrap();
        let sql = "SELECT url FROM external_status_pages";
        let left = client.query(sql, &[]).await.unwrap();
        assert_eq!(
            left.iter().map(|row| row.get(0)).collect::<Vec<String>>(),
            ["https://a.example"]
        );
    }
}
