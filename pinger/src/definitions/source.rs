//! Definitions from user-service, or from their sealed mirror in Redis when user-service is unavailable.

use std::sync::Arc;
use std::time::Duration;

use domain::MonitorId;
use domain::internal::{DefinitionsPage, DefinitionsPageOf};
use domain::monitor::Definition;
use fred::clients::Client;
use fred::interfaces::ClientLike as _;
use fred::prelude::{Error, ErrorKind};
use fred::types::{ClusterHash, CustomCommand, Value};
use hyper::body::Bytes;
use shared::crypto::Keyring;
use shared::http::client::{CallError, ServiceClient};
use shared::http::identity::InternalKeys;
use shared::items::{self, Items};
use shared::redis::Keys;

use crate::metrics::Metrics;
use crate::monitor::Monitor;
use crate::settings::Settings;

/// How long user-service may take for one page.
const CALL_DEADLINE: Duration = Duration::from_secs(5);

/// The largest page, in bytes: definitions may carry bodies and headers.
const MAX_PAGE_BYTES: usize = 32 * 1024 * 1024;

/// Definitions in one page.
const PAGE_SIZE: usize = 1_000;

/// Where a scan begins, and what it says at its end.
pub(super) const FIRST_CURSOR: &str = "0";

/// Definitions of the mirror in one page, roughly. Each may have 64 KiB.
const MIRROR_PAGE_SIZE: &str = "64";

/// The largest value of the mirror that is opened, in bytes.
const MAX_MIRRORED_BYTES: usize = 1024 * 1024;

/// Where definitions come from.
#[derive(Debug)]
pub(super) struct Source {
    http: ServiceClient,
    url: String,
    internal_keys: InternalKeys,
    redis: Client,
    keys: Keys,
    keyring: Keyring,
    shards: u32,
    metrics: Arc<Metrics>,
}

/// Monitors, and where the next page starts.
pub(super) struct MonitorPage {
    pub(super) monitors: Vec<Arc<Monitor>>,
    pub(super) next_after: Option<MonitorId>,
}

/// Monitors of the mirror, and the cursor of the next page.
pub(super) struct MirrorPage {
    pub(super) monitors: Vec<Arc<Monitor>>,
    pub(super) next: Option<String>,
}

/// The label under which unreadable definitions are counted.
const DEFINITION: &str = "definition";

impl Source {
    pub(super) fn new(settings: &Settings, redis: Client, metrics: Arc<Metrics>) -> Self {
        Self {
            http: ServiceClient::new(CALL_DEADLINE).with_max_answer(MAX_PAGE_BYTES),
            url: settings.user_service_url.clone(),
            internal_keys: settings.internal_keys.clone(),
            redis,
            keys: settings.redis.keys(),
            keyring: settings.keyring.clone(),
            shards: settings.shards,
            metrics,
        }
    }

    /// The definitions of `shards` whose ids are greater than `after`, as JSON.
    pub(super) async fn page(&self, shards: &[u32], after: MonitorId) -> Result<Bytes, CallError> {
        let url = format!(
            "{}/internal/definitions?shards={}&shard_count={}&after={after}&limit={PAGE_SIZE}",
            self.url,
            joined(shards),
            self.shards
        );
        self.get(&url).await
    }

    /// The definitions with these ids; one that is missing was removed.
    pub(super) async fn by_ids(&self, ids: &[i64]) -> Result<MonitorPage, CallError> {
        let url = format!("{}/internal/definitions?ids={}", self.url, joined(ids));
        Ok(read(&self.get(&url).await?)?)
    }

    async fn get(&self, url: &str) -> Result<Bytes, CallError> {
        let answer = self.http.get(url, self.internal_keys.current()).await;
        if answer.is_err() {
            self.metrics.fetch_failures.increment(1);
        }
        answer
    }

    /// A page of a shard's mirrored definitions, from this cursor on. A definition may be on two pages.
    pub(super) async fn mirrored(&self, shard: u32, cursor: &str) -> Result<MirrorPage, Error> {
        let hscan = CustomCommand::new_static("HSCAN", ClusterHash::FirstKey, false);
        let key = self.keys.definitions(shard);
        let arguments = [key.as_str(), cursor, "COUNT", MIRROR_PAGE_SIZE];
        let answer: Value = self.redis.custom(hscan, arguments.to_vec()).await?;
        let (next, sealed) = scanned(answer).ok_or_else(|| {
            let why = "an answer to HSCAN is of another form";
            Error::new(ErrorKind::Protocol, why)
        })?;
        let mut monitors = Vec::with_capacity(sealed.len() / 2);
        for pair in sealed.chunks_exact(2) {
            monitors.extend(self.opened(&pair[0], &pair[1]).and_then(compile));
        }
        Ok(MirrorPage { monitors, next })
    }

    /// A mirrored definition; `None` when it cannot be read.
    fn opened(&self, id: &Value, sealed: &Value) -> Option<Definition> {
        let id: Option<i64> = id.as_str().and_then(|id| id.parse().ok());
        let left_out = |why: &str| items::left_out(DEFINITION, id, why);
        let (Some(number), Some(bytes)) = (id.map(MonitorId), sealed.as_bytes()) else {
            left_out("it is of another form");
            return None;
        };
        if bytes.len() > MAX_MIRRORED_BYTES {
            left_out("it is too large");
            return None;
        }
        match self.keyring.open(&Definition::seal_context(number), bytes) {
            Ok(json) => items::one(&json, DEFINITION),
            Err(error) => {
                left_out(&error.to_string());
                None
            }
        }
    }
}

/// The next cursor of a scan, and the fields with their values, one after the other.
fn scanned(answer: Value) -> Option<(Option<String>, Vec<Value>)> {
    let mut parts = answer.into_array().into_iter();
    let (cursor, Value::Array(sealed)) = (parts.next()?.into_string()?, parts.next()?) else {
        return None;
    };
    Some(((cursor != FIRST_CURSOR).then_some(cursor), sealed))
}

/// Parses a page. Only when that fails as a whole is it parsed definition by definition.
pub(super) fn read(json: &[u8]) -> Result<MonitorPage, serde_json::Error> {
    if let Ok(page) = serde_json::from_slice::<DefinitionsPage>(json) {
        return Ok(MonitorPage {
            monitors: page.definitions.into_iter().filter_map(compile).collect(),
            next_after: page.next_after,
        });
    }
    let page: DefinitionsPageOf<Items<'_>> = serde_json::from_slice(json)?;
    let definitions = page.definitions.read(DEFINITION);
    Ok(MonitorPage {
        monitors: definitions.into_iter().filter_map(compile).collect(),
        next_after: page.next_after,
    })
}

/// The monitor of a definition; `None` when this version cannot check it.
fn compile(definition: Definition) -> Option<Arc<Monitor>> {
    let id = definition.id;
    match Monitor::compile(definition) {
        Ok(monitor) => Some(Arc::new(monitor)),
        Err(error) => {
            items::left_out(DEFINITION, Some(id.0), &error.to_string());
            None
        }
    }
}

fn joined<T: ToString>(numbers: &[T]) -> String {
    numbers.iter().map(T::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> serde_json::Value {
        serde_json::json!({
            "id": 1, "org_id": 7, "revision": 1, "interval_ms": 60_000, "timeout_ms": 1_000, "retries": 1,
            "retry_delay_ms": 1_000, "rule": {}, "paused": false, "kind": "http", "url": "http://a.example/"
        })
    }

    /// Whether one good definition is read beside `other`.
    fn is_read_beside(other: &str) {
        let page = format!(r#"{{"definitions": [{other}, {}], "next_after": 5}}"#, good());
        let page = read(page.as_bytes()).unwrap();
        assert_eq!(page.monitors.last().unwrap().id, MonitorId(1));
        assert_eq!(page.next_after, Some(MonitorId(5)));
    }

    #[test]
    fn an_answer_of_another_form_is_no_page() {
        let page =
            |cursor: &str| Value::Array(vec![cursor.into(), Value::Array(vec!["1".into(), "x".into()])]);
        let (next, sealed) = scanned(page("17")).unwrap();
        assert_eq!((next.as_deref(), sealed.len()), (Some("17"), 2));
        assert_eq!(scanned(page(FIRST_CURSOR)).unwrap().0, None);
        for odd in [Value::Null, "0".into(), Value::Array(vec!["0".into()])] {
            assert!(scanned(odd).is_none());
        }
    }

    #[test]
    fn a_kind_from_the_future_does_not_spoil_its_page() {
        let mut future = good();
        future["kind"] = "telepathy".into();
        is_read_beside(&future.to_string());
        is_read_beside("null");
    }

    #[test]
    fn a_value_that_is_nested_too_deep_does_not_spoil_its_page() {
        for levels in [124, 10_000] {
            let equals = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
            let json = format!(r#""kind":"http","json":{{"path":"$","equals":{equals}}}"#);
            is_read_beside(&good().to_string().replace(r#""kind":"http""#, &json));
        }
    }
}
