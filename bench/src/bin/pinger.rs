//! The pinger's figures: what a check costs beside a bare hyper loop, how late checks start, what hanging
//! targets do to healthy ones, what a monitor costs in memory, what TLS costs beside a bare loop, and what names do.
//!
//! `pinger-bench [throughput|tls|names|lateness|isolation|memory]...`, all of them by default.

use std::path::Path;
use std::time::Duration;

use bench::baseline::{self, Pace};
use bench::machine::{self, Idle};
use bench::pinger::{Lateness, Pinger};
use bench::report::report;
use bench::sites::Sites;
use bench::{stats, targets};
use testkit::{Answer, NameServer, Question};

const ROUNDS: usize = 5;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [command, port, addresses, seconds, per_second, certificates @ ..] = arguments.as_slice()
        && command == "baseline"
    {
        let duration = Duration::from_secs(seconds.parse().unwrap_or(1));
        let pace = match per_second.parse() {
            Ok(rate @ 1..) => Pace::PerSecond(rate),
            _ => Pace::Saturated,
        };
        let (port, addresses) = (port.parse().unwrap_or(0), addresses.parse().unwrap_or(1));
        let certificates = certificates.first().map(Path::new);
        return baseline::run(port, addresses, duration, pace, certificates).await;
    }
    shared::install_crypto();
    report(&format!("conditions: {}", machine::conditions()));
    let wanted = |name: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == name);
    if wanted("throughput") {
        throughput().await;
    }
    if wanted("tls") {
        tls().await;
    }
    if wanted("names") {
        names().await;
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

/// Checks per CPU-second, and the share of the bare loop's: of one that makes as many checks per second, and of
/// one that makes as many as it can. Each has the machine to itself in its turn.
async fn throughput() {
    const MONITORS: u32 = 80_000;
    const INTERVAL_SECONDS: u32 = 10;
    const PER_SECOND: u32 = MONITORS / INTERVAL_SECONDS;
    const TURN: Duration = Duration::from_secs(5);
    let sites = Sites::start(200, 0).await;
    let (mut ours, mut paced, mut saturated) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let pinger = Pinger::start(&sites, MONITORS, INTERVAL_SECONDS).await;
        pinger.settle(Duration::from_secs(15)).await;
        let (checks, cpu) = pinger.measure(TURN).await;
        drop(pinger);
        ours.push(checks / cpu);
        paced.push(baseline::measure(&sites, TURN, Pace::PerSecond(PER_SECOND)).await);
        saturated.push(baseline::measure(&sites, TURN, Pace::Saturated).await);
        report(&format!(
            "round {round}: pinger {:.0}, bare hyper loop {:.0} at the same rate and {:.0} at its fastest",
            ours[round - 1],
            paced[round - 1],
            saturated[round - 1]
        ));
    }
    let [ours, paced, saturated] = [ours, paced, saturated].map(|rounds| stats::median(&rounds));
    report(&format!(
        "throughput at {PER_SECOND} checks/s: {ours:.0} per CPU-second, {:.0} % of the {paced:.0} of a bare hyper \
         loop at the same rate, {:.0} % of the {saturated:.0} of one at its fastest (aims: over 10,000, 70 %)",
        ours / paced * 100.0,
        ours / saturated * 100.0,
    ));
}

/// Checks by TLS 1.3 per CPU-second: with a full handshake each beside a bare loop that makes as many per second, and
/// with sessions resumed beside as many without. The sites sign on the same cores, so there are fewer checks than without
/// TLS.
async fn tls() {
    const MONITORS: u32 = 10_000;
    const INTERVAL_SECONDS: u32 = 10;
    const PER_SECOND: u32 = MONITORS / INTERVAL_SECONDS;
    const TURN: Duration = Duration::from_secs(10);
    // As many as a pinger has room for.
    const RESUMING: u32 = 2_000;
    const RESUMING_TURN: Duration = Duration::from_secs(30);
    let mut sites = Sites::start_secure(50).await;
    let (mut full, mut paced) = (Vec::new(), Vec::new());
    let (mut resumed, mut beside) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let pinger = Pinger::start(&sites, MONITORS, INTERVAL_SECONDS).await;
        full.push(secure_cost(&mut sites, pinger, MONITORS, TURN, false).await);
        paced.push(baseline::measure(&sites, TURN, Pace::PerSecond(PER_SECOND)).await);
        let pinger = Pinger::start_resuming(&sites, RESUMING, INTERVAL_SECONDS).await;
        resumed.push(secure_cost(&mut sites, pinger, RESUMING, RESUMING_TURN, true).await);
        let pinger = Pinger::start(&sites, RESUMING, INTERVAL_SECONDS).await;
        beside.push(secure_cost(&mut sites, pinger, RESUMING, RESUMING_TURN, false).await);
        let last = round - 1;
        report(&format!(
            "tls, round {round}: pinger {:.0} with full handshakes, bare rustls and hyper loop {:.0}; of {RESUMING} \
             monitors {:.0} resuming and {:.0} with full handshakes",
            full[last], paced[last], resumed[last], beside[last]
        ));
    }
    let [full, paced, resumed, beside] = [full, paced, resumed, beside].map(|rounds| stats::median(&rounds));
    report(&format!(
        "tls at {PER_SECOND} checks/s: {full:.0} per CPU-second with full handshakes, {:.0} % of the {paced:.0} of a \
         bare loop at the same rate (aim: 85 %); at {} checks/s {resumed:.0} resuming sessions, {:.1} times the \
         {beside:.0} with full handshakes (aim: 3)",
        full / paced * 100.0,
        RESUMING / INTERVAL_SECONDS,
        resumed / beside,
    ));
}

/// Checks per CPU-second of a pinger, once each of its monitors was checked.
async fn cost(pinger: Pinger, monitors: u32, turn: Duration) -> f64 {
    pinger.settle_after_first_checks(monitors).await;
    let (checks, cpu) = pinger.measure_up(turn).await;
    checks / cpu
}

/// The same by TLS. The sites say whether it was measured what was meant to be.
async fn secure_cost(sites: &mut Sites, pinger: Pinger, monitors: u32, turn: Duration, resumes: bool) -> f64 {
    pinger.settle_after_first_checks(monitors).await;
    let (full_before, resumed_before) = sites.handshakes().await;
    let (checks, cpu) = pinger.measure_up(turn).await;
    let (full, resumed) = sites.handshakes().await;
    let (full, resumed) = (full - full_before, resumed - resumed_before);
    let share = resumed / (full + resumed);
    let is_meant = if resumes { share > 0.99 } else { share == 0.0 };
    assert!(is_meant, "{full} handshakes were made in full, {resumed} resumed");
    checks / cpu
}

/// How long the name of a monitor may be kept, in seconds. The pinger keeps it for a minute at most.
const TTLS: [u32; 4] = [30, 60, 300, 3_600];

fn monitor_of(name: &str) -> u32 {
    let digits = name.strip_prefix('m').and_then(|rest| rest.split('.').next());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// What it costs to check names, each monitor its own, beside the same monitors by address.
async fn names() {
    const MONITORS: u32 = 20_000;
    const INTERVAL_SECONDS: u32 = 10;
    const SITES: u32 = 200;
    const PER_SECOND: u32 = MONITORS / INTERVAL_SECONDS;
    // As long as a name is kept.
    const TURN: Duration = Duration::from_secs(60);
    let sites = Sites::start(SITES, 0).await;
    let ttl = |question: &Question| TTLS[monitor_of(&question.name) as usize % TTLS.len()];
    let server = NameServer::start_with(ttl, |question| match question.record_type {
        1 => {
            let address = targets::address(monitor_of(&question.name) % SITES);
            Answer::addresses(&[address.to_string().as_str()])
        }
        _ => Answer::NoRecords,
    })
    .await;
    let (mut by_name, mut by_address, mut questions) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let name = |id: i64| format!("m{id}.bench.test");
        let pinger =
            Pinger::start_with_names(&sites, MONITORS, INTERVAL_SECONDS, server.address(), name).await;
        pinger.settle_after_first_checks(MONITORS).await;
        server.asked();
        let (checks, cpu) = pinger.measure_up(TURN).await;
        questions.push(server.asked().len() as f64 / checks);
        by_name.push(checks / cpu);
        drop(pinger);
        by_address.push(
            cost(
                Pinger::start(&sites, MONITORS, INTERVAL_SECONDS).await,
                MONITORS,
                TURN,
            )
            .await,
        );
        report(&format!(
            "names, round {round}: {:.0} checks per CPU-second by name, {:.0} by address",
            by_name[round - 1],
            by_address[round - 1]
        ));
    }
    let [by_name, by_address, questions] =
        [by_name, by_address, questions].map(|rounds| stats::median(&rounds));
    report(&format!(
        "names at {PER_SECOND} checks/s: {by_name:.0} per CPU-second with {questions:.2} questions to a name server \
         each, {:.0} % of the {by_address:.0} by address",
        by_name / by_address * 100.0,
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
        "lateness, {what}: {seen}, CPU idle {:.0} % (aims: p50 < 5 ms, p99 < 20 ms)",
        Idle::share_since(idle) * 100.0
    ));
}

/// The healthy monitors' lateness without and with a tenth of the targets hanging to their timeout, in turns.
async fn isolation() {
    const MONITORS: u32 = 5_000;
    const HEALTHY: u32 = 180;
    const HANGING: u32 = 20;
    let mut sites = Sites::start(HEALTHY, HANGING).await;
    let pinger = Pinger::start(&sites, MONITORS, 10).await;
    pinger.settle(Duration::from_secs(20)).await;
    let is_healthy = |monitor: i64| (monitor as u32) % (HEALTHY + HANGING) < HEALTHY;
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        for (hang, p99) in [(false, &mut without), (true, &mut with)] {
            sites.hang(hang).await;
            // The timeout of 5 s has ended the first, or the last, that hung.
            pinger.settle(Duration::from_secs(7)).await;
            let seen: Lateness = pinger.lateness(Duration::from_secs(10), is_healthy).await;
            let state = if hang { "a tenth hangs" } else { "none hangs" };
            report(&format!("isolation, round {round}, {state}: healthy ones {seen}"));
            p99.push(seen.p99);
        }
    }
    let [without, with] = [without, with].map(|rounds| stats::median(&rounds));
    report(&format!(
        "isolation: p99 of healthy ones {with:.0} ms with a tenth of the targets hanging to their timeout of 5 s, \
         {without:.0} ms with none (aim: at most twice as late)"
    ));
}

/// Resident memory per monitor beyond the base, and CPU per check, as monitors grow at the same rate of checks.
async fn memory() {
    // The base makes 500 checks per second, too: what checks in flight and records on their way take does not
    // grow with the monitors.
    const FEW: u32 = 5_000;
    // The more monitors, the less it matters that a start takes a megabyte more or less than another.
    const STARTS: [(u32, usize); 3] = [(10_000, ROUNDS), (100_000, 1), (500_000, 1)];
    let sites = Sites::start(200, 0).await;
    let (mut bases, mut sizes) = (Vec::new(), STARTS.map(|_| (Vec::new(), Vec::new())));
    for round in 0..ROUNDS {
        bases.push(footprint(&sites, FEW).await.0);
        for ((monitors, starts), (bytes, costs)) in STARTS.iter().zip(&mut sizes) {
            if round < *starts {
                let (resident, cost) = footprint(&sites, *monitors).await;
                bytes.push(resident);
                costs.push(cost);
            }
        }
    }
    let base = stats::median(&bases);
    report(&format!(
        "memory: base, with {FEW} monitors, {:.1} MB, the median of {:.1} to {:.1} MB",
        base / 1e6,
        stats::percentile(&bases, 0.0) / 1e6,
        stats::percentile(&bases, 100.0) / 1e6,
    ));
    let mut costs = Vec::new();
    for ((monitors, starts), (bytes, cost)) in STARTS.iter().zip(&sizes) {
        let beyond = (stats::median(bytes) - base) / f64::from(monitors - FEW);
        costs.push(stats::median(cost));
        report(&format!(
            "memory, {monitors} monitors, median of {starts}: {beyond:.0} bytes per monitor (aim: at most 1,024), \
             {:.0} µs CPU per check",
            costs[costs.len() - 1]
        ));
    }
    let (least, most) = (stats::percentile(&costs, 0.0), stats::percentile(&costs, 100.0));
    report(&format!(
        "memory: a check costs {least:.0} to {most:.0} µs over that range, {:.0} % apart (aim: within 25 %)",
        (most / least - 1.0) * 100.0
    ));
}

/// Resident bytes of a pinger with so many monitors, and what a check costs it in µs of CPU. The interval grows
/// with the number of monitors, so that each makes 500 checks per second.
async fn footprint(sites: &Sites, monitors: u32) -> (f64, f64) {
    let pinger = Pinger::start(sites, monitors, monitors / 500).await;
    // Every monitor is checked once when it becomes known; wait until that is over.
    pinger.settle_after_first_checks(monitors).await;
    let (checks, cpu) = pinger.measure(Duration::from_secs(20)).await;
    (pinger.resident_bytes() as f64, cpu / checks * 1e6)
}
