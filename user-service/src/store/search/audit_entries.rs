//! Changes in the audit log. It is only added to, and what is looked for in it is mostly new: the newest changes are gone
//! through, so that no index of words has to be kept of all that anybody ever did.

use api::SearchResult;
use deadpool_postgres::GenericClient;

use super::super::error::StoreError;
use super::Search;
use crate::rules::text::like_pattern;

/// The newest changes, each of which is looked at.
const NEWEST: u32 = 3_000;

/// What is called how, by the names of the log. A change says only what it has changed: mostly not the name. Channels that are a
/// member's own are nobody else's business.
const NAMES: &str = "SELECT 'monitor' AS resource, id, name FROM monitors WHERE org_id = $1
     UNION ALL SELECT 'channel', id, name FROM channels WHERE org_id = $1 AND owner_id IS NULL
     UNION ALL SELECT 'maintenance_window', id, name FROM maintenance_windows WHERE org_id = $1
     UNION ALL SELECT 'status_page', id, title FROM status_pages WHERE org_id = $1
     UNION ALL SELECT 'tag', id, name FROM tags WHERE org_id = $1";

/// Parts are found anywhere: operations are called in one word, as in `EditMonitor`.
pub(super) async fn find(
    client: &impl GenericClient,
    search: &Search<'_>,
) -> Result<Vec<SearchResult>, StoreError> {
    let sql = format!(
        "SELECT l.id::text AS id, NULL::text AS parent_id, l.action AS title,
             concat_ws(' · ', l.actor_name, concat_ws(' ', l.resource, l.resource_id), coalesce(l.name, called.name)) AS detail,
             l.at, NULL::boolean AS open
         FROM (
             SELECT a.id, a.at, a.action, a.resource, a.resource_id, a.actor_name,
                 CASE WHEN a.resource_id ~ '^[0-9]{{1,18}}$' THEN a.resource_id::bigint END AS n,
                 coalesce(a.after->>'name', a.before->>'name', a.after->>'title', a.before->>'title') AS name,
                 concat_ws(' ', a.before->>'name', a.before->>'title') AS former
             FROM audit_log a WHERE a.org_id = $1 ORDER BY a.id DESC LIMIT {NEWEST}
         ) AS l
         LEFT JOIN ({NAMES}) AS called ON called.resource = l.resource AND called.id = l.n
         WHERE lower(concat_ws(' ', l.action, l.resource, l.resource_id, l.actor_name, l.name, l.former, called.name))
               LIKE ALL($2::text[])
         ORDER BY l.id DESC LIMIT $3"
    );
    let patterns: Vec<String> = search.asked.parts.iter().map(|part| like_pattern(part)).collect();
    search
        .rows(client, &sql, &[search.scope.org_id(), &patterns, &search.most])
        .await
}
