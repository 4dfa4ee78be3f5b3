//! Looks at what the processor needs, for readiness and metrics.

use std::time::Duration;

use deadpool_postgres::Pool;
use shared::kafka::KafkaSettings;
use shared::ops::Readiness;
use shared::shutdown::CancellationToken;

use crate::consume::{ALERT_EVENTS_GROUP, RESULTS_GROUP};
use crate::metrics;

const LAG_EVERY: Duration = Duration::from_secs(10);
const DATABASE_EVERY: Duration = Duration::from_secs(2);

/// Measures how far the group is behind, which also tells whether Kafka answers.
pub(crate) async fn lag(kafka: KafkaSettings, readiness: Readiness, shutdown: CancellationToken) {
    let topics = [
        ("results", RESULTS_GROUP, kafka.results_topic()),
        ("alert_events", ALERT_EVENTS_GROUP, kafka.alert_events_topic()),
    ];
    loop {
        for (label, group, topic) in &topics {
            let measured = tokio::select! {
                () = shutdown.cancelled() => return,
                measured = kafka.group_lag(group, std::slice::from_ref(topic)) => measured,
            };
            match measured {
                Ok(lag) => {
                    readiness.ok("kafka");
                    metrics::lag(label, lag);
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
    if row.get(0) {
        Ok(())
    } else {
        Err("the schema is missing; run the migrations".to_owned())
    }
}
