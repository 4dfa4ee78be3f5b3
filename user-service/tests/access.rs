//! Who may do what: the internal key, organisations, roles. Over every route.

mod drills;
mod holds;
mod routes;
mod rows;

use crate::common::pages::with_pages;
use crate::common::{self, INTERNAL_KEY, UserService, keyring};
use holds::{SILENCE, WINDOW};
use http::Method;
use routes::{
    ALERT_ROUTE, DELIVERY, DESTINATION, ESCALATION_POLICY, INCIDENT, MONITOR, ON_CALL, OVERRIDE,
    REPORT_TEMPLATE, SLA_REPORT, SUBSCRIBER, TEAM, routes,
};
use rows::rows;
use serde_json::json;

/// A service with somebody who has a monitor, a channel and an incident; answers how to name them.
async fn furnished(service: &UserService) -> (common::Person<'_>, impl Fn(&str) -> String) {
    let owner = service.register().await;
    let monitor = owner.monitor("https://a.example/").await;
    let by_key = owner.call(Method::PUT, "/monitors/by-key/shop", MONITOR).await;
    by_key.expect(201);
    let heartbeat = json!({"kind": "heartbeat", "name": "Backup"});
    let heartbeat = owner.post("/monitors", heartbeat).await.expect(201)["id"].clone();
    let ping = uuid::Uuid::from_u128(1);
    let body = keyring().seal(&format!("ping/{}/{heartbeat}/{ping}", owner.org), b"done");
    let sql = format!(
        "INSERT INTO pings (org_id, monitor_id, id, n, arrived_at, kind, scheme, method, sealed_body, body_bytes)
         VALUES ({}, {heartbeat}, '{ping}', 1, now(), 'success', 'https', 'POST', $1, 4)",
        owner.org
    );
    service.db().await.execute(&sql, &[&body]).await.unwrap();
    let [drill, drill_schedule] = drills::furnish(&owner, &heartbeat).await;
    let channel = owner.channel().await;
    let mail = json!({"name": "Mail", "kind": "email", "config": {"to": ["ada@example.org"]}});
    let mail = owner.post("/channels", mail).await.expect(201);
    let invitations = format!("/orgs/{}/invitations", owner.org);
    let invitation = json!({"email": "bob@example.org", "role": "viewer"});
    let invitation = owner.post(&invitations, invitation).await.expect(201);
    let window = serde_json::from_str(WINDOW).unwrap();
    let window = owner.post("/maintenance-windows", window).await.expect(201)["id"].clone();
    let silence = serde_json::from_str(SILENCE).unwrap();
    let silence = owner.post("/silences", silence).await.expect(201)["id"].clone();
    let sla_report = serde_json::from_str(&SLA_REPORT.replace("{monitor}", &monitor.to_string())).unwrap();
    let sla_report = owner.post("/sla-reports", sla_report).await.expect(201)["id"].clone();
    let sla_schedule = json!({"name": "Shop", "cadence": "monthly", "selection": {"monitors": [monitor]}});
    let sla_schedule = owner.post("/sla-schedules", sla_schedule).await.expect(201)["id"].clone();
    let template = serde_json::from_str(REPORT_TEMPLATE).unwrap();
    let template = owner.post("/report-templates", template).await.expect(201)["id"].clone();
    let alert_route = serde_json::from_str(ALERT_ROUTE).unwrap();
    let alert_route = owner.post("/alert-routes", alert_route).await.expect(201)["id"].clone();
    let policy = serde_json::from_str(&ESCALATION_POLICY.replace("{channel}", &channel.to_string())).unwrap();
    let policy = owner.post("/escalation-policies", policy).await.expect(201)["id"].clone();
    let page = json!({"title": "Acme", "custom_domain": "status.acme.example",
                      "groups": [{"components": [{"monitor_id": monitor}]}]});
    let page = owner.post("/status-pages", page).await.expect(201)["id"].clone();
    let report =
        json!({"title": "Down", "update": {"status": "identified", "message": "x", "notify": false}});
    let report = owner
        .post(&format!("/status-pages/{page}/reports"), report)
        .await
        .expect(201);
    let sql = format!(
        "INSERT INTO incidents (id, monitor_id, org_id, revision, started_at)
         VALUES ('{INCIDENT}', {monitor}, {}, 1, now())",
        owner.org
    );
    service.db().await.execute(&sql, &[]).await.unwrap();
    let sql = format!(
        "INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id,
                                   delivery_id, source)
         VALUES ('{INCIDENT}', 'down', {channel}, 'failed', 1, now(), {}, {monitor}, '{DELIVERY}',
                 '{{\"cluster\": \"c\", \"topic\": \"t\", \"partition\": 0, \"offset\": 7}}')",
        owner.org
    );
    service.db().await.execute(&sql, &[]).await.unwrap();
    let sql = format!(
        "INSERT INTO status_page_subscribers (id, org_id, page_id, mailbox, address, state)
         VALUES ('{SUBSCRIBER}', {}, {page}, 'a@b.org', 'a@b.org', 'confirmed')",
        owner.org
    );
    service.db().await.execute(&sql, &[]).await.unwrap();
    let destination = owner
        .post(
            &format!("/status-pages/{page}/destinations"),
            serde_json::from_str(DESTINATION).unwrap(),
        )
        .await
        .expect(201)["id"]
        .clone();
    let key = json!({"name": "CI", "role": "viewer"});
    let key = owner.post("/api-keys", key).await.expect(201)["api_key"]["id"].clone();
    let member = service.register().await.user;
    let sql = "INSERT INTO memberships (org_id, user_id, role) VALUES ($1, $2, 'editor')";
    service
        .db()
        .await
        .execute(sql, &[&owner.org, &member])
        .await
        .unwrap();
    let of_member = |body: &str| {
        let body = body.replace("{member}", &member.to_string());
        serde_json::from_str::<serde_json::Value>(&body).unwrap()
    };
    let team = owner.post("/teams", of_member(TEAM)).await.expect(201)["id"].clone();
    let on_call = owner
        .post("/on-call-schedules", of_member(ON_CALL))
        .await
        .expect(201)["id"]
        .clone();
    let overrides = format!("/on-call-schedules/{on_call}/overrides");
    let stand_in = owner.post(&overrides, of_member(OVERRIDE)).await.expect(201)["id"].clone();
    let tag = owner.post("/tags", json!({"name": "eu"})).await.expect(201)["id"].clone();
    let org = owner.org;
    let named = move |path: &str| {
        path.replace("{org}", &org.to_string())
            .replace("{member}", &member.to_string())
            .replace("{key}", &key.to_string())
            .replace("{tag}", &tag.to_string())
            .replace("{monitor}", &monitor.to_string())
            .replace("{heartbeat}", &heartbeat.to_string())
            .replace("{channel}", &channel.to_string())
            .replace("{mail}", &mail["id"].to_string())
            .replace("{recipient}", mail["recipients"][0]["id"].as_str().unwrap())
            .replace("{window}", &window.to_string())
            .replace("{silence}", &silence.to_string())
            .replace("{drill}", &drill.to_string())
            .replace("{drill_schedule}", &drill_schedule.to_string())
            .replace("{sla_report}", &sla_report.to_string())
            .replace("{sla_schedule}", &sla_schedule.to_string())
            .replace("{template}", &template.to_string())
            .replace("{alert_route}", &alert_route.to_string())
            .replace("{escalation_policy}", &policy.to_string())
            .replace("{team}", &team.to_string())
            .replace("{on_call}", &on_call.to_string())
            .replace("{override}", &stand_in.to_string())
            .replace("{page}", &page.to_string())
            .replace("{report}", &report["id"].to_string())
            .replace("{update}", &report["updates"][0]["id"].to_string())
            .replace("{invitation}", invitation["id"].as_str().unwrap())
            .replace("{subscriber}", SUBSCRIBER)
            .replace("{destination}", &destination.to_string())
            .replace("{incident}", INCIDENT)
            .replace("{delivery}", DELIVERY)
    };
    (owner, named)
}

#[tokio::test]
async fn another_organisations_rows_are_not_there() {
    let service = with_pages(&[]).await;
    let (owner, named) = furnished(&service).await;
    let stranger = service.register().await;
    let before = rows(&service).await;
    for route in routes().into_iter().filter(|route| route.names_a_row) {
        let path = named(route.path);
        let answer = stranger
            .call(route.method.clone(), &path, &named(route.body))
            .await;
        assert_eq!(answer.status, 404, "{} {path}: {}", route.method, answer.body);
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    for list in [
        "/monitors".to_owned(),
        "/channels".to_owned(),
        "/maintenance-windows".to_owned(),
        "/silences".to_owned(),
        "/drills".to_owned(),
        "/drill-schedules".to_owned(),
        "/sla-reports".to_owned(),
        "/sla-schedules".to_owned(),
        "/report-templates".to_owned(),
        "/alert-routes".to_owned(),
        "/escalation-policies".to_owned(),
        "/teams".to_owned(),
        "/on-call-schedules".to_owned(),
        "/status-pages".to_owned(),
        "/incidents".to_owned(),
        named("/incidents?monitor_id={monitor}"),
    ] {
        assert_eq!(
            stranger.get(&list).await.items(),
            [] as [serde_json::Value; 0],
            "{list}"
        );
    }
    let summary = stranger.get("/summary").await.expect(200);
    assert_eq!(summary["pending"], 0);
    assert_eq!(summary["open_incidents"], 0);
    assert_eq!(rows(&service).await, before);
    // And to the owner all of it is there.
    for route in routes() {
        let path = named(route.path);
        let answer = owner.call(route.method.clone(), &path, &named(route.body)).await;
        assert!(
            answer.status.is_success(),
            "{} {path}: {}",
            route.method,
            answer.body
        );
    }
}

#[tokio::test]
async fn a_viewer_sees_everything_and_changes_nothing() {
    let service = with_pages(&[]).await;
    let (owner, named) = furnished(&service).await;
    let before = rows(&service).await;
    let viewer = owner.as_role("viewer");
    for route in routes() {
        let path = named(route.path);
        let answer = viewer.call(route.method.clone(), &path, &named(route.body)).await;
        let expected = if route.changes { 403 } else { 200 };
        assert_eq!(
            answer.status, expected,
            "{} {path}: {}",
            route.method, answer.body
        );
    }
    assert_eq!(rows(&service).await, before);
    for role in ["editor", "admin"] {
        let path = named("/monitors/{monitor}/pause");
        let answer = owner.as_role(role).call(Method::POST, &path, "").await;
        assert_eq!(answer.status, 200, "{role}");
    }
}

#[tokio::test]
async fn each_change_is_in_the_audit_log_without_secrets() {
    let service = with_pages(&[]).await;
    let (owner, named) = furnished(&service).await;
    // What is sent again changes nothing.
    let changes = routes().into_iter().filter(|route| {
        let changes_nothing = [
            "/resend",
            "/preview",
            "/prove-domain",
            "/visit",
            "/test",
            "/order",
            "/backtest",
            "/backtests",
        ];
        route.method != Method::GET && !changes_nothing.iter().any(|end| route.path.ends_with(end))
    });
    for route in changes {
        let (before, path) = (service.count("audit_log").await, named(route.path));
        let answer = owner.call(route.method.clone(), &path, &named(route.body)).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.body);
        let after = service.count("audit_log").await;
        assert_eq!(after, before + 1, "{} {path}", route.method);
    }
    let sql = "SELECT json_agg(a)::text FROM audit_log a";
    let log: String = service.db().await.query_one(sql, &[]).await.unwrap().get(0);
    assert!(
        log.contains("hooks.slack.example") && !log.contains("secret"),
        "{log}"
    );
    let actors = "SELECT count(*) FROM audit_log WHERE actor_kind <> 'user' OR actor_name <> 'Ada'";
    let row = service.db().await.query_one(actors, &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 0);
}

#[tokio::test]
async fn nobody_gets_in_without_the_internal_key() {
    let service = with_pages(&[]).await;
    let (owner, named) = furnished(&service).await;
    let (user, org) = (owner.user.to_string(), owner.org.to_string());
    let identity = [("x-user-id", &*user), ("x-org-id", &*org), ("x-role", "owner")];
    let mut paths: Vec<(Method, String)> = routes()
        .into_iter()
        .map(|route| (route.method, format!("/api/v1{}", named(route.path))))
        .collect();
    for path in [
        "auth/register",
        "auth/login",
        "auth/refresh",
        "auth/logout",
        "auth/verify-email",
        "auth/request-password-reset",
        "auth/reset-password",
        "auth/providers/sso/start",
        "me/email",
        "me/verification",
        "invitations/accept",
        "invitations/look-up",
    ] {
        paths.push((Method::POST, format!("/api/v1/{path}")));
    }
    paths.push((Method::DELETE, "/api/v1/me/email".to_owned()));
    // It needs a mail server: who may is tried with the lists of subscribers.
    paths.push((Method::POST, named("/api/v1/status-pages/{page}/subscribers")));
    paths.push((Method::POST, named("/internal/slack/interactions/{channel}")));
    for method in [Method::GET, Method::POST] {
        paths.push((method, named("/internal/whatsapp/callbacks/{channel}/x")));
    }
    paths.push((Method::POST, "/internal/status-pages/acme/links".to_owned()));
    paths.push((Method::POST, "/internal/confirmations".to_owned()));
    paths.push((Method::POST, "/internal/confirmations/outcome".to_owned()));
    paths.push((Method::GET, "/api/v1/recipients/x".to_owned()));
    for answer in ["confirm", "decline"] {
        paths.push((Method::POST, format!("/api/v1/recipients/x/{answer}")));
    }
    for path in [
        "/internal/definitions?shards=0",
        "/internal/monitors/{monitor}",
        "/internal/names?org_id=1",
        "/internal/ping-targets?token=x",
        "/internal/channels?org_id=1",
        "/internal/channels/{channel}?org_id=1",
        "/nowhere",
    ] {
        paths.push((Method::GET, named(path)));
    }
    let before = rows(&service).await;
    for (method, path) in paths {
        for key in [None, Some(""), Some("another key of at least thirty-two bytes")] {
            let mut headers = identity.to_vec();
            headers.extend(key.map(|key| ("x-internal-key", key)));
            let answer = service.send(method.clone(), &path, &headers, MONITOR).await;
            assert_eq!(answer.status, 401, "{method} {path} {key:?}");
        }
    }
    assert_eq!(rows(&service).await, before);
    for path in ["/health/live", "/metrics"] {
        assert_eq!(service.send(Method::GET, path, &[], "").await.status, 200);
    }
}

#[tokio::test]
async fn nobody_gets_in_without_an_identity() {
    let service = with_pages(&[]).await;
    let (owner, named) = furnished(&service).await;
    let (user, org) = (owner.user.to_string(), owner.org.to_string());
    for route in routes() {
        let path = format!("/api/v1{}", named(route.path));
        for identity in [
            vec![],
            vec![("x-user-id", &*user), ("x-org-id", &*org)],
            vec![("x-user-id", &*user), ("x-org-id", &*org), ("x-role", "god")],
            vec![
                ("x-user-id", &*user),
                ("x-org-id", "1 OR 1=1"),
                ("x-role", "owner"),
            ],
        ] {
            let mut headers = vec![("x-internal-key", INTERNAL_KEY)];
            headers.extend(identity);
            let answer = service
                .send(route.method.clone(), &path, &headers, &named(route.body))
                .await;
            assert_eq!(answer.status, 401, "{} {path} {headers:?}", route.method);
        }
    }
}

#[tokio::test]
async fn what_is_no_route_is_not_there() {
    let service = UserService::start().await;
    let person = service.register().await;
    for path in [
        "/nowhere",
        "/monitors/abc",
        "/monitors/99999999999999999999",
        "/monitors/1%20OR%201=1",
        "/monitors/-1",
        "/incidents/7",
        "/channels/x",
    ] {
        let answer = person.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    let answer = service.anonymous(Method::GET, "/nowhere", &json!({})).await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn a_viewer_neither_sees_nor_finds_what_is_sent_to_a_target() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let monitor = json!({
        "name": "Shop", "url": "https://a.example/shop?api_key=hunter2",
        "http": {"method": "POST", "body": "hunter3", "headers": {"X-Tenant": "hunter4"}}
    });
    let id = owner.post("/monitors", monitor).await.expect(201)["id"].clone();
    let viewer = owner.as_role("viewer");
    for path in [format!("/monitors/{id}"), "/monitors".to_owned()] {
        let (mine, theirs) = (
            owner.get(&path).await.expect(200),
            viewer.get(&path).await.expect(200),
        );
        assert!(mine.to_string().contains("hunter3"), "{mine}");
        assert!(!theirs.to_string().contains("hunter"), "{theirs}");
        assert!(theirs.to_string().contains("a.example/shop"), "{theirs}");
    }
    for (part, finds) in [("api_key", 0), ("hunter2", 0), ("A.example/sh", 1), ("shop", 1)] {
        let found = viewer.get(&format!("/monitors?q={part}")).await.items();
        assert_eq!(found.len(), finds, "{part}");
    }
}
