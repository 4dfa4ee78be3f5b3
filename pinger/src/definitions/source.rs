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

use super::quorums::Quorums;
use crate::error::CompileError;
use crate::metrics::Metrics;
use crate::monitor::Monitor;
use crate::place::Place;
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
    reading: Reading,
    metrics: Arc<Metrics>,
}

/// Reads the definitions that are for this region. Those of others are dropped as soon as that is seen: of what other
/// regions check nothing is kept.
#[derive(Debug)]
struct Reading {
    place: Place,
    quorums: Quorums,
}

/// Monitors, and where the next page starts.
pub(super) struct MonitorPage {
    pub(super) monitors: Vec<Arc<Monitor>>,
    /// The monitors that other regions check, with their revisions.
    pub(super) elsewhere: Vec<(MonitorId, u32)>,
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
            reading: Reading {
                place: settings.place.clone(),
                quorums: Quorums::default(),
            },
            metrics,
        }
    }

    /// Parses a page.
    pub(super) fn read(&self, json: &[u8]) -> Result<MonitorPage, serde_json::Error> {
        self.reading.page(json)
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
        Ok(self.read(&self.get(&url).await?)?)
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
            let definition = self.opened(&pair[0], &pair[1]);
            monitors.extend(definition.and_then(|definition| self.reading.monitor(definition).ok()));
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

/// What there is instead of a monitor.
enum NoMonitor {
    /// Other regions check it.
    Elsewhere(MonitorId, u32),
    /// This version cannot check it.
    Unreadable,
}

impl Reading {
    /// Parses a page. Only when that fails as a whole is it parsed definition by definition.
    fn page(&self, json: &[u8]) -> Result<MonitorPage, serde_json::Error> {
        if let Ok(page) = serde_json::from_slice::<DefinitionsPage>(json) {
            return Ok(self.read(page.definitions, page.next_after));
        }
        let page: DefinitionsPageOf<Items<'_>> = serde_json::from_slice(json)?;
        Ok(self.read(page.definitions.read(DEFINITION), page.next_after))
    }

    fn read(&self, definitions: Vec<Definition>, next_after: Option<MonitorId>) -> MonitorPage {
        let (mut monitors, mut elsewhere) = (Vec::new(), Vec::new());
        for definition in definitions {
            match self.monitor(definition) {
                Ok(monitor) => monitors.push(monitor),
                Err(NoMonitor::Elsewhere(id, revision)) => elsewhere.push((id, revision)),
                Err(NoMonitor::Unreadable) => {}
            }
        }
        MonitorPage {
            monitors,
            elsewhere,
            next_after,
        }
    }

    /// The monitor of a definition.
    fn monitor(&self, definition: Definition) -> Result<Arc<Monitor>, NoMonitor> {
        let id = definition.id;
        if !self.place.takes(&definition.spec) {
            return Err(NoMonitor::Elsewhere(id, definition.revision));
        }
        match self.compile(definition) {
            Ok(monitor) => Ok(Arc::new(monitor)),
            Err(error) => {
                items::left_out(DEFINITION, Some(id.0), &error.to_string());
                Err(NoMonitor::Unreadable)
            }
        }
    }

    fn compile(&self, mut definition: Definition) -> Result<Monitor, CompileError> {
        let quorum = definition.spec.quorum.take();
        let monitor = Monitor::compile(definition)?;
        let Some(quorum) = quorum else {
            return Ok(monitor);
        };
        // Nobody would take results of one that cannot decide.
        let quorum = quorum.valid().ok_or(CompileError::Quorum)?;
        monitor.judged_by(self.quorums.shared(quorum), self.place.region())
    }
}

fn joined<T: ToString>(numbers: &[T]) -> String {
    numbers.iter().map(T::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use domain::Regions;

    use super::*;

    fn good() -> serde_json::Value {
        serde_json::json!({
            "id": 1, "org_id": 7, "revision": 1, "interval_ms": 60_000, "timeout_ms": 1_000, "retries": 1,
            "retry_delay_ms": 1_000, "rule": {}, "paused": false, "kind": "http", "url": "http://a.example/"
        })
    }

    fn reading(region: &str, regions: &str) -> Reading {
        Reading {
            place: Place::of(region, &Regions::parse(regions).unwrap()).unwrap(),
            quorums: Quorums::default(),
        }
    }

    /// Whether one good definition is read beside `other`.
    fn is_read_beside(other: &str) {
        let page = format!(r#"{{"definitions": [{other}, {}], "next_after": 5}}"#, good());
        let page = reading("default", "default").page(page.as_bytes()).unwrap();
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

    /// A definition of these regions, with the quorum that two of them make.
    fn of(id: i64, regions: &[&str]) -> serde_json::Value {
        let mut definition = good();
        definition["id"] = id.into();
        if !regions.is_empty() {
            definition["regions"] = serde_json::json!(regions);
        }
        if regions.len() > 1 {
            definition["quorum"] = serde_json::json!({"regions": regions, "down": 2, "min_regions": 2});
        }
        definition
    }

    fn ids(page: &MonitorPage) -> Vec<i64> {
        page.monitors.iter().map(|monitor| monitor.id.0).collect()
    }

    #[test]
    fn a_region_keeps_nothing_of_what_others_check() {
        let definitions = [
            of(1, &[]),
            of(2, &["us"]),
            of(3, &["ap", "us"]),
            of(4, &["ap", "eu"]),
            of(5, &["eu"]),
            of(6, &["ap", "us"]),
        ];
        let page = serde_json::json!({"definitions": definitions, "next_after": null}).to_string();
        let read = |region: &str| reading(region, "eu,us,ap").page(page.as_bytes()).unwrap();
        let (eu, us) = (read("eu"), read("us"));
        assert_eq!((ids(&eu), ids(&us)), (vec![1, 4, 5], vec![2, 3, 6]));
        let elsewhere: Vec<_> = us
            .elsewhere
            .iter()
            .map(|(id, revision)| (id.0, *revision))
            .collect();
        assert_eq!(elsewhere, [(1, 1), (4, 1), (5, 1)]);
        let quorums: Vec<_> = us
            .monitors
            .iter()
            .map(|monitor| monitor.quorum.as_ref())
            .collect();
        assert!(quorums[0].is_none() && Arc::ptr_eq(quorums[1].unwrap(), quorums[2].unwrap()));
    }

    #[test]
    fn regions_that_cannot_decide_are_left_out() {
        for (field, value) in [
            ("down", serde_json::json!(3)),
            ("min_regions", serde_json::json!(1)),
            ("regions", serde_json::json!(["us", "ap"])),
            ("regions", serde_json::json!(["eu", "us"])),
        ] {
            let mut wrong = of(2, &["ap", "us"]);
            wrong["quorum"][field] = value;
            let page = serde_json::json!({"definitions": [wrong, of(3, &["ap", "us"])], "next_after": null});
            let page = reading("ap", "eu,us,ap")
                .page(page.to_string().as_bytes())
                .unwrap();
            assert_eq!((ids(&page), page.elsewhere.len()), (vec![3], 0), "{field}");
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
