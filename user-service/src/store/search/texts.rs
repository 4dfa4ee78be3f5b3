//! What people have written.

use api::SearchResult;
use deadpool_postgres::GenericClient;

use super::super::error::StoreError;
use super::super::scope::{sees, sees_everything};
use super::{MOST_TEXTS, Search, Table, rank};

/// Notes on incidents that are seen, the newest first.
pub(super) async fn notes(
    client: &impl GenericClient,
    search: &Search<'_>,
) -> Result<Vec<SearchResult>, StoreError> {
    let seen = sees("i.monitor_id", 1, 2);
    // Whoever is narrowed sees few: these are to be among those that are looked at.
    let only = format!(
        "({} OR EXISTS (SELECT FROM incidents i WHERE i.id = t.incident_id AND {seen}))",
        sees_everything(1, 2)
    );
    let sql = format!(
        "SELECT n.id::text AS id, i.id::text AS parent_id, coalesce(m.name, 'monitor ' || i.monitor_id) AS title,
             n.text AS detail, n.written_at AS at, NULL::boolean AS open
         FROM {} AS n JOIN incidents i ON i.id = n.incident_id LEFT JOIN monitors m ON m.id = i.monitor_id
         WHERE n.org_id = $1 AND i.org_id = $1 AND {seen}
         ORDER BY n.written_at DESC, n.id DESC LIMIT $4",
        Table {
            name: "incident_notes",
            columns: "t.id, t.incident_id, t.text, t.written_at",
            words: "search_words(t.org_id, t.text)",
            only: &only,
            newest: Some("written_at"),
        }
        .with(3, MOST_TEXTS),
    );
    let (org, who) = (search.scope.org_id(), search.scope.who());
    search
        .rows(client, &sql, &[org, &who, &search.words.all, &search.most])
        .await
}

/// Reports by their titles, and by their updates, of which the newest one that fits is shown.
pub(super) async fn status_reports(
    client: &impl GenericClient,
    search: &Search<'_>,
) -> Result<Vec<SearchResult>, StoreError> {
    let sql = format!(
        "SELECT r.id::text AS id, r.page_id::text AS parent_id, r.title, f.message AS detail, r.started_at AS at,
             r.resolved_at IS NULL AS open
         FROM (
             SELECT DISTINCT ON (u.id) u.id, u.message FROM (
                 SELECT s.id, NULL::text AS message, 0::bigint AS n FROM {} AS s WHERE s.org_id = $1
                 UNION ALL
                 SELECT p.report_id, p.message, p.id FROM {} AS p WHERE p.org_id = $1
             ) AS u ORDER BY u.id, u.n DESC
         ) AS f JOIN status_reports r ON r.id = f.id
         WHERE r.org_id = $1
         ORDER BY {}, r.started_at DESC, r.id DESC LIMIT $3",
        Table {
            name: "status_reports",
            columns: "t.id",
            words: "search_words(t.org_id, t.title)",
            only: "true",
            newest: Some("started_at"),
        }
        .with(2, MOST_TEXTS),
        Table {
            name: "report_updates",
            columns: "t.id, t.report_id, t.message",
            words: "search_words(t.org_id, t.message)",
            only: "true",
            newest: Some("at"),
        }
        .with(2, MOST_TEXTS),
        rank("r.title", 4),
    );
    let (words, text) = (&search.words.all, &search.asked.text);
    search
        .rows(client, &sql, &[search.scope.org_id(), words, &search.most, text])
        .await
}
