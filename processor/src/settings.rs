//! The processor's settings, read from the environment.
//!
//! Beside `DATABASE_*`, `REDIS_*` and `KAFKA_*`: `HTTP_ADDR`, `BATCH_MAX`, `BATCH_LINGER_MS`, `PARK_MS`,
//! `RESULTS_RETENTION_DAYS`, `RETENTION_RAW_DAYS`, `RETENTION_HOURLY_DAYS`, `METRICS_PER_MONITOR`.

use std::net::SocketAddr;
use std::time::Duration;

use shared::kafka::KafkaSettings;
use shared::postgres::PostgresSettings;
use shared::redis::RedisSettings;
use shared::settings::Reader;

const DAY_MS: i64 = 86_400_000;

/// How long the drain may take: longer than the deadline of a database that does not answer.
const DRAIN_WITHIN: Duration = Duration::from_secs(20);

/// The settings of the processor.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where health and metrics are served.
    pub http_addr: SocketAddr,
    /// The log.
    pub kafka: KafkaSettings,
    /// The history.
    pub postgres: PostgresSettings,
    /// The live state.
    pub redis: RedisSettings,
    /// Records in one transaction, at most.
    pub batch_max: usize,
    /// How long a batch waits for more records.
    pub batch_linger: Duration,
    /// How long a record waits for the definition of its monitor.
    pub park: Duration,
    /// How far a slot may lie before the broker's append time, in days: as long as the log is kept.
    pub results_retention_days: u32,
    /// How long single results are kept, in days.
    pub retention_raw_days: u32,
    /// How long hourly rollups are kept, in days.
    pub retention_hourly_days: u32,
    /// Monitors that have metrics of their own, at most.
    pub metrics_per_monitor: usize,
    /// How long the drain may take after a signal; records that are not stored by then are read again.
    pub drain_within: Duration,
}

impl Settings {
    /// Reads the settings.
    pub fn read(env: &mut Reader) -> Self {
        let http_addr = env.parsed(
            "HTTP_ADDR",
            "0.0.0.0:8082",
            "where health and metrics are served",
            |text| {
                text.parse()
                    .map_err(|_| "must be an address with a port".to_owned())
            },
        );
        let results_retention_days = env.number(
            "RESULTS_RETENTION_DAYS",
            7,
            1..=365,
            "how far a result's slot may lie in the past, in days: as long as Kafka keeps it",
        );
        let retention_raw_days = env.number(
            "RETENTION_RAW_DAYS",
            30,
            2..=3_650,
            "how long single results are kept, in days",
        );
        // A record may be read as late as the log keeps it, and tell of a slot that was as old then.
        if retention_raw_days <= 2 * results_retention_days {
            env.problem(
                "RETENTION_RAW_DAYS",
                "must be more than twice RESULTS_RETENTION_DAYS, for example 30",
            );
        }
        Self {
            http_addr: http_addr.unwrap_or_else(|| SocketAddr::from(([0, 0, 0, 0], 8082))),
            kafka: KafkaSettings::read(env),
            postgres: PostgresSettings::read(env),
            redis: RedisSettings::read(env),
            batch_max: env.number(
                "BATCH_MAX",
                5_000,
                1..=50_000,
                "records in one transaction, at most",
            ),
            batch_linger: env.millis(
                "BATCH_LINGER_MS",
                20,
                0..=10_000,
                "how long a batch waits for more records",
            ),
            park: env.millis(
                "PARK_MS",
                5_000,
                0..=60_000,
                "how long a record waits for the definition of its monitor",
            ),
            results_retention_days,
            retention_raw_days,
            retention_hourly_days: env.number(
                "RETENTION_HOURLY_DAYS",
                400,
                2..=3_650,
                "how long hourly rollups, skipped slots and alert events are kept, in days",
            ),
            metrics_per_monitor: env.number(
                "METRICS_PER_MONITOR",
                1_000,
                0..=100_000,
                "monitors of which each processor exports metrics of their own, at most; 0 for none",
            ),
            drain_within: DRAIN_WITHIN,
        }
    }

    /// The given servers, with the defaults for the rest; health and metrics on a free port.
    pub fn new(kafka: KafkaSettings, postgres: PostgresSettings, redis: RedisSettings) -> Self {
        Self {
            http_addr: SocketAddr::from(([127, 0, 0, 1], 0)),
            kafka,
            postgres,
            redis,
            batch_max: 5_000,
            batch_linger: Duration::from_millis(20),
            park: Duration::from_secs(5),
            results_retention_days: 7,
            retention_raw_days: 30,
            retention_hourly_days: 400,
            metrics_per_monitor: 1_000,
            drain_within: DRAIN_WITHIN,
        }
    }

    /// When records that wait, and of which none is stored, are not a matter of a connection any more that is
    /// being replaced.
    pub(crate) fn stalled_after(&self) -> Duration {
        2 * self.postgres.deadline()
    }

    pub(crate) fn results_retention_ms(&self) -> i64 {
        i64::from(self.results_retention_days) * DAY_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_results_outlive_the_log() {
        let mut env = Reader::from_values([
            ("DATABASE_URL", "postgres://u@h/db"),
            ("REDIS_URL", "redis://localhost:6379"),
            ("KAFKA_BROKERS", "localhost:9092"),
            ("RETENTION_RAW_DAYS", "14"),
        ]);
        let settings = Settings::read(&mut env);
        assert_eq!(settings.http_addr.port(), 8082);
        assert!(
            env.finish()
                .unwrap_err()
                .to_string()
                .contains("RETENTION_RAW_DAYS")
        );
    }
}
