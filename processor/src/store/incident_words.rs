//! The words of incidents from before they were kept, by which search finds them. Those of the others a trigger makes.

use super::error::StoreError;
use super::jobs::{Jobs, step_down};

/// Incidents of one statement: as many as take a moment.
const BATCH: i64 = 1_000;

/// Statements of one run; what is left is the next one's.
const MOST_BATCHES: u32 = 1_000;

/// Has the trigger make the words. Incidents on which somebody else is at work are left for later, so that nobody waits for
/// those who wait for this.
const MAKE: &str = "UPDATE incidents SET first_error = first_error WHERE id = ANY(ARRAY(
         SELECT id FROM incidents WHERE words IS NULL LIMIT $1 FOR UPDATE SKIP LOCKED))";

impl Jobs {
    /// Makes the words of incidents that have none. Where all have theirs, that is one look at an empty index.
    pub(crate) async fn make_words(&self) -> Result<bool, StoreError> {
        let Some(leader) = self.lead(11).await? else {
            return Ok(false);
        };
        for _ in 0..MOST_BATCHES {
            if leader.execute(MAKE, &[&BATCH]).await? == 0 {
                break;
            }
        }
        step_down(leader).await
    }
}

#[cfg(test)]
mod tests {
    use super::super::jobs::tests::database;

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
        assert_eq!(found("'7.refused'").await, 1);
    }
}
