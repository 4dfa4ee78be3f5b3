//! The figures of backtests: how long one takes of 30 days of a monitor that is checked every minute, in an organisation
//! that has 1,000 routes and whose policies have three steps; and how many results are gone through per CPU-second, beside
//! folding them alone.
//!
//! `backtest-bench [MONITORS]`: as many monitors have results beside which those of the one are stored, 100 by default
//! (4.3 million results).

use std::time::Instant;

use bench::api::{Api, Live};
use bench::report::report;
use bench::{backtest, machine, stats};
use domain::{Record, Timestamp};

const ROUNDS: usize = 5;

/// How often a month is gone through in a round: the kernel's books count hundredths of a second.
const MONTHS: usize = 20;

/// Calls that are measured, and those before them that are not: an organisation may make 30 in a minute.
const CALLS: usize = 20;
const WARM_UP: usize = 2;
const CALLS_OF_FIVE: usize = 5;

#[tokio::main]
async fn main() {
    shared::install_crypto();
    let monitors: i64 = std::env::args()
        .nth(1)
        .and_then(|argument| argument.parse().ok())
        .unwrap_or(100);
    report(&format!("conditions: {}", machine::conditions()));
    simulation();
    let url = testkit::database().await;
    let client = testkit::connect(&url).await;
    backtest::add_owner(&client).await;
    let live = Live::fill(&url, 0).await;
    let api = Api::start(&url, &live).await;
    let begun = Instant::now();
    let monitor = backtest::fill(&client, &api, monitors).await;
    report(&format!(
        "{:>5.0} s: {} results of each of {monitors} monitors",
        begun.elapsed().as_secs_f64(),
        backtest::RESULTS
    ));
    calls(&api, monitor, 1, CALLS).await;
    calls(&api, monitor, 5, CALLS_OF_FIVE).await;
    let mut reads = Vec::new();
    for _ in 0..WARM_UP + CALLS {
        reads.push(backtest::read(&client, monitor).await);
    }
    report(&format!(
        "its rows read alone: p50 {:.0} ms over {CALLS} times",
        stats::median(&reads[WARM_UP..])
    ));
    drop((api, client));
    live.drop().await;
    testkit::drop_database(&url).await;
}

/// A month on one thread, in turns with folding it alone.
fn simulation() {
    let records = backtest::records();
    let (mut simulated, mut folded) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        simulated.push(per_second(&records, |month| {
            let outcome = backtest::simulate(month);
            assert!(!outcome.messages.is_empty(), "something is sent");
        }));
        folded.push(per_second(&records, |month| {
            let state = backtest::fold(month);
            assert!(state.last_slot.is_some(), "something is folded");
        }));
    }
    let outcome = backtest::simulate(records);
    let (simulated, folded) = (stats::median(&simulated), stats::median(&folded));
    report(&format!(
        "simulation: {simulated:.0} results per CPU-second, {:.0} % of folding alone; {} incidents, {} messages",
        simulated / folded * 100.0,
        outcome.incidents.len(),
        outcome.messages.len()
    ));
}

/// How many results `go` goes through per CPU-second.
fn per_second(records: &[(Timestamp, Record)], go: impl Fn(Vec<(Timestamp, Record)>)) -> f64 {
    let months: Vec<_> = (0..MONTHS).map(|_| records.to_vec()).collect();
    let started = machine::cpu_time(std::process::id());
    months.into_iter().for_each(go);
    let took = machine::cpu_time(std::process::id()) - started;
    (records.len() * MONTHS) as f64 / took.as_secs_f64()
}

async fn calls(api: &Api, monitor: i64, rules: u16, calls: usize) {
    let mut times = Vec::new();
    let mut answer = serde_json::Value::Null;
    let warm_up = if rules == 1 { WARM_UP } else { 0 };
    for n in 0..warm_up + calls {
        let (took, answered) = backtest::call(api, monitor, backtest::DAYS, rules).await;
        if n >= warm_up {
            times.push(took);
        }
        answer = answered;
    }
    let first = &answer["candidates"][0];
    report(&format!(
        "a backtest of {rules} candidates over {} results: p50 {:.0} ms, p99 {:.0} ms over {calls} calls (aim: p99 < \
         1,000 ms); the first has {} incidents and {} messages",
        answer["results"],
        stats::percentile(&times, 50.0),
        stats::percentile(&times, 99.0),
        first["incidents"],
        first["messages"]
    ));
}
