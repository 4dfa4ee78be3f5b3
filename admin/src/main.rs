//! The one-shot jobs of a release.

use std::process::ExitCode;

use admin::{SchemaSettings, TopicSettings};
use clap::Parser;
use shared::service::{self, run};

/// The name in logs.
const NAME: &str = "admin";

/// The one-shot jobs of a release
#[derive(Parser)]
#[command(name = "uptime-admin", version)]
enum Command {
    /// Brings the schema of the database up to date
    Migrate,
    /// Makes the topics that are missing
    Topics,
    /// Waits until the schema is up to date
    WaitSchema,
    /// Waits until the topics are there
    WaitTopics,
}

fn main() -> ExitCode {
    match Command::try_parse() {
        Ok(Command::Migrate) => run(
            NAME,
            "json",
            SchemaSettings::read,
            async |settings, _, shutdown| {
                admin::migrate(settings, shutdown).await?;
                Ok(())
            },
        ),
        Ok(Command::Topics) => run(
            NAME,
            "json",
            TopicSettings::read,
            async |settings, _, shutdown| Ok(admin::create_topics(settings, shutdown).await?),
        ),
        Ok(Command::WaitSchema) => run(
            NAME,
            "json",
            SchemaSettings::read,
            async |settings, _, shutdown| Ok(admin::wait_schema(settings, shutdown).await?),
        ),
        Ok(Command::WaitTopics) => run(
            NAME,
            "json",
            TopicSettings::read,
            async |settings, _, shutdown| Ok(admin::wait_topics(settings, shutdown).await?),
        ),
        Err(error) => service::usage(&error),
    }
}
