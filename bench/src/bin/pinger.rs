//! The pinger's figures: what a check costs beside a bare hyper loop, how late checks start, what hanging
//! targets do to healthy ones, what a monitor costs in memory.
//!
//! `pinger-bench [throughput|lateness|isolation|memory]...`, all of them by default.

use std::time::Duration;

use bench::machine::{self, Idle};
use bench::pinger::{Lateness, Pinger, Sites};
use bench::{baseline, stats};

const ROUNDS: usize = 5;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [command, port, addresses, seconds] = arguments.as_slice()
        && command == "baseline"
    {
        let numbers = (
            port.parse().unwrap_or(0),
            addresses.parse().unwrap_or(1),
            seconds.parse().unwrap_or(1),
        );
        return baseline::run(numbers.0, numbers.1, Duration::from_secs(numbers.2)).await;
    }
    shared::install_crypto();
    report(&format!("conditions: {}", machine::conditions()));
    let wanted = |name: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == name);
    if wanted("throughput") {
        throughput().await;
    }
    if wanted("lateness") {
        lateness(5_000, 10, "5,000 monitors at 10 s: 500/s").await;
        lateness(180_000, 60, "180,000 monitors at 60 s: 3,000/s").await;
    }
    if wanted("isolation") {
        isolation().await;
    }
    if wanted("memory") {
        memory().await;
    }
}

/// Checks per CPU-second, and the share of the bare loop's.
async fn throughput() {
    const MONITORS: u32 = 40_000;
    let sites = Sites::start(200, 0).await;
    let pinger = Pinger::start(&sites, MONITORS, 10).await;
    pinger.settle(Duration::from_secs(15)).await;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let (checks, cpu) = pinger.measure(Duration::from_secs(10)).await;
        ours.push(checks / cpu);
        bare.push(baseline::measure(&sites, Duration::from_secs(5)).await);
        report(&format!(
            "round {round}: pinger {:.0}, bare hyper loop {:.0} checks per CPU-second",
            ours[round - 1],
            bare[round - 1]
        ));
    }
    let (ours, bare) = (stats::median(&ours), stats::median(&bare));
    report(&format!(
        "throughput: {ours:.0} checks per CPU-second, {:.0} % of the bare hyper loop's {bare:.0}",
        ours / bare * 100.0
    ));
}

/// How late checks start after their slot.
async fn lateness(monitors: u32, interval_seconds: u32, what: &str) {
    let sites = Sites::start(200, 0).await;
    let pinger = Pinger::start(&sites, monitors, interval_seconds).await;
    pinger
        .settle(Duration::from_secs(u64::from(interval_seconds) + 15))
        .await;
    let idle = Idle::now();
    let seen = pinger.lateness(Duration::from_secs(30), |_| true).await;
    report(&format!(
        "lateness, {what}: {seen}, CPU idle {:.0} %",
        Idle::share_since(idle) * 100.0
    ));
}

/// The healthy monitors' lateness without and with a tenth of the targets hanging.
async fn isolation() {
    const MONITORS: u32 = 5_000;
    let mut p99 = Vec::new();
    for hanging in [0, 20] {
        let sites = Sites::start(200 - hanging, hanging).await;
        let healthy = sites.healthy;
        let pinger = Pinger::start(&sites, MONITORS, 10).await;
        pinger.settle(Duration::from_secs(35)).await;
        let is_healthy = move |monitor: i64| (monitor as u32) % 200 < healthy;
        let seen: Lateness = pinger.lateness(Duration::from_secs(30), is_healthy).await;
        report(&format!(
            "isolation, {hanging} of 200 targets hang: healthy ones {seen}"
        ));
        p99.push(seen.p99);
    }
    report(&format!(
        "isolation: p99 {:.1} ms without, {:.1} ms with a tenth hanging",
        p99[0], p99[1]
    ));
}

/// Resident memory per monitor beyond the base, and CPU per check, as monitors grow at the same rate of checks.
async fn memory() {
    let sites = Sites::start(200, 0).await;
    let base = {
        let pinger = Pinger::start(&sites, 0, 10).await;
        pinger.settle(Duration::from_secs(5)).await;
        pinger.resident_bytes()
    };
    report(&format!("memory: base {:.1} MB", base as f64 / 1e6));
    // The interval grows with the number of monitors, so that each size makes 500 checks per second.
    for (monitors, interval) in [(10_000, 20), (100_000, 200), (500_000, 1_000)] {
        let pinger = Pinger::start(&sites, monitors, interval).await;
        // Every monitor is checked once when it becomes known; wait until that is over.
        pinger.settle_after_first_checks(monitors).await;
        let (checks, cpu) = pinger.measure(Duration::from_secs(20)).await;
        let bytes = pinger.resident_bytes().saturating_sub(base) as f64 / f64::from(monitors);
        report(&format!(
            "memory, {monitors} monitors: {bytes:.0} bytes per monitor, {:.0} µs CPU per check",
            cpu / checks * 1e6
        ));
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn report(line: &str) {
    println!("{line}");
}
