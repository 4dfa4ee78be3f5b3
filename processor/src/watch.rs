//! Looks at what the processor needs, for readiness and metrics.

use std::time::Duration;

use deadpool_postgres::Pool;
use shared::kafka::{Assigned, KafkaSettings};
use shared::ops::{Readiness, Work};
use shared::shutdown::CancellationToken;

use crate::metrics;

const LAG_EVERY: Duration = Duration::from_secs(10);
const DATABASE_EVERY: Duration = Duration::from_secs(2);

/// A consumer group, and this process's part in it.
#[derive(Debug)]
pub(crate) struct Group {
    /// Its name in metrics.
    pub(crate) label: &'static str,
    pub(crate) name: &'static str,
    pub(crate) topic: String,
    pub(crate) member: Assigned,
    pub(crate) work: Work,
}

/// Measures how far the groups are behind, which also tells whether Kafka answers, and whether anything waits
/// here.
pub(crate) async fn lag(
    kafka: KafkaSettings,
    groups: [Group; 2],
    readiness: Readiness,
    shutdown: CancellationToken,
) {
    loop {
        for group in &groups {
            let topics = std::slice::from_ref(&group.topic);
            let measured = tokio::select! {
                () = shutdown.cancelled() => return,
                measured = kafka.lag(group.name, topics, &group.member) => measured,
            };
            match measured {
                Ok(lag) => {
                    readiness.ok("kafka");
                    metrics::lag(group.label, lag.group);
                    if lag.member > 0 {
                        group.work.waits();
                    } else {
                        group.work.moves();
                    }
                }
                Err(error) => readiness.fail("kafka", error.to_string()),
            }
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(LAG_EVERY) => {}
        }
    }
}

/// Asks the database whether it is there and has our schema.
pub(crate) async fn database(pool: Pool, readiness: Readiness, shutdown: CancellationToken) {
    loop {
        let asked = tokio::select! {
            () = shutdown.cancelled() => return,
            asked = ask(&pool) => asked,
        };
        match asked {
            Ok(()) => readiness.ok("database"),
            Err(why) => readiness.fail("database", why),
        }
        metrics::pool(&pool);
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(DATABASE_EVERY) => {}
        }
    }
}

async fn ask(pool: &Pool) -> Result<(), String> {
    let client = pool.get().await.map_err(|error| error.to_string())?;
    let row = client
        .query_one("SELECT to_regclass('check_results') IS NOT NULL", &[])
        .await
        .map_err(|error| shared::postgres::describe(&error))?;
    let is_there: bool = row
        .try_get(0)
        .map_err(|error| shared::postgres::describe(&error))?;
    if is_there {
        Ok(())
    } else {
        Err("the schema is missing; run the migrations".to_owned())
    }
}
