//! Names that operators, dashboards and stored data rely on, to the byte. What is frozen here may be added to.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::internal::SealedChannel;
use domain::monitor::{Definition, Spec};
use domain::{ChannelId, DeliveryId, MonitorId, OrgId};
use shared::crypto::Keyring;
use shared::redis::Keys;

const SERVICES: [&str; 9] = [
    "shared",
    "broker",
    "pinger",
    "processor",
    "alerter",
    "user-service",
    "gateway",
    "all-in-one",
    "admin",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn frozen(name: &str) -> BTreeSet<String> {
    let path = root().join("shared/fixtures").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// The string literals of the sources below a folder for which `is_name` says so.
fn literals(folder: &Path, is_name: fn(&str) -> bool, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            literals(&path, is_name, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let quoted = text.split('"').filter(|part| is_name(part));
            found.extend(quoted.map(str::to_owned));
        }
    }
}

fn in_sources(is_name: fn(&str) -> bool) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for service in SERVICES {
        literals(&root().join(service).join("src"), is_name, &mut found);
    }
    found
}

#[test]
fn metrics_keep_their_names() {
    let is_metric = |text: &str| {
        text.strip_prefix("uptime_").is_some_and(|rest| {
            !rest.is_empty()
                && rest
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        })
    };
    let lost: Vec<_> = frozen("metrics.txt")
        .difference(&in_sources(is_metric))
        .cloned()
        .collect();
    assert_eq!(lost, [""; 0], "metrics that nothing counts any more");
}

#[test]
fn variables_keep_their_names() {
    let is_variable = |text: &str| {
        text.len() > 2
            && text
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    };
    let lost: Vec<_> = frozen("environment.txt")
        .difference(&in_sources(is_variable))
        .cloned()
        .collect();
    assert_eq!(lost, [""; 0], "variables that nothing reads any more");
}

#[test]
fn keys_in_redis_keep_their_names() {
    let keys = Keys::new("uptime:");
    let delivery = DeliveryId(uuid::Uuid::from_u128(1));
    let (home, other) = (keys.of_region("eu", "eu"), keys.of_region("us", "eu"));
    let named = [
        (home.lease(5), "lease:5"),
        (other.lease(5), "lease:us:5"),
        (other.pods(), "pods:us"),
        (other.handover(5), "handover:us:5"),
        (other.leases_changed(), "leases-changed:us"),
        // What is not of pingers alone is the same in every region.
        (other.definitions(5), "definitions:5"),
        (other.definitions_changed(), "definitions-changed"),
        (keys.lease(5), "lease:5"),
        (keys.pods(), "pods"),
        (keys.handover(5), "handover:5"),
        (keys.leases_changed(), "leases-changed"),
        (keys.definitions(5), "definitions:5"),
        (keys.definitions_changed(), "definitions-changed"),
        (keys.channels_changed(), "channels-changed"),
        (keys.status(MonitorId(42)), "status:42"),
        (keys.sparkline(MonitorId(42)), "sparkline:42"),
        (keys.stream(OrgId(7)), "stream:7"),
        (keys.filled(), "filled"),
        (
            keys.sending(delivery),
            "sending:00000000-0000-0000-0000-000000000001",
        ),
        (keys.storm(ChannelId(9), "down"), "storm:9:down"),
        (keys.storm_sender(ChannelId(9), "down"), "storm-sender:9:down"),
        (keys.storm_verdict("part"), "storm-verdict:part"),
        (keys.rate("login", "ada"), "rate:login:ada"),
        (keys.quota("api", "user:3"), "quota:api:user:3"),
        (
            keys.ping_target("0d0ca3e4-5b2c-4a5f-9a51-7a1e9d3c8f10"),
            "ping-target:3f26b24a62dbdd85e36a2d34d3b032b34698b09747a7a9af737ca467c86ffa42",
        ),
        (
            keys.ping_slug("key", "backup"),
            "ping-slug:83b29fcd78e79f8fb41a436594c0667d8ec5ec39943601883bf82de006088912",
        ),
        (
            keys.badge("key"),
            "badge:2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683",
        ),
        (keys.ping_names(7), "ping-names:7"),
        (keys.heartbeat(MonitorId(42)), "heartbeat:42"),
        (keys.heartbeats_folded(3), "heartbeats-folded:3"),
        (keys.heartbeats_seeded(), "heartbeats-seeded"),
        (keys.mail_server(), "mail-server"),
    ];
    for (key, expected) in named {
        assert_eq!(key, format!("uptime:{expected}"));
    }
}

#[test]
fn what_was_sealed_opens_in_its_context() {
    let keyring = Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
    for (context, sealed, plain) in [
        (
            SealedChannel::seal_context(OrgId(7)),
            "AmsxAAECAwQFBgcICQoLPCChfqeNrXTmHuL53ctCT+ui80SDQXBTUAiK7m5Hc95gc8XSyrlz9QTIGsLwpVUBICrm2n0MT7prgSVRCeMm",
            r#"{"webhook_url":"https://hooks.slack.example/x"}"#,
        ),
        (
            Definition::seal_context(MonitorId(42)),
            "AmsxAAECAwQFBgcICQoLPCC/f+ff9imhY/j51rYRCaHssEn3W97VgiQNYQMtdss1HnjY",
            r#"{"id":42,"org_id":7}"#,
        ),
        (
            Spec::seal_context(OrgId(7), MonitorId(42)),
            "AmsxAAECAwQFBgcICQoLPCC9cquB4CGvKeP/wcsFrwyNs42lQnJaeFTxHymxkg==",
            r#"{"kind":"http"}"#,
        ),
    ] {
        let sealed = STANDARD.decode(sealed).unwrap();
        let opened = keyring.open(&context, &sealed).unwrap();
        assert_eq!(String::from_utf8(opened).unwrap(), plain, "{context}");
    }
}
