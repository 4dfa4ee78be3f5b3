//! Searching what an organisation has: by indexes of words, and of what may be a lot only among so many rows, those that are
//! newest first (docs/adr/0055-search-looks-at-what-is-newest-first.md).

mod audit_entries;
mod incidents;
mod monitors;
mod named;
#[cfg(test)]
mod plans;
mod texts;

use std::time::{Duration, Instant};

use api::{SearchGroup, SearchKind, SearchResult};
use chrono::{DateTime, Utc};
use deadpool_postgres::{Client, GenericClient, Transaction};
use domain::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

use super::Scope;
use super::error::StoreError;
use crate::rules::search::Asked;

/// How long a search may take, and each of its statements: somebody is typing.
const SEARCH: Duration = Duration::from_secs(2);
const STATEMENT: Duration = Duration::from_secs(1);

/// A statement is given this much at the least: also what follows one that was given up is a statement.
const LEAST: Duration = Duration::from_millis(50);

/// Rows with the words that are looked at, at most: of what has a lot of text, the newest, and of what has names.
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
    /// When it is to be over.
    until: Instant,
}

impl Search<'_> {
    /// The rows of a statement, which ends when its time is over, or that of the search.
    async fn query(
        &self,
        client: &impl GenericClient,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        give(client, time_for(self.until, Instant::now())).await?;
        let statement = client.prepare_cached(sql).await?;
        Ok(client.query(&statement, parameters).await?)
    }

    /// The results in the rows of a statement.
    async fn rows(
        &self,
        client: &impl GenericClient,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<SearchResult>, StoreError> {
        let rows = self.query(client, sql, parameters).await?;
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

/// How long the next statement may take.
fn time_for(until: Instant, now: Instant) -> Duration {
    until.saturating_duration_since(now).clamp(LEAST, STATEMENT)
}

/// Gives the statements from here on so much time, until the transaction or the savepoint ends.
async fn give(client: &impl GenericClient, time: Duration) -> Result<(), StoreError> {
    let sql = format!("SET LOCAL statement_timeout = {}", time.as_millis());
    Ok(client.batch_execute(&sql).await?)
}

/// Whether it is the error of a statement that has taken too long.
fn is_late(error: &StoreError) -> bool {
    matches!(error, StoreError::Database(error) if error.code() == Some(&SqlState::QUERY_CANCELED))
}

/// What is found of these kinds, of each at most `limit`. Where one takes too long, what was found of it by then, and that there is
/// more: the others are there all the same.
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
    let until = Instant::now() + SEARCH;
    let mut tx = client.build_transaction().read_only(true).start().await?;
    give(&tx, STATEMENT).await?;
    let Some(words) = Words::of(&tx, scope, asked).await? else {
        return Ok(Vec::new());
    };
    let search = Search {
        scope,
        asked,
        words,
        most: limit as i64 + 1,
        until,
    };
    let mut groups = Vec::new();
    for kind in kinds.iter().copied() {
        let mut items = Vec::new();
        let is_whole = until > Instant::now() && within(&mut tx, &search, kind, &mut items).await?;
        let more = items.len() > limit || !is_whole;
        items.truncate(limit);
        if more || !items.is_empty() {
            groups.push(SearchGroup { kind, items, more });
        }
    }
    tx.commit().await?;
    Ok(groups)
}

/// Adds what is found of a kind, and answers whether that took no longer than it may.
async fn within(
    tx: &mut Transaction<'_>,
    search: &Search<'_>,
    kind: SearchKind,
    items: &mut Vec<SearchResult>,
) -> Result<bool, StoreError> {
    let step = tx.transaction().await?;
    match of_kind(&step, search, kind, items).await {
        Ok(()) => {
            step.commit().await?;
            Ok(true)
        }
        Err(error) if is_late(&error) => {
            step.rollback().await?;
            tracing::info!(kind = kind.as_str(), "a search took too long");
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Adds what is found of a kind, the best first: what is there when a statement fails was found before.
async fn of_kind(
    client: &impl GenericClient,
    search: &Search<'_>,
    kind: SearchKind,
    items: &mut Vec<SearchResult>,
) -> Result<(), StoreError> {
    let found = match kind {
        SearchKind::Monitor => return monitors::find(client, search, items).await,
        SearchKind::Incident => return incidents::find(client, search, items).await,
        SearchKind::MaintenanceWindow => named::windows(client, search).await,
        SearchKind::Channel => named::channels(client, search).await,
        SearchKind::StatusPage => named::status_pages(client, search).await,
        _ if !search.asked.is_long_enough() => Ok(Vec::new()),
        SearchKind::Note => texts::notes(client, search).await,
        SearchKind::StatusReport => texts::status_reports(client, search).await,
        SearchKind::AuditEvent => audit_entries::find(client, search).await,
    };
    items.extend(found?);
    Ok(())
}

/// The query whose text is that parameter, in SQL: read once for a statement, and not for each row.
fn query(parameter: usize) -> String {
    format!("(SELECT ${parameter}::text::tsquery)")
}

/// Where rows are looked for by their words.
struct Table<'a> {
    /// What it is called here, as `t`.
    name: &'a str,
    /// Which of its columns are wanted.
    columns: &'a str,
    /// Its words, as its index has them.
    words: &'a str,
    /// Which of its rows are there for whoever looks, in SQL: others are not to take their places.
    only: &'a str,
    /// By which column the newest of them are taken, where there may be more than are looked at. No index may begin with it, by
    /// which the planner would go through the rows of everybody.
    newest: Option<&'a str>,
}

impl Table<'_> {
    /// Its rows with the words that a parameter asks for, at most so many, in SQL. They are the organisation's, with which its
    /// words begin; that it is said again, outside, keeps the planner from reading all that the organisation has instead.
    fn with(&self, parameter: usize, most: u32) -> String {
        let Self {
            name,
            columns,
            words,
            only,
            newest,
        } = self;
        let order = newest.map_or_else(String::new, |column| format!("ORDER BY t.{column} DESC"));
        format!(
            "(SELECT t.org_id, {columns} FROM {name} t WHERE {words} @@ {} AND {only} {order} LIMIT {most})",
            query(parameter)
        )
    }
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
    fn a_statement_takes_no_longer_than_the_search_has_left() {
        let now = Instant::now();
        for (left, expected) in [(2_000, 1_000), (1_000, 1_000), (400, 400), (10, 50), (0, 50)] {
            let until = now + Duration::from_millis(left);
            assert_eq!(time_for(until, now).as_millis(), expected, "{left}");
        }
        assert_eq!(time_for(now, now + SEARCH), LEAST, "when it should be over");
    }

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
