//! The HTTP probe.

use serde::{Deserialize, Serialize};

/// An HTTP request and what answer is expected.
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
}

/// The methods that a check may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum HttpMethod {
    /// The default: what a visitor does.
    #[default]
    Get,
    /// Without a body in the answer.
    Head,
    /// Which methods there are.
    Options,
    /// With a body in the request.
    Post,
    /// With a body in the request.
    Put,
    /// With a body in the request.
    Patch,
    /// Removes something.
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
