//! Searching what an organisation has: by indexes of words, and of what may be a lot only among so many rows, those that are
//! newest first (docs/adr/0055-search-looks-at-what-is-newest-first.md).

mod audit;
mod incidents;
mod monitors;
mod named;
#[cfg(test)]
mod plans;
mod texts;

use api::{SearchGroup, SearchKind, SearchResult};
use chrono::{DateTime, Utc};
use deadpool_postgres::{Client, GenericClient};
use domain::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::Scope;
use super::error::StoreError;
use crate::rules::search::Asked;

/// How long one statement of a search may take, in milliseconds: somebody is typing.
const STATEMENT_MS: u32 = 1_000;

/// Rows with the words that are looked at, at most: of what has a lot of text, and of what has names.
const MOST_TEXTS: u32 = 2_000;
const MOST_NAMED: u32 = 5_000;

/// What is looked for as PostgreSQL looks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Words {
    /// A query for each of the parts.
    each: Vec<String>,
    /// For all of them, and for any.
    all: String,
    any: String,
}

impl Words {
    /// From the words of each part, as they are called in the indexes; none where there are none.
    fn new(parts: &[Vec<String>]) -> Option<Self> {
        let parts: Vec<_> = parts.iter().filter(|words| !words.is_empty()).collect();
        let last = parts.len().checked_sub(1)?;
        let term = |word: &String, is_last: bool| {
            let quoted = word.replace('\\', r"\\").replace('\'', "''");
            format!("'{quoted}'{}", if is_last { ":*" } else { "" })
        };
        let each = parts.iter().enumerate().map(|(n, words)| {
            let terms: Vec<_> = words.iter().map(|word| term(word, n == last)).collect();
            terms.join(" & ")
        });
        let each: Vec<String> = each.collect();
        Some(Self {
            all: each.join(" & "),
            any: format!("({})", each.join(") | (")),
            each,
        })
    }

    /// As the function says it that has made the indexes.
    async fn of(
        client: &impl GenericClient,
        scope: Scope,
        asked: &Asked,
    ) -> Result<Option<Self>, StoreError> {
        let sql = "SELECT p.n, w.word FROM unnest($2::text[]) WITH ORDINALITY AS p (part, n)
                   CROSS JOIN LATERAL unnest(tsvector_to_array(search_words($1::bigint, p.part))) AS w (word)
                   ORDER BY p.n";
        let statement = client.prepare_cached(sql).await?;
        let rows = client.query(&statement, &[scope.org_id(), &asked.parts]).await?;
        let mut parts = vec![Vec::new(); asked.parts.len()];
        for row in &rows {
            let n: i64 = row.try_get(0)?;
            if let Some(words) = usize::try_from(n - 1).ok().and_then(|n| parts.get_mut(n)) {
                words.push(row.try_get(1)?);
            }
        }
        Ok(Self::new(&parts))
    }
}

/// One search.
#[derive(Debug)]
struct Search<'a> {
    scope: Scope,
    asked: &'a Asked,
    words: Words,
    /// One more than is answered of each kind.
    most: i64,
}

impl Search<'_> {
    /// The results in the rows of a statement.
    async fn rows(
        &self,
        client: &impl GenericClient,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<SearchResult>, StoreError> {
        let statement = client.prepare_cached(sql).await?;
        let rows = client.query(&statement, parameters).await?;
        rows.iter().map(|row| self.read(row)).collect()
    }

    fn read(&self, row: &Row) -> Result<SearchResult, StoreError> {
        let detail: Option<&str> = row.try_get("detail")?;
        let at: Option<DateTime<Utc>> = row.try_get("at")?;
        let detail = detail.map(|text| self.asked.excerpt(text));
        Ok(SearchResult {
            id: row.try_get("id")?,
            parent_id: row.try_get("parent_id")?,
            title: row.try_get("title")?,
            detail: detail.filter(|text| !text.is_empty()),
            at: at.map(Timestamp::from),
            open: row.try_get("open")?,
        })
    }
}

/// What is found of these kinds, of each at most `limit`.
pub(crate) async fn find(
    client: &mut Client,
    scope: Scope,
    asked: &Asked,
    kinds: &[SearchKind],
    limit: usize,
) -> Result<Vec<SearchGroup>, StoreError> {
    if asked.parts.is_empty() || kinds.is_empty() {
        return Ok(Vec::new());
    }
    let tx = client.build_transaction().read_only(true).start().await?;
    tx.batch_execute(&format!("SET LOCAL statement_timeout = {STATEMENT_MS}"))
        .await?;
    let Some(words) = Words::of(&tx, scope, asked).await? else {
        return Ok(Vec::new());
    };
    let search = Search {
        scope,
        asked,
        words,
        most: limit as i64 + 1,
    };
    let mut groups = Vec::new();
    for kind in kinds.iter().copied() {
        let mut items = of_kind(&tx, &search, kind).await?;
        let more = items.len() > limit;
        items.truncate(limit);
        if !items.is_empty() {
            groups.push(SearchGroup { kind, items, more });
        }
    }
    tx.commit().await?;
    Ok(groups)
}

async fn of_kind(
    client: &impl GenericClient,
    search: &Search<'_>,
    kind: SearchKind,
) -> Result<Vec<SearchResult>, StoreError> {
    match kind {
        SearchKind::Monitor => monitors::find(client, search).await,
        SearchKind::Incident => incidents::find(client, search).await,
        SearchKind::MaintenanceWindow => named::windows(client, search).await,
        SearchKind::Channel => named::channels(client, search).await,
        SearchKind::StatusPage => named::status_pages(client, search).await,
        _ if !search.asked.is_long_enough() => Ok(Vec::new()),
        SearchKind::Note => texts::notes(client, search).await,
        SearchKind::StatusReport => texts::status_reports(client, search).await,
        SearchKind::AuditEvent => audit::find(client, search).await,
    }
}

/// The query whose text is that parameter, in SQL: read once for a statement, and not for each row.
fn query(parameter: usize) -> String {
    format!("(SELECT ${parameter}::text::tsquery)")
}

/// Rows of a table `t` with the words that a parameter asks for, in SQL. They are the organisation's, with which its words
/// begin; that it is said again, outside, keeps the planner from reading all that the organisation has instead.
fn with_words(table: &str, columns: &str, words: &str, parameter: usize, most: u32) -> String {
    format!(
        "(SELECT t.org_id, {columns} FROM {table} t WHERE {words} @@ {} LIMIT {most})",
        query(parameter)
    )
}

/// How well a name fits the whole text, in SQL, 0 best: it is the text, begins with it, has it, or only has its words.
fn rank(name: &str, text: usize) -> String {
    format!(
        "CASE WHEN lower({name}) = lower(${text}::text) THEN 0
              WHEN starts_with(lower({name}), lower(${text}::text)) THEN 1
              WHEN strpos(lower({name}), lower(${text}::text)) > 0 THEN 2 ELSE 3 END"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_words_are_asked_for_and_the_last_may_be_a_beginning() {
        let parts = |parts: &[&[&str]]| -> Vec<Vec<String>> {
            let owned =
                |words: &&[&str]| -> Vec<String> { words.iter().map(|word| (*word).to_owned()).collect() };
            parts.iter().map(owned).collect()
        };
        let words = Words::new(&parts(&[&["7.api"], &[], &["7.time", "7.out"]])).unwrap();
        assert_eq!(words.each, ["'7.api'", "'7.time':* & '7.out':*"]);
        assert_eq!(words.all, "'7.api' & '7.time':* & '7.out':*");
        assert_eq!(words.any, "('7.api') | ('7.time':* & '7.out':*)");
        assert_eq!(Words::new(&parts(&[&["7.o'x\\"]])).unwrap().all, r"'7.o''x\\':*");
        assert_eq!(Words::new(&parts(&[&[]])), None);
        assert_eq!(Words::new(&[]), None);
    }
}
