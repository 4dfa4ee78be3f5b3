//! What clients send that make no mistake.

mod alerting;
mod channels;

use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::known::Known;
use super::odd::{choose, one_of};
use super::schema;
use channels::{channel, own_channel};

/// The password of every account.
pub const PASSWORD: &str = "correct horse battery staple";

/// The body of an operation, if it has one.
pub(super) fn body(dice: &mut StdRng, operation: &str, known: &Known) -> Option<Value> {
    Some(match operation {
        "Register" => json!({
            "email": format!("{}-{}", known.count, known.email), "password": PASSWORD, "name": "Ada"
        }),
        "Login" => json!({"email": known.email, "password": PASSWORD}),
        "CreateMonitor" | "PutMonitorByKey" => monitor(dice, known),
        "PreviewMonitor" => checked(dice),
        "BulkMonitors" => bulk(dice, known),
        "EditMonitor" | "CloneMonitor" => {
            let whole = monitor(dice, known);
            edited(dice, whole)
        }
        "CreateChannel" => channel(dice),
        "CreateOwnChannel" => own_channel(dice),
        "EditOwnChannel" => json!({"name": "Others", "enabled": true, "alerts": {"degraded": true}}),
        "ConfirmOwnChannel" => json!({"code": "123 456"}),
        "SetOwnQuietHours" => one_of(
            dice,
            &[
                json!({}),
                json!({"time_zone": "Europe/Berlin", "windows": [{"from": "22:00:00", "until": "07:00:00"}]}),
                json!({"time_zone": "UTC", "passes": null,
                       "windows": [{"days": ["Sat", "Sun"], "from": "00:00:00", "until": "00:00:00"}]}),
            ],
        )
        .clone(),
        // Its kind cannot be changed.
        "EditChannel" => match dice.random_range(0..3) {
            0 => json!({"name": "Others", "enabled": false, "alerts": {"throttle_seconds": 60}}),
            1 => json!({"enabled": true, "alerts": {"degraded": true, "remind_every_seconds": 3_600}}),
            _ => {
                let whole = channel(dice);
                edited(dice, whole)
            }
        },
        "CreateMaintenanceWindow" | "PreviewMaintenanceWindow" => window(dice, known),
        // Of those windows that are once.
        "CancelMaintenanceOccurrence" | "RestoreMaintenanceOccurrence" => {
            json!({"starts_at": "2099-12-01T22:00:00Z"})
        }
        "EditMaintenanceWindow" => match dice.random_bool(0.5) {
            true => json!({"name": "Later", "monitors": []}),
            false => {
                let whole = window(dice, known);
                edited(dice, whole)
            }
        },
        "CreateSlaReport" | "PreviewSlaReport" => sla_report(dice, known),
        "CreateSlaSchedule" => sla_schedule(dice, known),
        "EditSlaSchedule" => {
            let whole = sla_schedule(dice, known);
            edited(dice, whole)
        }
        "SwitchOrganisation" => {
            let org: i64 = known.any(dice, "orgs").and_then(|id| id.parse().ok()).unwrap_or(1);
            json!({"org_id": org})
        }
        "RequestPasswordReset" => json!({"email": known.email}),
        "ResetPassword" => json!({"token": "AQAB", "password": PASSWORD}),
        "StartInvitedSignIn" => json!({"invitation": "AQAB"}),
        "LinkIdentity" => json!({"provider": "google", "current_password": PASSWORD}),
        "UnlinkIdentity" => json!({"current_password": PASSWORD}),
        "ConfirmIdentity" => json!({"provider": "google"}),
        "VerifyEmail" | "GetInvitation" | "AcceptInvitation" => json!({"token": "AQAB"}),
        "LoginSecondFactor" => json!({"challenge": "AQAB", "code": "123456"}),
        "EnrolSecondFactor" => json!({"current_password": PASSWORD}),
        "ConfirmSecondFactor" => json!({"code": "123456"}),
        "RegenerateRecoveryCodes" | "DisableSecondFactor" => {
            json!({"current_password": PASSWORD, "code": "123456"})
        }
        "EditMe" => json!({"name": "Ada L."}),
        "OpenExport" => json!({"current_password": PASSWORD}),
        // Nobody is to be gone.
        "DeleteAccount" => json!({"current_password": "wrong", "email": known.email}),
        "DeleteOrganisation" => json!({"current_password": "wrong", "name": "Shop"}),
        "CreateOrganisation" | "EditOrganisation" => json!({"name": "Shop"}),
        "EditMember" => one_of(
            dice,
            &[
                json!({"role": "viewer"}),
                json!({"role": "viewer", "only_tags": ["eu"]}),
                json!({"only_tags": null}),
            ],
        )
        .clone(),
        "InviteMember" => json!({"email": format!("{}@b.example", known.count), "role": "editor"}),
        "CreateApiKey" => one_of(
            dice,
            &[
                json!({"name": "CI", "role": "viewer"}),
                json!({"name": "CI", "role": "admin", "networks": ["192.0.2.0/24"], "expires_at": "2030-01-01T00:00:00Z"}),
            ],
        )
        .clone(),
        "PreviewSchedule" => one_of(
            dice,
            &[
                json!({"schedule": {"period_seconds": 3_600}, "grace_seconds": 300}),
                json!({"schedule": {"expression": "*/5 9-17 * * MON-FRI", "timezone": "America/New_York"}}),
                json!({"schedule": {"expression": "Mon..Fri 9:00\nSat 12:00"}}),
            ],
        )
        .clone(),
        "CreateTag" => json!({"name": format!("tag {}", known.count), "colour": "blue"}),
        "EditTag" => json!({"colour": "red"}),
        "CreateStatusPage" | "PreviewStatusPage" => status_page(dice, known),
        "EditStatusPage" | "PreviewStatusPageEdit" => {
            let whole = status_page(dice, known);
            edited(dice, whole)
        }
        "AddSubscribers" => json!({"addresses": [format!("{}@b.example", known.count)]}),
        "CreateDestination" => destination(dice),
        "EditDestination" => json!({"name": "Customers", "enabled": dice.random_bool(0.5), "components": null}),
        "PreviewReportUpdate" => json!({"title": "The shop is slow", "update": update(dice)}),
        "AddIncidentNote" => json!({"text": "It was the disk."}),
        "CreateStatusReport" => json!({"title": "The shop is slow", "update": update(dice)}),
        "EditStatusReport" => one_of(
            dice,
            &[json!({"title": "The shop is down"}), json!({"postmortem": "The *disk*."}), json!({"postmortem": null})],
        )
        .clone(),
        "CreateReportTemplate" => report_template(dice),
        "EditReportTemplate" => {
            let whole = report_template(dice);
            edited(dice, whole)
        }
        "AddReportUpdate" => update(dice),
        "EditReportUpdate" => json!({"message": "We are looking closely."}),
        "MuteMonitor" => one_of(dice, &[json!({}), json!({"until": "2099-01-01T00:00:00Z"})]).clone(),
        _ => return alerting::body(dice, operation, known),
    })
}

/// A destination of a status page. The guard refuses the addresses.
fn destination(dice: &mut StdRng) -> Value {
    one_of(
        dice,
        &[
            json!({"name": "Hook", "config": {"url": "https://169.254.169.254/h"}}),
            json!({"name": "Slack", "kind": "slack", "config": {"webhook_url": "https://169.254.169.254/s"}}),
            json!({"name": "Teams", "kind": "teams", "config": {"workflow_url": "https://169.254.169.254/t?sig=x"}}),
        ],
    )
    .clone()
}

/// An update of a report on a status page.
fn update(dice: &mut StdRng) -> Value {
    let status = choose(dice, &["investigating", "identified", "monitoring", "resolved"]);
    json!({"status": status, "message": "We are looking.", "notify": dice.random_bool(0.5)})
}

/// The value of a parameter in a query.
pub(super) fn parameter(dice: &mut StdRng, path: &str, name: &str, known: &Known) -> String {
    let cursor = |dice: &mut StdRng| {
        known
            .any(dice, &format!("cursor of {path}"))
            .map(ToOwned::to_owned)
    };
    match name {
        "limit" => choose(dice, &["1", "2", "50", "200"]).to_owned(),
        "cursor" => cursor(dice).unwrap_or_else(|| "WzFd".to_owned()),
        "q" => choose(dice, &["shop", "a.example", "%25", "_"]).to_owned(),
        "from" => choose(dice, &["2026-11-01T00:00:00Z", "2026-11-26T00:00:00Z"]).to_owned(),
        "to" => choose(dice, &["2026-11-27T00:00:00Z", "2026-11-26T12:00:00Z"]).to_owned(),
        // Of before the organisation, and of the future.
        "at" => choose(dice, &["2026-11-26T00:00:00Z", "2099-11-26T00:00:00Z"]).to_owned(),
        "format" => choose(dice, &["html", "csv", "pdf", "json"]).to_owned(),
        "points" => choose(dice, &["1", "60", "500"]).to_owned(),
        "monitor_id" => known.any(dice, "monitors").unwrap_or("1").to_owned(),
        "external_key" => "shop".to_owned(),
        "region" => choose(dice, &["default", "eu", "a%20b"]).to_owned(),
        "open" | "exclude_maintenance" | "by_region" => choose(dice, &["true", "false"]).to_owned(),
        _ => {
            let found = schema::DOCUMENT["paths"][path]["get"]["parameters"].as_array();
            let found = found
                .into_iter()
                .flatten()
                .find(|parameter| parameter["name"] == name);
            let value = found.map(|parameter| schema::value(dice, &parameter["schema"]));
            match value.unwrap_or_default() {
                Value::String(text) => text,
                value => value.to_string(),
            }
        }
    }
}

/// Some of the fields.
fn edited(dice: &mut StdRng, whole: Value) -> Value {
    let Value::Object(mut fields) = whole else {
        return whole;
    };
    fields.retain(|_, _| dice.random_bool(0.6));
    fields.into()
}

fn monitor(dice: &mut StdRng, known: &Known) -> Value {
    let mut monitor = match dice.random_bool(0.15) {
        true => json!({"kind": "heartbeat", "name": "Nightly backup", "tags": ["eu"], "heartbeat": {
            "schedule": {"expression": "0 3 * * *", "timezone": "Europe/Berlin"}, "grace_seconds": 600,
            "start_grace_seconds": 60, "post_only": true, "body": {"fail": ["ERROR"], "otherwise_fail": true}
        }}),
        false => checked(dice),
    };
    let other: Option<i64> = known.any(dice, "monitors").and_then(|id| id.parse().ok());
    // Some of them are gone, or make a circle.
    if let Some(other) = other.filter(|_| dice.random_bool(0.2)) {
        monitor["depends_on"] = json!([other]);
    }
    if dice.random_bool(0.3) {
        monitor["flapping"] = json!({"outages": 3, "within_minutes": 60, "lasting_minutes": 5});
    }
    if monitor["kind"] != "heartbeat" && dice.random_bool(0.3) {
        monitor["anomalies"] = json!({"sensitivity": "high", "notify": true});
    }
    monitor
}

/// A monitor of a kind that is checked.
fn checked(dice: &mut StdRng) -> Value {
    let mut monitor = one_of(
        dice,
        &[
            json!({"url": "https://a.example/shop?api_key=1"}),
            json!({"url": "http://b.example:8080/", "http": {
                "method": "POST", "headers": {"x-a": "b"}, "body": "{}", "auth": {"type": "bearer", "token": "t"},
                "expected_status": [[200, 299], [404, 404]], "expected_headers": {"x-b": null, "x-c": "d"},
                "contains": "here", "not_contains": "gone", "json": {"path": "$.a[0].b", "equals": {"c": [1.5, null]}},
                "max_body_bytes": 10_000, "max_redirects": 3, "ip_family": "v4"
            }}),
            json!({"url": "https://a.example/", "http": {"tls_warn_days": 7, "tls_resumption": true}}),
            json!({"kind": "tcp", "url": "tcp://a.example:25", "tcp": {"send": "QUIT\r\n", "expect": "220"}}),
            json!({"kind": "tls", "url": "tls://a.example:443", "tls": {"verify_tls": false, "warn_days": 20}}),
            json!({"kind": "dns", "url": "dns://a.example", "dns": {
                "record_type": "MX", "expected": ["10 mx.a.example."], "resolver": "192.0.2.53"
            }}),
            json!({"kind": "icmp", "url": "icmp://a.example", "icmp": {"packets": 3, "max_loss_percent": 40}}),
        ],
    )
    .clone();
    if dice.random_bool(0.5) {
        monitor["name"] = "Grüße 👋".into();
        monitor["interval_seconds"] = 300.into();
        monitor["timeout_ms"] = 2_000.into();
        monitor["retries"] = 2.into();
        monitor["retry_delay_ms"] = 500.into();
        monitor["down_after"] = 2.into();
        monitor["down_of"] = 5.into();
        monitor["down_for_seconds"] = 600.into();
        monitor["up_after"] = 2.into();
        monitor["slow_ms"] = 1_500.into();
        monitor["paused"] = dice.random::<bool>().into();
        monitor["upside_down"] = dice.random::<bool>().into();
        monitor["tags"] = json!(["eu", "team=payments"]);
        // The only region that there is without REGIONS.
        monitor["regions"] = json!(["default"]);
    }
    monitor
}

/// Of a monitor that is known, or of a tag that monitors have.
fn selection(dice: &mut StdRng, known: &Known) -> Value {
    let monitor: Option<i64> = known.any(dice, "monitors").and_then(|id| id.parse().ok());
    match monitor.filter(|_| dice.random_bool(0.7)) {
        Some(monitor) => json!({"monitors": [monitor]}),
        None => json!({"tag": "eu"}),
    }
}

fn sla_report(dice: &mut StdRng, known: &Known) -> Value {
    let period = one_of(
        dice,
        &[
            json!({"month": "2026-10"}),
            json!({"quarter": "2026-Q3"}),
            json!({"from": "2026-10-25", "to": "2026-11-02"}),
            json!({"from": "2026-10-25T00:30:00Z", "to": "2026-11-26T12:00:00+02:00"}),
        ],
    )
    .clone();
    let mut report = json!({"period": period, "selection": selection(dice, known)});
    if dice.random_bool(0.5) {
        report["name"] = "Grüße 👋".into();
        report["time_zone"] = "Europe/Berlin".into();
        report["target"] = 99.95.into();
        report["exclude_maintenance"] = dice.random::<bool>().into();
    }
    report
}

fn sla_schedule(dice: &mut StdRng, known: &Known) -> Value {
    let cadence = choose(dice, &["monthly", "quarterly"]);
    json!({
        "name": "Shop", "cadence": cadence, "selection": selection(dice, known), "time_zone": "America/New_York",
        "target": 99.5, "recipients": [], "enabled": dice.random::<bool>()
    })
}

fn report_template(dice: &mut StdRng) -> Value {
    one_of(
        dice,
        &[
            json!({"name": "Slow", "title": "The shop is slow", "message": "We *look*.", "status": "investigating",
                   "impact": "degraded_performance", "notify": true}),
            json!({"name": "Over", "title": null, "message": "It is over.", "status": "resolved", "impact": null,
                   "notify": false}),
        ],
    )
    .clone()
}

fn status_page(dice: &mut StdRng, known: &Known) -> Value {
    let monitor: Option<i64> = known.any(dice, "monitors").and_then(|id| id.parse().ok());
    let access = one_of(
        dice,
        &[
            json!({"kind": "public"}),
            json!({"kind": "password", "password": "open sesame"}),
            json!({"kind": "email_domain", "email_domains": ["a.example"]}),
            json!({"kind": "addresses", "networks": ["192.0.2.0/24", "2001:db8::/32"]}),
            json!({"kind": "members"}),
        ],
    )
    .clone();
    json!({
        "title": "Grüße 👋", "slug": format!("shop-{}", known.count), "description": "How *we* are doing",
        "contact_url": "mailto:help@a.example", "accent_colour": "#1f6feb", "theme": "dark", "locale": "de",
        "time_zone": "Europe/Berlin", "history_days": 30, "access": access,
        "custom_domain": format!("shop-{}.example.org", known.count),
        "groups": [
            {"components": [{"monitor_id": monitor, "name": "Shop", "show_latency": true}]},
            {"name": "Offices", "is_open": false, "components": [{"name": "Telephone", "description": "02:00"},
                {"name": "Payments", "external": {"url": "https://status.pay.example", "component": "Cards"}}]}
        ]
    })
}

fn bulk(dice: &mut StdRng, known: &Known) -> Value {
    let monitors: Vec<i64> = known
        .any(dice, "monitors")
        .and_then(|id| id.parse().ok())
        .into_iter()
        .collect();
    one_of(
        dice,
        &[
            json!({"monitors": monitors.clone(), "external_keys": ["shop"], "action": "pause"}),
            json!({"external_keys": ["shop"], "action": "mute", "until": "2099-01-01T00:00:00Z"}),
            json!({"tag": "eu", "action": "add_tags", "tags": ["web"]}),
            json!({"tag": "eu", "action": "edit", "changes": {"interval_seconds": 600, "slow_ms": null}}),
            json!({"tag": "eu", "action": "edit", "changes": {"depends_on": [], "down_of": null, "flapping": null}}),
        ],
    )
    .clone()
}

fn window(dice: &mut StdRng, known: &Known) -> Value {
    let monitors: Vec<i64> = known
        .any(dice, "monitors")
        .and_then(|id| id.parse().ok())
        .into_iter()
        .collect();
    match dice.random_range(0..4) {
        0 => json!({
            "name": "Backup", "repeat": "weekly", "weekday": "Sun", "from": "02:00:00", "minutes": 90,
            "time_zone": "Europe/Berlin", "monitors": monitors
        }),
        1 => json!({
            "name": "Patch night", "repeat": "recurring", "starts": "2026-12-08T22:00:00",
            "rule": "FREQ=MONTHLY;BYDAY=2TU", "minutes": 120, "time_zone": "Europe/Berlin", "monitors": monitors
        }),
        _ => json!({
            "name": "Move", "repeat": "once", "from": "2099-12-01T22:00:00Z", "until": "2099-12-02T04:00:00Z",
            "monitors": monitors
        }),
    }
}
