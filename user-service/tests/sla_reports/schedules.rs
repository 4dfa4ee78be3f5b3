//! Reports that are made by themselves.

use domain::Timestamp;
use http::Method;
use serde_json::{Value, json};
use testkit::{FakeSmtp, eventually};

use crate::common::pages::{page as page_of, slug};
use crate::common::post::{all_sent, mail_to, mails_to, on, verified};
use crate::common::scene::{join, monitor, narrow};
use crate::common::{PATIENCE, Stores, UserService};

/// When the report of October 2025 is made, in Berlin.
const DUE: &str = "2025-11-02T05:00:00Z";

fn monthly() -> Value {
    json!({"name": "Shop", "cadence": "monthly", "time_zone": "Europe/Berlin", "selection": {"tag": "payments"},
           "target": 99.5})
}

/// Has the report of a period be due, and waits until what is due is made.
async fn make_due(service: &UserService, schedule: &Value, due: &str) {
    let db = service.db().await;
    let sql = "UPDATE sla_schedules SET next_at = $2 WHERE id = $1";
    let at: Timestamp = due.parse().unwrap();
    db.execute(sql, &[&schedule["id"].as_i64().unwrap(), &at.to_datetime()])
        .await
        .unwrap();
    eventually("nothing is due", PATIENCE, async || {
        let due = "sla_schedules WHERE enabled AND next_at <= now()";
        (service.count(due).await == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn each_period_has_one_report_however_many_services_there_are() {
    let smtp = FakeSmtp::start().await;
    let service = on(Stores::new().await, &smtp, &[]).await;
    let other = on(service.stores.clone(), &smtp, &[]).await;
    let owner = verified(&service).await;
    monitor(&owner, &["payments"]).await;
    let schedule = json!({"recipients": [owner.user]});
    let mut input = monthly();
    input
        .as_object_mut()
        .unwrap()
        .extend(schedule.as_object().unwrap().clone());
    let schedule = owner.post("/sla-schedules", input).await.expect(201);
    // A year was missed: it is made up for, month by month.
    let this_year: i32 = shared::now().to_string()[..4].parse().unwrap();
    let due = format!("{}-11-02T05:00:00Z", this_year - 2);
    make_due(&service, &schedule, &due).await;
    let reports = owner.get("/sla-reports?limit=200").await.items();
    assert!(reports.len() >= 12, "{}", reports.len());
    let mut periods: Vec<String> = reports
        .iter()
        .map(|one| one["period"]["from"].to_string())
        .collect();
    periods.sort();
    periods.dedup();
    assert_eq!(periods.len(), reports.len(), "one of each");
    for pair in reports.windows(2) {
        assert_eq!(
            pair[0]["period"]["from"], pair[1]["period"]["to"],
            "without a hole"
        );
        assert_eq!(
            (&pair[0]["name"], &pair[0]["target"]),
            (&json!("Shop"), &json!(99.5))
        );
        assert_eq!(
            (&pair[0]["preliminary"], &pair[0]["schedule_id"]),
            (&json!(false), &schedule["id"])
        );
    }
    all_sent(&service).await;
    let mails = mails_to(&smtp, &owner.email, "SLA report");
    assert_eq!(mails.len(), reports.len(), "one of each");
    let link = format!("https://status.example/sla-reports/{}", reports[0]["id"]);
    assert!(mails.iter().any(|mail| mail.unfolded().contains(&link)), "{link}");
    let listed = owner.get("/sla-schedules").await.items();
    assert_eq!(
        (&listed[0]["last_report_id"], &listed[0]["error"]),
        (&reports[0]["id"], &Value::Null)
    );
    assert!(listed[0]["next_at"].as_str().unwrap() > shared::now().to_string().as_str());
    let made = "audit_log WHERE action = 'CreateSlaReport' AND actor_kind = 'system'";
    assert_eq!(service.count(made).await, reports.len() as i64);
    // The same once more are the same.
    make_due(&service, &schedule, &due).await;
    assert_eq!(owner.get("/sla-reports?limit=200").await.items(), reports);
    all_sent(&service).await;
    assert_eq!(mails_to(&smtp, &owner.email, "SLA report").len(), reports.len());
    other.stop().await;
}

#[tokio::test]
async fn a_report_of_a_status_page_is_mailed_once_also_after_a_restart() {
    let smtp = FakeSmtp::start().await;
    let service = on(Stores::new().await, &smtp, &[]).await;
    let (shown, hidden, page, email, schedule);
    {
        let owner = verified(&service).await;
        shown = monitor(&owner, &[]).await;
        hidden = monitor(&owner, &[]).await;
        page = page_of(&owner, &slug(), &[shown]).await["id"].clone();
        let mut input = monthly();
        input["selection"] = json!({"status_page": page});
        input["recipients"] = json!([owner.user]);
        schedule = owner.post("/sla-schedules", input).await.expect(201);
        assert_eq!(schedule["selection"], json!({"status_page": page}));
        make_due(&service, &schedule, DUE).await;
        let reports = owner.get("/sla-reports?limit=200").await.items();
        let path = format!("/sla-reports/{}", reports[0]["id"]);
        let monitors = owner.get(&path).await.expect(200)["monitors"].clone();
        assert_eq!(
            (monitors.as_array().unwrap().len(), &monitors[0]["id"]),
            (1, &json!(shown))
        );
        assert_ne!(shown, hidden);
        email = owner.email.clone();
    }
    all_sent(&service).await;
    let (reports, mails) = (
        service.count("sla_reports").await,
        mails_to(&smtp, &email, "SLA report"),
    );
    assert_eq!((reports, mails.len() as i64), (reports.max(1), reports));
    let stores = service.stores.clone();
    service.stop().await;
    let service = on(stores, &smtp, &[]).await;
    // It was made before, but the schedule does not know of it.
    make_due(&service, &schedule, DUE).await;
    all_sent(&service).await;
    assert_eq!(service.count("sla_reports").await, reports);
    assert_eq!(mails_to(&smtp, &email, "SLA report").len(), mails.len());
    // Once the page is gone, there is nothing to report.
    let db = service.db().await;
    db.execute("DELETE FROM status_pages", &[]).await.unwrap();
    db.execute("DELETE FROM sla_reports", &[]).await.unwrap();
    make_due(&service, &schedule, DUE).await;
    assert_eq!(service.count("sla_reports").await, 0);
    let error: String = db
        .query_one("SELECT error FROM sla_schedules", &[])
        .await
        .unwrap()
        .get(0);
    assert!(error.contains("no status page"), "{error}");
}

#[tokio::test]
async fn a_mail_goes_to_members_who_may_read_it() {
    let smtp = FakeSmtp::start().await;
    let service = on(Stores::new().await, &smtp, &[]).await;
    let owner = verified(&service).await;
    monitor(&owner, &["payments"]).await;
    monitor(&owner, &["payments", "search"]).await;
    let [wide, narrowed, blind, unverified] = [
        join(&owner, "viewer").await,
        join(&owner, "viewer").await,
        join(&owner, "viewer").await,
        join(&owner, "viewer").await,
    ];
    let sql = "UPDATE users SET email_verified_at = now() WHERE id <> $1";
    service
        .db()
        .await
        .execute(sql, &[&unverified.user])
        .await
        .unwrap();
    narrow(&owner, narrowed.user, json!({"only_tags": ["payments"]}))
        .await
        .expect(200);
    narrow(&owner, blind.user, json!({"only_tags": ["search"]}))
        .await
        .expect(200);
    let recipients = [wide.user, narrowed.user, blind.user, unverified.user];
    let mut input = monthly();
    input["recipients"] = json!(recipients);
    let schedule = owner.post("/sla-schedules", input).await.expect(201);
    make_due(&service, &schedule, DUE).await;
    let mail = mail_to(
        &smtp,
        &wide.email,
        "SLA report \"Shop\", October 2025: nothing was measured",
        1,
    )
    .await;
    assert!(mail.unfolded().contains("Monitors: 2"), "{}", mail.text);
    mail_to(&smtp, &narrowed.email, "SLA report \"Shop\", October 2025", 1).await;
    all_sent(&service).await;
    for nobody in [&blind, &unverified, &owner] {
        assert_eq!(mails_to(&smtp, &nobody.email, "SLA report").len(), 0);
    }
    // Who leaves is no recipient any more.
    let path = format!("/orgs/{}/members/{}", owner.org, wide.user);
    owner.delete(&path).await.expect(204);
    let listed = owner.get("/sla-schedules").await.items();
    assert_eq!(
        listed[0]["recipients"],
        json!([narrowed.user, blind.user, unverified.user])
    );
}

#[tokio::test]
async fn what_cannot_be_made_is_said_and_the_next_one_is_planned() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let id = monitor(&owner, &["payments"]).await;
    let schedule = owner.post("/sla-schedules", monthly()).await.expect(201);
    owner
        .patch(&format!("/monitors/{id}"), json!({"tags": []}))
        .await
        .expect(200);
    make_due(&service, &schedule, DUE).await;
    let listed = owner.get("/sla-schedules").await.items();
    let error = listed[0]["error"].as_str().unwrap();
    assert!(error.contains("no monitor with the tag \"payments\""), "{error}");
    assert_eq!(owner.get("/sla-reports").await.items().len(), 0);
    // Nothing is made of a suspended organisation, nor by a schedule that is off.
    let off = json!({"enabled": false});
    let path = format!("/sla-schedules/{}", schedule["id"]);
    let off = owner.patch(&path, off).await.expect(200);
    assert_eq!((&off["enabled"], &off["error"]), (&json!(false), &Value::Null));
}

#[tokio::test]
async fn a_schedule_is_made_changed_and_removed() {
    let service = UserService::start().await;
    let owner = service.register().await;
    monitor(&owner, &["payments"]).await;
    let made = owner.post("/sla-schedules", monthly()).await.expect(201);
    assert_eq!((&made["version"], &made["recipients"]), (&json!(1), &json!([])));
    assert_eq!(
        (&made["exclude_maintenance"], &made["enabled"]),
        (&json!(true), &json!(true))
    );
    let path = format!("/sla-schedules/{}", made["id"]);
    let same = owner.patch(&path, json!({"target": 99.5})).await.expect(200);
    assert_eq!(same, made);
    let change =
        json!({"name": "Quarter", "cadence": "quarterly", "target": 99.95, "recipients": [owner.user]});
    let changed = owner.patch(&path, change).await.expect(200);
    assert_eq!(
        (&changed["version"], &changed["cadence"]),
        (&json!(2), &json!("quarterly"))
    );
    assert_eq!(
        (&changed["target"], &changed["recipients"]),
        (&json!(99.95), &json!([owner.user]))
    );
    let stale = [("if-match", "\"1\"")];
    for (method, body) in [(Method::PATCH, r#"{"name": "x"}"#), (Method::DELETE, "")] {
        owner.call_with(method, &path, body, &stale).await.expect(412);
    }
    owner.delete(&path).await.expect(204);
    owner.delete(&path).await.expect(404);
    assert_eq!(owner.get("/sla-schedules").await.items().len(), 0);
    assert_eq!(
        service.count("audit_log WHERE resource = 'sla_schedule'").await,
        3
    );
}

#[tokio::test]
async fn bad_schedules_are_refused_and_their_number_is_bounded() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let stranger = service.register().await;
    monitor(&owner, &["payments"]).await;
    for (field, value, named) in [
        ("cadence", json!("daily"), "cadence"),
        ("target", json!(12), "target"),
        ("time_zone", json!("Mars/Base"), "time_zone"),
        ("name", json!(""), "name"),
        ("selection", json!({"tag": "nobody"}), "selection.tag"),
        (
            "selection",
            json!({"monitors": [1_000_000]}),
            "selection.monitors",
        ),
        ("recipients", json!([stranger.user]), "recipients"),
        ("colour", json!("red"), "colour"),
    ] {
        let mut input = monthly();
        input[field] = value;
        let refused = owner.post("/sla-schedules", input).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fields()),
            (422, vec![named]),
            "{}",
            refused.body
        );
    }
    let fill = format!(
        "INSERT INTO sla_schedules (org_id, name, cadence, time_zone, selection, target, exclude_maintenance, enabled, next_at)
         SELECT {}, 'x', 'monthly', 'UTC', '{{\"tag\": \"payments\"}}', 999000, true, true, now() + interval '9 days'
         FROM generate_series(1, 19)",
        owner.org
    );
    service.db().await.batch_execute(&fill).await.unwrap();
    owner.post("/sla-schedules", monthly()).await.expect(201);
    let refused = owner.post("/sla-schedules", monthly()).await;
    assert_eq!(refused.expect(409)["limit"], 20);
}
