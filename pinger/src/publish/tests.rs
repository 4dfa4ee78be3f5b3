use std::time::Instant;

use domain::monitor::{Definition, HttpProbe, MonitorInput, Probe, Spec};
use domain::{MonitorId, OrgId, Rule};
use serde_json::json;
use shared::kafka::KafkaSettings;

use super::*;
use crate::checker::Verdict;

pub(super) fn monitor(id: i64) -> Arc<Monitor> {
    let spec = Spec {
        interval_ms: 10_000,
        timeout_ms: 1_000,
        retries: 0,
        retry_delay_ms: 0,
        rule: Rule::default(),
        paused: false,
        upside_down: false,
        regions: Vec::new(),
        quorum: None,
        quorum_asked: None,
        probe: Probe::Http(HttpProbe::get("http://a.example/")),
    };
    Arc::new(compiled(id, spec))
}

pub(super) fn heartbeat(id: i64) -> Monitor {
    let input = json!({"kind": "heartbeat", "url": "heartbeat://job"});
    let input: MonitorInput = serde_json::from_value(input).unwrap();
    compiled(id, input.validate().unwrap().1)
}

fn compiled(id: i64, spec: Spec) -> Monitor {
    let definition = Definition {
        id: MonitorId(id),
        org_id: OrgId(7),
        revision: 1,
        changed_at: None,
        probe_revision: None,
        spec,
    };
    Monitor::compile(definition).unwrap()
}

pub(crate) fn up() -> CheckOutcome {
    CheckOutcome {
        verdict: Verdict::Up,
        failed: None,
        attempts: 1,
        latency: Some(Duration::from_millis(7)),
        status: Some(200),
        timings: Default::default(),
        tls_expires_at: None,
        redirects: Vec::new(),
    }
}

#[tokio::test]
async fn while_kafka_is_away_results_wait_and_then_become_ranges() {
    const QUEUE: i64 = 100_000;
    let producer = Producer::new(
        &KafkaSettings::new("127.0.0.1:1", "", 1),
        Duration::from_secs(600),
    )
    .unwrap();
    let (publisher, _reports) = Publisher::new(
        producer,
        "results".to_owned(),
        "default".to_owned(),
        Clock::system(),
        Arc::new(Metrics::new()),
    );
    let monitors: Vec<_> = (1..=10).map(monitor).collect();
    let begun = Instant::now();
    let rounds = QUEUE / 10 + 20;
    for round in 0..rounds {
        for monitor in &monitors {
            let slot = monitor
                .grid()
                .at_or_before(Timestamp::from_millis(round * 10_000));
            publisher.result(monitor, slot, slot, up());
        }
    }
    assert!(
        begun.elapsed() < Duration::from_secs(60),
        "nobody waits for Kafka"
    );
    assert_eq!(i64::from(publisher.producer.in_flight()), QUEUE);
    let gaps = publisher.gaps.lock().unwrap();
    assert_eq!(gaps.monitors().len(), 10);
    for id in 1..=10 {
        let gap = gaps.first(id).unwrap();
        assert_eq!(gap.range.slots(), 20, "adjacent slots are one gap");
        assert_eq!((gap.reason, gap.counted), (SkipReason::BufferFull, false));
    }
}
