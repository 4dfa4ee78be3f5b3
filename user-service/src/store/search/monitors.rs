//! Monitors, by their own words and by those of their tags.

use std::collections::{HashMap, HashSet};

use api::SearchResult;
use deadpool_postgres::GenericClient;

use super::super::error::StoreError;
use super::super::monitors::searched_address;
use super::super::scope::sees;
use super::{MOST_NAMED, Search, query, rank, with_words};

/// As in the index of them, of a monitor in `t`.
pub(super) const WORDS: &str = "monitor_words(t.org_id, t.name, t.external_key, t.spec)";

/// Tags with one of the words, monitors of each of them, and monitors of all of them, that are looked at.
const TAGS: u32 = 20;
const OF_A_TAG: u32 = 100;
const TAGGED: u32 = 200;

/// Monitors that have a word, at most: so many of one that many have.
const WITH_A_WORD: u32 = 1_000;

pub(super) async fn find(
    client: &impl GenericClient,
    search: &Search<'_>,
) -> Result<Vec<SearchResult>, StoreError> {
    let (org, who) = (search.scope.org_id(), search.scope.who());
    let (words, text) = (&search.words, &search.asked.text);
    let sql = by_words_sql();
    let mut found = search
        .rows(client, &sql, &[org, &who, &words.all, &search.most, text])
        .await?;
    if (found.len() as i64) < search.most {
        let sql = by_tags_sql();
        let tagged = search
            .rows(client, &sql, &[org, &who, &words.any, &words.all, &search.most])
            .await?;
        let known: HashSet<String> = found.iter().map(|one| one.id.clone()).collect();
        found.extend(tagged.into_iter().filter(|one| !known.contains(&one.id)));
    }
    Ok(found)
}

pub(super) fn by_words_sql() -> String {
    format!(
        "SELECT m.id::text AS id, NULL::text AS parent_id, m.name AS title, {} AS detail,
             NULL::timestamptz AS at, NULL::boolean AS open
         FROM {} AS m
         WHERE m.org_id = $1 AND m.deleted_at IS NULL AND {}
         ORDER BY {}, m.id DESC LIMIT $4",
        searched_address("m.spec"),
        with_words(
            "monitors",
            "t.id, t.name, t.spec, t.deleted_at",
            WORDS,
            3,
            MOST_NAMED
        ),
        sees("m.id", 1, 2),
        rank("m.name", 5),
    )
}

/// Monitors with some of the words in their tags, and the others in their own or in other tags.
fn by_tags_sql() -> String {
    format!(
        "WITH hit AS MATERIALIZED (
             SELECT g.id FROM {} AS g WHERE g.org_id = $1
         ), tagged AS MATERIALIZED (
             SELECT DISTINCT one.monitor_id FROM hit CROSS JOIN LATERAL (
                 SELECT mt.monitor_id FROM monitor_tags mt WHERE mt.tag_id = hit.id LIMIT {OF_A_TAG}
             ) AS one LIMIT {TAGGED}
         )
         SELECT m.id::text AS id, NULL::text AS parent_id, m.name AS title, {} AS detail,
             NULL::timestamptz AS at, NULL::boolean AS open
         FROM tagged JOIN monitors m ON m.id = tagged.monitor_id
         WHERE m.org_id = $1 AND m.deleted_at IS NULL AND {}
           AND (monitor_words(m.org_id, m.name, m.external_key, m.spec) || search_words(m.org_id, (
                   SELECT string_agg(t.name, ' ') FROM monitor_tags mt JOIN tags t ON t.id = mt.tag_id
                   WHERE mt.monitor_id = m.id))) @@ {}
         ORDER BY m.id DESC LIMIT $5",
        with_words("tags", "t.id", "search_words(t.org_id, t.name)", 3, TAGS),
        searched_address("m.spec"),
        sees("m.id", 1, 2),
        query(4),
    )
}

/// Of each of the queries the monitors whose words it finds, also those that were removed: their incidents are still there.
pub(super) async fn with_each(
    client: &impl GenericClient,
    search: &Search<'_>,
) -> Result<Vec<Vec<i64>>, StoreError> {
    let sql = format!(
        "SELECT w.n, found.id
         FROM (SELECT u.text::tsquery AS query, u.n FROM unnest($2::text[]) WITH ORDINALITY AS u (text, n)) AS w
         CROSS JOIN LATERAL (
             SELECT t.id, t.org_id FROM monitors t WHERE {WORDS} @@ w.query LIMIT {WITH_A_WORD}
         ) AS found
         WHERE found.org_id = $1"
    );
    let statement = client.prepare_cached(&sql).await?;
    let rows = client
        .query(&statement, &[search.scope.org_id(), &search.words.each])
        .await?;
    let mut of_each = vec![Vec::new(); search.words.each.len()];
    for row in &rows {
        let n: i64 = row.try_get(0)?;
        if let Some(monitors) = usize::try_from(n - 1).ok().and_then(|n| of_each.get_mut(n)) {
            monitors.push(row.try_get(1)?);
        }
    }
    Ok(of_each)
}

/// Those monitors that have most of the words, at most so many.
pub(super) fn with_most(of_each: &[Vec<i64>], most: usize) -> Vec<i64> {
    let mut counts: HashMap<i64, usize> = HashMap::new();
    for id in of_each.iter().flatten() {
        *counts.entry(*id).or_default() += 1;
    }
    let mut counts: Vec<(i64, usize)> = counts.into_iter().collect();
    counts.sort_unstable_by_key(|(id, count)| (std::cmp::Reverse(*count), std::cmp::Reverse(*id)));
    counts.truncate(most);
    counts.into_iter().map(|(id, _)| id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn monitors_with_most_of_the_words_come_first_and_the_newer_of_two() {
        let of_each = [vec![1, 2, 3], vec![2, 3], vec![2, 9]];
        assert_eq!(with_most(&of_each, 10), [2, 3, 9, 1]);
        assert_eq!(with_most(&of_each, 2), [2, 3]);
        assert_eq!(with_most(&[], 2), [] as [i64; 0]);
    }
}
