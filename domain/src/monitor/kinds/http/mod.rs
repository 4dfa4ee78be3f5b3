//! HTTP and HTTPS: a request, and the expected response.

mod contradictions;
mod input;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::input::HttpInput;

/// How much of a response is inspected by default, in bytes.
pub const DEFAULT_MAX_BODY_BYTES: u32 = 1024 * 1024;

/// An HTTP request and the expected response. Fields that were added later have defaults, so that stored probes keep
/// their meaning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HttpProbe {
    /// The absolute address, `http` or `https`, without credentials and fragment.
    pub url: String,
    /// The request's method.
    #[serde(default)]
    pub method: HttpMethod,
    /// The status codes that count as up.
    #[serde(default)]
    pub expected_status: StatusRanges,
    /// All other options.
    #[serde(flatten)]
    pub options: Box<HttpOptions>,
}

/// Options that most HTTP monitors do not use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HttpOptions {
    /// Additional request headers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The request's body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<HttpAuth>,
    /// How many redirects are followed; with 0 a redirect is the response.
    pub max_redirects: u8,
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
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub expected_headers: BTreeMap<String, Option<String>>,
    /// The largest body that counts as up, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_body_bytes: Option<u32>,
    /// IP version.
    pub ip_family: IpFamily,
    /// Whether the server's certificate must be valid.
    pub verify_tls: bool,
    /// Days before expiry from which the certificate counts as down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_warn_days: Option<u16>,
    /// Whether checks resume the TLS session of an earlier one, so that not each of them sees the certificate.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub tls_resumption: bool,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            headers: BTreeMap::new(),
            body: None,
            auth: None,
            max_redirects: 0,
            contains: None,
            not_contains: None,
            json: None,
            expected_headers: BTreeMap::new(),
            max_body_bytes: None,
            ip_family: IpFamily::Any,
            verify_tls: true,
            tls_warn_days: None,
            tls_resumption: false,
        }
    }
}

impl HttpProbe {
    /// A GET of `url` that expects the default status codes.
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            method: HttpMethod::Get,
            expected_status: StatusRanges::default(),
            options: Box::default(),
        }
    }
}

/// Credentials for HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum HttpAuth {
    /// RFC 7617.
    Basic {
        /// The user's name.
        username: String,
        /// The password.
        password: String,
    },
    /// RFC 6750.
    Bearer {
        /// The token.
        token: String,
    },
}

/// What a JSON body must contain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonAssertion {
    /// A JSONPath query (RFC 9535) that must select something.
    pub path: String,
    /// One of the selected values must equal this; JSON's null is a value as well.
    #[serde(
        default,
        deserialize_with = "crate::json::given",
        skip_serializing_if = "Option::is_none"
    )]
    pub equals: Option<serde_json::Value>,
}

/// The IP version by which a host is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IpFamily {
    /// Whichever connects first.
    #[default]
    Any,
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
}

/// Request methods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum HttpMethod {
    /// The default.
    #[default]
    Get,
    /// A response without a body.
    Head,
    /// The methods that the server supports.
    Options,
    /// A request with a body.
    Post,
    /// A request with a body.
    Put,
    /// A request with a body.
    Patch,
    /// Removes the resource.
    Delete,
}

impl HttpMethod {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// Inclusive ranges of HTTP status codes, written as pairs: `[[200, 299], [404, 404]]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct StatusRanges(pub Vec<(u16, u16)>);

impl Default for StatusRanges {
    fn default() -> Self {
        Self(vec![(200, 399)])
    }
}

impl StatusRanges {
    /// Whether `status` lies in one of the ranges.
    pub fn contains(&self, status: u16) -> bool {
        self.0.iter().any(|&(low, high)| (low..=high).contains(&status))
    }
}
