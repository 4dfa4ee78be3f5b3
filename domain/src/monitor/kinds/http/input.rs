//! What a user sends of an HTTP monitor, and what makes it valid.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::contradictions;
use super::{HttpAuth, HttpMethod, HttpOptions, HttpProbe, IpFamily, JsonAssertion, StatusRanges};
use crate::field_error::Errors;
use crate::header;
use crate::json;
use crate::monitor::address::parse_url;
use crate::monitor::json_path::parse_json_path;
use crate::monitor::kinds::kind::Kind;
use crate::monitor::secret::refuse_placeholder;
use crate::redact;

/// How many redirects a monitor follows that does not say.
const DEFAULT_MAX_REDIRECTS: u8 = 10;

/// Request headers that the pinger sets itself.
const RESERVED_HEADERS: [&str; 6] = [
    "connection",
    "content-length",
    "host",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// Options of HTTP monitors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HttpInput {
    /// The request's method.
    pub method: Option<HttpMethod>,
    /// The status codes that count as up.
    pub expected_status: Option<StatusRanges>,
    /// Additional request headers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<BTreeMap<String, String>>,
    /// The request's body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<HttpAuth>,
    /// How many redirects are followed; 10 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_redirects: Option<u8>,
    /// Text that the body must contain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contains: Option<String>,
    /// Text that the body must not contain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_contains: Option<String>,
    /// What the body must contain as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json: Option<JsonAssertion>,
    /// Required response headers, with their value unless it is null.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_headers: Option<BTreeMap<String, Option<String>>>,
    /// The largest body that counts as up, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_body_bytes: Option<u32>,
    /// IP version; any by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_family: Option<IpFamily>,
    /// Whether the server's certificate must be valid; true by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify_tls: Option<bool>,
    /// Days before expiry from which the certificate counts as down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_warn_days: Option<u16>,
    /// Whether checks resume the TLS session of an earlier one; false by default: each check makes a full handshake and
    /// sees the certificate. With true a full one is made every ten minutes, after a failure, and when the certificate that
    /// was seen last has expired or is about to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_resumption: Option<bool>,
}

impl Kind for HttpProbe {
    const NAME: &'static str = "http";
    type Input = HttpInput;

    fn parse(url: &str, input: HttpInput, errors: &mut Errors) -> Option<Self> {
        match parse_url(url) {
            Ok(url) => Some(input.checked(url.into(), errors)),
            Err(message) => {
                errors.add("url", message);
                // The errors of the other fields are reported together with it.
                input.checked(String::new(), errors);
                None
            }
        }
    }

    fn into_input(self) -> HttpInput {
        let options = *self.options;
        let defaults = HttpOptions::default();
        HttpInput {
            method: Some(self.method),
            expected_status: Some(self.expected_status),
            headers: Some(options.headers).filter(|headers| !headers.is_empty()),
            body: options.body,
            auth: options.auth,
            max_redirects: Some(options.max_redirects).filter(|max| *max != DEFAULT_MAX_REDIRECTS),
            contains: options.contains,
            not_contains: options.not_contains,
            json: options.json,
            expected_headers: Some(options.expected_headers).filter(|headers| !headers.is_empty()),
            max_body_bytes: options.max_body_bytes,
            ip_family: Some(options.ip_family).filter(|family| *family != defaults.ip_family),
            verify_tls: Some(options.verify_tls).filter(|verify| *verify != defaults.verify_tls),
            tls_warn_days: options.tls_warn_days,
            tls_resumption: Some(options.tls_resumption).filter(|resumes| *resumes),
        }
    }

    fn url(&self) -> String {
        self.url.clone()
    }

    fn host(&self) -> String {
        url::Url::parse(&self.url)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_default()
    }

    fn each_secret(input: &mut HttpInput, visit: &mut dyn FnMut(&str, &mut String)) {
        match &mut input.auth {
            Some(HttpAuth::Basic { password, .. }) => visit("auth.password", password),
            Some(HttpAuth::Bearer { token }) => visit("auth.token", token),
            None => {}
        }
        for (name, value) in input.headers.iter_mut().flatten() {
            if redact::is_sensitive(name) {
                visit(&format!("headers.{}", name.to_ascii_lowercase()), value);
            }
        }
    }

    fn each_sent(input: &mut HttpInput, visit: &mut dyn FnMut(&mut String)) {
        if let Some(HttpAuth::Basic { username, .. }) = &mut input.auth {
            visit(username);
        }
        input
            .headers
            .iter_mut()
            .flatten()
            .for_each(|(_, value)| visit(value));
        input.body.iter_mut().for_each(visit);
    }
}

impl HttpInput {
    /// The probe of `url` with these options, which are checked.
    fn checked(self, url: String, errors: &mut Errors) -> HttpProbe {
        let defaults = HttpOptions::default();
        let probe = HttpProbe {
            url,
            method: self.method.unwrap_or_default(),
            expected_status: self.expected_status.unwrap_or_default(),
            options: Box::new(HttpOptions {
                headers: self.headers.unwrap_or_default(),
                body: self.body,
                auth: self.auth,
                max_redirects: self.max_redirects.unwrap_or(DEFAULT_MAX_REDIRECTS),
                contains: self.contains,
                not_contains: self.not_contains,
                json: self.json,
                expected_headers: self.expected_headers.unwrap_or_default(),
                max_body_bytes: self.max_body_bytes,
                ip_family: self.ip_family.unwrap_or_default(),
                verify_tls: self.verify_tls.unwrap_or(defaults.verify_tls),
                tls_warn_days: self.tls_warn_days,
                tls_resumption: self.tls_resumption.unwrap_or(defaults.tls_resumption),
            }),
        };
        check_status(&probe.expected_status, errors);
        check_request(&probe, errors);
        check_expectations(&probe.options, errors);
        contradictions::check(&probe, errors);
        probe
    }
}

fn check_status(ranges: &StatusRanges, errors: &mut Errors) {
    let valid = |&(low, high): &(u16, u16)| (100..=599).contains(&low) && (low..=599).contains(&high);
    if ranges.0.is_empty() || ranges.0.len() > 20 || !ranges.0.iter().all(valid) {
        errors.add(
            "http.expected_status",
            "must be 1 to 20 pairs [from, to] of status codes from 100 to 599",
        );
    }
}

fn check_request(probe: &HttpProbe, errors: &mut Errors) {
    let options = &probe.options;
    let field = "http.headers";
    if options.headers.len() > 20 {
        errors.add(field, "must be at most 20");
    }
    for (name, value) in &options.headers {
        if !header::is_name(name) {
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
        refuse_placeholder(field, value, errors);
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
            refuse_placeholder("http.auth.password", password, errors);
        }
        Some(HttpAuth::Bearer { token }) => {
            if token.is_empty() || token.len() > 4_096 || !token.bytes().all(|b| b.is_ascii_graphic()) {
                errors.add(
                    "http.auth.token",
                    "must have 1 to 4096 printable ASCII characters",
                );
            }
            refuse_placeholder("http.auth.token", token, errors);
        }
    }
    errors.range("http.max_redirects", u32::from(options.max_redirects), 0, 20);
}

fn check_expectations(options: &HttpOptions, errors: &mut Errors) {
    errors.text("http.contains", options.contains.as_deref(), 1_024);
    errors.text("http.not_contains", options.not_contains.as_deref(), 1_024);
    if let Some(json) = &options.json {
        if let Err(error) = parse_json_path(&json.path) {
            errors.add("http.json.path", error.to_string());
        }
        if json.equals.as_ref().is_some_and(json::is_too_deep) {
            errors.add("http.json.equals", json::TOO_DEEP);
        }
        if json.equals.as_ref().is_some_and(json::has_rounded_integer) {
            errors.add("http.json.equals", json::ROUNDED);
        }
    }
    let field = "http.expected_headers";
    if options.expected_headers.len() > 20 {
        errors.add(field, "must be at most 20");
    }
    for (name, value) in &options.expected_headers {
        if !header::is_name(name) {
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
