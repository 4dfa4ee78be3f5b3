//! Monitors, by their own words and by those of their tags.

use std::collections::{HashMap, HashSet};

use api::SearchResult;
use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use super::super::error::StoreError;
use super::super::monitors::searched_address;
use super::super::scope::sees;
use super::{MOST_NAMED, Search, Table, query, rank};

/// As in the index of them, of a monitor in `t`.
const WORDS: &str = "monitor_words(t.org_id, t.name, t.external_key, t.spec)";

/// Tags with one of the words, monitors of each of them, and monitors of all of them, that are looked at.
const TAGS: u32 = 20;
const OF_A_TAG: u32 = 100;
const TAGGED: u32 = 200;

/// Monitors with one of the words in their own ones of which the tags are looked at, those with the rarest first.
const CANDIDATES: usize = 1_000;

/// Monitors that have a word, at most: so many of one that many have.
const WITH_A_WORD: usize = 1_000;

/// Monitors of which it is looked up whether they have a word that many have, those with the rarest of the others first.
const WITH_RARE_WORDS: usize = 1_000;

/// Monitors with all of the words, at most, that are asked for by their names where each word has more.
const BEST: usize = 100;

/// Which monitors are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// Those that are there.
    There,
    /// Also those that were removed: their incidents are still there.
    Ever,
}

impl Which {
    /// The condition, in SQL, that a monitor `t` is one of them and is seen. The first parameter is the organisation, the second
    /// who looks.
    fn condition(self) -> String {
        let seen = sees("t.id", 1, 2);
        match self {
            Self::There => format!("t.deleted_at IS NULL AND {seen}"),
            Self::Ever => seen,
        }
    }
}

/// Adds the monitors that are found: those with all words in their own ones, the best name first, then those by their tags.
pub(super) async fn find(
    client: &impl GenericClient,
    search: &Search<'_>,
    found: &mut Vec<SearchResult>,
) -> Result<(), StoreError> {
    let (org, who) = (search.scope.org_id(), search.scope.who());
    let (words, text) = (&search.words, &search.asked.text);
    let sql = by_words_sql();
    *found = search
        .rows(client, &sql, &[org, &who, &words.all, &search.most, text])
        .await?;
    if (found.len() as i64) < search.most {
        let some = with_words(client, search, Which::There).await?;
        let candidates = rarest(some.of_each.iter(), CANDIDATES);
        let sql = by_tags_sql();
        let tagged = search
            .rows(
                client,
                &sql,
                &[org, &who, &words.any, &words.all, &search.most, &candidates],
            )
            .await?;
        let known: HashSet<String> = found.iter().map(|one| one.id.clone()).collect();
        found.extend(tagged.into_iter().filter(|one| !known.contains(&one.id)));
    }
    Ok(())
}

pub(super) fn by_words_sql() -> String {
    format!(
        "SELECT m.id::text AS id, NULL::text AS parent_id, m.name AS title, {} AS detail,
             NULL::timestamptz AS at, NULL::boolean AS open
         FROM {} AS m
         WHERE m.org_id = $1
         ORDER BY {}, m.id DESC LIMIT $4",
        searched_address("m.spec"),
        Table {
            name: "monitors",
            columns: "t.id, t.name, t.spec",
            words: WORDS,
            only: &Which::There.condition(),
            newest: None,
        }
        .with(3, MOST_NAMED),
        rank("m.name", 5),
    )
}

/// Monitors with some of the words in their tags, and the others in their own or in other tags: some of each of the tags, and those
/// of the sixth parameter that have one of them.
fn by_tags_sql() -> String {
    format!(
        "WITH hit AS MATERIALIZED (
             SELECT g.id FROM {} AS g WHERE g.org_id = $1
         ), tagged AS MATERIALIZED (
             SELECT DISTINCT one.monitor_id FROM hit CROSS JOIN LATERAL (
                 SELECT mt.monitor_id FROM monitor_tags mt JOIN monitors t ON t.id = mt.monitor_id
                 WHERE mt.tag_id = hit.id AND {} LIMIT {OF_A_TAG}
             ) AS one LIMIT {TAGGED}
         ), candidate AS MATERIALIZED (
             SELECT monitor_id FROM tagged
             UNION
             SELECT mt.monitor_id FROM monitor_tags mt JOIN hit ON hit.id = mt.tag_id
             WHERE mt.monitor_id = ANY($6::bigint[])
         )
         SELECT m.id::text AS id, NULL::text AS parent_id, m.name AS title, {} AS detail,
             NULL::timestamptz AS at, NULL::boolean AS open
         FROM candidate JOIN monitors m ON m.id = candidate.monitor_id
         WHERE m.org_id = $1 AND m.deleted_at IS NULL AND {}
           AND (monitor_words(m.org_id, m.name, m.external_key, m.spec) || search_words(m.org_id, (
                   SELECT string_agg(t.name, ' ') FROM monitor_tags mt JOIN tags t ON t.id = mt.tag_id
                   WHERE mt.monitor_id = m.id))) @@ {}
         ORDER BY m.id DESC LIMIT $5",
        Table {
            name: "tags",
            columns: "t.id",
            words: "search_words(t.org_id, t.name)",
            only: "true",
            newest: None,
        }
        .with(3, TAGS),
        Which::There.condition(),
        searched_address("m.spec"),
        sees("m.id", 1, 2),
        query(4),
    )
}

/// Monitors that have words of a search.
#[derive(Debug, Default)]
pub(super) struct WithWords {
    /// Of each of the queries, those that it finds: not all where many have the word, but those that also have a rare one, or the
    /// best names.
    pub(super) of_each: Vec<Vec<i64>>,
    /// Those that all of the queries find, the best name first; none where each list is short.
    pub(super) best: Vec<i64>,
}

/// The monitors with words of the search among their own.
pub(super) async fn with_words(
    client: &impl GenericClient,
    search: &Search<'_>,
    which: Which,
) -> Result<WithWords, StoreError> {
    let (org, who) = (search.scope.org_id(), search.scope.who());
    let each = &search.words.each;
    let rows = search.query(client, &each_sql(which), &[org, &who, each]).await?;
    let mut of_each: Vec<Vec<i64>> = vec![Vec::new(); each.len()];
    add(&rows, &mut of_each)?;

    let is_full = |n: usize| of_each[n].len() >= WITH_A_WORD;
    let full: Vec<usize> = (0..each.len()).filter(|n| is_full(*n)).collect();
    let others = (0..each.len()).filter(|n| !is_full(*n)).map(|n| &of_each[n]);
    let rare = rarest(others, WITH_RARE_WORDS);
    let is_long = of_each.iter().all(|ids| ids.len() > BEST);
    if !full.is_empty() && !rare.is_empty() {
        let queries: Vec<&str> = full.iter().map(|n| each[*n].as_str()).collect();
        let places: Vec<i64> = full.iter().map(|n| *n as i64 + 1).collect();
        let rows = search
            .query(client, ALSO, &[org, &rare, &queries, &places])
            .await?;
        add(&rows, &mut of_each)?;
    }
    let mut best: Vec<i64> = Vec::new();
    if is_long {
        let (all, text) = (&search.words.all, &search.asked.text);
        let rows = search
            .query(client, &best_sql(which), &[org, &who, all, text])
            .await?;
        for row in &rows {
            best.push(row.try_get(0)?);
        }
        of_each.iter_mut().for_each(|ids| ids.extend(&best));
    }
    for ids in &mut of_each {
        ids.sort_unstable();
        ids.dedup();
    }
    Ok(WithWords { of_each, best })
}

/// Adds the monitor of each row to the list whose place, from one, it has.
fn add(rows: &[Row], of_each: &mut [Vec<i64>]) -> Result<(), StoreError> {
    for row in rows {
        let n: i64 = row.try_get(0)?;
        if let Some(monitors) = usize::try_from(n - 1).ok().and_then(|n| of_each.get_mut(n)) {
            monitors.push(row.try_get(1)?);
        }
    }
    Ok(())
}

fn each_sql(which: Which) -> String {
    format!(
        "SELECT w.n, found.id
         FROM (SELECT u.text::tsquery AS query, u.n FROM unnest($3::text[]) WITH ORDINALITY AS u (text, n)) AS w
         CROSS JOIN LATERAL (
             SELECT t.id, t.org_id FROM monitors t WHERE {WORDS} @@ w.query AND {} LIMIT {WITH_A_WORD}
         ) AS found
         WHERE found.org_id = $1",
        which.condition()
    )
}

/// Which of these monitors the queries of these places find, too.
const ALSO: &str = "WITH those AS MATERIALIZED (
         SELECT t.id, monitor_words(t.org_id, t.name, t.external_key, t.spec) AS words
         FROM monitors t WHERE t.org_id = $1 AND t.id = ANY($2::bigint[])
     )
     SELECT w.n, those.id
     FROM those JOIN unnest($3::text[], $4::bigint[]) AS w (text, n) ON those.words @@ w.text::tsquery";

fn best_sql(which: Which) -> String {
    format!(
        "SELECT m.id FROM {} AS m WHERE m.org_id = $1 ORDER BY {}, m.id DESC LIMIT {BEST}",
        Table {
            name: "monitors",
            columns: "t.id, t.name",
            words: WORDS,
            only: &which.condition(),
            newest: None,
        }
        .with(3, MOST_NAMED),
        rank("m.name", 4),
    )
}

/// The monitors of the lists, each once, those of the shortest first, at most so many.
fn rarest<'a>(lists: impl Iterator<Item = &'a Vec<i64>>, most: usize) -> Vec<i64> {
    let mut lists: Vec<&Vec<i64>> = lists.collect();
    lists.sort_by_key(|ids| ids.len());
    let mut known = HashSet::new();
    let ids = lists.into_iter().flatten().copied();
    ids.filter(|id| known.insert(*id)).take(most).collect()
}

/// Those monitors that have most of the words, at most so many: of two with as many the one whose name is better, or the newer.
pub(super) fn with_most(of: &WithWords, most: usize) -> Vec<i64> {
    let mut counts: HashMap<i64, usize> = HashMap::new();
    for id in of.of_each.iter().flatten() {
        *counts.entry(*id).or_default() += 1;
    }
    let places: HashMap<i64, usize> = of.best.iter().enumerate().map(|(n, id)| (*id, n)).collect();
    let mut counts: Vec<(i64, usize)> = counts.into_iter().collect();
    counts.sort_unstable_by_key(|(id, count)| {
        let place = places.get(id).copied().unwrap_or(usize::MAX);
        (std::cmp::Reverse(*count), place, std::cmp::Reverse(*id))
    });
    counts.truncate(most);
    counts.into_iter().map(|(id, _)| id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn monitors_with_most_of_the_words_come_first_and_the_better_or_newer_of_two() {
        let mut of = WithWords {
            of_each: vec![vec![1, 2, 3], vec![2, 3], vec![2, 9]],
            best: Vec::new(),
        };
        assert_eq!(with_most(&of, 10), [2, 3, 9, 1]);
        assert_eq!(with_most(&of, 2), [2, 3]);
        of.best = vec![1];
        assert_eq!(with_most(&of, 10), [2, 3, 1, 9]);
        assert_eq!(with_most(&WithWords::default(), 2), [] as [i64; 0]);
    }

    #[test]
    fn those_with_the_rarest_word_come_first() {
        let lists = [vec![1, 2, 3, 4], vec![], vec![4, 9]];
        assert_eq!(rarest(lists.iter(), 10), [4, 9, 1, 2, 3]);
        assert_eq!(rarest(lists.iter(), 3), [4, 9, 1]);
    }
}
