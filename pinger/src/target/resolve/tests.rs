//! Look-ups and queries, with a name server of the test's own.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::ErrorCode;
use domain::monitor::{IpFamily, RecordType};
use hickory_resolver::config::{ResolverConfig, ResolverOpts};
use testkit::{Answer, ClosedPort, NameServer, assert_plain};

use super::problem::LookupProblem;
use super::*;
use crate::error::ProbeError;

/// A resolver as it is in a pod of Kubernetes, but for this name server and this hosts file.
pub(crate) fn resolver(server: &NameServer, hosts: &str) -> Resolver {
    let search = vec!["svc.cluster.local.".parse().unwrap()];
    let config = ResolverConfig::from_parts(None, search, vec![name_server(server.address())]);
    let mut options = ResolverOpts::default();
    options.ndots = 5;
    Resolver::with(config, options, Hosts::parse(hosts)).unwrap()
}

#[tokio::test]
async fn name_servers_of_the_settings_are_asked_also_where_the_system_has_none() {
    let server = NameServer::start(|_| Answer::addresses(&["192.0.2.7"])).await;
    let of_system = |text: &str| system_conf::parse_resolv_conf(text).ok();
    assert!(of_system("search a.example\n").is_none(), "it names no server");
    let address = server.address();
    let (config, options) = instead(&[address], None);
    let resolver = Resolver::with(config, options, Hosts::parse("")).unwrap();
    let found = addresses_of(&resolver, "b.example", IpFamily::V4).await;
    assert_eq!(found.unwrap(), ["192.0.2.7"]);

    let system = of_system("nameserver 192.0.2.53\nsearch a.example\noptions ndots:3\n");
    let (config, options) = instead(&[address], system);
    let servers: Vec<_> = config.name_servers().iter().map(|server| server.ip).collect();
    assert_eq!((servers, options.ndots), (vec![address.ip()], 3));
    assert_eq!(config.search().len(), 1);
}

async fn addresses(resolver: &Resolver, name: &str) -> Result<Vec<String>, LookupProblem> {
    addresses_of(resolver, name, IpFamily::Any).await
}

async fn addresses_of(
    resolver: &Resolver,
    name: &str,
    family: IpFamily,
) -> Result<Vec<String>, LookupProblem> {
    let mut lookups = resolver.lookups(name, family);
    let mut all = Vec::new();
    while let Some(found) = lookups.next().await {
        all.extend(found.iter().map(IpAddr::to_string));
    }
    if all.is_empty() {
        Err(lookups.problem())
    } else {
        Ok(all)
    }
}

fn names(server: &NameServer) -> Vec<String> {
    server.asked().into_iter().map(|question| question.name).collect()
}

/// A name server that knows any name by IPv4, or none.
async fn switched() -> (NameServer, Arc<AtomicBool>) {
    let knows = Arc::<AtomicBool>::default();
    let known = Arc::clone(&knows);
    let server =
        NameServer::start(
            move |question| match (known.load(Ordering::SeqCst), question.record_type) {
                (true, 1) => Answer::addresses(&["192.0.2.7"]),
                (true, _) => Answer::NoRecords,
                (false, _) => Answer::Code(3),
            },
        );
    (server.await, knows)
}

#[tokio::test]
async fn that_a_name_does_not_exist_is_not_cached() {
    let (server, knows) = switched().await;
    let resolver = resolver(&server, "");
    assert_eq!(
        addresses(&resolver, "a.example").await,
        Err(LookupProblem::NoName)
    );
    assert!(!names(&server).is_empty());
    assert!(addresses(&resolver, "a.example").await.is_err());
    assert!(!names(&server).is_empty(), "a confirmation queries again");
    knows.store(true, Ordering::SeqCst);
    assert_eq!(addresses(&resolver, "a.example").await.unwrap(), ["192.0.2.7"]);

    // What there is, is kept, also that there is no IPv6 address, but not for the day of their time to live.
    addresses(&resolver, "b.example").await.unwrap();
    let kept = resolver
        .addresses
        .lookup("b.example.", hickory_resolver::proto::rr::RecordType::A);
    let kept = kept.await.unwrap();
    assert!(kept.answers()[0].ttl <= 60, "{kept:?}");
    names(&server);
    assert_eq!(addresses(&resolver, "b.example").await.unwrap(), ["192.0.2.7"]);
    assert_eq!(names(&server), [""; 0]);
}

#[tokio::test]
async fn only_a_single_label_is_queried_in_search_domains() {
    let (server, knows) = switched().await;
    let resolver = resolver(&server, "");
    for name in ["a.example", "a.example."] {
        assert!(addresses(&resolver, name).await.is_err());
        let asked = names(&server);
        assert!(
            !asked.is_empty() && asked.iter().all(|name| name == "a.example"),
            "{asked:?}"
        );
    }
    knows.store(true, Ordering::SeqCst);
    assert!(addresses(&resolver, "web").await.is_ok());
    assert_eq!(names(&server)[0], "web.svc.cluster.local");
}

#[tokio::test]
async fn only_the_wanted_family_is_asked_for() {
    let server = NameServer::start(|question| match question.record_type {
        1 => Answer::addresses(&["192.0.2.7"]),
        _ => Answer::addresses(&["2001:db8::7"]),
    })
    .await;
    let resolver = resolver(&server, "");
    for (family, found, record_type) in [(IpFamily::V4, "192.0.2.7", 1), (IpFamily::V6, "2001:db8::7", 28)] {
        assert_eq!(
            addresses_of(&resolver, "a.example", family).await.unwrap(),
            [found]
        );
        let asked: Vec<u16> = server
            .asked()
            .iter()
            .map(|question| question.record_type)
            .collect();
        assert_eq!(asked, [record_type]);
    }
}

#[tokio::test]
async fn the_hosts_file_outweighs_the_name_server() {
    let (server, knows) = switched().await;
    knows.store(true, Ordering::SeqCst);
    let resolver = resolver(
        &server,
        "192.0.2.1 shop.example\n2001:db8::1 shop.example my_app.lan",
    );
    assert_eq!(
        addresses(&resolver, "shop.example").await.unwrap(),
        ["192.0.2.1", "2001:db8::1"]
    );
    assert_eq!(addresses(&resolver, "my_app.lan").await.unwrap(), ["2001:db8::1"]);
    assert_eq!(
        addresses(&resolver, "a.localhost").await.unwrap(),
        ["127.0.0.1", "::1"]
    );
    assert_eq!(names(&server), [""; 0]);
    let v4 = addresses_of(&resolver, "my_app.lan", IpFamily::V4).await;
    assert_eq!(v4.unwrap(), ["192.0.2.7"], "the file does not have that family");
}

#[tokio::test]
async fn names_are_asked_for_as_they_are() {
    let (server, knows) = switched().await;
    knows.store(true, Ordering::SeqCst);
    let resolver = resolver(&server, "");
    for name in [
        "my_app.lan",
        "_a._b.example",
        "-a-.example",
        "xn--bcher-kva.example",
    ] {
        addresses(&resolver, name)
            .await
            .unwrap_or_else(|problem| panic!("{name}: {problem:?}"));
        resolver.query(name, RecordType::A, None).await.unwrap();
        let asked = names(&server);
        assert!(
            asked.len() >= 2 && asked.iter().all(|asked| asked == name),
            "{asked:?}"
        );
    }
    let long = format!("{}.example", "a".repeat(64));
    assert!(addresses(&resolver, &long).await.is_err());
}

#[tokio::test]
async fn nothing_answers_before_the_name_server_that_a_check_names() {
    let (server, knows) = switched().await;
    knows.store(true, Ordering::SeqCst);
    let resolver = resolver(&server, "192.0.2.1 shop.example\n127.0.0.1 localhost");
    let dead = ClosedPort::new();
    for name in ["shop.example", "localhost", "a.localhost", "a.invalid", "a.onion"] {
        for named in [None, Some(server.address())] {
            let answer = resolver.query(name, RecordType::A, named).await;
            assert_eq!(answer.unwrap(), ["192.0.2.7"], "{name}");
        }
        let query = resolver.query(name, RecordType::A, Some(dead.address()));
        let answer = tokio::time::timeout(Duration::from_millis(300), query).await;
        assert!(
            !matches!(answer, Ok(Ok(_))),
            "a dead server answers for {name}: {answer:?}"
        );
    }
    for name in ["1.0.0.127.in-addr.arpa", "1.2.0.192.in-addr.arpa"] {
        let ptr = resolver
            .query(name, RecordType::Ptr, Some(server.address()))
            .await;
        assert!(ptr.is_err(), "the server has no PTR records: {ptr:?}");
    }
}

#[tokio::test]
async fn a_missing_record_and_every_fault_of_a_name_server_are_told_apart() {
    let server = NameServer::start(|question| match &*question.name {
        "none.example" => Answer::NoRecords,
        "gone.example" => Answer::Code(3),
        "fault.example" => Answer::Code(2),
        "refused.example" => Answer::Code(5),
        "odd.example" => Answer::Code(11),
        "broken.example" => Answer::Bytes(vec![0x85, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 0xff]),
        "alias.example" if question.record_type == 1 => {
            Answer::Records(vec![(5, b"\x06target\x00".to_vec())])
        }
        "target" => Answer::addresses(&["192.0.2.9"]),
        _ => Answer::Records(vec![(5, b"\xc0\x0c".to_vec())]),
    })
    .await;
    let resolver = resolver(&server, "");
    let named = Some(server.address());
    for (name, record_type, code, part) in [
        (
            "none.example",
            RecordType::Txt,
            ErrorCode::DnsFailure,
            "none.example has no TXT records",
        ),
        (
            "none.example",
            RecordType::Soa,
            ErrorCode::DnsFailure,
            "none.example has no SOA records",
        ),
        (
            "gone.example",
            RecordType::A,
            ErrorCode::DnsFailure,
            "gone.example does not exist",
        ),
        (
            "fault.example",
            RecordType::A,
            ErrorCode::DnsFailure,
            "cannot answer (SERVFAIL)",
        ),
        (
            "refused.example",
            RecordType::A,
            ErrorCode::DnsFailure,
            "refuses to answer (REFUSED)",
        ),
        (
            "odd.example",
            RecordType::A,
            ErrorCode::DnsFailure,
            "answers with error 11",
        ),
        (
            "loop.example",
            RecordType::A,
            ErrorCode::DnsFailure,
            "has no A records",
        ),
    ] {
        let Err(ProbeError::Target(failure)) = resolver.query(name, record_type, named).await else {
            panic!("{name} is found")
        };
        assert_eq!(failure.code, code);
        assert!(failure.message.contains(part), "{failure:?}");
        assert_plain(&failure.message);
    }
    let alias = resolver.query("alias.example", RecordType::A, named).await;
    assert_eq!(alias.unwrap(), ["192.0.2.9"], "an alias is followed");
}
