//! What is wrong with an answer.

use http::{HeaderMap, StatusCode};
use hyper::body::Bytes;
use serde_json::Value;

use super::Made;

/// The answer to a request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body; none of a live stream.
    pub body: Bytes,
}

/// What an HTTP server answers by itself to what it does not read, without a body.
const BARE: [u16; 3] = [400, 408, 431];

impl Answer {
    /// A header as text.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    }
}

/// What no client should be answered to this request, and is.
pub fn fault(made: &Made, answer: &Answer) -> Option<String> {
    let status = answer.status.as_u16();
    if status >= 500 {
        let body = String::from_utf8_lossy(&answer.body);
        return Some(format!("answered {status}: {body}"));
    }
    let is_encoded = !answer.header("content-encoding").is_empty();
    let has_no_body = made.method == "HEAD" || answer.header("content-type") == "text/event-stream";
    if is_encoded || has_no_body || BARE.contains(&status) && answer.body.is_empty() {
        return None;
    }
    let media_type = answer.header("content-type");
    if status >= 400 {
        let problem: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let is_one =
            problem.is_some_and(|problem| problem["status"] == status && problem["request_id"].is_string());
        // Beyond the API there is the dashboard.
        if !is_one && made.path.starts_with("/api/") {
            return Some(format!("answered {status} without a problem: {:?}", answer.body));
        }
    }
    let body = String::from_utf8_lossy(&answer.body);
    testkit::documented(made.method.as_str(), &made.path, status, media_type, &body).err()
}
