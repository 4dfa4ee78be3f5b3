//! Why somebody was notified, or nobody was, by what processor and alerter have stored.

use domain::{IncidentId, MonitorId, Timestamp};
use serde_json::{Value, json};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::common::{Person, UserService};

mod asked;
mod heartbeats;
mod partial;
mod regions;

const MINUTE: i64 = 60_000;

const UP: i16 = 0;
const DOWN: i16 = 2;

/// A monitor of somebody's, whose processor and alerter the test plays.
struct History<'a> {
    person: Person<'a>,
    monitor: i64,
    channel: i64,
    /// The last full minute.
    minute: Timestamp,
}

async fn start() -> UserService {
    let service = UserService::start().await;
    let partitions = "CREATE TABLE check_results_all PARTITION OF check_results DEFAULT;
                      CREATE TABLE check_errors_all PARTITION OF check_errors DEFAULT";
    service.db().await.batch_execute(partitions).await.unwrap();
    service
}

impl<'a> History<'a> {
    /// Of a monitor that is down after so many failing checks, one each minute.
    async fn of(service: &'a UserService, down_after: u16) -> Self {
        let person = service.register().await;
        let channel = person.channel().await;
        let monitor = json!({"url": "https://a.example/", "interval_seconds": 60, "down_after": down_after,
                             "up_after": 1});
        let monitor = person.post("/monitors", monitor).await.expect(201);
        let now = shared::now().as_millis();
        Self {
            person,
            monitor: monitor["id"].as_i64().unwrap(),
            channel,
            minute: Timestamp::from_millis(now - now.rem_euclid(MINUTE)),
        }
    }

    /// So many minutes before the last full one.
    fn ago(&self, minutes: i64) -> Timestamp {
        self.minute.plus_millis(-minutes * MINUTE)
    }

    async fn run(&self, sql: &str) {
        self.person.service.db().await.batch_execute(sql).await.unwrap();
    }

    /// What was made until now was made two hours ago.
    async fn age(&self) {
        self.run(
            "UPDATE past_rows SET until_at = until_at - interval '2 hours';
             UPDATE past_begun SET at = at - interval '2 days';
             UPDATE monitors SET created_at = created_at - interval '2 hours'",
        )
        .await;
    }

    /// Checks of the slots so many minutes ago, each appended after a second.
    async fn checked(&self, minutes: impl IntoIterator<Item = i64>, state: i16) {
        let db = self.person.service.db().await;
        for minutes in minutes {
            let slot = self.ago(minutes).to_datetime();
            let sql = "INSERT INTO check_results (monitor_id, scheduled_at, revision, interval_ms, delay_ms,
                           append_delay_ms, latency_ms, state, attempts, region)
                       VALUES ($1, $2, 1, 60000, 12, 1000, 80, $3, 1, 'default')";
            db.execute(sql, &[&self.monitor, &slot, &state]).await.unwrap();
            if state == DOWN {
                let sql = "INSERT INTO check_errors (monitor_id, scheduled_at, region, error_code, error)
                           VALUES ($1, $2, 'default', 'read_timeout', 'no answer in time')";
                db.execute(sql, &[&self.monitor, &slot]).await.unwrap();
            }
        }
    }

    /// An outage of ten minutes ago, which was over five minutes ago if it `is_over`, with its checks.
    async fn outage(&self, is_over: bool) -> Uuid {
        self.checked(11..30, UP).await;
        self.checked(6..=10, DOWN).await;
        self.checked(1..=5, if is_over { UP } else { DOWN }).await;
        let began = self.ago(10);
        let id = IncidentId::new(MonitorId(self.monitor), 1, began).0;
        let ended = is_over.then(|| self.ago(5).to_datetime());
        let reason = is_over.then_some("recovered");
        let sql =
            "INSERT INTO incidents (id, monitor_id, org_id, revision, started_at, resolved_at, close_reason,
                       error_code, first_error)
                   VALUES ($1, $2, $3, 1, $4, $5, $6, 'read_timeout', 'no answer in time')";
        let began = began.to_datetime();
        let values: [&(dyn ToSql + Sync); 6] =
            [&id, &self.monitor, &self.person.org, &began, &ended, &reason];
        let db = self.person.service.db().await;
        db.execute(sql, &values).await.unwrap();
        id
    }

    /// A step of an alert so many milliseconds after the outage began; of no channel where that is 0.
    async fn step(
        &self,
        incident: Uuid,
        alert: &str,
        step: &str,
        channel: i64,
        (ms, text): (i64, Option<&str>),
    ) {
        let at = self.ago(10).plus_millis(ms).to_datetime();
        let attempt = i32::from(!matches!(step, "decided" | "suppressed"));
        let name = format!("{alert}/{channel}");
        let delivery = (channel != 0).then(|| Uuid::new_v5(&incident, name.as_bytes()));
        let (reason, receipt) = match step {
            "sent" => (None, text),
            _ => (text, None),
        };
        let sql = "INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id,
                       delivery_id, source, revision, reason, receipt)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,
                       '{\"cluster\": \"c\", \"topic\": \"monitoring-results\", \"partition\": 3, \"offset\": 42}',
                       1, $10, $11)";
        let values: [&(dyn ToSql + Sync); 11] = [
            &incident,
            &alert,
            &channel,
            &step,
            &attempt,
            &at,
            &self.person.org,
            &self.monitor,
            &delivery,
            &reason,
            &receipt,
        ];
        let db = self.person.service.db().await;
        db.execute(sql, &values).await.unwrap();
    }

    fn path(&self) -> String {
        format!("/monitors/{}/why", self.monitor)
    }

    async fn why(&self, at: Timestamp) -> Value {
        let path = format!("{}?at={at}", self.path());
        self.person.get(&path).await.expect(200)
    }
}

#[tokio::test]
async fn an_alert_is_followed_from_the_checks_to_the_receipt() {
    let service = start().await;
    let history = History::of(&service, 1).await;
    history.age().await;
    let incident = history.outage(true).await;
    let channel = history.channel;
    history
        .step(incident, "down", "decided", channel, (1_010, None))
        .await;
    history
        .step(incident, "down", "sent", channel, (4_000, Some("ok")))
        .await;
    let why = history.why(history.ago(8)).await;
    assert_eq!(why["answer"], "notified");
    assert_eq!(
        why["summary"],
        "Ops was notified within 3 s of the outage being found."
    );
    let checks = why["checks"].as_array().unwrap();
    assert_eq!(checks.len(), 20);
    let last = &checks[19];
    // The result of the slot eight minutes ago was not on the log yet.
    assert_eq!(last["scheduled_at"], json!(history.ago(9)));
    assert_eq!(last["appended_at"], json!(history.ago(9).plus_millis(1_000)));
    assert_eq!(
        (&last["state"], &last["error_code"]),
        (&json!("down"), &json!("read_timeout"))
    );
    assert_eq!(
        (&why["rule"]["down_after"], &why["rule"]["failing"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(
        (&why["rule"]["is_down"], &why["rule"]["is_known"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(why["incident"]["id"], json!(incident));
    assert_eq!(why["incident"]["source"]["offset"], 42);
    assert_eq!(why["route"]["destinations"][0]["channels"][0]["id"], channel);
    assert_eq!(why["route"]["held"], json!([]));
    let [delivery] = &why["deliveries"].as_array().unwrap()[..] else {
        panic!("{why}");
    };
    assert_eq!(
        (
            &delivery["channel_name"],
            &delivery["outcome"],
            &delivery["receipt"]
        ),
        (&json!("Ops"), &json!("sent"), &json!("ok"))
    );
    assert_eq!((&why["suppressions"], &why["without"]), (&json!([]), &json!([])));
    assert_eq!(why["without_known"], true, "there is nothing to be known");

    // Now it is over, and still the last one.
    let now = history.person.get(&history.path()).await.expect(200);
    assert_eq!(now["answer"], "notified");
    let summary = now["summary"].as_str().unwrap();
    assert!(summary.contains("The outage was over at "), "{summary}");
    assert_eq!(now["rule"]["is_down"], false);
    // Before it began there was none.
    let before = history.why(history.ago(12).plus_millis(30_000)).await;
    assert_eq!(
        (&before["answer"], &before["incident"]),
        (&json!("not_down"), &Value::Null)
    );
    // What it may have been notified of besides is not looked for, which is said.
    let said = |why: &Value| why["summary"].as_str().unwrap().contains("slower than usual");
    assert!(!said(&before), "{before}");
    let anomalies = json!({"anomalies": {"sensitivity": "medium", "notify": true}});
    let monitor = format!("/monitors/{}", history.monitor);
    history.person.patch(&monitor, anomalies).await.expect(200);
    let before = history.why(history.ago(12).plus_millis(30_000)).await;
    assert!(said(&before), "{before}");
    assert!(!said(&history.person.get(&history.path()).await.expect(200)));
}

#[tokio::test]
async fn what_held_it_back_is_as_it_was_and_what_would_have_been_sent_is_told() {
    let service = start().await;
    let history = History::of(&service, 1).await;
    let (person, monitor, channel) = (&history.person, history.monitor, history.channel);
    let tomorrow = shared::now().plus_millis(24 * 60 * MINUTE);
    let silence = json!({"reason": "Move", "monitors": [monitor], "ends_at": tomorrow});
    person.post("/silences", silence).await.expect(201);
    history
        .run("UPDATE silences SET starts_at = now() - interval '100 minutes'")
        .await;
    history.age().await;
    let incident = history.outage(true).await;
    let reason = Some("resolved while it was silenced");
    history
        .step(incident, "down", "suppressed", 0, (5 * MINUTE + 1_000, reason))
        .await;
    history.run("DELETE FROM silences").await;
    let severity = json!({"severity": "info"});
    person
        .patch(&format!("/monitors/{monitor}"), severity)
        .await
        .expect(200);

    let why = history.why(history.ago(8)).await;
    assert_eq!(why["answer"], "suppressed");
    let summary = why["summary"].as_str().unwrap();
    assert!(
        summary.starts_with("Nobody was notified: it was silenced until "),
        "{summary}"
    );
    let by = |list: &str| why[list][0]["by"].clone();
    assert_eq!(by("suppressions"), "silence");
    let route = &why["route"];
    assert_eq!(
        (&route["severity"], &route["held"][0]["by"]),
        (&json!("critical"), &json!("silence"))
    );
    assert_eq!(route["held"][0]["until"], json!(tomorrow));
    let message = |at: Timestamp, alert: &str| json!({"at": at, "channel_id": channel, "channel_name": "Ops", "alert": alert});
    let (found, ended) = (
        history.ago(10).plus_millis(1_000),
        history.ago(5).plus_millis(1_000),
    );
    assert_eq!(
        why["without"],
        json!([{"without": "silence", "messages": [message(found, "down"), message(ended, "up")]}])
    );
    assert_eq!(why["without_known"], true);
    let explained = person
        .get(&format!("/monitors/{monitor}/alert-route"))
        .await
        .expect(200);
    assert_eq!(
        (&explained["severity"], &explained["held"]),
        (&json!("info"), &json!([]))
    );
}

#[tokio::test]
async fn an_incident_that_is_held_back_says_by_what_and_until_when() {
    let service = start().await;
    let history = History::of(&service, 1).await;
    let (person, monitor) = (&history.person, history.monitor);
    let tomorrow = shared::now().plus_millis(24 * 60 * MINUTE);
    let silence = json!({"reason": "Move", "monitors": [monitor], "ends_at": tomorrow});
    person.post("/silences", silence).await.expect(201);
    // It is told of an incident that begins now, too.
    let explained = format!("/monitors/{monitor}/alert-route");
    let explained = person.get(&explained).await.expect(200);
    let held = &explained["held"][0];
    assert_eq!(
        (&held["by"], &held["until"], &held["channel_id"]),
        (&json!("silence"), &json!(tomorrow), &Value::Null)
    );
    history
        .run("UPDATE silences SET starts_at = now() - interval '100 minutes'")
        .await;
    history.age().await;
    history.outage(false).await;
    let why = person.get(&history.path()).await.expect(200);
    assert_eq!(why["answer"], "held_back");
    assert_eq!(
        (&why["suppressions"], &why["deliveries"]),
        (&json!([]), &json!([]))
    );
    let without = &why["without"][0];
    assert_eq!(without["without"], "silence");
    assert_eq!(without["messages"][0]["alert"], "down");
}

#[tokio::test]
async fn failing_checks_that_are_too_few_confirm_nothing() {
    let service = start().await;
    let history = History::of(&service, 3).await;
    history.checked(3..20, UP).await;
    history.checked(1..=2, DOWN).await;
    let why = history.why(history.ago(1).plus_millis(30_000)).await;
    assert_eq!(why["answer"], "unconfirmed");
    assert_eq!(why["summary"], "2 of 3 failing checks: not down yet.");
    assert_eq!(why["rule"]["is_down"], false);
}

#[tokio::test]
async fn what_was_not_checked_says_why() {
    let service = start().await;
    let history = History::of(&service, 1).await;
    history.checked(6..20, UP).await;
    let skipped = format!(
        "INSERT INTO skipped_slots (monitor_id, first_slot, last_slot, interval_ms, slots, reason, region)
         VALUES ({}, '{}', '{}', 60000, 3, 'overload', 'default')",
        history.monitor,
        history.ago(5),
        history.ago(3)
    );
    history.run(&skipped).await;
    let why = history.why(history.ago(4)).await;
    assert_eq!(
        (&why["answer"], &why["summary"]),
        (
            &json!("not_checked"),
            &json!("Not checked: the pinger was overloaded.")
        )
    );
    assert_eq!(why["not_checked"], "Not checked: the pinger was overloaded");
    let before = history.why(history.ago(6).plus_millis(30_000)).await;
    assert_eq!(before["answer"], "not_down");
    assert!(before.get("not_checked").is_none(), "{before}");

    let pause = format!("/monitors/{}/pause", history.monitor);
    history.person.post(&pause, json!({})).await.expect(200);
    let began = format!(
        "INSERT INTO monitor_revisions (monitor_id, revision, began_at) VALUES ({}, 2, '{}')",
        history.monitor,
        history.ago(2)
    );
    history.run(&began).await;
    let paused = history.person.get(&history.path()).await.expect(200);
    assert_eq!(paused["summary"], "Not checked: the monitor was paused.");
}

#[tokio::test]
async fn a_message_that_was_given_up_is_told_with_each_attempt() {
    let service = start().await;
    let history = History::of(&service, 1).await;
    history.age().await;
    let incident = history.outage(false).await;
    let channel = history.channel;
    history
        .step(incident, "down", "decided", channel, (1_000, None))
        .await;
    history
        .step(incident, "down", "failed", channel, (2_000, Some("404 no_team")))
        .await;
    let sql = "INSERT INTO incident_acknowledgements (incident_id, org_id, by_name) VALUES ($1, $2, 'Ada')";
    let db = service.db().await;
    db.execute(sql, &[&incident, &history.person.org]).await.unwrap();
    let why = history.person.get(&history.path()).await.expect(200);
    assert_eq!(why["answer"], "failed");
    let summary = why["summary"].as_str().unwrap();
    let failed = "Nobody was notified: the message to Ops was given up after 1 attempt (404 no_team). Ada acknowledged it";
    assert!(summary.starts_with(failed), "{summary}");
    assert_eq!(why["incident"]["acknowledged"]["by"], "Ada");
    let attempts = &why["deliveries"][0]["attempts"];
    assert_eq!(
        (&attempts[0]["number"], &attempts[0]["reason"]),
        (&json!(1), &json!("404 no_team"))
    );
}
