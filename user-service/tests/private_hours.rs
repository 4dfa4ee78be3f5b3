//! Quiet hours of a member's own channel: when somebody sleeps is told to nobody else.

use http::Method;
use serde_json::{Value, json};

use crate::common::scene::join;
use crate::common::{Person, UserService};

const QUIET: &str = "over in the quiet hours of the channel";

/// A monitor whose outages go to a member with quiet hours, and to a channel of the organisation.
struct Sleeper<'a> {
    owner: Person<'a>,
    member: Person<'a>,
    own: i64,
    shared: i64,
    monitor: i64,
}

impl<'a> Sleeper<'a> {
    async fn new(service: &'a UserService) -> Self {
        let partitions = "CREATE TABLE check_results_all PARTITION OF check_results DEFAULT;
                          CREATE TABLE check_errors_all PARTITION OF check_errors DEFAULT";
        service.db().await.batch_execute(partitions).await.unwrap();
        let owner = service.register().await;
        let member = join(&owner, "admin").await;
        let night = json!({"quiet_hours": {"passes": null, "hours": {
            "time_zone": "UTC", "from": "22:00:00", "until": "07:00:00"}}});
        let own =
            json!({"name": "My phone", "kind": "ntfy", "config": {"topic": "ada-private"}, "alerts": night});
        let own = member.post("/me/channels", own).await.expect(201)["id"].clone();
        let shared = owner.channel().await;
        owner
            .patch(&format!("/channels/{shared}"), json!({"alerts": night}))
            .await
            .expect(200);
        let targets = json!([{"kind": "person", "id": member.user}, {"kind": "channel", "id": shared}]);
        let policy = json!({"name": "On call", "steps": [{"wait_minutes": 0, "targets": targets}]});
        let policy = owner.post("/escalation-policies", policy).await.expect(201)["id"].clone();
        let monitor = json!({"url": "https://a.example/",
                             "recipients": {"to": "policy", "policy_id": policy}});
        let monitor = owner.post("/monitors", monitor).await.expect(201)["id"].clone();
        Self {
            owner,
            member,
            own: own.as_i64().unwrap(),
            shared,
            monitor: monitor.as_i64().unwrap(),
        }
    }

    /// An outage of which both channels were not notified, because it was over in their quiet hours.
    async fn slept_through(&self) -> uuid::Uuid {
        let incident = self.owner.outage(self.monitor, true).await;
        let by_person = json!({"by": "monitor", "step": {"policy_id": 7, "round": 1, "step": 1,
                               "target": {"kind": "person", "id": self.member.user}}});
        let sql =
            "INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id,
                       delivery_id, source, reason, cause)
                   VALUES ($1, 'down', $2, 'suppressed', 0, now(), $3, $4, gen_random_uuid(),
                       '{\"cluster\": \"c\", \"topic\": \"t\", \"partition\": 0, \"offset\": 1}', $5, $6)";
        let db = self.owner.service.db().await;
        for (channel, cause) in [(self.own, Some(&by_person)), (self.shared, None)] {
            db.execute(
                sql,
                &[
                    &incident,
                    &channel,
                    &self.owner.org,
                    &self.monitor,
                    &QUIET,
                    &cause,
                ],
            )
            .await
            .unwrap();
        }
        incident
    }

    /// What is answered to the owner, to a key of the member's and to the member: the member alone knows.
    async fn answers(&self, path: &str) -> [Value; 3] {
        let key = json!({"name": "CI", "role": "viewer"});
        let key = self.member.post("/api-keys", key).await.expect(201)["api_key"]["id"].to_string();
        let headers = [("x-api-key-id", key.as_str())];
        let by_key = self.member.call_with(Method::GET, path, "", &headers).await;
        [
            self.owner.get(path).await.expect(200),
            by_key.expect(200),
            self.member.get(path).await.expect(200),
        ]
    }
}

#[tokio::test]
async fn what_holds_alerts_back_names_no_quiet_hours_of_others() {
    let service = UserService::start().await;
    let sleeper = Sleeper::new(&service).await;
    let path = format!(
        "/monitors/{}/alert-route?at=2026-11-30T23:00:00Z",
        sleeper.monitor
    );
    let channels = |explanation: &Value| {
        let held = explanation["held"].as_array().unwrap().iter();
        held.map(|hold| {
            assert_eq!(hold["by"], "quiet_hours");
            assert_eq!(hold["until"], "2026-12-01T07:00:00.000Z");
            hold["channel_id"].as_i64().unwrap()
        })
        .collect::<Vec<_>>()
    };
    let [owner, key, member] = sleeper.answers(&path).await;
    assert_eq!(channels(&owner), [sleeper.shared]);
    assert_eq!(channels(&key), [sleeper.shared]);
    assert_eq!(channels(&member), [sleeper.own, sleeper.shared]);
}

#[tokio::test]
async fn steps_of_an_incident_tell_no_quiet_hours_of_others() {
    let service = UserService::start().await;
    let sleeper = Sleeper::new(&service).await;
    let incident = sleeper.slept_through().await;
    let reasons = |steps: &Value| {
        let of = |channel: i64| {
            let mut steps = steps["items"].as_array().unwrap().iter();
            let step = steps.find(|step| step["channel_id"] == channel).unwrap();
            step["reason"].as_str().unwrap().to_owned()
        };
        (of(sleeper.own), of(sleeper.shared))
    };
    let neutral = "the settings of the channel kept it back".to_owned();
    let path = format!("/incidents/{incident}/events");
    let [owner, key, member] = sleeper.answers(&path).await;
    for told in [owner, key] {
        assert_eq!(reasons(&told), (neutral.clone(), QUIET.to_owned()));
    }
    assert_eq!(reasons(&member), (QUIET.to_owned(), QUIET.to_owned()));
}

#[tokio::test]
async fn that_somebody_had_quiet_hours_as_earlier_releases_noted_it_is_shown_to_nobody() {
    let service = UserService::start().await;
    let sleeper = Sleeper::new(&service).await;
    let incident = sleeper.owner.outage(sleeper.monitor, true).await;
    let sql = "INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id, source, reason)
               SELECT $1, 'down', 0, 'suppressed', n, now(), $2, $3,
                   '{\"cluster\": \"c\", \"topic\": \"t\", \"partition\": 0, \"offset\": 1}', reason
               FROM unnest($4::text[]) WITH ORDINALITY AS it (reason, n)";
    let notes = vec![
        Some("step 1 of Night: somebody has quiet hours"),
        Some("step 2 of Night: member 7 has no enabled channel, somebody has quiet hours"),
        Some("step 3 of Night: a channel has quiet hours"),
        None,
    ];
    let db = service.db().await;
    db.execute(sql, &[&incident, &sleeper.owner.org, &sleeper.monitor, &notes])
        .await
        .unwrap();
    let path = format!("/incidents/{incident}/events");
    for steps in sleeper.answers(&path).await {
        let steps = steps["items"].as_array().unwrap().iter();
        let reasons: Vec<_> = steps.map(|step| &step["reason"]).collect();
        let left = json!([
            "step 2 of Night: member 7 has no enabled channel",
            "step 3 of Night: a channel has quiet hours",
            null
        ]);
        assert_eq!(json!(reasons), left);
    }
    let path = format!("/monitors/{}/why", sleeper.monitor);
    let why = sleeper.owner.get(&path).await.expect(200);
    assert!(!why.to_string().contains("somebody has"), "{why}");
}

#[tokio::test]
async fn why_nobody_was_notified_tells_no_quiet_hours_of_others() {
    let service = UserService::start().await;
    let sleeper = Sleeper::new(&service).await;
    sleeper.slept_through().await;
    let path = format!("/monitors/{}/why", sleeper.monitor);
    let by = |why: &Value, channel: i64| {
        let mut all = why["suppressions"].as_array().unwrap().iter();
        let one = all.find(|one| one["channel_id"] == channel).unwrap();
        one["by"].clone()
    };
    let [owner, key, member] = sleeper.answers(&path).await;
    for told in [&owner, &key] {
        assert_eq!(by(told, sleeper.own), Value::Null);
        assert_eq!(by(told, sleeper.shared), "quiet_hours");
        let messages = told["without"].to_string();
        let of_own = format!("\"channel_id\":{},", sleeper.own);
        assert!(!messages.contains(&of_own), "{messages}");
    }
    assert_eq!(by(&member, sleeper.own), "quiet_hours");
}
