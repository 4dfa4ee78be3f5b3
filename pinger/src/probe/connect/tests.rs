//! Connections to names, with a name server of the test's own.

use domain::ErrorCode;
use http::HeaderValue;
use shared::guard::Targets;
use testkit::{Answer, ClosedPort, NameServer, Question};
use tokio::net::TcpListener;

use super::*;
use crate::target::test_resolver;

async fn network(answer: impl Fn(&Question) -> Answer + Send + 'static) -> (NameServer, Network) {
    let server = NameServer::start(answer).await;
    let guard = TargetGuard::new(Targets::Any, Vec::new(), Vec::new());
    let resolver = test_resolver(&server, "");
    let network = Network::new(resolver, guard, HeaderValue::from_static("test"));
    (server, network)
}

/// Connects within ten seconds, and says how long that took.
async fn connect(
    network: &Network,
    port: u16,
    family: IpFamily,
) -> (Result<IpAddr, ProbeError>, Duration, Trace) {
    let mut trace = Trace::new(10_000);
    let begun = Instant::now();
    let host = Host::Name("a.example".into());
    let dialled = dial(network, &host, port, family, &mut trace).await;
    let reached = dialled.map(|stream| stream.peer_addr().unwrap().ip());
    (reached, begun.elapsed(), trace)
}

/// Long before a name server that is silent is asked again.
const SOON: Duration = Duration::from_millis(1_500);

#[tokio::test]
async fn a_query_that_is_dropped_costs_no_time_where_the_other_is_answered() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (_server, without_v6) = network(|question| match question.record_type {
        1 => Answer::addresses(&["127.0.0.1"]),
        _ => Answer::Silence,
    })
    .await;
    for family in [IpFamily::Any, IpFamily::V4] {
        let (reached, took, trace) = connect(&without_v6, port, family).await;
        assert_eq!(reached.unwrap(), IpAddr::from([127, 0, 0, 1]));
        assert!(took < SOON, "{took:?}");
        assert!(trace.timings.dns.is_some(), "{trace:?}");
    }

    // Where this machine has IPv6.
    let Ok(listener) = TcpListener::bind("[::1]:0").await else {
        return;
    };
    let port = listener.local_addr().unwrap().port();
    let (_server, without_v4) = network(|question| match question.record_type {
        28 => Answer::addresses(&["::1"]),
        _ => Answer::Silence,
    })
    .await;
    let (reached, took, _) = connect(&without_v4, port, IpFamily::Any).await;
    assert!(reached.unwrap().is_ipv6());
    assert!(took < SOON, "{took:?}");
}

#[tokio::test]
async fn a_host_that_refuses_is_told_so_also_when_a_query_is_dropped() {
    let closed = ClosedPort::new();
    let (_server, network) = network(|question| match question.record_type {
        1 => Answer::addresses(&["127.0.0.1"]),
        _ => Answer::Silence,
    })
    .await;
    let (reached, took, _) = connect(&network, closed.address().port(), IpFamily::Any).await;
    let Err(ProbeError::Target(failure)) = reached else {
        panic!("{reached:?}")
    };
    assert_eq!(failure.code, ErrorCode::ConnectRefused);
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn each_of_eight_addresses_is_tried() {
    let listener = TcpListener::bind("127.0.0.18:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (_server, network) = network(|question| match question.record_type {
        1 => Answer::addresses(&[
            "127.0.0.11",
            "127.0.0.12",
            "127.0.0.13",
            "127.0.0.14",
            "127.0.0.15",
            "127.0.0.16",
            "127.0.0.17",
            "127.0.0.18",
        ]),
        _ => Answer::NoRecords,
    })
    .await;
    let (reached, ..) = connect(&network, port, IpFamily::Any).await;
    assert_eq!(reached.unwrap(), IpAddr::from([127, 0, 0, 18]));
}

#[tokio::test]
async fn a_host_that_is_reached_by_a_cached_address_is_not_asked_for_another() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (server, network) = network(|question| match question.record_type {
        1 => Answer::addresses(&["127.0.0.1"]),
        _ => Answer::Silence,
    })
    .await;
    connect(&network, port, IpFamily::V4).await.0.unwrap();
    server.asked();
    connect(&network, port, IpFamily::Any).await.0.unwrap();
    assert_eq!(server.asked(), []);
}

#[tokio::test]
async fn a_name_without_an_address_of_the_wanted_family_is_told_so() {
    let (_server, network) = network(|question| match question.record_type {
        1 => Answer::addresses(&["127.0.0.1"]),
        _ => Answer::NoRecords,
    })
    .await;
    let (reached, ..) = connect(&network, 1, IpFamily::V6).await;
    let Err(ProbeError::Target(failure)) = reached else {
        panic!("{reached:?}")
    };
    assert_eq!(
        failure.message,
        "DNS lookup failed: a.example has no IPv6 address"
    );
}

#[tokio::test]
async fn an_address_of_the_other_family_is_not_tried() {
    let (_server, network) = network(|_| Answer::Silence).await;
    let host = Host::Ip(IpAddr::from([127, 0, 0, 1]));
    let reached = dial(&network, &host, 1, IpFamily::V6, &mut Trace::new(1_000)).await;
    let Err(ProbeError::Target(failure)) = reached else {
        panic!("{reached:?}")
    };
    assert_eq!(failure.message, "Host has no address of that family");
}

#[test]
fn every_address_has_its_turn_before_the_time_out() {
    for (timeout_ms, addresses) in [(10_000, 8), (1_000, 8), (100, 8), (1_000, 64)] {
        let timeout = Duration::from_millis(timeout_ms);
        let mut begun = Duration::ZERO;
        for others in (1..addresses).rev() {
            begun += attempt_delay(timeout.saturating_sub(begun), others);
        }
        assert!(begun < timeout, "{begun:?} of {timeout:?}");
    }
    assert_eq!(attempt_delay(Duration::from_secs(10), 7), ATTEMPT_DELAY);
    assert_eq!(attempt_delay(Duration::ZERO, 7), MIN_ATTEMPT_DELAY);
}
