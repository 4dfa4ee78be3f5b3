//! What goes on while something that a pinger needs is away.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::common::{
    DEFAULT_INTERVAL_MS, PATIENCE, Pinger, QUIET, Results, UserService, definition, id_due_after,
};
use domain::Record;
use domain::monitor::{IpFamily, Probe};
use fred::interfaces::KeysInterface as _;
use serde_json::json;
use shared::redis::RedisSettings;
use testkit::{ClosedPort, FakeTarget, eventually};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A line to Redis that can be cut.
struct Line {
    address: SocketAddr,
    up: Arc<watch::Sender<bool>>,
}

impl Line {
    async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (up, _) = watch::channel(true);
        let up = Arc::new(up);
        let line = Arc::clone(&up);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (server, mut up) = (server.clone(), line.subscribe());
                tokio::spawn(async move {
                    if !*up.borrow() {
                        return;
                    }
                    let mut far = TcpStream::connect(server).await.unwrap();
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        _ = up.wait_for(|up| !up) => {}
                    }
                });
            }
        });
        Self { address, up }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_the_checks_go_on_and_afterwards_the_leases_are_back() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let server = testkit::redis_url();
    let authority = server.trim_start_matches("redis://").trim_end_matches('/');
    // The server of `make test` wants a password.
    let host = authority.rsplit('@').next().unwrap().to_owned();
    let line = Line::to(host.clone()).await;
    let prefix = format!("{}:", testkit::unique());
    let direct = RedisSettings::new(&server, &prefix);
    let cut_off = RedisSettings::new(&server.replace(&host, &line.address.to_string()), &prefix);
    let users = UserService::start(&direct).await;
    let target = FakeTarget::start().await;
    for id in 1..=20 {
        users.put(id, 1, json!({"url": target.url(), "interval_seconds": 10}));
    }
    let extra = [("LEASE_TTL_MS", "1500")];
    let pinger = Pinger::start_with(&kafka, &cut_off, &users.url(), &extra).await;
    pinger.ready().await;
    let mut results = Results::of(&kafka);

    line.up.send_replace(false);
    let (client, lease) = (shared::redis::connect(&direct).unwrap(), direct.keys().lease(0));
    eventually("the leases have expired", PATIENCE, || async {
        let owner: Option<String> = client.get(&lease).await.unwrap();
        owner.is_none().then_some(())
    })
    .await;
    let cut_at = shared::now();
    let mut records = results.all_within(Duration::from_secs(22)).await;

    line.up.send_replace(true);
    eventually("the leases are back", PATIENCE, || async {
        let owner: Option<String> = client.get(&lease).await.unwrap();
        owner.map(drop)
    })
    .await;
    pinger.ready().await;
    records.extend(results.all_within(Duration::from_secs(11)).await);
    for id in 1..=20 {
        let slots: Vec<_> = records
            .iter()
            .filter(|record| record.monitor_id().0 == id && record.event_time() > cut_at)
            .map(|record| match record {
                Record::Result(result) => result.scheduled_at,
                other => panic!("not a result: {other:?}"),
            })
            .collect();
        assert!(slots.len() >= 3, "{id}: {slots:?}");
        for pair in slots.windows(2) {
            assert_eq!(pair[1].millis_since(pair[0]), 10_000, "{id}: {slots:?}");
        }
    }
    // A change that was announced in the meantime was missed, and is found by comparing.
    users.put(21, 1, json!({"url": target.url()}));
    line.up.send_replace(false);
    eventually("the outage is noticed", PATIENCE, || async {
        (!pinger.is_ready().await).then_some(())
    })
    .await;
    line.up.send_replace(true);
    results
        .next_where("of the new monitor", |record| record.monitor_id().0 == 21)
        .await;
    pinger.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pinger_starts_before_what_it_needs_is_there() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let redis = testkit::redis();
    let users = UserService::start(&redis).await;
    let target = FakeTarget::start().await;
    users.put(1, 1, json!({"url": target.url()}));
    users.fail_with(503);
    let pinger = Pinger::start(&kafka, &redis, &users.url()).await;
    pinger.ready().await;
    let asked = users.asked();
    eventually("user-service is asked again", PATIENCE, || async {
        (users.asked() > asked).then_some(())
    })
    .await;
    users.recover();
    let mut results = Results::of(&kafka);
    assert_eq!(results.next().await.monitor_id().0, 1);
    pinger.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_our_own_network_is_no_outage_of_the_target() {
    let mut listeners = Vec::new();
    for _ in 0..3 {
        listeners.push(TcpListener::bind("127.0.0.1:0").await.unwrap());
    }
    let listening: Vec<_> = listeners.iter().map(|l| l.local_addr().unwrap()).collect();
    let closed = [(); 3].map(|()| ClosedPort::new());
    let refusing = closed.iter().map(ClosedPort::address).collect();
    for (references, reachable) in [(listening, true), (refusing, false)] {
        let redis = testkit::redis();
        let users = UserService::start(&redis).await;
        // A failure of the kind that our own network could have caused.
        let id = id_due_after(QUIET, DEFAULT_INTERVAL_MS);
        let mut fails = definition(id, 1, json!({"url": "http://127.0.0.1:1/", "retries": 0}));
        if let Probe::Http(probe) = &mut fails.spec.probe {
            probe.options.ip_family = IpFamily::V6;
        }
        users.put_stored(fails);
        let references: Vec<String> = references.iter().map(ToString::to_string).collect();
        let references = references.join(",");
        let (_broker, kafka) = testkit::embedded_kafka();
        let extra = [("EGRESS_REFERENCES", references.as_str())];
        let pinger = Pinger::start_with(&kafka, &redis, &users.url(), &extra).await;
        let record = Results::of(&kafka).next().await;
        match record {
            Record::Result(result) => assert!(reachable && !result.up),
            Record::Skipped(skipped) => {
                assert!(!reachable);
                assert_eq!(skipped.reason, domain::record::SkipReason::Egress);
            }
            Record::Lifecycle(_) | Record::Ping(_) => panic!("pingers write neither"),
        }
        pinger.stop().await;
    }
}
