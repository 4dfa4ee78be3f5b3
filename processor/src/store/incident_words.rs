//! The words of incidents from before they were kept, by which search finds them. Those of the others a trigger makes.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::error::StoreError;
use super::fields::Fields as _;
use super::jobs::{Jobs, step_down};

/// Incidents of one statement: as many as take a moment.
const BATCH: i64 = 1_000;

/// Statements of one run; what is left is the next one's.
const MOST_BATCHES: u32 = 1_000;

/// Has the trigger make the words of those that come after that one, newest first, and answers the last.
/// While a backup runs what was done stays in the index: going on after it keeps each statement from reading it again. Incidents on
/// which somebody else is at work are left for the next run, so that nobody waits for those who wait for this.
const MAKE: &str = "WITH next AS MATERIALIZED (
         SELECT id, started_at FROM incidents
         WHERE words IS NULL AND (started_at, id) < (coalesce($2::timestamptz, 'infinity'),
                                                     coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
         ORDER BY started_at DESC, id DESC LIMIT $1 FOR UPDATE SKIP LOCKED
     ), made AS (
         UPDATE incidents SET first_error = first_error FROM next WHERE incidents.id = next.id
         RETURNING next.id, next.started_at
     )
     SELECT started_at, id FROM made ORDER BY started_at, id LIMIT 1";

impl Jobs {
    /// Makes the words of incidents that have none. Where all have theirs, that is one look at an empty index.
    pub(crate) async fn make_words(&self) -> Result<bool, StoreError> {
        let Some(leader) = self.lead(11).await? else {
            return Ok(false);
        };
        let mut last: Option<(DateTime<Utc>, Uuid)> = None;
        for _ in 0..MOST_BATCHES {
            let (at, id) = last.unzip();
            let Some(row) = leader.query_opt(MAKE, &[&BATCH, &at, &id]).await? else {
                break;
            };
            last = Some((row.field(0)?, row.field(1)?));
        }
        step_down(leader).await
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use uuid::Uuid;

    use super::super::jobs::tests::database;

    /// From the newest on.
    const NONE: (Option<DateTime<Utc>>, Option<Uuid>) = (None, None);

    #[tokio::test]
    async fn words_are_made_of_incidents_from_before_and_follow_what_is_written() {
        let (jobs, client) = database().await;
        client
            .batch_execute(
                "ALTER TABLE incidents DISABLE TRIGGER words_noted;
                 INSERT INTO incidents (id, monitor_id, org_id, revision, started_at, error_code, first_error)
                 SELECT gen_random_uuid(), n, 7, 1, now(), 'read_timeout', 'no answer from api.example.org:443'
                 FROM generate_series(1, 2500) AS n;
                 ALTER TABLE incidents ENABLE TRIGGER words_noted;",
            )
            .await
            .unwrap();
        let found = async |query: &str| -> i64 {
            let sql = "SELECT count(*) FROM incidents WHERE words @@ $1::text::tsquery";
            client.query_one(sql, &[&query]).await.unwrap().get(0)
        };
        assert_eq!(found("'7.timeout'").await, 0);
        assert!(jobs.make_words().await.unwrap());
        for query in [
            "'7.timeout'",
            "'7.example' & '7.443'",
            "'7.exam':*",
            "'7.answer' & '7.read'",
        ] {
            assert_eq!(found(query).await, 2500, "{query}");
        }
        assert_eq!(found("'8.timeout'").await, 0, "of another organisation");
        let more = "UPDATE incidents SET last_error = 'refused' WHERE monitor_id = 3";
        client.execute(more, &[]).await.unwrap();
        assert_eq!(found("'7.refused'").await, 0, "while the outage goes on");
        let end = "UPDATE incidents SET resolved_at = now(), close_reason = 'recovered' WHERE monitor_id = 3";
        client.execute(end, &[]).await.unwrap();
        assert_eq!(found("'7.refused'").await, 1);
        let later = "UPDATE incidents SET last_error = 'unreachable' WHERE monitor_id = 3";
        client.execute(later, &[]).await.unwrap();
        assert_eq!(
            (found("'7.refused'").await, found("'7.unreachable'").await),
            (0, 1)
        );
    }

    #[tokio::test]
    async fn what_goes_on_is_written_without_the_index_of_words() {
        let (_jobs, client) = database().await;
        client
            .batch_execute(
                "INSERT INTO incidents (id, monitor_id, org_id, revision, started_at, error_code, first_error)
                 VALUES (gen_random_uuid(), 1, 7, 1, now(), 'read_timeout', 'no answer')",
            )
            .await
            .unwrap();
        let words = async || -> (String, Option<String>) {
            let sql = "SELECT words::text, last_error FROM incidents";
            let row = client.query_one(sql, &[]).await.unwrap();
            (row.get(0), row.get(1))
        };
        let (before, _) = words().await;
        for error in ["refused", "unreachable"] {
            let sql = "UPDATE incidents SET last_error = $1, resolved_at = NULL";
            client.execute(sql, &[&error]).await.unwrap();
            assert_eq!(words().await, (before.clone(), Some(error.to_owned())));
        }
    }

    #[tokio::test]
    async fn the_newest_incidents_come_first_and_those_in_other_hands_are_left() {
        let (jobs, client) = database().await;
        client
            .batch_execute(
                "ALTER TABLE incidents DISABLE TRIGGER words_noted;
                 INSERT INTO incidents (id, monitor_id, org_id, revision, started_at, error_code)
                 SELECT gen_random_uuid(), n, 7, 1, now() - n * interval '1 minute', 'read_timeout'
                 FROM generate_series(1, 1500) AS n;
                 ALTER TABLE incidents ENABLE TRIGGER words_noted;",
            )
            .await
            .unwrap();
        let first = client.query_opt(super::MAKE, &[&10i64, &NONE.0, &NONE.1]).await;
        let first = first.unwrap().unwrap();
        let wordless = async || -> (i64, Option<i64>) {
            let sql = "SELECT count(*), min(monitor_id) FROM incidents WHERE words IS NULL";
            let row = client.query_one(sql, &[]).await.unwrap();
            (row.get(0), row.get(1))
        };
        assert_eq!(wordless().await, (1490, Some(11)));
        let after: (DateTime<Utc>, Uuid) = (first.get(0), first.get(1));
        let next = client
            .query_opt(super::MAKE, &[&10i64, &Some(after.0), &Some(after.1)])
            .await;
        assert!(next.unwrap().is_some());
        assert_eq!(wordless().await, (1480, Some(21)));

        client
            .batch_execute("BEGIN; SELECT FROM incidents WHERE monitor_id = 700 FOR UPDATE")
            .await
            .unwrap();
        assert!(jobs.make_words().await.unwrap());
        assert_eq!(wordless().await, (1, Some(700)));
        client.batch_execute("COMMIT").await.unwrap();
        assert!(jobs.make_words().await.unwrap());
        assert_eq!(wordless().await, (0, None));
    }
}
