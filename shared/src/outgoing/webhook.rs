//! Requests signed by the Standard Webhooks scheme (<https://www.standardwebhooks.com>): the receiver checks an
//! HMAC-SHA-256 over the message's id, its time and its body. While a secret is being replaced, each message carries a
//! signature by either.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Timestamp;
use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, USER_AGENT};
use ring::hmac;

/// The keys that sign, the present one first.
pub type Keys = Vec<Vec<u8>>;

/// A message to a webhook, signed at `now`. Its `id` is the same whenever it is sent again.
///
/// # Errors
/// When the address is not one.
pub fn signed(
    url: &str,
    keys: &Keys,
    id: &str,
    body: String,
    now: Timestamp,
) -> Result<Request<Full<Bytes>>, http::Error> {
    let timestamp = now.as_millis().div_euclid(1_000);
    let signatures: Vec<String> = keys.iter().map(|key| sign(key, id, timestamp, &body)).collect();
    Request::post(url)
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, "uptime-monitor")
        .header("webhook-id", id)
        .header("webhook-timestamp", timestamp)
        .header("webhook-signature", signatures.join(" "))
        .body(Full::from(body))
}

/// `v1,` and the base64 of the HMAC-SHA-256 of `id.timestamp.body`.
fn sign(key: &[u8], id: &str, timestamp: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let tag = hmac::sign(&key, format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_agree_with_the_scheme() {
        // The test vector of the Standard Webhooks libraries.
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = sign(
            &key,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            "{\"test\": 2432232314}",
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
