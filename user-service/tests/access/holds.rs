//! Routes of what holds alerts back: maintenance windows and silences.

use http::Method;

use super::routes::{Route, route};

pub(crate) const WINDOW: &str = r#"{"name": "Move", "repeat": "once", "from": "2099-12-01T22:00:00Z",
    "until": "2099-12-02T04:00:00Z"}"#;
const WINDOW_PATH: &str = "/maintenance-windows/{window}";

/// The occurrence of [`WINDOW`].
const OCCURRENCE: &str = r#"{"starts_at": "2099-12-01T22:00:00Z"}"#;

pub(crate) const SILENCE: &str = r#"{"reason": "Move", "starts_at": "2099-12-01T22:00:00Z",
    "ends_at": "2099-12-02T04:00:00Z"}"#;
const SILENCE_PATH: &str = "/silences/{silence}";

/// These routes, in an order in which the owner can call each.
pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/maintenance-windows", "", false, false),
        route(Method::POST, "/maintenance-windows", WINDOW, false, true),
        route(Method::POST, "/maintenance-windows/preview", WINDOW, false, true),
        route(Method::GET, WINDOW_PATH, "", true, false),
        route(Method::PATCH, WINDOW_PATH, r#"{"name": "x"}"#, true, true),
        route(
            Method::GET,
            "/maintenance-windows/{window}/occurrences",
            "",
            true,
            false,
        ),
        route(
            Method::POST,
            "/maintenance-windows/{window}/occurrences/cancel",
            OCCURRENCE,
            true,
            true,
        ),
        route(
            Method::POST,
            "/maintenance-windows/{window}/occurrences/restore",
            OCCURRENCE,
            true,
            true,
        ),
        route(
            Method::GET,
            "/maintenance-windows/{window}/versions",
            "",
            true,
            false,
        ),
        route(
            Method::GET,
            "/maintenance-windows/{window}/versions/1",
            "",
            true,
            false,
        ),
        route(
            Method::POST,
            "/maintenance-windows/{window}/versions/1/restore",
            "",
            true,
            true,
        ),
        route(Method::DELETE, WINDOW_PATH, "", true, true),
        route(Method::GET, "/silences", "", false, false),
        route(Method::POST, "/silences", SILENCE, false, true),
        route(Method::GET, SILENCE_PATH, "", true, false),
        route(Method::PATCH, SILENCE_PATH, r#"{"reason": "x"}"#, true, true),
        route(Method::POST, "/silences/{silence}/end", "", true, true),
    ]
}
