//! Badges of heartbeats: the state as an image, and as JSON, for pages that everybody may see. Whoever knows the key of
//! one sees the state and nothing else. From Redis alone.

mod draw;

use std::time::Duration;

use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CROSS_ORIGIN_RESOURCE_POLICY, HeaderName,
};
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use domain::badge::{BadgeState, BadgeTarget};
use domain::live::LiveStatus;
use fred::interfaces::{HashesInterface as _, KeysInterface as _};
use shared::http::problem::Problem;
use shared::http::routes::no_such_method;

use crate::Edge;
use crate::client::client_prefix;

/// How long Redis may take.
const REDIS_PATIENCE: Duration = Duration::from_millis(250);

/// Digits of a key.
const KEY_DIGITS: usize = 32;

/// Others may show a badge for so long before they ask again, and it may be shown on every page.
const HEADERS: [(HeaderName, &str); 3] = [
    (CACHE_CONTROL, "public, max-age=30"),
    (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin"),
];

/// As what a badge is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Svg,
    Json,
    Shields,
}

/// Adds their addresses.
pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(
        web::resource("/badge/{badge}")
            .route(web::get().to(badge))
            .route(web::head().to(badge))
            .default_service(web::to(no_such_method)),
    );
}

/// `GET /badge/{key}.svg`, `.json` or `.shields`.
async fn badge(edge: Data<Edge>, request: HttpRequest, badge: Path<String>) -> Result<HttpResponse, Problem> {
    edge.limits.badge(&request, client_prefix(&edge, &request))?;
    let (key, format) = parse(&badge).ok_or_else(no_badge)?;
    let state = tokio::time::timeout(REDIS_PATIENCE, state(&edge, key)).await;
    let Ok(Ok(Some(state))) = state else {
        return Err(match state {
            Ok(Ok(None)) => no_badge(),
            _ => Problem::unavailable("the state"),
        });
    };
    let mut answer = HttpResponse::Ok();
    for header in HEADERS {
        answer.insert_header(header);
    }
    Ok(match format {
        Format::Svg => answer
            .content_type("image/svg+xml; charset=utf-8")
            .body(draw::svg(state)),
        Format::Json => answer.json(draw::json(state)),
        Format::Shields => answer.json(draw::shields(state)),
    })
}

fn no_badge() -> Problem {
    Problem::not_found("badge")
}

/// The key and the format in the last part of an address.
fn parse(badge: &str) -> Option<(&str, Format)> {
    let (key, format) = badge.split_once('.')?;
    let format = match format {
        "svg" => Format::Svg,
        "json" => Format::Json,
        "shields" => Format::Shields,
        _ => return None,
    };
    let is_digit = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
    (key.len() == KEY_DIGITS && key.bytes().all(is_digit)).then_some((key, format))
}

/// The state of the heartbeat whose badge has this key; nothing where there is no such badge.
///
/// # Errors
/// When Redis does not say, or was emptied.
async fn state(edge: &Edge, key: &str) -> Result<Option<BadgeState>, NotKnown> {
    let target: Option<String> = edge.redis.get(edge.keys.badge(key)).await?;
    let Some(target) = target else { return Ok(None) };
    let target: BadgeTarget = serde_json::from_str(&target).map_err(|_| NotKnown)?;
    let pipeline = edge.redis.pipeline();
    let status = edge.keys.status(target.monitor_id);
    pipeline.hmget::<(), _, _>(status, vec!["org", "json"]).await?;
    pipeline.exists::<(), _>(edge.keys.filled()).await?;
    let (known, filled): ((Option<i64>, Option<String>), i64) = pipeline.all().await?;
    let status = match known {
        (Some(org), Some(json)) if org == target.org_id.0 => {
            serde_json::from_str(&json).map_err(|_| NotKnown)?
        }
        // Of what was never pinged there is none.
        (None, None) if filled == 1 => LiveStatus::default(),
        _ => return Err(NotKnown),
    };
    Ok(Some(BadgeState::of(&status, shared::now())))
}

/// The state cannot be told at the moment.
struct NotKnown;

impl From<fred::error::Error> for NotKnown {
    fn from(error: fred::error::Error) -> Self {
        tracing::debug!(%error, "cannot look up the state for a badge");
        Self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_key_and_a_format() {
        let key = "00112233445566778899aabbccddeeff";
        for (end, format) in [
            ("svg", Format::Svg),
            ("json", Format::Json),
            ("shields", Format::Shields),
        ] {
            assert_eq!(parse(&format!("{key}.{end}")), Some((key, format)));
        }
        for other in [
            key.to_owned(),
            format!("{key}."),
            format!("{key}.png"),
            format!("{key}.svg.json"),
            format!("{}.svg", key.to_uppercase()),
            format!("{}.svg", &key[1..]),
            ".svg".to_owned(),
        ] {
            assert_eq!(parse(&other), None, "{other}");
        }
    }
}
