//! What the commands are told by their environment: `ADMIN_WAIT_MS`, and `DATABASE_*` or `KAFKA_*`.

use std::time::Duration;

use shared::kafka::KafkaSettings;
use shared::postgres::PostgresSettings;
use shared::settings::Reader;

/// The settings of the commands that concern the schema.
#[derive(Clone, Debug)]
pub struct SchemaSettings {
    /// Where the schema is.
    pub postgres: PostgresSettings,
    /// How long to try.
    pub wait: Duration,
}

impl SchemaSettings {
    /// Reads the settings.
    pub fn read(env: &mut Reader) -> Self {
        Self {
            postgres: PostgresSettings::read(env),
            wait: wait(env),
        }
    }
}

/// The settings of the commands that concern the topics.
#[derive(Clone, Debug)]
pub struct TopicSettings {
    /// Where the topics are.
    pub kafka: KafkaSettings,
    /// How long to try.
    pub wait: Duration,
}

impl TopicSettings {
    /// Reads the settings.
    pub fn read(env: &mut Reader) -> Self {
        Self {
            kafka: KafkaSettings::read(env),
            wait: wait(env),
        }
    }
}

fn wait(env: &mut Reader) -> Duration {
    env.millis(
        "ADMIN_WAIT_MS",
        120_000,
        1..=3_600_000,
        "how long uptime-admin tries to reach its server, or waits for the work of another job",
    )
}
