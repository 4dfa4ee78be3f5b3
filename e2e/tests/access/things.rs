//! What operations are tried on: a row for each parameter in a path.

use api::Listed;
use http::StatusCode;
use serde_json::{Value, json};

use super::callers::{Credential, Office, Part};

/// A name that nothing has.
const NOTHING: &str = "00000000-0000-4000-8000-000000000000";

/// The operation's path with a row for each parameter. Panics for a parameter that is not
/// known here.
pub(crate) async fn path(office: &Office<'_>, operation: &Listed, caller: Option<&Credential>) -> String {
    let mut path = String::from(api::PREFIX);
    // What stands between parameters says what they are of.
    let (mut words, mut made) = (String::new(), Vec::<String>::new());
    for word in operation.path.split('/').skip(1) {
        path.push('/');
        words += "/";
        words += word;
        if !word.starts_with('{') {
            path += word;
            continue;
        }
        if made.is_empty() {
            made = rows(office, operation, &words, caller).await;
        }
        assert!(
            !made.is_empty(),
            "{}: e2e/tests/access/things.rs has nothing for {words}",
            operation.id
        );
        path += &made.remove(0);
    }
    if operation.id == "GetSlaReportFile" {
        path += "?format=csv";
    }
    if operation.id == "ListOnCallShifts" {
        path += "?from=2026-11-01T00:00:00Z&until=2026-12-01T00:00:00Z";
    }
    path
}

/// Rows for the parameters of a path that begins so, in their order.
async fn rows(
    office: &Office<'_>,
    operation: &Listed,
    begins: &str,
    caller: Option<&Credential>,
) -> Vec<String> {
    let whole = operation.path;
    match begins {
        "/monitors/{id}" if whole.contains("/heartbeat") || whole.contains("/pings") => {
            vec![heartbeat(office).await.to_string(), "1".to_owned()]
        }
        "/monitors/{id}" if whole.contains("/versions") => {
            vec![monitor(office).await.to_string(), "1".to_owned()]
        }
        "/monitors/{id}" => vec![monitor(office).await.to_string()],
        "/monitors/by-key/{key}" => vec![keyed_monitor(office).await],
        "/channels/{id}" if whole.contains("{recipient}") => {
            let mail = json!({"name": "Mail", "kind": "email", "config": {"to": ["ada@example.org"]}});
            let mail = create(office, "/channels", mail).await;
            let recipient = mail["recipients"][0]["id"].as_str().unwrap_or(NOTHING);
            vec![mail["id"].to_string(), recipient.to_owned()]
        }
        "/channels/{id}" => {
            let channel = office
                .owner
                .add_slack("https://hooks.slack.example/services/T/B/x")
                .await;
            let monitor = monitor(office).await;
            let (_, delivery) = office.site.outage(office.org, monitor, channel).await;
            vec![channel.to_string(), delivery.to_string()]
        }
        "/incidents/{id}" => {
            let monitor = monitor(office).await;
            let channel = office
                .owner
                .add_slack("https://hooks.slack.example/services/T/B/x")
                .await;
            vec![
                office
                    .site
                    .outage(office.org, monitor, channel)
                    .await
                    .0
                    .to_string(),
            ]
        }
        "/maintenance-windows/{id}" => {
            let window = json!({
                "name": "Move", "repeat": "once", "from": "2099-12-01T22:00:00Z", "until": "2099-12-02T04:00:00Z",
                "monitors": [monitor(office).await]
            });
            let window = create(office, "/maintenance-windows", window).await["id"].to_string();
            vec![window, "1".to_owned()]
        }
        "/silences/{id}" => {
            let silence = json!({
                "reason": "Move", "starts_at": "2099-12-01T22:00:00Z", "ends_at": "2099-12-02T04:00:00Z",
                "monitors": [monitor(office).await]
            });
            vec![create(office, "/silences", silence).await["id"].to_string()]
        }
        "/drills/{id}" => {
            let drill = json!({"monitor_id": monitor(office).await});
            vec![create(office, "/drills", drill).await["id"].to_string()]
        }
        "/drill-schedules/{id}" => {
            let schedule = json!({
                "name": "Night", "monitor_id": monitor(office).await, "day": 1, "time": "02:30:00"
            });
            vec![create(office, "/drill-schedules", schedule).await["id"].to_string()]
        }
        "/sla-reports/{id}" => {
            let report = json!({
                "period": {"month": "2025-10"}, "selection": {"monitors": [monitor(office).await]}
            });
            vec![create(office, "/sla-reports", report).await["id"].to_string()]
        }
        "/sla-schedules/{id}" => {
            let schedule = json!({
                "name": "Shop", "cadence": "monthly", "selection": {"monitors": [monitor(office).await]}
            });
            vec![create(office, "/sla-schedules", schedule).await["id"].to_string()]
        }
        "/report-templates/{id}" => {
            let template = json!({
                "name": "Slow", "message": "We look.", "status": "investigating", "notify": true
            });
            vec![create(office, "/report-templates", template).await["id"].to_string()]
        }
        "/alert-routes/{id}" => {
            let route = json!({"name": "Nights", "recipients": {"to": "nobody"}});
            vec![
                create(office, "/alert-routes", route).await["id"].to_string(),
                "1".to_owned(),
            ]
        }
        "/escalation-policies/{id}" => {
            let channel = office
                .owner
                .add_slack("https://hooks.slack.example/services/T/B/x")
                .await;
            let policy =
                json!({"name": "On call", "steps": [{"targets": [{"kind": "channel", "id": channel}]}]});
            let policy = create(office, "/escalation-policies", policy).await["id"].to_string();
            vec![policy, "1".to_owned()]
        }
        "/teams/{id}" => {
            let team = json!({"name": "Payments", "members": [office.owner_id()]});
            vec![create(office, "/teams", team).await["id"].to_string()]
        }
        "/on-call-schedules/{id}" => {
            let layer = json!({"people": [office.owner_id()], "starts_at": "2026-11-02T09:00:00",
                               "rotation": {"every": 1, "unit": "weeks"}});
            let schedule = json!({"name": "Payments", "time_zone": "Europe/Berlin", "layers": [layer]});
            let schedule = create(office, "/on-call-schedules", schedule).await["id"].to_string();
            if whole.contains("/versions") {
                return vec![schedule, "1".to_owned()];
            }
            let stand_in = json!({"user_id": office.owner_id(), "from": "2099-12-01T00:00:00Z",
                                  "until": "2099-12-02T00:00:00Z"});
            let overrides = format!("/on-call-schedules/{schedule}/overrides");
            let stand_in = create(office, &overrides, stand_in).await["id"].to_string();
            vec![schedule, stand_in]
        }
        "/status-pages/{id}" if whole.contains("{destination}") => {
            let page = status_page(office).await["id"].to_string();
            // Nothing is connected to: the guard refuses the address.
            let destination = json!({"name": "Ops", "kind": "slack", "config": {"webhook_url": "https://169.254.169.254/x"}});
            let path = format!("/status-pages/{page}/destinations");
            vec![page, create(office, &path, destination).await["id"].to_string()]
        }
        "/status-pages/{id}" => {
            let page = status_page(office).await["id"].as_i64().unwrap();
            vec![page.to_string(), subscriber(office, page).await]
        }
        "/status-reports/{id}" => {
            let page = status_page(office).await;
            let report = json!({"title": "Slow", "update": {
                "status": "investigating", "message": "We are looking into it.", "notify": false
            }});
            let path = format!("/status-pages/{}/reports", page["id"]);
            let report = create(office, &path, report).await;
            vec![report["id"].to_string(), report["updates"][0]["id"].to_string()]
        }
        "/tags/{id}" => {
            let tag = json!({"name": testkit::unique()});
            vec![create(office, "/tags", tag).await["id"].to_string()]
        }
        "/api-keys/{id}" => vec![office.key(api::Role::Viewer).await.0.to_string()],
        "/orgs/{id}" if whole.contains("{user_id}") => {
            let member = office.member(api::Role::Editor).await;
            vec![office.org.to_string(), member.user.to_string()]
        }
        "/orgs/{id}" if whole.contains("{invitation}") => {
            let body = json!({"email": format!("{}@example.org", testkit::unique()), "role": "viewer"});
            let path = format!("/orgs/{}/invitations", office.org);
            let invitation = create(office, &path, body).await;
            vec![office.org.to_string(), text(&invitation["id"])]
        }
        "/orgs/{id}" => vec![office.org.to_string()],
        "/me/sessions/{id}" => match caller {
            Some(caller) => vec![session(office, caller).await],
            None => vec![NOTHING.to_owned()],
        },
        // Providers and linked logins are tried elsewhere.
        "/auth/providers/{provider}" => vec!["nobody".to_owned()],
        "/me/identities/{id}" => vec!["1".to_owned()],
        "/me/channels/{id}" => vec![own_channel(office, caller).await],
        // Whoever calls has none: they are tried elsewhere.
        "/me/calendars/{id}" => vec!["0".to_owned()],
        "/calendars/{token}.ics" => vec!["AQAB.ics".to_owned()],
        // An archive that is there is tried elsewhere.
        "/me/exports/{id}" => vec![NOTHING.to_owned(), "0".to_owned()],
        // What comes by mail, or in a notification, is tried elsewhere.
        "/recipients/{token}" | "/acknowledgements/{token}" => vec!["AQAB".to_owned()],
        _ => Vec::new(),
    }
}

/// A channel of the caller's own, or of the owner's where nobody calls. A program has none.
async fn own_channel(office: &Office<'_>, caller: Option<&Credential>) -> String {
    const PATH: &str = "/api/v1/me/channels";
    let person = match caller {
        Some(caller) => office.owner.with(&caller.value),
        None => office.owner.clone(),
    };
    let Some(own) = person.try_get(PATH).await else {
        return "0".to_owned();
    };
    if let Some(first) = own["items"].as_array().and_then(|own| own.first()) {
        return first["id"].to_string();
    }
    let webhook = "https://hooks.slack.example/services/T/B/x";
    let body = json!({"name": "Mine", "kind": "slack", "config": {"webhook_url": webhook}});
    person.post(PATH, body, StatusCode::CREATED).await["id"].to_string()
}

/// A session of the caller, as it is called outside.
async fn session(office: &Office<'_>, caller: &Credential) -> String {
    let sql = "INSERT INTO sessions (user_id, org_id, token_hash, expires_at)
               VALUES ($1, $2, sha256(gen_random_uuid()::text::bytea), now() + interval '1 hour')";
    let database = office.site.database();
    database.execute(sql, &[&caller.user, &office.org]).await.unwrap();
    let sessions = office.owner.with(&caller.value).get("/api/v1/me/sessions").await;
    text(&sessions["items"][0]["id"])
}

async fn monitor(office: &Office<'_>) -> i64 {
    office.monitor(Part::Inside).await
}

/// A status page that shows a monitor and has a host name of its own.
async fn status_page(office: &Office<'_>) -> Value {
    let name = testkit::unique();
    let page = json!({
        "title": "Shop", "slug": name, "custom_domain": format!("{name}.example.org"),
        "groups": [{"components": [{"monitor_id": monitor(office).await}]}]
    });
    create(office, "/status-pages", page).await
}

/// Somebody who gets mails about a status page.
async fn subscriber(office: &Office<'_>, page: i64) -> String {
    let id = uuid::Uuid::from_u128(u128::from(page.unsigned_abs()));
    let sql = "INSERT INTO status_page_subscribers (id, org_id, page_id, mailbox, address, state, confirmed_at, due_at)
               VALUES ($1, $2, $3, 'eve@example.org', 'eve@example.org', 'confirmed', now(), NULL)";
    let database = office.site.database();
    database.execute(sql, &[&id, &office.org, &page]).await.unwrap();
    id.to_string()
}

/// A heartbeat with a ping.
async fn heartbeat(office: &Office<'_>) -> i64 {
    let body = json!({"kind": "heartbeat", "name": "Backup", "tags": [Part::Inside.tag()]});
    let id = create(office, "/monitors", body).await["id"].as_i64().unwrap();
    office.site.ping(office.org, id).await;
    id
}

/// The external key of a new monitor.
async fn keyed_monitor(office: &Office<'_>) -> String {
    let key = testkit::unique();
    let monitor = json!({
        "name": "Shop", "kind": "http", "url": "https://a.example/", "interval_seconds": 60, "external_key": key,
        "tags": [Part::Inside.tag()]
    });
    create(office, "/monitors", monitor).await;
    key
}

async fn create(office: &Office<'_>, path: &str, body: Value) -> Value {
    let path = format!("{}{path}", api::PREFIX);
    office.owner.post(&path, body, StatusCode::CREATED).await
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
