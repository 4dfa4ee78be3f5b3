//! Every route for those who are logged in, with what is sent to it.

use http::Method;

use super::{drills, holds};

pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) body: &'static str,
    /// Whether it names a row that belongs to somebody.
    pub(crate) names_a_row: bool,
    /// Whether a viewer may not use it.
    pub(crate) changes: bool,
}

pub(crate) const MONITOR: &str = r#"{"url": "https://a.example/"}"#;
const CHANNEL: &str =
    r#"{"name": "Ops", "kind": "slack", "config": {"webhook_url": "https://hooks.slack.example/x"}}"#;

pub(crate) const SLA_REPORT: &str =
    r#"{"period": {"month": "2025-10"}, "selection": {"monitors": [{monitor}]}}"#;
const SLA_SCHEDULE: &str =
    r#"{"name": "Shop", "cadence": "quarterly", "selection": {"monitors": [{monitor}]}}"#;

const BACKTESTS: &str = r#"{"selection": {"monitors": [{monitor}]}, "backtest": {"candidates": [{}]}}"#;

const STATUS_PAGE: &str = r#"{"title": "Acme", "groups": [{"components": [{"name": "Shop"}]}]}"#;

/// It changes nothing.
const PREVIEW: &str = "/schedules/preview";
const SCHEDULE: &str = r#"{"schedule": {"expression": "0 3 * * *"}}"#;

const REPORT: &str =
    r#"{"title": "Down", "update": {"status": "identified", "message": "x", "notify": false}}"#;
const REPORT_UPDATE: &str = r#"{"status": "resolved", "message": "x", "notify": false}"#;

pub(crate) const REPORT_TEMPLATE: &str =
    r#"{"name": "Slow", "status": "identified", "message": "x", "notify": true}"#;
const REPORT_TEMPLATE_PATH: &str = "/report-templates/{template}";

pub(crate) const ALERT_ROUTE: &str = r#"{"name": "Nights", "recipients": {"to": "nobody"}}"#;
const ALERT_ROUTE_PATH: &str = "/alert-routes/{alert_route}";

pub(crate) const ESCALATION_POLICY: &str =
    r#"{"name": "On call", "steps": [{"targets": [{"kind": "channel", "id": {channel}}]}]}"#;
const ESCALATION_POLICY_PATH: &str = "/escalation-policies/{escalation_policy}";

pub(crate) const TEAM: &str = r#"{"name": "Payments", "members": [{member}]}"#;
const TEAM_PATH: &str = "/teams/{team}";

pub(crate) const ON_CALL: &str = r#"{"name": "Payments", "time_zone": "UTC", "layers": [{"people": [{member}],
    "starts_at": "2026-11-02T09:00:00", "rotation": {"every": 1, "unit": "weeks"}}]}"#;
const ON_CALL_PREVIEW: &str = r#"{"time_zone": "UTC", "layers": [{"people": [{member}],
    "starts_at": "2026-11-02T09:00:00", "rotation": {"every": 1, "unit": "weeks"}}],
    "from": "2026-11-02T00:00:00Z", "until": "2026-12-02T00:00:00Z"}"#;
const ON_CALL_PATH: &str = "/on-call-schedules/{on_call}";
const SHIFTS: &str =
    "/on-call-schedules/{on_call}/shifts?from=2026-11-02T00:00:00Z&until=2026-12-02T00:00:00Z";
pub(crate) const OVERRIDE: &str =
    r#"{"user_id": {member}, "from": "2099-12-01T00:00:00Z", "until": "2099-12-02T00:00:00Z"}"#;
const OVERRIDES: &str = "/on-call-schedules/{on_call}/overrides";

const REPORT_DRAFT: &str =
    r#"{"title": "Down", "update": {"status": "identified", "message": "x", "notify": true}}"#;

/// Nothing is connected to: the guard refuses the address.
pub(crate) const DESTINATION: &str =
    r#"{"name": "Ops", "kind": "slack", "config": {"webhook_url": "https://127.0.0.1/a-secret-path"}}"#;
const DESTINATION_PATH: &str = "/status-pages/{page}/destinations/{destination}";

const INVITATION: &str = r#"{"email": "eve@example.org", "role": "viewer"}"#;

pub(super) fn route(
    method: Method,
    path: &'static str,
    body: &'static str,
    names_a_row: bool,
    changes: bool,
) -> Route {
    Route {
        method,
        path,
        body,
        names_a_row,
        changes,
    }
}

/// Every route for those who are logged in.
pub(crate) fn routes() -> Vec<Route> {
    let mut routes: Vec<Route> = holds::routes().into_iter().chain(drills::routes()).collect();
    routes.extend([
        route(
            Method::PUT,
            "/alert-routes/order",
            r#"{"ids": [{alert_route}]}"#,
            false,
            true,
        ),
        route(Method::GET, "/alert-routes", "", false, false),
        route(Method::POST, "/alert-routes", ALERT_ROUTE, false, true),
        route(Method::GET, ALERT_ROUTE_PATH, "", true, false),
        route(Method::PATCH, ALERT_ROUTE_PATH, r#"{"name": "x"}"#, true, true),
        route(
            Method::GET,
            "/alert-routes/{alert_route}/versions",
            "",
            true,
            false,
        ),
        route(
            Method::GET,
            "/alert-routes/{alert_route}/versions/1",
            "",
            true,
            false,
        ),
        route(
            Method::POST,
            "/alert-routes/{alert_route}/versions/1/restore",
            "",
            true,
            true,
        ),
        route(Method::DELETE, ALERT_ROUTE_PATH, "", true, true),
        route(Method::GET, "/monitors/{monitor}/alert-route", "", true, false),
        route(
            Method::POST,
            "/monitors/{monitor}/backtest",
            r#"{"candidates": [{}]}"#,
            true,
            false,
        ),
        route(Method::POST, "/backtests", BACKTESTS, false, false),
        route(Method::GET, "/monitors/{monitor}/why", "", true, false),
        route(Method::GET, "/teams", "", false, false),
        route(Method::POST, "/teams", TEAM, false, true),
        route(Method::GET, TEAM_PATH, "", true, false),
        route(Method::PATCH, TEAM_PATH, r#"{"name": "x"}"#, true, true),
        route(Method::DELETE, TEAM_PATH, "", true, true),
        route(Method::GET, "/on-call", "", false, false),
        route(Method::GET, "/me/calendars", "", false, false),
        route(Method::GET, "/on-call-schedules", "", false, false),
        route(Method::POST, "/on-call-schedules", ON_CALL, false, true),
        route(
            Method::POST,
            "/on-call-schedules/preview",
            ON_CALL_PREVIEW,
            false,
            true,
        ),
        route(Method::GET, ON_CALL_PATH, "", true, false),
        route(Method::PATCH, ON_CALL_PATH, r#"{"name": "x"}"#, true, true),
        route(Method::GET, SHIFTS, "", true, false),
        route(Method::GET, OVERRIDES, "", true, false),
        route(Method::POST, OVERRIDES, OVERRIDE, true, true),
        route(
            Method::DELETE,
            "/on-call-schedules/{on_call}/overrides/{override}",
            "",
            true,
            true,
        ),
        route(
            Method::GET,
            "/on-call-schedules/{on_call}/versions",
            "",
            true,
            false,
        ),
        route(
            Method::GET,
            "/on-call-schedules/{on_call}/versions/1",
            "",
            true,
            false,
        ),
        route(
            Method::POST,
            "/on-call-schedules/{on_call}/versions/1/restore",
            "",
            true,
            true,
        ),
        route(Method::DELETE, ON_CALL_PATH, "", true, true),
        route(Method::GET, "/escalation-policies", "", false, false),
        route(
            Method::POST,
            "/escalation-policies",
            ESCALATION_POLICY,
            false,
            true,
        ),
        route(Method::GET, ESCALATION_POLICY_PATH, "", true, false),
        route(
            Method::PATCH,
            ESCALATION_POLICY_PATH,
            r#"{"name": "x"}"#,
            true,
            true,
        ),
        route(
            Method::GET,
            "/escalation-policies/{escalation_policy}/versions",
            "",
            true,
            false,
        ),
        route(
            Method::GET,
            "/escalation-policies/{escalation_policy}/versions/1",
            "",
            true,
            false,
        ),
        route(
            Method::POST,
            "/escalation-policies/{escalation_policy}/versions/1/restore",
            "",
            true,
            true,
        ),
        route(Method::DELETE, ESCALATION_POLICY_PATH, "", true, true),
        route(Method::GET, "/me", "", false, false),
        route(Method::GET, "/me/sessions", "", false, false),
        route(Method::GET, "/me/channels", "", false, false),
        route(Method::GET, "/me/quiet-hours", "", false, false),
        route(Method::GET, "/me/identities", "", false, false),
        route(Method::GET, "/me/audit-log", "", false, false),
        route(Method::GET, "/me/deletion", "", false, false),
        route(Method::GET, "/me/exports", "", false, false),
        route(Method::POST, "/orgs/{org}/exports", "", true, true),
        route(Method::GET, "/orgs/{org}/deletion", "", true, false),
        route(Method::GET, "/me/second-factor", "", false, false),
        route(Method::GET, "/orgs", "", false, false),
        route(Method::GET, "/orgs/{org}", "", true, false),
        route(Method::PATCH, "/orgs/{org}", r#"{"name": "x"}"#, true, true),
        route(Method::GET, "/orgs/{org}/usage", "", true, false),
        route(Method::GET, "/orgs/{org}/members", "", true, false),
        route(
            Method::PATCH,
            "/orgs/{org}/members/{member}",
            r#"{"role": "viewer"}"#,
            true,
            true,
        ),
        route(Method::DELETE, "/orgs/{org}/members/{member}", "", true, true),
        route(Method::GET, "/orgs/{org}/audit-log", "", true, true),
        route(Method::GET, "/tags", "", false, false),
        route(Method::POST, "/tags", r#"{"name": "new"}"#, false, true),
        route(Method::PATCH, "/tags/{tag}", r#"{"name": "x"}"#, true, true),
        route(Method::DELETE, "/tags/{tag}", "", true, true),
        route(Method::GET, "/api-keys", "", false, true),
        route(
            Method::POST,
            "/api-keys",
            r#"{"name": "x", "role": "viewer"}"#,
            false,
            true,
        ),
        route(Method::DELETE, "/api-keys/{key}", "", true, true),
        route(Method::GET, "/monitors", "", false, false),
        route(Method::GET, "/regions", "", false, false),
        route(Method::POST, "/monitors", MONITOR, false, true),
        route(Method::GET, "/monitors/{monitor}", "", true, false),
        route(
            Method::PATCH,
            "/monitors/{monitor}",
            r#"{"name": "x"}"#,
            true,
            true,
        ),
        route(Method::POST, "/monitors/{monitor}/clone", "", true, true),
        route(Method::GET, "/monitors/by-key/shop", "", true, false),
        route(
            Method::PUT,
            "/monitors/by-key/shop",
            r#"{"url": "https://b.example/"}"#,
            false,
            true,
        ),
        route(
            Method::POST,
            "/monitors/bulk",
            r#"{"external_keys": ["shop"], "action": "pause"}"#,
            false,
            true,
        ),
        route(Method::DELETE, "/monitors/by-key/shop", "", true, true),
        route(Method::POST, "/monitors/{monitor}/pause", "", true, true),
        route(Method::POST, "/monitors/{monitor}/resume", "", true, true),
        route(Method::POST, "/monitors/{monitor}/mute", "", true, true),
        route(Method::POST, "/monitors/{monitor}/unmute", "", true, true),
        route(Method::GET, "/monitors/{monitor}/versions", "", true, false),
        route(Method::GET, "/monitors/{monitor}/versions/1", "", true, false),
        route(
            Method::POST,
            "/monitors/{monitor}/versions/1/restore",
            "",
            true,
            true,
        ),
        route(Method::GET, "/monitors/{monitor}/status", "", true, false),
        route(Method::GET, "/monitors/{monitor}/results", "", true, false),
        route(Method::GET, "/monitors/{monitor}/series", "", true, false),
        route(Method::GET, "/monitors/{monitor}/baseline", "", true, false),
        route(Method::GET, "/monitors/{monitor}/uptime", "", true, false),
        route(Method::GET, "/monitors/{heartbeat}/heartbeat", "", true, false),
        route(
            Method::POST,
            "/monitors/{heartbeat}/heartbeat/rotate",
            "",
            true,
            true,
        ),
        route(Method::GET, "/monitors/{heartbeat}/pings", "", true, false),
        route(Method::GET, "/monitors/{heartbeat}/pings/1/body", "", true, true),
        route(Method::POST, PREVIEW, SCHEDULE, false, true),
        route(Method::GET, "/ping-key", "", false, true),
        route(Method::POST, "/ping-key/rotate", "", false, true),
        route(Method::GET, "/incidents", "", false, false),
        route(Method::GET, "/incidents/{incident}", "", true, false),
        route(Method::GET, "/incidents/{incident}/events", "", true, false),
        route(Method::POST, "/incidents/{incident}/acknowledge", "", true, true),
        route(
            Method::POST,
            "/incidents/{incident}/notes",
            r#"{"text": "x"}"#,
            true,
            true,
        ),
        route(Method::GET, "/summary", "", false, false),
        route(Method::GET, "/search?q=ops", "", false, false),
        route(Method::GET, "/sla-reports", "", false, false),
        route(Method::POST, "/sla-reports", SLA_REPORT, false, true),
        route(Method::POST, "/sla-reports/preview", SLA_REPORT, false, false),
        route(Method::GET, "/sla-reports/{sla_report}", "", true, false),
        route(
            Method::GET,
            "/sla-reports/{sla_report}/file?format=json",
            "",
            true,
            false,
        ),
        route(Method::DELETE, "/sla-reports/{sla_report}", "", true, true),
        route(Method::GET, "/sla-schedules", "", false, false),
        route(Method::POST, "/sla-schedules", SLA_SCHEDULE, false, true),
        route(
            Method::PATCH,
            "/sla-schedules/{sla_schedule}",
            r#"{"name": "x"}"#,
            true,
            true,
        ),
        route(Method::DELETE, "/sla-schedules/{sla_schedule}", "", true, true),
        route(Method::GET, "/report-templates", "", false, false),
        route(Method::POST, "/report-templates", REPORT_TEMPLATE, false, true),
        route(Method::GET, REPORT_TEMPLATE_PATH, "", true, false),
        route(
            Method::PATCH,
            REPORT_TEMPLATE_PATH,
            r#"{"name": "x"}"#,
            true,
            true,
        ),
        route(Method::DELETE, REPORT_TEMPLATE_PATH, "", true, true),
        route(Method::GET, "/status-pages", "", false, false),
        route(Method::POST, "/status-pages", STATUS_PAGE, false, true),
        route(Method::GET, "/status-pages/{page}", "", true, false),
        route(
            Method::PATCH,
            "/status-pages/{page}",
            r#"{"title": "x"}"#,
            true,
            true,
        ),
        route(Method::POST, "/status-pages/preview", STATUS_PAGE, false, true),
        route(Method::POST, "/status-pages/{page}/preview", "{}", true, true),
        route(Method::POST, "/status-pages/{page}/prove-domain", "", true, true),
        route(Method::POST, "/status-pages/{page}/visit", "", true, false),
        route(Method::GET, "/status-pages/{page}/reports", "", true, false),
        route(Method::POST, "/status-pages/{page}/reports", REPORT, true, true),
        route(Method::GET, "/status-reports/{report}", "", true, false),
        route(
            Method::PATCH,
            "/status-reports/{report}",
            r#"{"title": "x"}"#,
            true,
            true,
        ),
        route(
            Method::POST,
            "/status-reports/{report}/updates",
            REPORT_UPDATE,
            true,
            true,
        ),
        route(
            Method::PATCH,
            "/status-reports/{report}/updates/{update}",
            r#"{"message": "y"}"#,
            true,
            true,
        ),
        route(Method::GET, "/status-reports/{report}/notices", "", true, false),
        route(Method::DELETE, "/status-reports/{report}", "", true, true),
        route(
            Method::GET,
            "/incidents/{incident}/status-report-drafts",
            "",
            true,
            true,
        ),
        route(
            Method::POST,
            "/status-pages/{page}/reports/preview",
            REPORT_DRAFT,
            true,
            true,
        ),
        route(Method::GET, "/status-pages/{page}/destinations", "", true, true),
        route(
            Method::POST,
            "/status-pages/{page}/destinations",
            DESTINATION,
            true,
            true,
        ),
        route(Method::GET, DESTINATION_PATH, "", true, true),
        route(Method::PATCH, DESTINATION_PATH, r#"{"name": "x"}"#, true, true),
        route(
            Method::POST,
            "/status-pages/{page}/destinations/{destination}/test",
            "",
            true,
            true,
        ),
        route(
            Method::GET,
            "/status-pages/{page}/destinations/{destination}/deliveries",
            "",
            true,
            true,
        ),
        route(Method::DELETE, DESTINATION_PATH, "", true, true),
        route(Method::GET, "/status-pages/{page}/statistics", "", true, false),
        route(Method::GET, "/status-pages/{page}/subscribers", "", true, true),
        route(
            Method::DELETE,
            "/status-pages/{page}/subscribers/{subscriber}",
            "",
            true,
            true,
        ),
        route(Method::DELETE, "/status-pages/{page}", "", true, true),
        route(Method::GET, "/channels", "", false, false),
        route(Method::POST, "/channels", CHANNEL, false, true),
        route(Method::GET, "/channels/{channel}", "", true, false),
        route(
            Method::PATCH,
            "/channels/{channel}",
            r#"{"name": "x"}"#,
            true,
            true,
        ),
        route(Method::GET, "/channels/{channel}/deliveries", "", true, false),
        route(
            Method::POST,
            "/channels/{channel}/deliveries/{delivery}/resend",
            "",
            true,
            true,
        ),
        route(
            Method::POST,
            "/channels/{mail}/recipients/{recipient}/resend",
            "",
            true,
            true,
        ),
        route(Method::GET, "/orgs/{org}/invitations", "", true, true),
        route(Method::POST, "/orgs/{org}/invitations", INVITATION, true, true),
        route(
            Method::POST,
            "/orgs/{org}/invitations/{invitation}/resend",
            "",
            true,
            true,
        ),
        route(
            Method::DELETE,
            "/orgs/{org}/invitations/{invitation}",
            "",
            true,
            true,
        ),
        route(Method::DELETE, "/channels/{channel}", "", true, true),
        route(Method::DELETE, "/monitors/{monitor}", "", true, true),
    ]);
    routes
}

pub(crate) const INCIDENT: &str = "82f05d36-573a-59ff-9bcb-fc8dc8e27aa8";
pub(crate) const DELIVERY: &str = "aaaaaaaa-573a-59ff-9bcb-fc8dc8e27aa8";
pub(crate) const SUBSCRIBER: &str = "bbbbbbbb-573a-59ff-9bcb-fc8dc8e27aa8";
