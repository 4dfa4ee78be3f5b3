//! Incidents, by what failed and by their monitors. Of the newest ones each is looked at; where those are too few, the newest
//! of the monitors with one of the words, and older ones by the index of words.

use std::collections::HashSet;

use api::SearchResult;
use deadpool_postgres::GenericClient;
use tokio_postgres::types::ToSql;

use super::super::error::StoreError;
use super::super::scope::sees;
use super::monitors::{Which, with_most, with_words};
use super::{Search, query};

/// The newest incidents of an organisation, each of which is looked at.
const NEWEST: u32 = 3_000;

/// Monitors with one of the words, and the newest incidents of each, that are looked at.
const MONITORS: usize = 50;
const OF_A_MONITOR: u32 = 40;

/// Older incidents with all words in what failed, of which the newest are answered.
const OLDER: u32 = 4_000;

/// What is read of an incident `i`. Its words are made here only until they are stored, and of one that goes on and has failed
/// otherwise since: those are stored when it ends.
const READ: &str = "i.id, i.org_id, i.monitor_id, i.started_at, i.resolved_at, i.error_code,
     coalesce(i.last_error, i.first_error) AS error,
     CASE WHEN i.words IS NULL
            OR i.resolved_at IS NULL AND coalesce(i.last_error, i.first_error) IS DISTINCT FROM i.first_error
          THEN search_words(i.org_id, concat_ws(' ', i.error_code, left(i.first_error, 1900), left(i.last_error, 1900)))
          ELSE i.words END AS words";

/// Adds the incidents that are found, the newest first.
pub(super) async fn find(
    client: &impl GenericClient,
    search: &Search<'_>,
    found: &mut Vec<SearchResult>,
) -> Result<(), StoreError> {
    let of = with_words(client, search, Which::Ever).await?;
    let (org, who, most) = (search.scope.org_id(), search.scope.who(), &search.most);
    let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![org, &who, most];
    for (words, monitors) in search.words.each.iter().zip(&of.of_each) {
        parameters.extend([words as &(dyn ToSql + Sync), monitors]);
    }
    let queries = of.of_each.len();
    *found = search.rows(client, &newest_sql(queries), &parameters).await?;
    if found.len() as i64 >= *most {
        return Ok(());
    }
    let monitors = with_most(&of, MONITORS);
    if !monitors.is_empty() {
        parameters.push(&monitors);
        let more = search
            .rows(client, &of_monitors_sql(queries), &parameters)
            .await?;
        add(found, more, *most as usize);
    }
    if search.asked.is_long_enough() {
        let parameters: [&(dyn ToSql + Sync); 4] = [org, &who, most, &search.words.all];
        let more = search.rows(client, &older_sql(), &parameters).await?;
        add(found, more, *most as usize);
    }
    Ok(())
}

/// Adds more: each once, the newest first, at most so many.
fn add(found: &mut Vec<SearchResult>, more: Vec<SearchResult>, most: usize) {
    found.extend(more);
    let mut known = HashSet::new();
    found.retain(|one| known.insert(one.id.clone()));
    found.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.id.cmp(&b.id)));
    found.truncate(most);
}

/// A statement that answers those of the incidents `n` that are seen, newest first.
fn select(incidents: &str, condition: &str) -> String {
    format!(
        "SELECT n.id::text AS id, NULL::text AS parent_id, coalesce(m.name, 'monitor ' || n.monitor_id) AS title,
             coalesce(n.error, n.error_code) AS detail, n.started_at AS at, n.resolved_at IS NULL AS open
         FROM {incidents} LEFT JOIN monitors m ON m.id = n.monitor_id
         WHERE n.org_id = $1 AND {condition} AND {}
         ORDER BY n.started_at DESC, n.id LIMIT $3",
        sees("n.monitor_id", 1, 2)
    )
}

/// That each of so many queries finds the incident or its monitor. Their parameters begin with the fourth: a query, and the
/// monitors that it finds.
fn is_found(queries: usize) -> String {
    let each = (0..queries).map(|n| {
        let (words, monitors) = (4 + 2 * n, 5 + 2 * n);
        format!(
            "(n.words @@ {} OR n.monitor_id = ANY(${monitors}::bigint[]))",
            query(words)
        )
    });
    each.collect::<Vec<_>>().join(" AND ")
}

pub(super) fn newest_sql(queries: usize) -> String {
    let newest = format!(
        "(SELECT {READ} FROM incidents i WHERE i.org_id = $1 ORDER BY i.started_at DESC, i.id LIMIT {NEWEST}) AS n"
    );
    select(&newest, &is_found(queries))
}

pub(super) fn of_monitors_sql(queries: usize) -> String {
    let of_monitors = format!(
        "unnest(${}::bigint[]) AS it (id) CROSS JOIN LATERAL (
             SELECT {READ} FROM incidents i WHERE i.monitor_id = it.id
             ORDER BY i.started_at DESC LIMIT {OF_A_MONITOR}) AS n",
        4 + 2 * queries
    );
    select(&of_monitors, &is_found(queries))
}

fn older_sql() -> String {
    let older = format!(
        "(SELECT i.id, i.org_id, i.monitor_id, i.started_at, i.resolved_at, i.error_code,
              coalesce(i.last_error, i.first_error) AS error
          FROM incidents i WHERE i.words @@ {} AND {} LIMIT {OLDER}) AS n",
        query(4),
        sees("i.monitor_id", 1, 2)
    );
    select(&older, "true")
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    #[test]
    fn what_was_found_twice_is_answered_once_and_the_newest_first() {
        let incident = |id: &str, at: i64| SearchResult {
            id: id.to_owned(),
            parent_id: None,
            title: "Shop".to_owned(),
            detail: None,
            at: Some(Timestamp::from_millis(at)),
            open: Some(false),
        };
        let ids = |most| -> Vec<String> {
            let mut found = vec![incident("b", 2)];
            let more = vec![incident("a", 1), incident("c", 3), incident("b", 2)];
            add(&mut found, more, most);
            found.into_iter().map(|one| one.id).collect()
        };
        assert_eq!(ids(5), ["c", "b", "a"]);
        assert_eq!(ids(2), ["c", "b"]);
    }
}
