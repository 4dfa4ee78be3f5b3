//! The command line of the one-shot jobs.

use std::process::ExitCode;

use admin::{SchemaSettings, TopicSettings};
use shared::service;

const USAGE: &str = "\
usage: uptime-admin COMMAND
  migrate       bring the schema of the database up to date
  topics        make the topics that are missing
  wait-schema   wait until the schema is up to date
  wait-topics   wait until the topics are there";

/// The exit code for a wrong command line (`EX_USAGE` of sysexits.h).
const EX_USAGE: u8 = 64;

fn main() -> ExitCode {
    const NAME: &str = "admin";
    let command = std::env::args().nth(1).unwrap_or_default();
    match command.as_str() {
        "migrate" => service::main(
            NAME,
            "json",
            SchemaSettings::read,
            |settings, _, shutdown| async {
                admin::migrate(settings, shutdown).await?;
                Ok(())
            },
        ),
        "topics" => service::main(NAME, "json", TopicSettings::read, |settings, _, shutdown| async {
            Ok(admin::create_topics(settings, shutdown).await?)
        }),
        "wait-schema" => service::main(
            NAME,
            "json",
            SchemaSettings::read,
            |settings, _, shutdown| async { Ok(admin::wait_schema(settings, shutdown).await?) },
        ),
        "wait-topics" => service::main(NAME, "json", TopicSettings::read, |settings, _, shutdown| async {
            Ok(admin::wait_topics(settings, shutdown).await?)
        }),
        _ => usage(),
    }
}

#[expect(clippy::print_stderr, reason = "the answer to a wrong command line")]
fn usage() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(EX_USAGE)
}
