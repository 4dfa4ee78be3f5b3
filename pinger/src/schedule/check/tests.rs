use domain::monitor::{Definition, MonitorInput};
use domain::{MonitorId, OrgId, Timestamp};
use shared::guard::{TargetGuard, Targets};
use shared::kafka::{KafkaSettings, Producer};
use testkit::{HttpServer, Reply};
use tokio::sync::mpsc;

use super::*;
use crate::metrics::Metrics;
use crate::monitor::Monitor;
use crate::probe::Network;
use crate::target::Resolver;

fn dependencies() -> Arc<CheckDependencies> {
    shared::install_crypto();
    let (metrics, clock) = (Arc::new(Metrics::new()), Clock::system());
    // Nobody has to acknowledge anything here.
    let producer = Producer::new(&KafkaSettings::new("127.0.0.1:1", "", 1), Duration::from_secs(60)).unwrap();
    let (publisher, _) = Publisher::new(
        producer,
        "results".to_owned(),
        "default".to_owned(),
        clock.clone(),
        Arc::clone(&metrics),
    );
    let guard = TargetGuard::new(Targets::Any, Vec::new(), Vec::new());
    let network = Network::new(
        Resolver::new().unwrap(),
        guard,
        http::HeaderValue::from_static("test"),
    );
    Arc::new(CheckDependencies {
        checker: Arc::new(Checker::new(network, StallWatch::new())),
        publisher: Arc::new(publisher),
        egress: None,
        clock,
        stalls: StallWatch::new(),
        metrics,
    })
}

fn start(url: &str, lane: Lane) -> StartCheck {
    let input = MonitorInput {
        url: Some(url.to_owned()),
        interval_seconds: Some(10),
        timeout_ms: Some(5_000),
        retries: Some(0),
        ..MonitorInput::default()
    };
    let (_, spec) = input.validate().unwrap();
    let definition = Definition {
        id: MonitorId(1),
        org_id: OrgId(7),
        revision: 1,
        changed_at: None,
        probe_revision: None,
        spec,
    };
    StartCheck {
        monitor: Arc::new(Monitor::compile(definition).unwrap()),
        slot: Timestamp::from_millis(0),
        generation: 3,
        lane,
        on_schedule: lane != Lane::CatchUp,
    }
}

#[tokio::test]
async fn a_check_that_was_ended_before_it_began_gives_its_room_back() {
    let (events, mut received) = mpsc::channel(2);
    let check = run(
        dependencies(),
        start("http://127.0.0.1:1/", Lane::Regular),
        &events,
    );
    assert!(
        run(
            dependencies(),
            start("http://127.0.0.1:1/", Lane::Regular),
            &events
        )
        .is_err(),
        "there is room for the events of one"
    );
    drop(check);
    let Some(CheckEvent::Finished(ended)) = received.recv().await else {
        panic!("it has not ended");
    };
    assert_eq!(
        (ended.id, ended.generation, ended.lane, ended.up),
        (1, 3, Lane::Regular, None)
    );
}

#[tokio::test]
async fn a_slow_check_out_of_turn_leaves_its_room_to_others() {
    let server = HttpServer::start(|_| Reply::new(200, "ok").after(SLOW + SLOW / 2)).await;
    let (events, mut received) = mpsc::channel(2);
    let Ok(check) = run(dependencies(), start(&server.url(), Lane::CatchUp), &events) else {
        panic!("there is room")
    };
    check.await;
    assert!(matches!(
        received.recv().await,
        Some(CheckEvent::Failing(Lane::CatchUp))
    ));
    let Some(CheckEvent::Finished(ended)) = received.recv().await else {
        panic!("it has not ended");
    };
    assert_eq!((ended.lane, ended.up), (Lane::Failing, Some(true)));
}
