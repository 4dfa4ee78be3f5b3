//! The fields that only HTTP monitors have.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::errors::Errors;
use super::secret;
use crate::json;
use crate::monitor::http::{
    HttpAuth, HttpMethod, HttpOptions, HttpProbe, IpFamily, JsonAssertion, StatusRanges,
};

/// Request headers that the check itself decides.
const RESERVED_HEADERS: [&str; 6] = [
    "connection",
    "content-length",
    "host",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// The part of a monitor that only HTTP has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HttpInput {
    /// The request's method.
    pub method: Option<HttpMethod>,
    /// The status codes that count as up.
    pub expected_status: Option<StatusRanges>,
    /// Further request headers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<BTreeMap<String, String>>,
    /// The request's body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Who we are to the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<HttpAuth>,
    /// How many redirects are followed; 0 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_redirects: Option<u8>,
    /// A text that the body must contain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contains: Option<String>,
    /// A text that the body must not contain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_contains: Option<String>,
    /// What the body, read as JSON, must hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json: Option<JsonAssertion>,
    /// Response headers that must be there; with a value they must have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_headers: Option<BTreeMap<String, Option<String>>>,
    /// The largest body that counts as up, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_body_bytes: Option<u32>,
    /// By which kind of address the host is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_family: Option<IpFamily>,
    /// Whether the server's certificate must be valid; true by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify_tls: Option<bool>,
    /// A certificate that expires within so many days counts as down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_warn_days: Option<u16>,
}

impl HttpInput {
    pub(super) fn probe(self, url: url::Url, errors: &mut Errors) -> HttpProbe {
        let defaults = HttpOptions::default();
        let probe = HttpProbe {
            url: url.into(),
            method: self.method.unwrap_or_default(),
            expected_status: self.expected_status.unwrap_or_default(),
            options: Box::new(HttpOptions {
                headers: self.headers.unwrap_or_default(),
                body: self.body,
                auth: self.auth,
                max_redirects: self.max_redirects.unwrap_or(0),
                contains: self.contains,
                not_contains: self.not_contains,
                json: self.json,
                expected_headers: self.expected_headers.unwrap_or_default(),
                max_body_bytes: self.max_body_bytes,
                ip_family: self.ip_family.unwrap_or_default(),
                verify_tls: self.verify_tls.unwrap_or(defaults.verify_tls),
                tls_warn_days: self.tls_warn_days,
            }),
        };
        errors.status_ranges("http.expected_status", &probe.expected_status);
        check_request(&probe, errors);
        check_expectations(&probe.options, errors);
        probe
    }
}

fn check_request(probe: &HttpProbe, errors: &mut Errors) {
    let options = &probe.options;
    let field = "http.headers";
    if options.headers.len() > 20 {
        errors.add(field, "must be at most 20");
    }
    for (name, value) in &options.headers {
        if !is_header_name(name) {
            errors.add(field, format!("must have valid names; {name:?} is none"));
        } else if RESERVED_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
            errors.add(field, format!("must not contain {name}"));
        }
        if value.len() > 4_096 || value.chars().any(char::is_control) {
            errors.add(
                field,
                format!("must have printable values of at most 4096 bytes; {name} has none"),
            );
        }
        secret::refuse_placeholder(field, value, errors);
    }
    let takes_body = matches!(
        probe.method,
        HttpMethod::Post | HttpMethod::Put | HttpMethod::Patch | HttpMethod::Delete
    );
    if options.body.is_some() && !takes_body {
        errors.add("http.body", "needs the method POST, PUT, PATCH or DELETE");
    }
    errors.text("http.body", options.body.as_deref(), 16_384);
    match &options.auth {
        None => {}
        Some(HttpAuth::Basic { username, password }) => {
            if username.contains(':') || username.len() > 256 {
                errors.add("http.auth.username", "must have at most 256 bytes and no colon");
            }
            if password.len() > 1_024 {
                errors.add("http.auth.password", "must have at most 1024 bytes");
            }
            secret::refuse_placeholder("http.auth.password", password, errors);
        }
        Some(HttpAuth::Bearer { token }) => {
            if token.is_empty() || token.len() > 4_096 || !token.bytes().all(|b| b.is_ascii_graphic()) {
                errors.add(
                    "http.auth.token",
                    "must have 1 to 4096 printable ASCII characters",
                );
            }
            secret::refuse_placeholder("http.auth.token", token, errors);
        }
    }
    errors.range("http.max_redirects", u32::from(options.max_redirects), 0, 20);
}

fn check_expectations(options: &HttpOptions, errors: &mut Errors) {
    errors.text("http.contains", options.contains.as_deref(), 1_024);
    errors.text("http.not_contains", options.not_contains.as_deref(), 1_024);
    if let Some(json) = &options.json {
        if let Err(error) = super::json_path::parse_json_path(&json.path) {
            errors.add("http.json.path", error.to_string());
        }
        if json.equals.as_ref().is_some_and(json::is_too_deep) {
            errors.add("http.json.equals", json::TOO_DEEP);
        }
    }
    let field = "http.expected_headers";
    if options.expected_headers.len() > 20 {
        errors.add(field, "must be at most 20");
    }
    for (name, value) in &options.expected_headers {
        if !is_header_name(name) {
            errors.add(field, format!("must have valid names; {name:?} is none"));
        }
        errors.text(field, value.as_deref(), 1_024);
    }
    if let Some(max) = options.max_body_bytes {
        errors.range("http.max_body_bytes", max, 1, 4 * 1024 * 1024);
    }
    if let Some(days) = options.tls_warn_days {
        errors.range("http.tls_warn_days", u32::from(days), 1, 365);
    }
}

/// A token of RFC 9110.
fn is_header_name(name: &str) -> bool {
    let is_tchar = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    (1..=256).contains(&name.len()) && name.bytes().all(is_tchar)
}

impl From<HttpProbe> for HttpInput {
    fn from(probe: HttpProbe) -> Self {
        let options = *probe.options;
        let defaults = HttpOptions::default();
        let unless_default = |differs: bool| differs.then_some(());
        Self {
            method: Some(probe.method),
            expected_status: Some(probe.expected_status),
            headers: Some(options.headers).filter(|headers| !headers.is_empty()),
            body: options.body,
            auth: options.auth,
            max_redirects: unless_default(options.max_redirects != 0).map(|()| options.max_redirects),
            contains: options.contains,
            not_contains: options.not_contains,
            json: options.json,
            expected_headers: Some(options.expected_headers).filter(|headers| !headers.is_empty()),
            max_body_bytes: options.max_body_bytes,
            ip_family: unless_default(options.ip_family != defaults.ip_family).map(|()| options.ip_family),
            verify_tls: unless_default(!options.verify_tls).map(|()| false),
            tls_warn_days: options.tls_warn_days,
        }
    }
}
