//! What was in the tables of an organisation, written down as it was.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use deadpool_postgres::{Client, GenericClient};
use serde_json::Value;

use crate::common::{Person, UserService};

/// What is stored in each table.
pub(super) type Contents = BTreeMap<String, Value>;

/// The tables of which rows are kept.
pub(super) async fn tables(service: &UserService) -> Vec<String> {
    let sql = "SELECT c.relname::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
               WHERE t.tgname = 'past_kept' ORDER BY 1";
    let rows = service.db().await.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// What is kept of an organisation's rows, by the statements that read the present: on the search path of the past they read
/// that.
pub(super) async fn contents(client: &impl GenericClient, tables: &[String], org: i64) -> Contents {
    let mut contents = Contents::new();
    for table in tables {
        let owned = match &**table {
            "monitor_tags" => "monitor_id IN (SELECT id FROM monitors WHERE org_id = $1)",
            _ => "org_id = $1",
        };
        // A change of the version alone is not kept, and of monitors the definition is the present one.
        let sql = format!(
            "SELECT coalesce(jsonb_agg(kept ORDER BY kept), '[]') FROM (
                 SELECT past_row('{table}', to_jsonb(t)) - '{{version,updated_at,rule,interval_ms,paused}}'::text[] AS kept
                 FROM {table} t WHERE {owned}) AS rows"
        );
        let row = client.query_one(&sql, &[&org]).await.unwrap();
        contents.insert(table.clone(), row.get(0));
    }
    contents
}

/// An instant after all that has happened, by the clock of the database.
pub(super) async fn now(client: &Client) -> DateTime<Utc> {
    let row = client.query_one("SELECT clock_timestamp()", &[]).await.unwrap();
    row.get(0)
}

/// The contents of an organisation at an instant, as a traveller of another organisation sees them or of the same.
pub(super) async fn contents_at(
    client: &mut Client,
    tables: &[String],
    (traveller, org): (i64, i64),
    at: DateTime<Utc>,
) -> Contents {
    let tx = client.transaction().await.unwrap();
    let travel = "SELECT set_config('past.at', $1, true), set_config('past.org', $2, true),
                      set_config('search_path', 'past, pg_catalog, public, pg_temp', true)";
    tx.execute(travel, &[&at.to_rfc3339(), &traveller.to_string()])
        .await
        .unwrap();
    let contents = contents(&tx, tables, org).await;
    tx.commit().await.unwrap();
    contents
}

/// What was in the tables of an organisation, and when.
pub(super) struct Diary<'a> {
    pub(super) owner: &'a Person<'a>,
    pub(super) client: Client,
    pub(super) tables: Vec<String>,
    pub(super) entries: Vec<(String, DateTime<Utc>, Contents)>,
}

impl<'a> Diary<'a> {
    pub(super) async fn of(owner: &'a Person<'a>) -> Self {
        Self {
            owner,
            client: owner.service.db().await,
            tables: tables(owner.service).await,
            entries: Vec::new(),
        }
    }

    pub(super) async fn note(&mut self, what: &str) {
        let contents = contents(&self.client, &self.tables, self.owner.org).await;
        let at = now(&self.client).await;
        self.entries.push((what.to_owned(), at, contents));
    }

    /// Makes something below `path`, changes and removes it, and notes what there was each time.
    pub(super) async fn life(&mut self, path: &str, body: Value, change: Value) {
        let made = self.owner.post(path, body).await.expect(201);
        self.note(&format!("made {path}")).await;
        let one = format!("{path}/{}", made["id"]);
        self.owner.patch(&one, change).await.expect(200);
        self.note(&format!("changed {path}")).await;
        self.owner.delete(&one).await.expect(204);
        self.note(&format!("removed {path}")).await;
    }

    /// Forgets what own channels and quiet hours a member had: nothing is kept of them once the member has left.
    pub(super) fn forget_what_is_own(&mut self, user: i64) {
        for (_, _, contents) in &mut self.entries {
            for (table, member) in [("channels", "owner_id"), ("member_quiet_hours", "user_id")] {
                if let Some(Value::Array(rows)) = contents.get_mut(table) {
                    rows.retain(|row| row[member] != user);
                }
            }
        }
    }

    pub(super) async fn execute(&mut self, sql: &str) {
        self.client.execute(sql, &[]).await.unwrap();
        self.note(sql).await;
    }

    /// Requires that all of it is read as it was.
    pub(super) async fn compare(&mut self) {
        let org = self.owner.org;
        for (what, at, expected) in &self.entries {
            let was = contents_at(&mut self.client, &self.tables, (org, org), *at).await;
            for (table, rows) in expected {
                assert_eq!(&was[table], rows, "{table} when {what}");
            }
        }
    }

    /// The tables with fewer than so many different contents.
    pub(super) fn hardly_changed(&self, least: usize) -> Vec<&String> {
        let changes = |table: &&String| {
            let seen: BTreeSet<String> = self
                .entries
                .iter()
                .map(|(_, _, contents)| contents[*table].to_string())
                .collect();
            seen.len() < least
        };
        self.tables.iter().filter(changes).collect()
    }
}
