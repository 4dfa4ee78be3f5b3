//! An HTTP probe, parsed once for all its checks.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::monitor::{
    DEFAULT_MAX_BODY_BYTES, HttpAuth, HttpMethod, HttpOptions, HttpProbe, IpFamily, JsonAssertion,
    JsonPathError, StatusRanges, parse_json_path,
};
use domain::redact;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};
use hyper::body::Bytes;
use serde_json_path::JsonPath;
use url::Url;

use crate::error::CompileError;
use crate::probe::handshake::Sessions;
use crate::target::Address;

/// An HTTP request and the expected response.
#[derive(Debug)]
pub(crate) struct HttpTarget {
    pub(crate) address: Address,
    pub(crate) method: HttpMethod,
    pub(crate) expected: StatusRanges,
    /// How many redirects are followed.
    pub(crate) max_redirects: u8,
    /// Options that most monitors do not use.
    pub(crate) extras: Option<Box<Extras>>,
}

/// Options that most HTTP monitors do not use.
#[derive(Debug)]
pub(crate) struct Extras {
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Bytes,
    pub(crate) contains: Option<Box<str>>,
    pub(crate) not_contains: Option<Box<str>>,
    pub(crate) json: Option<Json>,
    pub(crate) expected_headers: Vec<(HeaderName, Option<Box<str>>)>,
    /// The largest body that counts as up; a longer one is a failure.
    pub(crate) max_body: Option<usize>,
    /// Whether the user demands that size.
    pub(crate) limits_body: bool,
    pub(crate) family: IpFamily,
    pub(crate) verify_tls: bool,
    pub(crate) tls_warn_days: Option<u16>,
    /// Where checks may resume TLS sessions.
    pub(super) sessions: Option<Sessions>,
}

/// What a JSON body must hold.
#[derive(Debug)]
pub(crate) struct Json {
    /// An error for a stored query that today's validation refuses.
    pub(crate) path: Result<JsonPath, JsonPathError>,
    pub(crate) equals: Option<serde_json::Value>,
}

impl HttpTarget {
    pub(crate) fn compile(probe: HttpProbe) -> Result<Self, CompileError> {
        let url: Url = probe.url.parse().map_err(|_| CompileError::Url)?;
        let address = Address::from_url(&url).ok_or(CompileError::Url)?;
        let mut expected = probe.expected_status;
        expected.0.shrink_to_fit();
        let mut options = *probe.options;
        let mut max_redirects = std::mem::take(&mut options.max_redirects);
        if expected.0.iter().all(|&(low, high)| low >= 300 && high <= 399) {
            // What expects a redirect does not follow it.
            max_redirects = 0;
        }
        let extras = if options == HttpOptions::default() {
            None
        } else {
            Some(Box::new(Extras::compile(options)?))
        };
        Ok(Self {
            address,
            method: probe.method,
            expected,
            max_redirects,
            extras,
        })
    }

    /// The next TLS handshakes are full ones.
    pub(in crate::probe) fn forget_sessions(&self) {
        let extras = self.extras.as_deref();
        if let Some(sessions) = extras.and_then(|extras| extras.sessions.as_ref()) {
            sessions.forget();
        }
    }
}

impl Extras {
    fn compile(options: HttpOptions) -> Result<Self, CompileError> {
        let mut headers = header_pairs(options.headers)?;
        if let Some(auth) = options.auth {
            headers.retain(|(name, _)| *name != AUTHORIZATION);
            headers.push((AUTHORIZATION, credential(auth)?));
        }
        let expected_headers = options
            .expected_headers
            .into_iter()
            .map(|(name, value)| Ok((header_name(&name)?, value.map(String::into_boxed_str))))
            .collect::<Result<_, CompileError>>()?;
        let json = options.json.map(Json::compile);
        let inspects = json.is_some() || options.contains.is_some() || options.not_contains.is_some();
        let max_body = options
            .max_body_bytes
            .or_else(|| inspects.then_some(DEFAULT_MAX_BODY_BYTES));
        Ok(Self {
            headers,
            body: options.body.map(Bytes::from).unwrap_or_default(),
            contains: options.contains.map(String::into_boxed_str),
            not_contains: options.not_contains.map(String::into_boxed_str),
            json,
            expected_headers,
            max_body: max_body.map(|max| max as usize),
            limits_body: options.max_body_bytes.is_some(),
            family: options.ip_family,
            verify_tls: options.verify_tls,
            tls_warn_days: options.tls_warn_days,
            sessions: options
                .tls_resumption
                .then(|| Sessions::new(options.tls_warn_days)),
        })
    }

    /// Whether the body has to be kept for inspection.
    pub(crate) fn inspects_body(&self) -> bool {
        self.contains.is_some() || self.not_contains.is_some() || self.json.is_some()
    }
}

impl Json {
    pub(super) fn compile(assertion: JsonAssertion) -> Self {
        Self {
            path: parse_json_path(&assertion.path),
            equals: assertion.equals,
        }
    }
}

fn header_pairs(headers: BTreeMap<String, String>) -> Result<Vec<(HeaderName, HeaderValue)>, CompileError> {
    headers
        .into_iter()
        .map(|(name, value)| {
            let mut value = HeaderValue::try_from(value).map_err(|_| CompileError::Header)?;
            value.set_sensitive(redact::is_sensitive(&name));
            Ok((header_name(&name)?, value))
        })
        .collect()
}

fn header_name(name: &str) -> Result<HeaderName, CompileError> {
    name.parse().map_err(|_| CompileError::Header)
}

fn credential(auth: HttpAuth) -> Result<HeaderValue, CompileError> {
    let text = match auth {
        HttpAuth::Basic { username, password } => {
            format!("Basic {}", STANDARD.encode(format!("{username}:{password}")))
        }
        HttpAuth::Bearer { token } => format!("Bearer {token}"),
    };
    let mut value = HeaderValue::try_from(text).map_err(|_| CompileError::Header)?;
    value.set_sensitive(true);
    Ok(value)
}
