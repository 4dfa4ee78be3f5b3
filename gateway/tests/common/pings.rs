//! A gateway whose heartbeats the test makes up, and what it puts on the log.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Record;
use domain::record::Ping;
use fred::interfaces::KeysInterface as _;
use http::Method;
use serde_json::{Value, json};
use shared::crypto::Keyring;
use shared::kafka::KafkaSettings;
use testkit::{Reply, Seen};

use crate::common::{ENCRYPTION_KEYS, Gateway};

pub(crate) const UUID: &str = "0d0ca3e4-5b2c-4a5f-9a51-7a1e9d3c8f10";

/// A gateway and its log.
pub(crate) struct Pinged {
    pub(crate) gateway: Gateway,
    kafka: KafkaSettings,
}

impl Pinged {
    /// One that asks `answer` for what Redis does not know.
    pub(crate) async fn start(
        kafka: KafkaSettings,
        more: &[(&str, &str)],
        answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let (brokers, prefix) = (kafka.brokers().to_owned(), kafka.named(""));
        let mut settings = vec![("KAFKA_BROKERS", &*brokers), ("KAFKA_PREFIX", &*prefix)];
        settings.extend_from_slice(more);
        let gateway = Gateway::start_with(&settings, answer).await;
        Self { gateway, kafka }
    }

    /// Has Redis know a heartbeat by its UUID, or by `push/` and a token.
    pub(crate) async fn knows(&self, name: &str, target: &Value) {
        self.set(self.gateway.keys.ping_target(name), target).await;
    }

    /// Has Redis know heartbeats by their slug.
    pub(crate) async fn knows_slug(&self, key: &str, slug: &str, targets: &Value) {
        self.set(self.gateway.keys.ping_slug(key, slug), targets).await;
    }

    async fn set(&self, key: String, value: &Value) {
        let set = self.gateway.redis.set(key, value.to_string(), None, None, false);
        set.await.unwrap()
    }

    /// The status and the body of an answer.
    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        self.send(Method::GET, path, &[], "").await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (u16, String) {
        let answer = self.gateway.call(method, path, headers, body).await;
        (answer.status().as_u16(), answer.into_body())
    }

    /// The pings on the log, by their names, and so in the order in which they came. Each stands where its monitor's
    /// records do.
    pub(crate) async fn recorded(&self) -> Vec<Ping> {
        let pings = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::clone(&pings);
        let partitions = self.kafka.partitions();
        let topic = self.kafka.results_topic();
        let scanned = self.kafka.scan(&topic, move |scanned| {
            let Record::Ping(ping) = Record::decode(&scanned.payload.unwrap()).unwrap() else {
                panic!("a gateway writes pings")
            };
            assert_eq!(scanned.key.unwrap(), ping.monitor_id.to_string().as_bytes());
            let expected = shared::kafka::partition_of_monitor(ping.monitor_id, partitions);
            assert_eq!(scanned.partition, expected);
            taken.lock().unwrap().push(*ping);
            true
        });
        scanned.await.unwrap();
        let mut pings = std::mem::take(&mut *pings.lock().unwrap());
        pings.sort_by_key(|ping| ping.id);
        pings
    }
}

/// What a gateway has to know of a heartbeat, as it is stored.
pub(crate) fn target(id: i64, more: &Value) -> Value {
    let mut target = json!({
        "monitor_id": id, "org_id": 1, "url": "heartbeat://backup",
        "expectation": {"schedule": {"kind": "period", "period_seconds": 3600}, "grace_seconds": 300},
    });
    let fields = target.as_object_mut().unwrap();
    fields.extend(more.as_object().cloned().unwrap_or_default());
    target
}

/// What user-service says of a name that nobody has.
pub(crate) fn nobodys(_: &Seen) -> Reply {
    Reply::new(200, r#"{"targets": []}"#)
}

/// The body that was kept of a ping.
pub(crate) fn opened(ping: &Ping) -> Vec<u8> {
    let sealed = ping.request.sealed_body.as_ref().unwrap();
    let sealed = STANDARD.decode(sealed).unwrap();
    let context = Ping::seal_context(ping.org_id, ping.monitor_id, ping.id);
    let keyring = Keyring::parse(ENCRYPTION_KEYS).unwrap();
    keyring.open(&context, &sealed).unwrap()
}
