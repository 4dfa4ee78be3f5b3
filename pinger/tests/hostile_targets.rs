//! Targets that would have a pinger's time, memory or processor. Each check ends within its deadline and says what was
//! wrong, and nobody else's check notices.

mod bombs;
mod cases;
mod names;
mod others;
mod server;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::common::{self, Results, UserService};
use cases::{Case, Verdict};
use domain::Record;
use domain::record::{CheckResult, SkipReason};
use serde_json::{Value, json};
use shared::redis::RedisSettings;

/// Healthy monitors that are checked at the same time.
const NEIGHBOURS: i64 = 20;
/// Ids of hostile ones begin here.
const HOSTILE: i64 = 1_000;
/// How long a check of a hostile target may take.
const TIMEOUT_MS: u32 = 2_000;
/// How much later than that a check may end where other things run as well.
const SLACK_MS: u32 = 1_000;
/// How long each is checked at least once more after its first time.
const PATIENCE: Duration = Duration::from_secs(40);
/// How much memory all of it may take at its peak, in bytes.
const MEMORY: u64 = 192 * 1024 * 1024;
/// How much of a processor all of it may take while it runs: a part of one.
const PROCESSOR: f64 = 0.75;

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_target_costs_its_own_check_and_nobody_elses() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let prefix = format!("{}:", testkit::unique());
    let redis = RedisSettings::new(&testkit::redis_url(), &prefix);
    let users = UserService::start(&redis).await;
    let target = testkit::FakeTarget::start().await;
    for id in 1..=NEIGHBOURS {
        let input = json!({"url": target.url(), "interval_seconds": 10, "timeout_ms": 5_000, "retries": 0});
        users.put(id, 1, input);
    }
    let ttl = Duration::from_secs(10);
    let pinger = common::start_process(&testkit::unique(), &kafka, &prefix, &users.url(), ttl);
    let pid = pinger.id().unwrap();
    let mut results = Results::of(&kafka);
    let first = seen(&mut results, "neighbours", |seen| seen.len() as i64 == NEIGHBOURS).await;
    assert!(first.values().flatten().all(|result| result.up));

    let cases = cases::all().await;
    let (memory, spent, begun) = (testkit::memory(pid).unwrap(), processor_time(pid), Instant::now());
    for (number, case) in cases.iter().enumerate() {
        users.save(HOSTILE + number as i64, 1, input(case)).await;
    }
    let expected = NEIGHBOURS as usize + cases.len();
    let all = seen(&mut results, "everybody twice", |seen| {
        seen.len() == expected && seen.values().all(|results| results.len() >= 2)
    })
    .await;

    let peak = testkit::peak_memory(pid).unwrap();
    let share = (processor_time(pid) - spent) / begun.elapsed().as_secs_f64();
    println!("memory: {memory} bytes, at most {peak}; processor: {share:.2} of one");
    let mut wrong = Vec::new();
    for (id, result) in all
        .iter()
        .flat_map(|(id, results)| results.iter().map(move |result| (id, result)))
    {
        let took = result.latency_ms.unwrap_or(0);
        match usize::try_from(id - HOSTILE) {
            Err(_) if result.up => {}
            Err(_) => wrong.push(format!("a neighbour: {result:?}")),
            Ok(number) => {
                let case = &cases[number];
                if !case.verdict.fits(result) || took > TIMEOUT_MS + SLACK_MS {
                    let (code, error) = (result.error_code, &result.error);
                    wrong.push(format!(
                        "{}: up {}, {code:?} {error:?}, {took} ms",
                        case.name, result.up
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(
        peak.saturating_sub(memory) < MEMORY,
        "{memory} bytes became {peak}"
    );
    assert!(share < PROCESSOR, "it takes {share:.2} of a processor");
}

fn input(case: &Case) -> Value {
    let mut input = case.input.clone();
    input["interval_seconds"] = 10.into();
    input["timeout_ms"] = TIMEOUT_MS.into();
    input["retries"] = 0.into();
    input
}

type Seen = BTreeMap<i64, Vec<CheckResult>>;

/// The results that come until it is enough. Nothing is left out for want of room.
async fn seen(results: &mut Results, what: &str, is_enough: impl Fn(&Seen) -> bool) -> Seen {
    let mut seen = Seen::new();
    let collecting = async {
        while !is_enough(&seen) {
            match results.next().await {
                Record::Result(result) => seen.entry(result.monitor_id.0).or_default().push(result),
                // Everything has room.
                Record::Skipped(skipped) => assert_ne!(skipped.reason, SkipReason::Overload, "{what}"),
                Record::Lifecycle(_) | Record::Ping(_) => panic!("pingers write neither"),
            }
        }
    };
    let ended = tokio::time::timeout(PATIENCE, collecting).await;
    if ended.is_err() {
        let missing: Vec<_> = seen
            .iter()
            .filter(|(_, results)| results.len() < 2)
            .map(|(id, _)| id)
            .collect();
        panic!("{what}: {} were seen, once only: {missing:?}", seen.len());
    }
    seen
}

/// The processor time that a process has taken, in seconds.
fn processor_time(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let fields: Vec<&str> = fields.split_whitespace().collect();
    // In hundredths of a second on every Linux (USER_HZ).
    let ticks = |nth: usize| fields[nth].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / 100.0
}

impl Verdict {
    fn fits(&self, result: &CheckResult) -> bool {
        match self {
            Self::Up => result.up,
            Self::Down(codes) => !result.up && result.error_code.is_some_and(|code| codes.contains(&code)),
        }
    }
}
