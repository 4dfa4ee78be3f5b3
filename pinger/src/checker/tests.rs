//! Whose fault it is that a name gets no answer, with name servers of the test's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use domain::monitor::{Definition, MonitorInput};
use domain::{MonitorId, OrgId};
use futures_util::future::join_all;
use http::HeaderValue;
use serde_json::{Value, json};
use shared::guard::{TargetGuard, Targets};
use testkit::{Answer, HttpServer, NameServer, Question, Reply};

use super::*;
use crate::target::test_resolver;

fn checker(server: &NameServer) -> Checker {
    shared::install_crypto();
    let guard = TargetGuard::new(Targets::Any, Vec::new(), Vec::new());
    let resolver = test_resolver(server, "");
    let network = Network::new(resolver, guard, HeaderValue::from_static("test"));
    Checker::new(network, StallWatch::new())
}

fn monitor(kind: &str, name: &str, retries: u16) -> Monitor {
    let port = if matches!(kind, "tcp" | "tls") { ":1" } else { "" };
    compiled(json!({
        "kind": kind, "url": format!("{kind}://{name}{port}"), "timeout_ms": 1_500, "retries": retries,
        "retry_delay_ms": 0
    }))
}

fn compiled(input: Value) -> Monitor {
    let input: MonitorInput = serde_json::from_value(input).unwrap();
    let (_, spec) = input.validate().unwrap();
    Monitor::compile(Definition {
        id: MonitorId(1),
        org_id: OrgId(7),
        revision: 1,
        changed_at: None,
        probe_revision: None,
        spec,
    })
    .unwrap()
}

async fn verdict(checker: &Checker, monitor: &Monitor) -> Verdict {
    checker.check(monitor, || {}).await.verdict
}

fn is_skipped(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::NotChecked(SkipReason::Egress, _))
}

/// How the check has failed, if the target is down.
fn code(verdict: &Verdict) -> Option<ErrorCode> {
    match verdict {
        Verdict::Down(failure) => Some(failure.code),
        Verdict::Up | Verdict::NotChecked(..) => None,
    }
}

const KINDS: [&str; 5] = ["http", "tcp", "tls", "dns", "icmp"];

async fn each_kind_is_skipped(checker: &Checker) {
    let checks = KINDS.map(|kind| async move {
        let verdict = verdict(checker, &monitor(kind, "shop.example", 1)).await;
        assert!(is_skipped(&verdict), "{kind}: {verdict:?}");
    });
    join_all(checks).await;
}

#[tokio::test]
async fn a_dead_name_server_of_our_own_is_no_outage_of_a_target_of_any_kind() {
    let silent = NameServer::start(|_| Answer::Silence).await;
    each_kind_is_skipped(&checker(&silent)).await;

    let refusing = NameServer::start(|_| Answer::Code(5)).await;
    let refused = checker(&refusing);
    // One name alone may be at fault; two are not by chance.
    verdict(&refused, &monitor("http", "other.test", 0)).await;
    each_kind_is_skipped(&refused).await;

    let gone = NameServer::start(|_| Answer::Silence).await;
    let without = checker(&gone);
    drop(gone);
    each_kind_is_skipped(&without).await;
}

#[tokio::test]
async fn a_failure_that_nobody_can_confirm_is_not_inverted() {
    let silent = NameServer::start(|_| Answer::Silence).await;
    let inverted = compiled(json!({
        "url": "http://shop.example/", "timeout_ms": 400, "retries": 1, "upside_down": true
    }));
    let verdict = verdict(&checker(&silent), &inverted).await;
    assert!(is_skipped(&verdict), "{verdict:?}");
}

/// One name without an answer among others that have one.
fn broken_name(how: Answer, others: Answer) -> impl Fn(&Question) -> Answer + Send + 'static {
    move |question| match &*question.name {
        "broken.example" => how.clone(),
        "fine.test" if question.record_type == 1 => Answer::addresses(&["127.0.0.1"]),
        "fine.test" => Answer::NoRecords,
        _ => others.clone(),
    }
}

#[tokio::test]
async fn a_single_broken_name_is_an_outage_also_where_only_own_names_are_known() {
    for (how, others, expected) in [
        (Answer::Silence, Answer::Code(3), ErrorCode::DnsTimeout),
        (Answer::Code(2), Answer::Code(3), ErrorCode::DnsFailure),
        (Answer::Silence, Answer::Silence, ErrorCode::DnsTimeout),
        (Answer::Code(2), Answer::Code(2), ErrorCode::DnsFailure),
        (Answer::Code(2), Answer::Code(5), ErrorCode::DnsFailure),
    ] {
        let server = NameServer::start(broken_name(how, others)).await;
        let checker = checker(&server);
        // Refused by the closed port: it is resolved.
        let fine = verdict(&checker, &monitor("tcp", "fine.test", 0)).await;
        assert_eq!(code(&fine), Some(ErrorCode::ConnectRefused));
        for _ in 0..2 {
            let verdict = verdict(&checker, &monitor("http", "broken.example", 0)).await;
            assert_eq!(code(&verdict), Some(expected), "{verdict:?}");
        }
    }
}

#[tokio::test]
async fn the_only_name_there_is_is_an_outage_when_its_zone_is_broken() {
    let server = NameServer::start(broken_name(Answer::Code(2), Answer::Code(2))).await;
    let verdict = verdict(&checker(&server), &monitor("http", "broken.example", 0)).await;
    assert_eq!(code(&verdict), Some(ErrorCode::DnsFailure), "{verdict:?}");
}

#[tokio::test]
async fn what_a_name_server_without_a_way_out_has_in_its_cache_says_nothing() {
    let cut_off = Arc::<AtomicBool>::default();
    let is_cut_off = Arc::clone(&cut_off);
    let server = NameServer::start(move |question| match &*question.name {
        "fine.test" => broken_name(Answer::Silence, Answer::Silence)(question),
        _ if is_cut_off.load(Ordering::SeqCst) => Answer::Code(2),
        _ => Answer::Code(3),
    })
    .await;
    let checker = checker(&server);
    verdict(&checker, &monitor("tcp", "fine.test", 0)).await;
    let gone = verdict(&checker, &monitor("http", "shop.example", 0)).await;
    assert_eq!(code(&gone), Some(ErrorCode::DnsFailure), "it does not exist");
    assert!(
        checker
            .network
            .resolves_others(crate::zone::Zone::of("shop.example"))
            .await
    );
    cut_off.store(true, Ordering::SeqCst);
    let verdict = verdict(&checker, &monitor("http", "shop.example", 0)).await;
    assert!(is_skipped(&verdict), "{verdict:?}");
}

/// A target that answers with `status`, and makes the whole machine stand still for the requests with these numbers.
async fn standing_still(status: u16, standstills: &'static [usize]) -> (HttpServer, Arc<AtomicUsize>) {
    let requests = Arc::<AtomicUsize>::default();
    let counted = Arc::clone(&requests);
    let server = HttpServer::start(move |_| {
        let nth = counted.fetch_add(1, Ordering::SeqCst);
        if standstills.contains(&nth) {
            #[expect(clippy::disallowed_methods, reason = "the runtime is to stand still")]
            std::thread::sleep(Duration::from_millis(1_300));
        }
        Reply::new(status, "")
    })
    .await;
    (server, requests)
}

/// What is found of such a target with one retry, in how many requests.
async fn found(status: u16, standstills: &'static [usize], slow_ms: Option<u32>) -> (CheckOutcome, usize) {
    let (server, requests) = standing_still(status, standstills).await;
    let name_server = NameServer::start(|_| Answer::Silence).await;
    let checker = checker(&name_server);
    let watching = tokio::spawn(checker.stalls.clone().run());
    // It has looked at the clock once.
    tokio::time::sleep(Duration::from_millis(10)).await;
    let monitor = compiled(json!({
        "url": server.url(), "timeout_ms": 5_000, "retries": 1, "retry_delay_ms": 0, "slow_ms": slow_ms
    }));
    let check = checker.check(&monitor, || {}).await;
    watching.abort();
    (check, requests.load(Ordering::SeqCst))
}

#[tokio::test]
async fn only_the_attempt_that_spans_a_standstill_is_repeated() {
    let (check, requests) = found(500, &[1], None).await;
    assert_eq!(code(&check.verdict), Some(ErrorCode::StatusMismatch));
    assert_eq!((check.attempts, requests), (2, 3));
    assert!(check.latency.is_some());
}

#[tokio::test]
async fn what_answers_over_a_standstill_is_up_and_its_response_time_is_not_known() {
    let (check, requests) = found(200, &[0], None).await;
    assert_eq!((check.verdict, check.latency, requests), (Verdict::Up, None, 1));
    assert_eq!(check.timings, Timings::default());
}

#[tokio::test]
async fn where_a_slow_answer_counts_it_is_asked_for_again() {
    let (check, requests) = found(200, &[0], Some(900)).await;
    assert_eq!((check.verdict, requests), (Verdict::Up, 2));
    assert!(check.latency.unwrap() < Duration::from_millis(900));
}

#[tokio::test]
async fn standstills_without_end_leave_no_verdict() {
    let (check, requests) = found(500, &[0, 1, 2, 3, 4], None).await;
    assert!(
        matches!(check.verdict, Verdict::NotChecked(SkipReason::Standstill, _)),
        "{:?}",
        check.verdict
    );
    assert_eq!(requests, 4);
}

#[tokio::test]
async fn a_broken_host_is_an_outage_also_where_only_names_of_its_zone_are_asked() {
    for name in ["broken.one.example", "broken"] {
        let server = NameServer::start(|question| match &*question.name {
            "fine.one.example" | "fine.svc.cluster.local" if question.record_type == 1 => {
                Answer::addresses(&["127.0.0.1"])
            }
            "fine.one.example" | "fine.svc.cluster.local" => Answer::NoRecords,
            _ => Answer::Silence,
        })
        .await;
        let checker = checker(&server);
        let fine = name.replace("broken", "fine");
        let fine = verdict(&checker, &monitor("tcp", &fine, 0)).await;
        assert_eq!(code(&fine), Some(ErrorCode::ConnectRefused));
        let broken = verdict(&checker, &monitor("http", name, 0)).await;
        assert_eq!(code(&broken), Some(ErrorCode::DnsTimeout), "{broken:?}");
    }
}
