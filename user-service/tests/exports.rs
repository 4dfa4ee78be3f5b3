//! Archives of what is stored.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use crate::common::post::{PASSWORD, mail_to, on, verified};
use crate::common::{PATIENCE, Person, Stores, UserService};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::{Value, json};
use testkit::{FakeSmtp, eventually};

const SESSION: &str = "5f0c8b4e-3a52-4a9f-9d0e-0c6f5c0d7a11";

async fn ready(person: &Person<'_>, id: &Value) -> Value {
    eventually("the export is ready", PATIENCE, async || {
        let exports = person.get("/me/exports").await.items();
        let export = exports.into_iter().find(|export| &export["id"] == id).unwrap();
        assert_ne!(export["status"], "failed", "{export}");
        (export["status"] == "ready").then_some(export)
    })
    .await
}

/// The files of an archive, once it is opened with the password.
async fn downloaded(person: &Person<'_>, export: &Value) -> BTreeMap<String, String> {
    let path = format!("/me/exports/{}", export["id"].as_str().unwrap());
    let session = [("x-session-id", SESSION)];
    let part = |number| {
        let path = format!("{path}/parts/{number}");
        async move { person.call_with(Method::GET, &path, "", &session).await }
    };
    part(0).await.expect(403);
    let open = format!("{path}/open");
    let wrong = json!({"current_password": "wrong"}).to_string();
    let refused = person.call_with(Method::POST, &open, &wrong, &session).await;
    assert_eq!(refused.fields(), ["current_password"]);
    let right = json!({"current_password": PASSWORD}).to_string();
    person
        .call_with(Method::POST, &open, &right, &session)
        .await
        .expect(204);
    // Another session has not shown it.
    person.get(&format!("{path}/parts/0")).await.expect(403);
    let mut bytes = Vec::new();
    for number in 0..export["parts"].as_i64().unwrap() {
        let part = part(number).await.expect(200);
        bytes.extend(STANDARD.decode(part["data"].as_str().unwrap()).unwrap());
    }
    part(export["parts"].as_i64().unwrap()).await.expect(404);
    assert_eq!(bytes.len() as i64, export["bytes"]);
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut files = BTreeMap::new();
    for at in 0..zip.len() {
        let mut file = zip.by_index(at).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        let name = file.name().unwrap().into_owned();
        files.insert(name, text);
    }
    files
}

fn lines(files: &BTreeMap<String, String>, name: &str) -> Vec<Value> {
    let text = files.get(name).unwrap_or_else(|| panic!("no {name}"));
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn a_person_gets_everything_that_is_stored_about_the_person() {
    let smtp = FakeSmtp::start().await;
    let service = on(Stores::new().await, &smtp, &[]).await;
    let (ada, eve) = (verified(&service).await, verified(&service).await);
    ada.patch("/me", json!({"name": "Ada King"})).await.expect(200);
    ada.post("/api-keys", json!({"name": "CI", "role": "viewer"}))
        .await
        .expect(201);
    let quiet = json!({"time_zone": "Pacific/Chatham",
                       "windows": [{"from": "22:00:00", "until": "07:00:00"}]});
    ada.call(Method::PUT, "/me/quiet-hours", &quiet.to_string())
        .await
        .expect(200);
    let phone = json!({"name": "Phone", "kind": "whatsapp", "config": {
        "access_token": "EAA1", "phone_number_id": "1", "to_number": "+4915112345678"}});
    ada.post("/me/channels", phone).await.expect(201);
    let monitor = ada.monitor("https://a.example/").await;
    let incident = ada.outage(monitor, false).await;
    ada.post(
        &format!("/incidents/{incident}/notes"),
        json!({"text": "The disk."}),
    )
    .await
    .expect(200);
    // Whose address it is nobody knows.
    let bo = service.register().await;
    let invitation = json!({"email": bo.email, "role": "viewer"});
    let path = format!("/orgs/{}/invitations", ada.org);
    ada.post(&path, invitation).await.expect(201);
    let asked = bo.post("/me/exports", json!({})).await.expect(202);
    let export = ready(&bo, &asked["id"]).await;
    let files = downloaded(&bo, &export).await;
    assert!(lines(&files, "invitations.ndjson").is_empty());
    assert!(lines(&files, "mails.ndjson").is_empty());

    let asked = ada.post("/me/exports", json!({})).await.expect(202);
    assert!(asked["organisation"].is_null());
    let export = ready(&ada, &asked["id"]).await;
    mail_to(&smtp, &ada.email, "Your export can be downloaded", 1).await;
    let files = downloaded(&ada, &export).await;
    assert_eq!(lines(&files, "profile.ndjson")[0]["name"], "Ada King");
    assert_eq!(lines(&files, "sessions.ndjson").len(), 1);
    assert_eq!(lines(&files, "memberships.ndjson")[0]["role"], "owner");
    assert_eq!(lines(&files, "api_keys.ndjson")[0]["name"], "CI");
    let quiet = &lines(&files, "quiet_hours.ndjson")[0]["quiet_hours"];
    assert_eq!(quiet["time_zone"], "Pacific/Chatham");
    let number = &lines(&files, "unconfirmed_numbers.ndjson")[0];
    assert!(
        number["wanted_at"].is_string() && number.get("code_hash").is_none(),
        "{number}"
    );
    assert_eq!(lines(&files, "notes.ndjson")[0]["text"], "The disk.");
    assert!(lines(&files, "audit_log.ndjson").len() >= 3);
    assert!(lines(&files, "account_events.ndjson").len() >= 3);
    for name in files.keys().filter(|name| *name != "README.md") {
        assert!(files["README.md"].contains(&format!("`{name}`")), "{name}");
    }
    let all = files.values().cloned().collect::<String>();
    assert!(!all.contains("argon2") && !all.contains("password_hash"), "{all}");
    assert!(!all.contains(&eve.email), "nobody else's");
    let path = format!("/me/exports/{}", export["id"].as_str().unwrap());
    eve.get(&format!("{path}/parts/0")).await.expect(404);
    eve.post(&format!("{path}/open"), json!({"current_password": PASSWORD}))
        .await
        .expect(404);
    assert!(eve.get("/me/exports").await.items().is_empty());
    let events = ada.get("/me/audit-log").await.items();
    assert_eq!(events[0]["action"], "OpenExport");
}

#[tokio::test]
async fn an_organisation_does_not_get_what_came_of_sends_to_own_channels() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    let incident = ada.outage(monitor, false).await;
    let shared = ada.channel().await;
    let own = json!({"name": "Phone", "kind": "ntfy", "config": {"topic": "private"}});
    let own = ada.post("/me/channels", own).await.expect(201)["id"]
        .as_i64()
        .unwrap();
    // Of a past of theirs, too, it gets nothing.
    let night = json!({"from": "22:00:00", "until": "07:00:00"});
    for passes in ["critical", "warning"] {
        let quiet = json!({"time_zone": "Pacific/Chatham", "windows": [night], "passes": passes});
        ada.call(Method::PUT, "/me/quiet-hours", &quiet.to_string())
            .await
            .expect(200);
    }
    let gone = own + 1_000;
    let sql =
        "INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id,
                   delivery_id, source, reason, receipt)
               SELECT $1, 'down', channel, step, 1, now(), $2, $3,
                   CASE WHEN step = 'failed' THEN gen_random_uuid() END, '{}', 'a reason', 'a receipt'
               FROM unnest($4::bigint[]) AS channel, unnest('{failed,suppressed}'::text[]) AS step";
    let db = service.db().await;
    let channels = vec![own, shared, gone];
    db.execute(sql, &[&incident, &ada.org, &monitor, &channels])
        .await
        .unwrap();
    // As earlier releases have noted it.
    let sql = "INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id, source, reason)
               SELECT $1, 'down', 0, 'suppressed', n, now(), $2, $3, '{}', reason
               FROM unnest($4::text[]) WITH ORDINALITY AS it (reason, n)";
    let notes = vec![
        "step 1 of Night: somebody has quiet hours",
        "step 2 of Night: member 7 has no enabled channel, somebody has quiet hours",
    ];
    db.execute(sql, &[&incident, &ada.org, &monitor, &notes])
        .await
        .unwrap();
    let asked = ada.post(&format!("/orgs/{}/exports", ada.org), json!({})).await;
    let export = ready(&ada, &asked.expect(202)["id"]).await;
    let files = downloaded(&ada, &export).await;
    let steps = lines(&files, "deliveries.ndjson");
    let told = |channel: i64| {
        let of = steps.iter().filter(|step| step["channel_id"] == channel);
        let told = of.filter(|step| step["reason"].is_string() && step["receipt"].is_string());
        let mut told: Vec<_> = told.map(|step| step["step"].as_str().unwrap()).collect();
        told.sort_unstable();
        told
    };
    assert_eq!(steps.len(), 7);
    let note = steps.iter().find(|step| step["channel_id"] == 0).unwrap();
    assert_eq!(note["reason"], "step 2 of Night: member 7 has no enabled channel");
    assert_eq!(told(shared), ["failed", "suppressed"]);
    assert_eq!(told(own), ["suppressed"]);
    assert_eq!(told(gone), ["suppressed"]);
    for private in ["Pacific/Chatham", "member_quiet_hours"] {
        assert!(files.values().all(|text| !text.contains(private)), "{private}");
    }
}

#[tokio::test]
async fn an_organisation_gets_its_history_in_pages_and_without_secrets() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = json!({
        "name": "Shop", "url": "https://a.example/shop?api_key=hunter2",
        "http": {"headers": {"X-Tenant": "hunter4"}}
    });
    let monitor = ada.post("/monitors", monitor).await.expect(201)["id"]
        .as_i64()
        .unwrap();
    ada.channel().await;
    let page = json!({"title": "Acme", "groups": [{"components": [{"monitor_id": monitor}]}]});
    let page = ada.post("/status-pages", page).await.expect(201);
    let impact = json!({"component_id": page["groups"][0]["components"][0]["id"], "impact": "major_outage"});
    let incident = ada.outage(monitor, true).await;
    let update =
        json!({"status": "identified", "message": "The disk.", "components": [impact], "notify": false});
    let report = json!({"title": "Down", "incident_id": incident, "update": update});
    ada.post(&format!("/status-pages/{}/reports", page["id"]), report)
        .await
        .expect(201);
    let db = service.db().await;
    db.batch_execute(&format!(
        "CREATE TABLE results_of_the_test PARTITION OF check_results FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
         INSERT INTO check_results SELECT {monitor}, '2020-01-01'::timestamptz + n * interval '1 minute', 1, 60000, 0, n,
             0, 200, 1, 'eu' FROM generate_series(0, 1700) n;
         INSERT INTO rollups_daily VALUES ({monitor}, '2020-01-01', 1, 0, 0, 0, 1, 0, 0, 0, 0, NULL, NULL, '{{}}', '{{}}');
         INSERT INTO rollups_hourly_by_region (monitor_id, hour, region, up) VALUES ({monitor}, '2020-01-01', 'eu', 60);
         INSERT INTO monitor_quorums VALUES ({monitor}, 1, '{{\"regions\": [\"ap\", \"eu\"], \"down\": 2, \"min_regions\": 2}}',
             '2020-01-01', 60000)"
    ))
    .await
    .unwrap();
    let sql = "INSERT INTO status_page_subscribers (id, org_id, page_id, mailbox, address, state)
               SELECT gen_random_uuid(), org_id, id, 'Eve@example.org', 'eve@example.org', 'confirmed' FROM status_pages";
    db.execute(sql, &[]).await.unwrap();
    let silence =
        json!({"reason": "Move", "starts_at": "2099-12-01T22:00:00Z", "ends_at": "2099-12-02T04:00:00Z"});
    ada.post("/silences", silence).await.expect(201);
    ada.post("/drills", json!({"monitor_id": monitor, "name": "Night"}))
        .await
        .expect(201);
    let schedule = json!({"name": "Nights", "monitor_id": monitor, "day": 1, "time": "10:00:00"});
    ada.post("/drill-schedules", schedule).await.expect(201);
    let path = format!("/orgs/{}/exports", ada.org);
    ada.as_role("editor").post(&path, json!({})).await.expect(403);
    let asked = ada.post(&path, json!({})).await.expect(202);
    assert_eq!(asked["organisation"]["id"], ada.org);
    let export = ready(&ada, &asked["id"]).await;
    let files = downloaded(&ada, &export).await;
    let results = lines(&files, "results.ndjson");
    assert_eq!(
        (results.len(), &results[1700]["latency_ms"]),
        (1701, &json!(1700))
    );
    assert_eq!(
        (&results[0]["region"], &results[0]["by_quorum"]),
        (&json!("eu"), &json!(false))
    );
    assert_eq!(lines(&files, "uptime_daily.ndjson").len(), 1);
    let hour = &lines(&files, "uptime_hourly_by_region.ndjson")[0];
    assert_eq!((&hour["region"], &hour["up"]), (&json!("eu"), &json!(60)));
    assert_eq!(lines(&files, "quorums.ndjson")[0]["quorum"]["down"], 2);
    let monitors = lines(&files, "monitors.ndjson");
    assert_eq!(monitors[0]["name"], "Shop");
    assert_eq!(lines(&files, "channels.ndjson")[0]["name"], "Ops");
    assert_eq!(lines(&files, "silences.ndjson")[0]["reason"], "Move");
    let earlier = lines(&files, "earlier_alert_settings.ndjson");
    let mut tables: Vec<_> = earlier.iter().map(|row| &row["table"]).collect();
    tables.dedup();
    assert_eq!(tables, ["monitors", "silences"]);
    assert!(earlier.iter().all(|row| row["row"].is_null()), "{earlier:?}");
    assert_eq!(lines(&files, "drills.ndjson")[0]["name"], "Night");
    assert_eq!(lines(&files, "drill_schedules.ndjson")[0]["name"], "Nights");
    assert_eq!(lines(&files, "members.ndjson")[0]["email"], ada.email);
    assert_eq!(
        lines(&files, "status_reports.ndjson")[0]["incidents"],
        json!([incident])
    );
    assert_eq!(
        lines(&files, "subscribers.ndjson")[0]["mailbox"],
        "Eve@example.org"
    );
    let update = &lines(&files, "report_updates.ndjson")[0];
    assert_eq!(
        (&update["message"], &update["by_name"]),
        (&json!("The disk."), &json!("Ada"))
    );
    assert_eq!(update["components"][0]["name"], "Shop");
    let all = files.values().cloned().collect::<String>();
    assert!(
        !all.contains("hunter") && !all.contains("hooks.slack.example/services"),
        "{all}"
    );
    // Nor does somebody without the second factor that is demanded by now.
    let demand = "UPDATE organisations SET require_second_factor = $1";
    db.execute(demand, &[&true]).await.unwrap();
    assert!(ada.get("/me/exports").await.items().is_empty());
    let part = format!("/me/exports/{}/parts/0", export["id"].as_str().unwrap());
    let session = [("x-session-id", SESSION)];
    ada.call_with(Method::GET, &part, "", &session).await.expect(404);
    db.execute(demand, &[&false]).await.unwrap();
    ada.call_with(Method::GET, &part, "", &session).await.expect(200);
    // Who is no admin any more does not see it.
    let demote = "UPDATE memberships SET role = 'editor' WHERE user_id = $1";
    db.execute(demote, &[&ada.user]).await.unwrap();
    assert!(ada.get("/me/exports").await.items().is_empty());
}

#[tokio::test]
async fn pings_are_in_the_archive_without_their_bodies_and_nobody_can_ping_by_it() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let heartbeat = json!({"kind": "heartbeat", "name": "Backup"});
    let id = ada.post("/monitors", heartbeat).await.expect(201)["id"].clone();
    let names = ada.get(&format!("/monitors/{id}/heartbeat")).await.expect(200);
    let key = ada.get("/ping-key").await.expect(200);
    let sql = format!(
        "INSERT INTO pings (org_id, monitor_id, id, n, arrived_at, kind, message, scheme, method, address, user_agent,
             sealed_body, body_bytes)
         SELECT {org}, {id}, gen_random_uuid(), n, now(), 'success', 'copied', 'https', 'POST', '192.0.2.7', 'curl/8',
             '\\xdecade', 3
         FROM generate_series(1, 3) AS n;
         INSERT INTO heartbeat_spans VALUES ({id}, now() - interval '1 hour', 'up'), ({id}, now(), 'down');",
        org = ada.org
    );
    service.db().await.batch_execute(&sql).await.unwrap();
    let asked = ada.post(&format!("/orgs/{}/exports", ada.org), json!({})).await;
    let export = ready(&ada, &asked.expect(202)["id"]).await;
    let files = downloaded(&ada, &export).await;
    let pings = lines(&files, "pings.ndjson");
    assert_eq!(pings.len(), 3);
    assert_eq!(
        (
            &pings[2]["n"],
            &pings[2]["address"],
            &pings[2]["user_agent"],
            &pings[2]["message"]
        ),
        (&json!(3), &json!("192.0.2.7"), &json!("curl/8"), &json!("copied"))
    );
    assert_eq!(lines(&files, "heartbeat_states.ndjson").len(), 2);
    assert_eq!(lines(&files, "heartbeats.ndjson")[0]["slug"], "backup");
    let all = files.values().cloned().collect::<String>();
    let push_token = names["push_url"].as_str().unwrap().rsplit('/').next().unwrap();
    for secret in [
        "decade",
        names["ping_uuid"].as_str().unwrap(),
        push_token,
        names["badge_key"].as_str().unwrap(),
        key["ping_key"].as_str().unwrap(),
    ] {
        assert!(!secret.is_empty() && !all.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn one_at_a_time_and_what_broke_off_is_begun_anew() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let db = service.db().await;
    // Somebody is at it, and was killed a while ago.
    let id = uuid::Uuid::from_u128(7);
    db.execute(
        "INSERT INTO exports (id, user_id, lent_until, attempts) VALUES ($1, $2, now() + interval '3 seconds', 1)",
        &[&id, &ada.user],
    )
    .await
    .unwrap();
    let part = "INSERT INTO export_parts VALUES ($1, 99, 'x')";
    db.execute(part, &[&id]).await.unwrap();
    ada.post("/me/exports", json!({})).await.expect(409);
    let export = ready(&ada, &json!(id)).await;
    downloaded(&ada, &export).await;
    ada.post("/me/exports", json!({})).await.expect(202);
}

#[tokio::test]
async fn what_alert_settings_were_is_the_organisations_and_that_somebody_saved_them_the_persons() {
    let service = UserService::start().await;
    let ada = service.register().await;
    ada.post("/tags", json!({"name": "eu"})).await.expect(201);
    let window = json!({"name": "Move", "tags": ["eu"], "repeat": "once",
                        "from": "2099-12-01T22:00:00Z", "until": "2099-12-02T04:00:00Z"});
    let window = ada.post("/maintenance-windows", window).await.expect(201);
    let path = format!("/maintenance-windows/{}", window["id"]);
    ada.patch(&path, json!({"name": "Moving"})).await.expect(200);
    let asked = ada
        .post(&format!("/orgs/{}/exports", ada.org), json!({}))
        .await
        .expect(202);
    let export = ready(&ada, &asked["id"]).await;
    let files = downloaded(&ada, &export).await;
    let versions = lines(&files, "definition_versions.ndjson");
    assert_eq!(versions.len(), 2);
    let was = &versions[0]["definition"];
    // What stands for no monitor is not among them.
    assert_eq!((&was["name"], &was["monitors"]), (&json!("Move"), &json!([])));
    assert_eq!(
        (&versions[1]["kind"], &versions[1]["definition"]),
        (&json!("maintenance_window"), &json!(null))
    );
    assert_eq!(versions[1]["user_id"], ada.user);
    let asked = ada.post("/me/exports", json!({})).await.expect(202);
    let export = ready(&ada, &asked["id"]).await;
    let files = downloaded(&ada, &export).await;
    let saved = lines(&files, "definition_versions.ndjson");
    assert_eq!(saved.len(), 2);
    assert!(saved[0]["definition"].is_null());
}
