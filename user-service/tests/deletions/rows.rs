//! What an account and its organisation leave in the tables.

use std::collections::BTreeSet;

use domain::record::LifecycleEvent;
use fred::interfaces::{HashesInterface as _, KeysInterface as _};
use http::Method;
use serde_json::json;
use testkit::{FakeSmtp, eventually};

use super::{delete_account, is_key_known};
use crate::common::post::{PASSWORD, login, mail_to, on, verified};
use crate::common::{PATIENCE, Stores, UserService, on_the_log};

/// Columns that name an organisation, a person, a monitor or a tag.
const NAMING: [&str; 11] = [
    "org_id",
    "user_id",
    "owner_id",
    "monitor_id",
    "created_by",
    "started_by",
    "invited_by",
    "requested_by",
    "actor_id",
    "monitor",
    "tag_id",
];

/// What the processor writes: it erases that itself, as its own tests show.
const OF_THE_PROCESSOR: [&str; 16] = [
    "alert_events",
    "check_errors",
    "check_results",
    "deleted_results",
    "heartbeat_spans",
    "incidents",
    "monitor_quorums",
    "monitor_revisions",
    "monitor_states",
    "pings",
    "rollup_days_due",
    "rollups_daily",
    "rollups_hourly",
    "rollups_hourly_by_region",
    "skipped_slots",
    "state_checkpoints",
];

/// The tables, and their columns that name something, but for the processor's and views of them.
async fn naming(service: &UserService) -> Vec<(String, String)> {
    let sql = "SELECT c.table_name::text, c.column_name::text
               FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
               WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.column_name = ANY($1)
                 AND NOT c.table_name ~ '^check_(results|errors)_' ORDER BY 1, 2";
    let rows = service
        .db()
        .await
        .query(sql, &[&NAMING.as_slice()])
        .await
        .unwrap();
    rows.iter()
        .map(|row| (row.get(0), row.get(1)))
        .filter(|(table, _): &(String, String)| !OF_THE_PROCESSOR.contains(&table.as_str()))
        .collect()
}

/// What is to go.
struct Erased {
    org: i64,
    user: i64,
    monitor: i64,
    tag: i64,
}

/// The columns in which rows name something of it.
async fn named(service: &UserService, erased: &Erased) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (table, column) in naming(service).await {
        let id = match column.as_str() {
            "org_id" => erased.org,
            "monitor_id" => erased.monitor,
            "tag_id" => erased.tag,
            _ => erased.user,
        };
        let sql = format!("SELECT count(*) FROM {table} WHERE {column} = $1");
        let count: i64 = service.db().await.query_one(&sql, &[&id]).await.unwrap().get(0);
        if count > 0 {
            found.insert(format!("{table}.{column}"));
        }
    }
    found
}

#[tokio::test]
async fn nothing_is_left_of_an_account_and_its_organisation() {
    let (_broker, stores) = Stores::with_kafka().await;
    let smtp = FakeSmtp::start().await;
    let service = on(stores, &smtp, &[("DELETION_DELAY_DAYS", "0")]).await;
    let (ada, eve) = (verified(&service).await, verified(&service).await);
    let monitor = ada.monitor("https://a.example/").await;
    let deleted = ada.monitor("https://gone.example/").await;
    ada.delete(&format!("/monitors/{deleted}")).await.expect(204);
    ada.channel().await;
    let (tag, key) = (json!({"name": "eu"}).to_string(), [("idempotency-key", "k")]);
    let tag = ada.call_with(Method::POST, "/tags", &tag, &key).await.expect(201);
    let tag = tag["id"].as_i64().unwrap();
    ada.patch(&format!("/monitors/{monitor}"), json!({"tags": ["eu"]}))
        .await
        .expect(200);
    let key = ada
        .post("/api-keys", json!({"name": "CI", "role": "viewer"}))
        .await
        .expect(201);
    let window = json!({"name": "Move", "repeat": "once", "from": "2099-12-01T22:00:00Z", "until": "2099-12-02T04:00:00Z"});
    ada.post("/maintenance-windows", window).await.expect(201);
    let page = json!({"title": "Ada", "slug": "ada", "groups": [{"components": [{"monitor_id": monitor}]}]});
    let page = ada.post("/status-pages", page).await.expect(201);
    let invitation = json!({"email": format!("x-{}", ada.email), "role": "viewer"});
    ada.post(&format!("/orgs/{}/invitations", ada.org), invitation)
        .await
        .expect(201);
    let incident = ada.outage(monitor, false).await;
    ada.post(
        &format!("/incidents/{incident}/notes"),
        json!({"text": "The disk."}),
    )
    .await
    .expect(200);
    ada.post(&format!("/incidents/{incident}/acknowledge"), json!({}))
        .await
        .expect(200);
    let impact = json!({"component_id": page["groups"][0]["components"][0]["id"], "impact": "major_outage"});
    let update = json!({"status": "identified", "message": "x", "components": [impact], "notify": false});
    let report = json!({"title": "Down", "incident_id": incident, "update": update});
    ada.post(&format!("/status-pages/{}/reports", page["id"]), report)
        .await
        .expect(201);
    let reset = json!({"email": ada.email});
    service
        .anonymous(Method::POST, "/api/v1/auth/request-password-reset", &reset)
        .await
        .expect(202);
    let db = service.db().await;
    db.batch_execute(&format!(
        "INSERT INTO email_recipients (org_id, id, state) VALUES ({org}, gen_random_uuid(), 'confirmed');
         INSERT INTO mailed_tokens (hash, purpose, user_id, email, expires_at)
             VALUES ('x', 'verify_email', {user}, '{email}', now() + interval '1 day');
         INSERT INTO identities (user_id, provider, issuer, subject, email)
             VALUES ({user}, 'sso', 'https://id.example.org', '1', '{email}');
         INSERT INTO second_factors (user_id, sealed) VALUES ({user}, 'x');
         INSERT INTO recovery_codes (user_id, hash) VALUES ({user}, 'x');
         INSERT INTO sign_in_challenges (hash, user_id, password_revision, expires_at)
             VALUES ('x', {user}, 'x', now() + interval '1 day');
         INSERT INTO member_tags (org_id, user_id, tag_id) VALUES ({org}, {user}, {tag});
         INSERT INTO api_key_tags (api_key_id, tag_id) SELECT id, {tag} FROM api_keys WHERE org_id = {org};
         INSERT INTO invitation_tags (invitation_id, tag_id)
             SELECT id, {tag} FROM member_invitations WHERE org_id = {org};
         INSERT INTO ping_keys (org_id, ping_key) VALUES ({org}, 'x');
         INSERT INTO silences (org_id, reason, monitors, conditions, starts_at, ends_at, created_by)
             VALUES ({org}, 'x', '{{{monitor}}}', '{{}}', now(), now() + interval '1 day', {user});
         INSERT INTO drills (org_id, monitor_id, name, incident_id, started_by, started_at, ends_at)
             VALUES ({org}, {monitor}, 'x', gen_random_uuid(), {user}, now(), now() + interval '1 day');
         INSERT INTO drill_schedules (org_id, monitor_id, name, day, time, time_zone, minutes)
             VALUES ({org}, {monitor}, 'x', 1, '10:00', 'UTC', 5);
         INSERT INTO monitor_dependencies (org_id, monitor_id, depends_on) VALUES ({org}, {monitor}, {deleted});
         INSERT INTO heartbeats (monitor_id, org_id, ping_uuid, slug, push_token, badge_key)
             VALUES ({monitor}, {org}, gen_random_uuid(), 'x', 'x', 'x');
         INSERT INTO sla_schedules (org_id, name, cadence, time_zone, selection, target, exclude_maintenance, enabled, next_at)
             VALUES ({org}, 'x', 'monthly', 'UTC', '{{\"tag\": \"eu\"}}', 999000, true, true, now() + interval '9 days');
         INSERT INTO sla_schedule_recipients (schedule_id, org_id, user_id)
             SELECT id, {org}, {user} FROM sla_schedules WHERE org_id = {org};
         INSERT INTO sla_reports (org_id, period_from, monitors, format, head, content)
             VALUES ({org}, now(), '{{1}}', 1, '{{}}', '{{}}');
         INSERT INTO checks_on_request (org_id, day, used) VALUES ({org}, current_date, 1);
         INSERT INTO status_page_subscribers (id, org_id, page_id, mailbox, address, state)
             SELECT gen_random_uuid(), {org}, id, 'x@b.org', 'x@b.org', 'confirmed' FROM status_pages WHERE org_id = {org};
         INSERT INTO report_notices (update_id, subscriber_id, org_id, report_id)
             SELECT id, gen_random_uuid(), {org}, report_id FROM report_updates WHERE org_id = {org};
         INSERT INTO report_templates (org_id, name, message, status, notify)
             VALUES ({org}, 'x', 'x', 'investigating', true);
         INSERT INTO past_bounds (org_id, known_since) VALUES ({org}, now());
         INSERT INTO channels (org_id, name, kind, config, enabled, owner_id)
             VALUES ({org}, 'x', 'ntfy', 'x', true, {user});
         INSERT INTO message_reports (channel_id, receipt, org_id, state, reported_at, is_known)
             SELECT id, 'wamid.x', {org}, 'read', now(), true FROM channels WHERE org_id = {org};
         INSERT INTO channel_confirmations (channel_id, org_id) SELECT id, {org} FROM channels WHERE org_id = {org};
         INSERT INTO member_quiet_hours (org_id, user_id, quiet_hours) VALUES ({org}, {user}, '{{}}');
         INSERT INTO alert_routes (org_id, position, name, conditions, recipients, goes_on)
             VALUES ({org}, 1, 'x', '{{}}', '{{\"to\": \"nobody\"}}', false);
         INSERT INTO escalation_policies (org_id, name, plan) VALUES ({org}, 'x', '{{}}');
         INSERT INTO teams (org_id, name) VALUES ({org}, 'x');
         INSERT INTO team_members (team_id, org_id, user_id, position)
             SELECT id, {org}, {user}, 1 FROM teams WHERE org_id = {org};
         INSERT INTO on_call_schedules (org_id, name, rota) VALUES ({org}, 'x', '{{}}');
         INSERT INTO on_call_overrides (org_id, schedule_id, user_id, starts_at, ends_at, created_by)
             SELECT {org}, id, {user}, now(), now() + interval '1 day', {user} FROM on_call_schedules WHERE org_id = {org};
         INSERT INTO calendar_feeds (org_id, user_id, token_hash) VALUES ({org}, {user}, 'x');
         INSERT INTO status_page_destinations (org_id, page_id, name, kind, config, enabled)
             SELECT {org}, id, 'x', 'slack', 'x', true FROM status_pages WHERE org_id = {org};
         INSERT INTO report_deliveries (update_id, destination_id, org_id, report_id)
             SELECT u.id, d.id, {org}, u.report_id FROM report_updates u, status_page_destinations d
             WHERE u.org_id = {org} AND d.org_id = {org};
         INSERT INTO report_notice_counts (update_id, org_id, outcome, count)
             SELECT id, {org}, 'sent', 1 FROM report_updates WHERE org_id = {org};
         UPDATE definition_versions SET made_by = 'member', user_id = {user} WHERE org_id = {org};
         INSERT INTO exports (id, user_id, org_id) VALUES (gen_random_uuid(), {user}, {org});",
        org = ada.org,
        user = ada.user,
        email = ada.email,
    ))
    .await
    .unwrap();
    let keys = service.stores.redis().keys();
    let redis = shared::redis::connect(&service.stores.redis()).unwrap();
    let id = domain::MonitorId(monitor);
    let () = redis.hset(keys.status(id), ("revision", 1)).await.unwrap();
    for key in [keys.sparkline(id), keys.heartbeat(id)] {
        let () = redis.set(key, 1, None, None, false).await.unwrap();
    }
    let erased = Erased {
        org: ada.org,
        user: ada.user,
        monitor,
        tag,
    };
    // Every table that can name somebody does, so that none is forgotten below.
    let before = named(&service, &erased).await;
    let missing: Vec<String> = naming(&service)
        .await
        .into_iter()
        .map(|(table, column)| format!("{table}.{column}"))
        .filter(|column| !before.contains(column))
        .filter(|column| {
            // Made by the deletion, or soon gone.
            let table = column.split('.').next().unwrap();
            ![
                "account_deletions",
                "organisation_deletions",
                "erased_monitors",
                "revocations",
                "outbox",
            ]
            .contains(&table)
        })
        .collect();
    assert_eq!(
        missing,
        Vec::<String>::new(),
        "these have to be filled by this test"
    );

    let state = delete_account(&ada).await;
    assert_eq!(state["deleted_with_it"][0]["id"], ada.org);
    // The processor's part.
    eventually("the monitors are named", PATIENCE, async || {
        // Two, and the one that the drill has of its own.
        (service.count("erased_monitors").await == 3).then_some(())
    })
    .await;
    assert_eq!(service.count("users").await, 2, "it waits for the processor");
    db.batch_execute("DELETE FROM incidents").await.unwrap();
    eventually("the account is gone", PATIENCE, async || {
        (service.count("users").await == 1).then_some(())
    })
    .await;
    mail_to(&smtp, &ada.email, "Your account was deleted", 1).await;
    db.batch_execute("DELETE FROM revocations").await.unwrap();
    let left = named(&service, &erased).await;
    let tombstones: BTreeSet<String> = ["org_id", "monitor_id"]
        .map(|column| format!("erased_monitors.{column}"))
        .into();
    assert_eq!(left, tombstones);
    assert_eq!(
        service
            .count(&format!("organisations WHERE id = {}", ada.org))
            .await,
        0
    );
    assert_eq!(
        service
            .count(&format!("mails WHERE recipient = '{}'", ada.email))
            .await,
        0
    );
    let alive: i64 = redis
        .exists(vec![
            keys.status(id),
            keys.sparkline(id),
            keys.heartbeat(id),
            keys.stream(domain::OrgId(ada.org)),
        ])
        .await
        .unwrap();
    assert_eq!(alive, 0);
    let deleted: Vec<i64> = on_the_log(&service.stores.kafka)
        .await
        .iter()
        .filter(|(_, record)| record.event == LifecycleEvent::Deleted)
        .map(|(_, record)| record.monitor_id.0)
        .collect();
    assert!(deleted.contains(&monitor), "{deleted:?}");
    // An alerter that comes late still learns whose it was.
    let name = service
        .internal(&format!("/monitors/{monitor}"))
        .await
        .expect(200);
    assert_eq!(name["org_id"], ada.org);
    assert!(!is_key_known(&service, key["key"].as_str().unwrap()).await);
    login(&service, &ada.email, PASSWORD).await.expect(401);
    // Nobody else's.
    assert_eq!(eve.get("/me").await.expect(200)["user"]["id"], eve.user);
    assert_eq!(
        service
            .count(&format!("memberships WHERE org_id = {}", eve.org))
            .await,
        1
    );
}
