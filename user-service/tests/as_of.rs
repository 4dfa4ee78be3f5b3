//! Answers that were recorded as time went on, and the same answers asked for afterwards.

mod bounds;
mod monitors;
mod replaced;

use chrono::{DateTime, Utc};
use domain::Timestamp;
use domain::alert_event::ACKNOWLEDGEMENT_EXPIRED;
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::scene::{Scene, key, member, scene};
use crate::common::{Person, UserService};

/// An instant after all that has happened and before all that will, by the clock of the database.
async fn instant(service: &UserService) -> Timestamp {
    let db = service.db().await;
    let now = async || -> DateTime<Utc> {
        let row = db.query_one("SELECT clock_timestamp()", &[]).await.unwrap();
        row.get(0)
    };
    let at = Timestamp::from(now().await).plus_millis(1);
    // It may be written to the millisecond, and what happens next is later.
    while now().await <= at.to_datetime() || shared::now() <= at {}
    at
}

/// A cursor leads on in a list as of its own instant, and in no other.
async fn assert_cursors_keep_their_instant(person: &Person<'_>, list: &str, at: Timestamp) {
    let page = person.get(&format!("{list}?limit=1&at={at}")).await.expect(200);
    let of_now = person.get(&format!("{list}?limit=1")).await.expect(200);
    assert!(of_now.get("as_of").is_none());
    for (page, other) in [(page, at.plus_millis(-1)), (of_now, at)] {
        let cursor = page["next_cursor"].as_str().unwrap();
        let answer = person.get(&format!("{list}?cursor={cursor}&at={other}")).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
    }
}

/// What does not depend on when an answer was asked for, and is known later.
fn settled(mut answer: Value) -> Value {
    let settle = |incident: &mut Value| {
        incident["duration_seconds"].take();
        if incident["resolved_at"].is_null() {
            incident["last_error"].take();
        }
    };
    if answer.get("items").is_some() {
        answer["items"]
            .as_array_mut()
            .unwrap()
            .iter_mut()
            .for_each(settle);
    } else {
        settle(&mut answer);
    }
    answer
}

/// What was done, when, and the status and body that each path answered with then.
type Recorded = (&'static str, Timestamp, Vec<(u16, Value)>);

/// What was answered at instants.
struct Recorder<'a> {
    person: &'a Person<'a>,
    paths: Vec<String>,
    /// What of an answer is compared.
    settled: fn(Value) -> Value,
    entries: Vec<Recorded>,
}

impl Recorder<'_> {
    async fn note(&mut self, what: &'static str) {
        let mut answers = Vec::new();
        for path in &self.paths {
            let answer = self.person.get(path).await;
            answers.push((answer.status.as_u16(), answer.body));
        }
        let at = instant(self.person.service).await;
        self.entries.push((what, at, answers));
    }

    /// Asks for everything again that was answered.
    async fn compare(&self) {
        for (what, at, answers) in &self.entries {
            for (path, (status, recorded)) in self.paths.iter().zip(answers) {
                let sign = if path.contains('?') { '&' } else { '?' };
                let answer = self.person.get(&format!("{path}{sign}at={at}")).await;
                let case = format!("{path} after {what}: {}", answer.body);
                assert_eq!(answer.status.as_u16(), *status, "{case}");
                if *status != 200 {
                    continue;
                }
                let mut answered = answer.body;
                let as_of = answered.as_object_mut().unwrap().remove("as_of");
                assert_eq!(as_of, Some(json!(at)), "{case}");
                let settled = self.settled;
                assert_eq!(settled(answered), settled(recorded.clone()), "{case}");
            }
        }
    }
}

async fn expire(person: &Person<'_>, monitor: i64, incident: Uuid, attempt: i32) {
    let sql = "INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id, source,
                                         reason)
               VALUES ($1, 'acknowledged', 0, 'suppressed', $2, clock_timestamp(), $3, $4, '{}', $5)";
    let db = person.service.db().await;
    let reason = ACKNOWLEDGEMENT_EXPIRED;
    db.execute(sql, &[&incident, &attempt, &person.org, &monitor, &reason])
        .await
        .unwrap();
}

#[tokio::test]
async fn incidents_are_answered_as_they_were_shown() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let (monitor, other) = (
        ada.monitor("https://a.example/").await,
        ada.monitor("https://b.example/").await,
    );
    let db = service.db().await;
    // Known beforehand, so that it can be asked for before it is there.
    let incident = Uuid::from_u128(7);
    let one = format!("/incidents/{incident}");
    let mut recorder = Recorder {
        person: &ada,
        paths: vec![
            "/incidents".to_owned(),
            "/incidents?open=true".to_owned(),
            "/incidents?open=false".to_owned(),
            "/incidents?tag=prod".to_owned(),
            format!("/incidents?monitor_id={monitor}"),
            one.clone(),
        ],
        settled,
        entries: Vec::new(),
    };
    recorder.note("nothing").await;
    // It began a minute before it was found.
    let sql = "INSERT INTO incidents (id, monitor_id, org_id, revision, started_at, error_code, first_error, last_error)
               VALUES ($1, $2, $3, 1, now() - interval '1 minute', 'timeout', 'no answer', 'no answer')";
    db.execute(sql, &[&incident, &monitor, &ada.org]).await.unwrap();
    recorder.note("it was found").await;
    let acknowledge = format!("{one}/acknowledge");
    ada.call(Method::POST, &acknowledge, "").await.expect(200);
    recorder.note("it was acknowledged").await;
    expire(&ada, monitor, incident, 1).await;
    recorder.note("that expired").await;
    ada.call(Method::POST, &acknowledge, "").await.expect(200);
    recorder.note("it was acknowledged again").await;
    expire(&ada, monitor, incident, 2).await;
    recorder.note("that expired, too").await;
    let note = json!({"text": "A cable."});
    ada.post(&format!("{one}/notes"), note).await.expect(200);
    recorder.note("a note").await;
    let path = format!("/monitors/{monitor}");
    ada.patch(&path, json!({"name": "Shop"})).await.expect(200);
    recorder.note("another name").await;
    ada.patch(&path, json!({"tags": ["prod", "eu"]}))
        .await
        .expect(200);
    recorder.note("tags").await;
    ada.outage(other, false).await;
    recorder.note("another outage").await;
    let sql = "UPDATE incidents SET last_error = 'refused', failed_slots = 2 WHERE id = $1";
    db.execute(sql, &[&incident]).await.unwrap();
    recorder.note("another failure").await;
    // Its end is before what was recorded last.
    let sql =
        "UPDATE incidents SET resolved_at = started_at + interval '50 seconds', close_reason = 'recovered'
               WHERE id = $1";
    db.execute(sql, &[&incident]).await.unwrap();
    recorder.note("it was over").await;
    ada.patch(&path, json!({"tags": ["eu"]})).await.expect(200);
    recorder.note("fewer tags").await;
    assert_eq!(ada.delete(&path).await.status, 204);
    recorder.note("no monitor").await;
    recorder.compare().await;
}

#[tokio::test]
async fn a_list_as_of_an_instant_has_pages_of_that_instant() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let mut all = Vec::new();
    for _ in 0..3 {
        let monitor = ada.monitor("https://a.example/").await;
        all.push(json!(ada.outage(monitor, false).await));
    }
    all.reverse();
    let at = instant(&service).await;
    let later = ada.monitor("https://b.example/").await;
    ada.outage(later, false).await;
    let mut paged = Vec::new();
    let mut next = format!("/incidents?limit=1&at={at}");
    loop {
        let page = ada.get(&next).await.expect(200);
        assert_eq!(page["as_of"], json!(at));
        let items = page["items"].as_array().unwrap();
        paged.extend(items.iter().map(|item| item["id"].clone()));
        match page["next_cursor"].as_str() {
            // The cursor knows the instant.
            Some(cursor) => next = format!("/incidents?limit=1&cursor={cursor}"),
            None => break,
        }
        assert!(paged.len() < 4, "{paged:?}");
    }
    assert_eq!(paged, all);
    assert_cursors_keep_their_instant(&ada, "/incidents", at).await;
}

#[tokio::test]
async fn an_instant_of_which_nothing_is_kept_is_refused() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    let incident = ada.outage(monitor, false).await;
    let (now, day) = (shared::now(), 86_400_000);
    for at in [now.plus_millis(day), now.plus_millis(-401 * day)] {
        for path in [
            format!("/incidents?at={at}"),
            format!("/incidents/{incident}?at={at}"),
        ] {
            let answer = ada.get(&path).await;
            assert_eq!(answer.status, 422, "{path}: {}", answer.body);
            assert_eq!(answer.fields(), ["at"], "{path}");
        }
    }
    for wrong in ["yesterday", "2026-11-29"] {
        let answer = ada.get(&format!("/incidents?at={wrong}")).await;
        assert_eq!(answer.status, 400, "{wrong}: {}", answer.body);
    }
    // What monitors were called and which tags they had is known since the schema is there.
    let before = now.plus_millis(-day);
    let db = service.db().await;
    let sql =
        "UPDATE incidents SET created_at = now() - interval '2 days', started_at = now() - interval '2 days'
               WHERE id = $1";
    db.execute(sql, &[&incident]).await.unwrap();
    let one = ada
        .get(&format!("/incidents/{incident}?at={before}"))
        .await
        .expect(200);
    assert_eq!(one["monitor_name"], Value::Null);
    assert!(one.get("tags").is_none(), "{one}");
    let answer = ada.get(&format!("/incidents?tag=prod&at={before}")).await;
    assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec!["at"]));
}

#[tokio::test]
async fn an_end_from_before_it_was_noted_when_is_the_end_itself() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    let incident = ada.outage(monitor, true).await;
    let db = service.db().await;
    let sql = "UPDATE incidents SET created_at = started_at, closed_at = NULL WHERE id = $1
               RETURNING started_at, resolved_at";
    let row = db.query_one(sql, &[&incident]).await.unwrap();
    let [started, resolved]: [Timestamp; 2] =
        [row.get::<_, DateTime<Utc>>(0), row.get::<_, DateTime<Utc>>(1)].map(Timestamp::from);
    let at = async |at: Timestamp| ada.get(&format!("/incidents/{incident}?at={at}")).await;
    assert_eq!(at(started.plus_millis(-1)).await.status, 404);
    let open = at(resolved.plus_millis(-1_000)).await.expect(200);
    assert_eq!(
        (&open["resolved_at"], &open["close_reason"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(open["duration_seconds"], 59);
    let over = at(resolved.plus_millis(1)).await.expect(200);
    assert_eq!(over["close_reason"], "recovered");
    assert_eq!(over["duration_seconds"], 60);
}

/// An instant at which the monitor inside had the tag of the one outside, too.
async fn had_another_tag(scene: &Scene<'_>) -> Timestamp {
    let inside = format!("/monitors/{}", scene.inside.monitor);
    let both = json!({"tags": ["payments", "search"]});
    scene.owner.patch(&inside, both).await.expect(200);
    let at = instant(scene.owner.service).await;
    let one = json!({"tags": ["payments"]});
    scene.owner.patch(&inside, one).await.expect(200);
    at
}

#[tokio::test]
async fn who_is_narrowed_sees_the_past_of_what_they_see_now() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    let at = had_another_tag(&scene).await;
    let inside = json!(scene.inside.incident);
    for caller in [member(&scene).await, key(&scene).await] {
        let found = caller.get(&format!("/incidents?at={at}")).await.items();
        let seen: Vec<[&Value; 2]> = found.iter().map(|one| [&one["id"], &one["tags"]]).collect();
        assert_eq!(seen, [[&inside, &json!(["payments"])]]);
        let one = format!("/incidents/{}?at={at}", scene.inside.incident);
        assert_eq!(caller.get(&one).await.expect(200)["tags"], json!(["payments"]));
        for (tag, many) in [("payments", 1), ("search", 0)] {
            let found = caller.get(&format!("/incidents?tag={tag}&at={at}")).await.items();
            assert_eq!(found.len(), many, "{tag}: {found:?}");
        }
        let outside = format!("/incidents/{}?at={at}", scene.outside.incident);
        assert_eq!(caller.get(&outside).await.status, 404);
    }
    let all = format!("/incidents?tag=search&at={at}");
    let all = scene.owner.get(&all).await.items();
    assert_eq!(all.len(), 2, "{all:?}");
    // Of another organisation nothing is seen.
    let stranger = service.register().await;
    let inside = format!("/incidents/{}?at={at}", scene.inside.incident);
    assert_eq!(stranger.get(&inside).await.status, 404);
    assert!(
        stranger
            .get(&format!("/incidents?at={at}"))
            .await
            .items()
            .is_empty()
    );
}

/// A user-service whose processor the test plays, and a monitor that is two hours old, as is what is known of the past.
async fn old_monitor(service: &UserService) -> (Person<'_>, i64) {
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    let sql = format!(
        "CREATE TABLE check_results_all PARTITION OF check_results DEFAULT;
         CREATE TABLE check_errors_all PARTITION OF check_errors DEFAULT;
         UPDATE past_begun SET at = now() - interval '1 day';
         UPDATE past_rows SET until_at = now() - interval '2 hours' WHERE relation = 'monitors' AND row_key = '{monitor}';
         UPDATE monitors SET created_at = now() - interval '2 hours' WHERE id = {monitor}"
    );
    service.db().await.batch_execute(&sql).await.unwrap();
    (ada, monitor)
}

/// Stores a result of a slot.
async fn result(service: &UserService, monitor: i64, slot: Timestamp, state: i16) {
    let db = service.db().await;
    let sql = "INSERT INTO check_results (monitor_id, scheduled_at, revision, interval_ms, delay_ms, latency_ms, state,
                                          status_code, attempts, region)
               VALUES ($1, $2, 1, 60000, 12, 80, $3, 200, 1, 'default')";
    let slot = slot.to_datetime();
    db.execute(sql, &[&monitor, &slot, &state]).await.unwrap();
    if state == 2 {
        let sql = "INSERT INTO check_errors VALUES ($1, $2, 'default', 'read_timeout', 'no answer')";
        db.execute(sql, &[&monitor, &slot]).await.unwrap();
    }
}

#[tokio::test]
async fn a_status_is_what_results_and_incidents_came_to() {
    let service = UserService::start().await;
    let (ada, monitor) = old_monitor(&service).await;
    let start = shared::now().plus_millis(-3_600_000);
    let minute = |n: i64| start.plus_millis(n * 60_000);
    // Two failures open an incident, two successes end it.
    for (n, state) in [0, 1, 0, 2, 2, 2, 0, 0, 0].into_iter().enumerate() {
        result(&service, monitor, minute(n as i64), state).await;
    }
    let incident = Uuid::from_u128(7);
    let sql = "INSERT INTO incidents (id, monitor_id, org_id, revision, started_at, resolved_at, close_reason, created_at,
                                      closed_at)
               VALUES ($1, $2, $3, 1, $4, $5, 'recovered', $6, $7)";
    let [started, resolved] = [minute(3), minute(6)].map(Timestamp::to_datetime);
    let [found, closed] = [minute(4), minute(7)].map(|slot| slot.plus_millis(200).to_datetime());
    let db = service.db().await;
    db.execute(
        sql,
        &[
            &incident, &monitor, &ada.org, &started, &resolved, &found, &closed,
        ],
    )
    .await
    .unwrap();
    let path = format!("/monitors/{monitor}/status");
    let at = async |at: Timestamp| ada.get(&format!("{path}?at={at}")).await;
    let later = |n: i64| minute(n).plus_millis(30_000);
    for (instant, state, since, checked, error) in [
        (minute(0), "pending", None, None, Value::Null),
        (later(0), "up", None, Some(0), Value::Null),
        (later(1), "degraded", Some(1), Some(1), Value::Null),
        (later(2), "up", Some(2), Some(2), Value::Null),
        (later(3), "up", Some(2), Some(3), json!("no answer")),
        // The result is on the log, and nobody has found the outage yet.
        (
            minute(4).plus_millis(150),
            "up",
            Some(2),
            Some(4),
            json!("no answer"),
        ),
        (later(4), "down", Some(3), Some(4), json!("no answer")),
        (later(6), "down", Some(3), Some(6), Value::Null),
        (later(7), "up", Some(6), Some(7), Value::Null),
        (later(8), "up", Some(6), Some(8), Value::Null),
    ] {
        let status = at(instant).await.expect(200);
        let case = format!("{instant}: {status}");
        assert_eq!(status["state"], state, "{case}");
        assert_eq!(status["since"], json!(since.map(minute)), "{case}");
        let checked_at = checked.map(|n| minute(n).plus_millis(12));
        assert_eq!(status["last_checked_at"], json!(checked_at), "{case}");
        assert_eq!(status["error"], error, "{case}");
        assert_eq!(status["as_of"], json!(instant), "{case}");
        let expected = (state == "down").then_some(incident);
        assert_eq!(status["incident_id"], json!(expected), "{case}");
    }
    let before = ada.get(&path).await.expect(200);
    assert!(before.get("as_of").is_none(), "{before}");

    // What users do counts at once.
    let active = instant(&service).await;
    ada.call(Method::POST, &format!("/monitors/{monitor}/pause"), "")
        .await
        .expect(200);
    let paused = instant(&service).await;
    ada.call(Method::POST, &format!("/monitors/{monitor}/resume"), "")
        .await
        .expect(200);
    let resumed = instant(&service).await;
    assert_eq!(ada.delete(&format!("/monitors/{monitor}")).await.status, 204);
    let deleted = instant(&service).await;
    for (instant, state) in [(active, "up"), (paused, "paused"), (resumed, "pending")] {
        assert_eq!(at(instant).await.expect(200)["state"], state, "{instant}");
    }
    assert_eq!(at(deleted).await.status, 404);
    assert_eq!(at(minute(-61)).await.status, 404, "there was none yet");
    let stranger = service.register().await;
    let theirs = stranger.get(&format!("{path}?at={active}")).await;
    assert_eq!(theirs.status, 404);
}

#[tokio::test]
async fn a_status_that_is_not_known_is_refused() {
    let service = UserService::start().await;
    let (ada, monitor) = old_monitor(&service).await;
    let path = format!("/monitors/{monitor}/status");
    let now = shared::now();
    let hour = 3_600_000;
    result(&service, monitor, now.plus_millis(-hour), 0).await;
    let wrong = async |at: Timestamp| {
        let answer = ada.get(&format!("{path}?at={at}")).await;
        (answer.status.as_u16(), answer.fields().join(" "))
    };
    let refused = (422, "at".to_owned());
    assert_eq!(wrong(now.plus_millis(hour)).await, refused, "the future");
    assert_eq!(wrong(now.plus_millis(-401 * 24 * hour)).await, refused);
    // The past begins a day ago.
    assert_eq!(wrong(now.plus_millis(-25 * hour)).await.0, 404, "no monitor");
    let old = now.plus_millis(-200 * 24 * hour).to_datetime();
    let db = service.db().await;
    let sql = "UPDATE monitors SET created_at = $2 WHERE id = $1";
    db.execute(sql, &[&monitor, &old]).await.unwrap();
    let sql = "UPDATE past_rows SET until_at = $1 WHERE relation = 'monitors'";
    db.execute(sql, &[&old]).await.unwrap();
    assert_eq!(wrong(now.plus_millis(-25 * hour)).await, refused);
    // No result is kept of a time in which there were some.
    assert_eq!(wrong(now.plus_millis(-2 * hour)).await, refused);
    assert_eq!(wrong(now.plus_millis(-hour / 2)).await.0, 200);
    // What several regions say together is more than one of their results.
    db.execute("UPDATE check_results SET by_quorum = true", &[])
        .await
        .unwrap();
    assert_eq!(wrong(now.plus_millis(-hour / 2)).await, refused);
}
