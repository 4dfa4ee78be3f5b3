use domain::monitor::{MonitorInput, Spec};
use domain::{OrgId, Severity, TagId};
use serde_json::json;
use shared::postgres::PostgresSettings;
use tokio_postgres::types::Json;

use super::*;
use crate::store::snapshot;

mod life;
mod plans;

use life::{Dice, change, leaver};

const MONITOR: MonitorId = MonitorId(1);

fn scope() -> Scope {
    Scope::organisation(OrgId(1))
}

fn keyring() -> Keyring {
    Keyring::parse("k:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=").unwrap()
}

fn spec(input: serde_json::Value) -> Spec {
    let input: MonitorInput = serde_json::from_value(input).unwrap();
    input.validate().unwrap().1
}

/// Two organisations with three members, five monitors and three tags each: of the first one the monitors are 1 to 5.
async fn client() -> Client {
    let settings = PostgresSettings::from_url(&testkit::database().await);
    let client = shared::postgres::pool(&settings).unwrap().get().await.unwrap();
    let spec = json!(spec(json!({"url": "https://a.example/"})));
    client
        .batch_execute(&format!(
            "INSERT INTO organisations (name) VALUES ('one'), ('other');
             INSERT INTO users (email, name, password_hash) SELECT n || '@example.org', 'x', 'x' FROM generate_series(1, 6) AS n;
             INSERT INTO memberships (org_id, user_id, role) SELECT 1 + (n - 1) / 3, n, 'owner' FROM generate_series(1, 6) AS n;
             INSERT INTO monitors (org_id, name, spec) SELECT 1 + (n - 1) / 5, 'm', '{spec}' FROM generate_series(1, 10) AS n;
             INSERT INTO tags (org_id, name, colour) SELECT 1 + (n - 1) / 3, 't' || n, 'red' FROM generate_series(1, 6) AS n;"
        ))
        .await
        .unwrap();
    client
}

async fn execute(client: &Client, sql: &str) {
    client
        .execute(sql, &[])
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

/// An instant that is after all that has happened and before all that is to come, by the clock of the database.
async fn now(client: &Client) -> DateTime<Utc> {
    let row = client.query_one("SELECT clock_timestamp()", &[]).await.unwrap();
    row.get(0)
}

fn same_as(one: &Settings, other: &Settings, what: &str) {
    // What differs, before that something does.
    assert_eq!(one.labels, other.labels, "{what}");
    assert_eq!(one.rules, other.rules, "{what}");
    assert_eq!(one.policy, other.policy, "{what}");
    assert!(is_same(one, other), "{what}: {one:?}, {other:?}");
}

/// What the settings of each monitor were at an instant.
type Remembered = (DateTime<Utc>, HashMap<MonitorId, Arc<Settings>>);

/// How many of the settings differ from those before them.
fn changes_seen(remembered: &[Remembered]) -> usize {
    let differ = |pair: &&[Remembered]| {
        let before = &pair[0].1;
        pair[1]
            .1
            .iter()
            .any(|(id, settings)| !is_same(&before[id], settings))
    };
    remembered.windows(2).filter(differ).count()
}

/// Forgets the own channels of a member: the past of these goes with who leaves.
fn forget_own_channels(remembered: &mut [Remembered], user: UserId) {
    let settings = remembered
        .iter_mut()
        .flat_map(|(_, settings)| settings.values_mut());
    for settings in settings.map(Arc::make_mut) {
        let people = &mut settings.policy.people;
        if let Some(place) = people.iter().position(|person| person.id == user) {
            let own = people.remove(place).channels;
            settings.recipients.retain(|one| !own.contains(&one.channel));
        }
    }
}

#[tokio::test]
async fn settings_are_read_as_they_were_at_each_instant_of_an_eventful_life() {
    let mut client = client().await;
    let keyring = keyring();
    let ids: Vec<MonitorId> = (1..=5).map(MonitorId).collect();
    let mut dice = Dice::new(testkit::seed());
    let mut remembered: Vec<Remembered> = Vec::new();
    let mut seen = 0;
    for _ in 0..200 {
        for sql in change(&mut dice) {
            execute(&client, &sql).await;
            if let Some(user) = leaver(&sql) {
                forget_own_channels(&mut remembered, UserId(user));
            }
        }
        let instant = now(&client).await;
        let told = ToldTime::at(Timestamp::from(instant));
        let tx = snapshot(&mut client).await.unwrap();
        let settings = read(&tx, &keyring, scope(), &ids, told).await.unwrap();
        tx.commit().await.unwrap();
        remembered.push((instant, settings));
        seen += changes_seen(&remembered[remembered.len().saturating_sub(2)..]);
    }
    assert!(seen > 40, "{seen} changes made a difference");
    for (instant, expected) in &remembered {
        let told = ToldTime::at(Timestamp::from(*instant));
        let tx = snapshot(&mut client).await.unwrap();
        past::travel_to(&tx, scope(), *instant).await.unwrap();
        let was = read(&tx, &keyring, scope(), &ids, told).await.unwrap();
        // What explanations name is there, too.
        alert_policy::known(&tx, scope()).await.unwrap();
        tx.commit().await.unwrap();
        for (monitor, settings) in &was {
            same_as(settings, &expected[monitor], &format!("{monitor} at {instant}"));
        }
    }
    // What has been read of the past holds nothing of the present back.
    let tx = snapshot(&mut client).await.unwrap();
    let (instant, expected) = remembered.last().unwrap();
    let told = ToldTime::at(Timestamp::from(*instant));
    let present = read(&tx, &keyring, scope(), &ids, told).await.unwrap();
    for (monitor, settings) in &present {
        same_as(settings, &expected[monitor], "now");
    }
}

#[tokio::test]
async fn versions_are_told_of_what_concerns_a_monitor() {
    let mut client = client().await;
    let start = Timestamp::from(now(&client).await).plus_millis(1);
    while Timestamp::from(now(&client).await) <= start {}
    let mut instants = Vec::new();
    for sql in [
        "UPDATE monitors SET severity = 'info' WHERE id = 1",
        // It is no business of the monitor.
        "UPDATE monitors SET muted = true WHERE id = 2",
        "INSERT INTO monitor_tags VALUES (3, 1)",
        "UPDATE alert_routes SET name = 'x'",
        "INSERT INTO silences (org_id, reason, conditions, starts_at, ends_at)
             VALUES (2, 'x', '{}', now(), now() + interval '1 day')",
        "INSERT INTO monitor_dependencies VALUES (1, 1, 4)",
        "UPDATE monitors SET deleted_at = now() WHERE id = 5",
        "UPDATE monitors SET deleted_at = now() WHERE id = 4",
        "INSERT INTO silences (org_id, reason, conditions, starts_at, ends_at)
             VALUES (1, 'x', '{}', now(), now() + interval '1 day')",
        "INSERT INTO channels (org_id, name, kind, config) VALUES (1, 'x', 'slack', 'x')",
    ] {
        // Each in a millisecond of its own.
        let before = Timestamp::from(now(&client).await);
        while Timestamp::from(now(&client).await) == before {}
        execute(&client, sql).await;
        instants.push(Timestamp::from(now(&client).await));
    }
    let until = Timestamp::from(now(&client).await).plus_millis(1);
    let versions = between(&mut client, &keyring(), scope(), MONITOR, start..until)
        .await
        .unwrap();
    let seen: Vec<_> = versions
        .iter()
        .map(|(_, settings)| {
            let labels = &settings.labels;
            let (holds, channels) = (settings.rules.holds.len(), settings.recipients.len());
            (labels.severity, labels.depends_on.clone(), holds, channels)
        })
        .collect();
    let info = |depends_on: &[i64], holds, channels| {
        let depends_on = depends_on.iter().copied().map(MonitorId).collect();
        (Severity::Info, depends_on, holds, channels)
    };
    let expected = [
        (Severity::Critical, vec![], 0, 0),
        info(&[], 0, 0),
        info(&[4], 0, 0),
        // It is deleted.
        info(&[], 0, 0),
        info(&[], 1, 0),
        info(&[], 1, 1),
    ];
    assert_eq!(seen, expected);
    assert_eq!(versions[0].0, start);
    for ((from, _), of) in versions[1..].iter().zip([0, 5, 7, 8, 9]) {
        let before = if of == 0 { start } else { instants[of - 1] };
        assert!(*from >= before && *from <= instants[of], "{from}: {of}");
    }
    // Who asks about a part is told as of its beginning.
    let part = instants[8]..until;
    let late = between(&mut client, &keyring(), scope(), MONITOR, part)
        .await
        .unwrap();
    assert_eq!(late.len(), 2);
    let first = at(
        &snapshot(&mut client).await.unwrap(),
        &keyring(),
        scope(),
        MONITOR,
        start,
    )
    .await
    .unwrap();
    assert_eq!(first.labels.severity, Severity::Critical);
    assert_eq!(first.labels.tags, [] as [TagId; 0]);
}

#[tokio::test]
async fn what_goes_by_tags_is_read_with_the_tags_as_they_were() {
    let mut client = client().await;
    execute(&client, "INSERT INTO monitor_tags VALUES (1, 1), (1, 2), (2, 3)").await;
    let tagged = now(&client).await;
    execute(&client, "DELETE FROM monitor_tags WHERE tag_id = 2").await;
    execute(&client, "INSERT INTO monitor_tags VALUES (1, 3)").await;
    let changed = now(&client).await;
    // With it goes that the monitor had it.
    execute(&client, "DELETE FROM tags WHERE id IN (1, 3)").await;
    for (instant, expected) in [
        (tagged, vec![TagId(1), TagId(2)]),
        (changed, vec![TagId(1), TagId(3)]),
        (now(&client).await, vec![]),
    ] {
        let tx = snapshot(&mut client).await.unwrap();
        past::travel_to(&tx, scope(), instant).await.unwrap();
        let told = ToldTime::at(Timestamp::from(instant));
        let settings = one(&tx, &keyring(), scope(), MONITOR, told).await.unwrap();
        assert_eq!(settings.labels.tags, expected, "{instant}");
    }
}

#[tokio::test]
async fn too_many_versions_are_refused() {
    let mut client = client().await;
    execute(&client, "DELETE FROM past_rows").await;
    let kept = "INSERT INTO past_rows (org_id, relation, row_key, until_at)
                SELECT 1, 'teams', n::text, now() - n * interval '1 second' FROM generate_series(1, $1::bigint) AS n";
    client.execute(kept, &[&99i64]).await.unwrap();
    let start = shared::now().plus_millis(-3_600_000);
    let time = start..shared::now();
    let versions = between(&mut client, &keyring(), scope(), MONITOR, time)
        .await
        .unwrap();
    assert_eq!(versions.len(), 1, "they are all the same");
    execute(&client, "INSERT INTO teams (org_id, name) VALUES (1, 'x')").await;
    let time = start..shared::now().plus_millis(1);
    let refused = between(&mut client, &keyring(), scope(), MONITOR, time)
        .await
        .unwrap_err();
    let is_named = matches!(&refused, StoreError::Invalid(wrong) if wrong[0].field == "from");
    assert!(is_named, "{refused}");
}

#[tokio::test]
async fn as_many_versions_are_kept_as_a_simulation_may_hold() {
    let mut client = client().await;
    let start = Timestamp::from(now(&client).await).plus_millis(1);
    while Timestamp::from(now(&client).await) <= start {}
    let change = async |client: &Client, number: usize| {
        // Each in a millisecond of its own.
        let before = Timestamp::from(now(client).await);
        while Timestamp::from(now(client).await) == before {}
        let severity = ["info", "warning"][number % 2];
        execute(
            client,
            &format!("UPDATE monitors SET severity = '{severity}' WHERE id = 1"),
        )
        .await;
    };
    // The first version is the one before all changes.
    for number in 1..MAX_VERSIONS {
        change(&client, number).await;
    }
    let time = start..shared::now().plus_millis(1);
    let versions = between(&mut client, &keyring(), scope(), MONITOR, time).await;
    assert_eq!(versions.unwrap().len(), MAX_VERSIONS);
    change(&client, MAX_VERSIONS).await;
    let time = start..shared::now().plus_millis(1);
    let refused = between(&mut client, &keyring(), scope(), MONITOR, time).await;
    let is_named = matches!(&refused, Err(StoreError::Invalid(wrong))
        if wrong[0].field == "from" && wrong[0].message.starts_with("must be later: "));
    assert!(is_named, "{refused:?}");
}

#[tokio::test]
async fn revisions_have_the_rules_by_which_their_results_were_judged() {
    let client = client().await;
    let rule_of = |down_after: u16| spec(json!({"url": "https://a.example/", "down_after": down_after}));
    for (revision, down_after) in [(4i32, 4u16), (5, 5), (6, 6)] {
        let change = "UPDATE monitors SET spec = $2, revision = $3, probe_revision = 4, probe_revision_of = $3 WHERE id = $1";
        let spec = Json(rule_of(down_after));
        client
            .execute(change, &[&MONITOR.0, &spec, &revision])
            .await
            .unwrap();
    }
    // It is of before rows were kept.
    execute(
        &client,
        "DELETE FROM past_rows WHERE relation = 'monitors' AND (was->>'revision')::int < 4",
    )
    .await;
    execute(
        &client,
        "INSERT INTO monitor_revisions SELECT 1, n, to_timestamp(n) FROM generate_series(2, 6) AS n",
    )
    .await;
    // By whom they were judged, the processor has stored. One that cannot decide is left out.
    execute(
        &client,
        r#"INSERT INTO monitor_quorums (monitor_id, revision, quorum, began_at, interval_ms) VALUES
               (1, 5, '{"regions": ["eu", "us"], "down": "all", "min_regions": 1}', now(), 60000),
               (1, 4, '{"regions": ["ap", "eu", "us"], "down": 2, "min_regions": 2}', now(), 30000),
               (1, 6, '{"regions": ["eu"], "down": 1, "min_regions": 1}', now(), 60000),
               (2, 4, '{"regions": ["eu", "us"], "down": 1, "min_regions": 1}', now(), 60000)"#,
    )
    .await;
    let stored = revisions(&client, &keyring(), scope(), MONITOR).await.unwrap();
    let quorums = stored
        .quorums
        .iter()
        .map(|known| (known.revision, known.quorum.regions.len(), known.interval_ms));
    assert_eq!(quorums.collect::<Vec<_>>(), [(4, 3, 30_000), (5, 2, 60_000)]);
    assert_eq!(
        (stored.id, stored.org, &*stored.kind),
        (MONITOR, OrgId(1), "http")
    );
    let began = |revision: u32| Some(Timestamp::from_millis(i64::from(revision) * 1_000));
    let expected = |revision, began_at, down_after, probe_revision, is_known| StoredRevision {
        revision,
        began_at,
        rule: rule_of(down_after).rule,
        probe_revision,
        is_known,
    };
    let expected = [
        expected(1, None, 6, None, false),
        expected(2, began(2), 6, None, false),
        expected(3, began(3), 6, None, false),
        expected(4, began(4), 4, None, true),
        expected(5, began(5), 5, Some(4), true),
        expected(6, began(6), 6, Some(4), true),
    ];
    assert_eq!(stored.revisions, expected);
    let other = Scope::organisation(OrgId(2));
    let refused = revisions(&client, &keyring(), other, MONITOR).await.unwrap_err();
    assert!(matches!(refused, StoreError::NotFound(_)), "{refused}");
}
