//! `Idempotency-Key`: a creation that is sent again creates nothing.

use std::collections::BTreeSet;

use crate::common::{Answer, Person, UserService};
use http::Method;
use serde_json::{Value, json};

async fn post(person: &Person<'_>, key: &str, path: &str, body: &Value) -> Answer {
    let headers = [("idempotency-key", key)];
    person
        .call_with(Method::POST, path, &body.to_string(), &headers)
        .await
}

#[tokio::test]
async fn every_creation_can_be_sent_again() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    let slack = json!({"webhook_url": "https://hooks.slack.example/services/T0/B0/secret"});
    let webhook = json!({"name": "Hook", "kind": "webhook", "config": {"url": "https://a.example/hook"}});
    let window = json!({"name": "Move", "repeat": "once", "from": "2099-12-01T22:00:00Z",
                        "until": "2099-12-02T04:00:00Z"});
    let page = json!({"title": "Acme", "slug": testkit::unique()[..20].replace('_', "-")});
    let page = ada.post("/status-pages", page).await.expect(201)["id"].clone();
    let update = json!({"status": "identified", "message": "The disk.", "notify": false});
    let report = json!({"title": "Down", "update": update});
    let reports = format!("/status-pages/{page}/reports");
    let made = ada.post(&reports, report.clone()).await.expect(201)["id"].clone();
    let layer = json!({"people": [ada.user], "starts_at": "2026-11-02T09:00:00",
                       "rotation": {"every": 1, "unit": "weeks"}});
    let rota = json!({"name": "Payments", "time_zone": "UTC", "layers": [layer]});
    let schedule = ada.post("/on-call-schedules", rota.clone()).await.expect(201)["id"].clone();
    let creations = [
        (
            "CreateStatusPage",
            "/status-pages".to_owned(),
            json!({"title": "Others"}),
        ),
        ("CreateStatusReport", reports, report),
        (
            "AddReportUpdate",
            format!("/status-reports/{made}/updates"),
            update,
        ),
        (
            "CreateMonitor",
            "/monitors".to_owned(),
            json!({"url": "https://a.example/"}),
        ),
        ("CloneMonitor", format!("/monitors/{monitor}/clone"), json!({})),
        ("CreateTag", "/tags".to_owned(), json!({"name": "eu"})),
        (
            "CreateChannel",
            "/channels".to_owned(),
            json!({"name": "Ops", "kind": "slack", "config": slack}),
        ),
        ("GeneratedSecret", "/channels".to_owned(), webhook),
        (
            "CreateOwnChannel",
            "/me/channels".to_owned(),
            json!({"name": "Mine", "kind": "slack", "config": slack}),
        ),
        (
            "CreateDestination",
            format!("/status-pages/{page}/destinations"),
            json!({"name": "Ops", "kind": "slack", "config": slack}),
        ),
        (
            "CreateMaintenanceWindow",
            "/maintenance-windows".to_owned(),
            window,
        ),
        (
            "CreateSilence",
            "/silences".to_owned(),
            json!({"reason": "Move", "starts_at": "2099-12-01T22:00:00Z", "ends_at": "2099-12-02T04:00:00Z"}),
        ),
        ("StartDrill", "/drills".to_owned(), json!({"monitor_id": monitor})),
        (
            "CreateDrillSchedule",
            "/drill-schedules".to_owned(),
            json!({"name": "Night", "monitor_id": monitor, "day": 1, "time": "10:00:00"}),
        ),
        (
            "CreateSlaReport",
            "/sla-reports".to_owned(),
            json!({"period": {"month": "2025-10"}, "selection": {"monitors": [monitor]}}),
        ),
        (
            "CreateSlaSchedule",
            "/sla-schedules".to_owned(),
            json!({"name": "Shop", "cadence": "monthly", "selection": {"monitors": [monitor]}}),
        ),
        (
            "CreateReportTemplate",
            "/report-templates".to_owned(),
            json!({"name": "Slow", "status": "identified", "message": "x", "notify": true}),
        ),
        (
            "CreateAlertRoute",
            "/alert-routes".to_owned(),
            json!({"name": "Nights", "recipients": {"to": "nobody"}}),
        ),
        (
            "CreateEscalationPolicy",
            "/escalation-policies".to_owned(),
            json!({"name": "On call", "steps": [{"targets": [{"kind": "person", "id": ada.user}]}]}),
        ),
        (
            "CreateTeam",
            "/teams".to_owned(),
            json!({"name": "Payments", "members": [ada.user]}),
        ),
        ("CreateOnCallSchedule", "/on-call-schedules".to_owned(), rota),
        (
            "CreateOnCallOverride",
            format!("/on-call-schedules/{schedule}/overrides"),
            json!({"user_id": ada.user, "from": "2099-12-01T22:00:00Z", "until": "2099-12-02T04:00:00Z"}),
        ),
        ("CreateCalendarFeed", "/me/calendars".to_owned(), json!({})),
        ("CreateOrganisation", "/orgs".to_owned(), json!({"name": "Shop"})),
        (
            "InviteMember",
            format!("/orgs/{}/invitations", ada.org),
            json!({"email": "bob@example.org", "role": "viewer"}),
        ),
        (
            "CreateApiKey",
            "/api-keys".to_owned(),
            json!({"name": "CI", "role": "viewer"}),
        ),
    ];
    let tested = creations.iter().map(|(id, ..)| *id);
    let tested: BTreeSet<&str> = tested.filter(|id| *id != "GeneratedSecret").collect();
    let operations = api::operations();
    let creating = operations.iter().filter(|one| one.takes_idempotency_key);
    assert_eq!(tested, creating.map(|one| one.id).collect());
    for (id, path, body) in creations {
        let first = post(&ada, id, &path, &body).await;
        assert_eq!(first.status, 201, "{id}: {}", first.body);
        assert_eq!(first.header("idempotency-replayed"), "");
        let changes = service.count("audit_log").await;
        let again = post(&ada, id, &path, &body).await;
        // Without a mail server the answer to an invitation holds its link.
        if [
            "CreateApiKey",
            "CreateCalendarFeed",
            "InviteMember",
            "GeneratedSecret",
        ]
        .contains(&id)
        {
            assert_eq!(again.status, 409, "{id} tells a secret once");
            let held = "SELECT answer IS NOT NULL FROM idempotency_keys WHERE key = $1";
            let row = service.db().await.query_one(held, &[&id]).await.unwrap();
            assert!(!row.get::<_, bool>(0), "{id}");
        } else {
            assert_eq!((again.status.as_u16(), &again.body), (201, &first.body), "{id}");
            assert_eq!(again.header("idempotency-replayed"), "true");
            assert_eq!(again.header("location"), first.header("location"));
        }
        assert_eq!(service.count("audit_log").await, changes, "{id}");
    }
    // With the same key something else is refused, and nothing of it is stored in clear.
    let other = post(&ada, "CreateTag", "/tags", &json!({"name": "us"})).await;
    assert_eq!(other.status, 422, "{}", other.body);
    let sql = "SELECT count(*) FROM idempotency_keys WHERE position('hooks.slack'::bytea IN answer) > 0";
    let row = service.db().await.query_one(sql, &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 0);
}

#[tokio::test]
async fn a_key_is_of_who_uses_it_for_a_day() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let tag = |name: &str| json!({"name": name});
    post(&ada, "k", "/tags", &tag("eu")).await.expect(201);
    post(&eve, "k", "/tags", &tag("us")).await.expect(201);
    // An API key is somebody else, also that of the same person.
    let key = ada
        .post("/api-keys", json!({"name": "CI", "role": "editor"}))
        .await
        .expect(201);
    let id = key["api_key"]["id"].to_string();
    let headers = [("idempotency-key", "k"), ("x-api-key-id", &*id)];
    let by_key = ada
        .call_with(Method::POST, "/tags", &tag("asia").to_string(), &headers)
        .await;
    by_key.expect(201);
    // What was refused may be mended.
    assert_eq!(post(&ada, "k-2", "/tags", &tag("EU")).await.status, 409);
    post(&ada, "k-2", "/tags", &tag("africa")).await.expect(201);
    for wrong in ["", "a b", &"x".repeat(256)] {
        assert_eq!(
            post(&ada, wrong, "/tags", &tag("x")).await.status,
            400,
            "{wrong:?}"
        );
    }
    let db = service.db().await;
    let old = "UPDATE idempotency_keys SET created_at = now() - interval '25 hours'";
    db.execute(old, &[]).await.unwrap();
    let anew = post(&ada, "k", "/tags", &tag("north")).await;
    anew.expect(201);
}

#[tokio::test]
async fn requests_at_the_same_time_create_once() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let body = json!({"url": "https://a.example/"});
    let all = (0..6).map(|_| post(&ada, "k", "/monitors", &body));
    let answers = futures_util::future::join_all(all).await;
    let statuses: BTreeSet<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert!(
        statuses.contains(&201) && statuses.is_subset(&[201, 409].into()),
        "{statuses:?}"
    );
    let first = answers
        .iter()
        .filter(|answer| answer.header("idempotency-replayed").is_empty());
    assert_eq!(first.filter(|answer| answer.status == 201).count(), 1);
    assert_eq!(ada.get("/monitors").await.items().len(), 1);
}

#[tokio::test]
async fn what_was_asked_cannot_be_guessed_from_what_is_stored() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    for person in [&ada, &eve] {
        let tag = json!({"name": "eu"});
        post(person, "k", "/tags", &tag).await.expect(201);
    }
    // A hash that everybody can compute would be the same for both.
    let sql = "SELECT count(DISTINCT request), min(length(request)) FROM idempotency_keys";
    let row = service.db().await.query_one(sql, &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i32>(1)), (2, 32));
}

#[tokio::test]
async fn who_uses_up_their_keys_is_in_nobody_elses_way() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let db = service.db().await;
    let use_up = "INSERT INTO idempotency_keys (org_id, actor, key, request)
                  SELECT $1, $2, n::text, '' FROM generate_series(1, $3::int) AS n";
    let tag = |name: &str| json!({"name": name});
    // An API key, before there was a share of each.
    db.execute(use_up, &[&ada.org, &"key:7", &10_000]).await.unwrap();
    post(&ada, "first", "/tags", &tag("eu")).await.expect(201);
    db.execute(use_up, &[&ada.org, &format!("user:{}", ada.user), &1_999])
        .await
        .unwrap();
    let refused = post(&ada, "last", "/tags", &tag("us")).await;
    assert_eq!(refused.status, 429, "{}", refused.body);
    assert!(!refused.header("retry-after").is_empty());
    // What was created before is answered again, and what needs no key is created.
    post(&ada, "first", "/tags", &tag("eu")).await.expect(201);
    ada.post("/tags", tag("us")).await.expect(201);
    let key = ada
        .post("/api-keys", json!({"name": "CI", "role": "editor"}))
        .await
        .expect(201);
    let id = key["api_key"]["id"].to_string();
    let headers = [("idempotency-key", "k"), ("x-api-key-id", &*id)];
    ada.call_with(Method::POST, "/tags", &tag("asia").to_string(), &headers)
        .await
        .expect(201);
}
