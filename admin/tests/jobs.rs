//! The commands against real servers.

use std::process::Stdio;
use std::time::Duration;

use admin::{AdminError, SchemaSettings, TopicSettings};
use shared::kafka::KafkaSettings;
use shared::settings::Reader;
use shared::shutdown::CancellationToken;
use tokio::process::Command;

const PATIENCE: Duration = Duration::from_secs(20);

/// A database without a schema.
async fn empty_database() -> String {
    let url = testkit::database().await;
    let client = testkit::connect(&url).await;
    client
        .batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        .await
        .expect("the schema can be dropped");
    url
}

fn schema_settings(url: &str, wait: &str) -> SchemaSettings {
    SchemaSettings::read(&mut Reader::from_values([
        ("DATABASE_URL", url),
        ("ADMIN_WAIT_MS", wait),
    ]))
}

fn topic_settings(kafka: KafkaSettings, wait: Duration) -> TopicSettings {
    TopicSettings { kafka, wait }
}

/// The topics of a test of its own, none of which exists yet.
fn no_topics(existing: &KafkaSettings) -> KafkaSettings {
    KafkaSettings::new(existing.brokers(), &format!("{}.", testkit::unique()), 3)
}

#[tokio::test]
async fn migrating_twice_applies_each_migration_once() {
    let url = empty_database().await;
    let settings = schema_settings(&url, "20000");
    let first = admin::migrate(settings.clone(), CancellationToken::new())
        .await
        .unwrap();
    let again = admin::migrate(settings, CancellationToken::new()).await.unwrap();
    assert!(first > 0);
    assert_eq!(again, 0);
    let client = testkit::connect(&url).await;
    client.query("SELECT id FROM monitors", &[]).await.unwrap();
}

#[tokio::test]
async fn two_jobs_at_once_do_not_disturb_each_other() {
    let url = empty_database().await;
    let job = || admin::migrate(schema_settings(&url, "20000"), CancellationToken::new());
    let (one, other) = tokio::join!(job(), job());
    let (one, other) = (one.unwrap(), other.unwrap());
    assert!(one == 0 || other == 0, "{one} and {other}");
    assert!(one + other > 0);
}

#[tokio::test]
async fn a_pod_waits_for_the_schema_of_its_release() {
    let url = empty_database().await;
    let early = admin::wait_schema(schema_settings(&url, "5000"), CancellationToken::new()).await;
    let error = early.unwrap_err().to_string();
    assert!(error.contains("migrations are still to be applied"), "{error}");

    let (waited, migrated) = tokio::join!(
        admin::wait_schema(schema_settings(&url, "20000"), CancellationToken::new()),
        admin::migrate(schema_settings(&url, "20000"), CancellationToken::new()),
    );
    waited.unwrap();
    migrated.unwrap();
}

#[tokio::test]
async fn after_a_rollback_everything_starts_on_the_newer_schema_and_leaves_it_alone() {
    let url = testkit::database().await;
    let client = testkit::connect(&url).await;
    let newer = "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
                 VALUES (9999, 'newer', '2026-11-21T00:00:00Z', '1')";
    client.execute(newer, &[]).await.unwrap();
    admin::wait_schema(schema_settings(&url, "20000"), CancellationToken::new())
        .await
        .unwrap();
    let migrate = || admin::migrate(schema_settings(&url, "20000"), CancellationToken::new());
    assert_eq!(migrate().await.unwrap(), 0);
    // Unless the newer release has removed what this one needs.
    let contracting = "UPDATE refinery_schema_history SET name = 'contract_names' WHERE version = 9999";
    client.execute(contracting, &[]).await.unwrap();
    let refused = migrate().await.unwrap_err().to_string();
    assert!(refused.contains("V9999__contract_names"), "{refused}");
    let waited = admin::wait_schema(schema_settings(&url, "1000"), CancellationToken::new()).await;
    let refused = waited.unwrap_err().to_string();
    assert!(refused.contains("V9999__contract_names"), "{refused}");
}

#[tokio::test]
async fn a_database_that_is_away_is_named_as_the_reason() {
    let url = format!("postgres://nobody@127.0.0.1:{}/none", testkit::free_port());
    let away = admin::migrate(schema_settings(&url, "1200"), CancellationToken::new()).await;
    let error = away.unwrap_err();
    assert!(matches!(error, AdminError::GaveUp { .. }));
    assert!(error.to_string().contains("the database"), "{error}");
}

#[tokio::test]
async fn topics_are_made_once_and_waited_for() {
    let Some(existing) = testkit::kafka("topics_are_made_once_and_waited_for", 1).await else {
        return;
    };
    let kafka = no_topics(&existing);
    let settings = topic_settings(kafka.clone(), PATIENCE);
    let (waited, created) = tokio::join!(
        admin::wait_topics(settings.clone(), CancellationToken::new()),
        admin::create_topics(settings.clone(), CancellationToken::new()),
    );
    waited.unwrap();
    created.unwrap();
    admin::create_topics(settings, CancellationToken::new())
        .await
        .unwrap();
    for topic in kafka.topics() {
        let partitions = testkit::eventually("the topic is known", PATIENCE, || async {
            kafka.partition_count(&topic.name).await.ok()
        });
        assert_eq!(partitions.await, 3, "{}", topic.name);
    }
}

#[tokio::test]
async fn waiting_for_topics_that_nobody_makes_ends() {
    let Some(existing) = testkit::kafka("waiting_for_topics_that_nobody_makes_ends", 1).await else {
        return;
    };
    let settings = topic_settings(no_topics(&existing), Duration::from_millis(1_500));
    let error = admin::wait_topics(settings, CancellationToken::new())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("monitoring-results"), "{error}");
}

#[tokio::test]
async fn the_command_line_ends_with_the_code_of_what_happened() {
    let url = empty_database().await;
    let run = async |command: &str, url: &str| {
        Command::new(env!("CARGO_BIN_EXE_uptime-admin"))
            .arg(command)
            .env_clear()
            .env("DATABASE_URL", url)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .await
            .unwrap()
            .code()
    };
    assert_eq!(run("migrate", &url).await, Some(0));
    assert_eq!(run("wait-schema", &url).await, Some(0));
    assert_eq!(run("migrate", "postgres://uptime:CHANGE_ME@h/db").await, Some(78));
    assert_eq!(run("grow", &url).await, Some(64));
}
