//! The gateway's figures: what reading the status of a monitor costs with an API key, beside a bare handler that
//! verifies a token and reads one value of Redis, and how long a list of 100 monitors takes.
//!
//! `status-bench [PER_SECOND SECONDS]`, 2,000 per second and 10 s per turn by default.

use std::time::Duration;

use bench::edge::{self, Bare, Edge};
use bench::load::Load;
use bench::{api, machine, stats};

const ROUNDS: usize = 5;
const MONITORS: i64 = 100;
/// About a day of each.
const RESULTS: i64 = 15_000;
const LISTS_PER_SECOND: u32 = 50;
const WARM_UP: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() {
    shared::install_crypto();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [command, port, prefix] = arguments.as_slice()
        && command == "bare"
    {
        return edge::serve_bare(port.parse().unwrap_or(0), prefix).await;
    }
    let mut numbers = arguments.iter().filter_map(|argument| argument.parse().ok());
    let per_second = numbers.next().unwrap_or(2_000).max(1);
    let turn = Duration::from_secs(u64::from(numbers.next().unwrap_or(10).max(1)));
    report(&format!("conditions: {}", machine::conditions()));
    let url = testkit::database().await;
    api::fill(&url, MONITORS, RESULTS, |_| ()).await;
    let live = api::Live::fill(&url, MONITORS).await;
    let edge = Edge::start(&url, &live).await;
    let bare = Bare::start(&live).await;

    edge.status(per_second, WARM_UP).send().await;
    bare.status(per_second, WARM_UP).send().await;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        ours.push(measure(&edge.status(per_second, turn), || edge.cpu_time()).await);
        theirs.push(measure(&bare.status(per_second, turn), || bare.cpu_time()).await);
        report(&format!("round {round}: gateway {}", show(ours[round - 1])));
        report(&format!("         bare handler {}", show(theirs[round - 1])));
    }
    let [ours, theirs] = [ours, theirs].map(|rounds| {
        [0, 1, 2].map(|figure| stats::median(&rounds.iter().map(|round| round[figure]).collect::<Vec<_>>()))
    });
    report(&format!(
        "status with an API key at {per_second}/s, medians of {ROUNDS}: {}; bare handler: {}",
        show(ours),
        show(theirs)
    ));
    report(&format!(
        "p99 {:.2} times the bare handler's (aim: at most 2); {:.0} % of its requests per CPU-second (aim: at least 70 %)",
        ours[1] / theirs[1],
        ours[2] / theirs[2] * 100.0
    ));

    edge.list(LISTS_PER_SECOND, WARM_UP).send().await;
    let lists = edge.list(LISTS_PER_SECOND, 2 * turn).send().await;
    tell_failed(lists.failed);
    report(&format!(
        "a list of {MONITORS} monitors at {LISTS_PER_SECOND}/s: p50 {:.1} ms, p99 {:.1} ms over {} calls (aim: p99 < 10 ms)",
        lists.percentile(50.0),
        lists.percentile(99.0),
        lists.times.len()
    ));
    drop(edge);
    bare.drop().await;
    live.drop().await;
    testkit::drop_database(&url).await;
}

/// p50 and p99 in milliseconds, and requests per CPU-second of the server's process.
async fn measure(load: &Load, cpu_time: impl Fn() -> Duration) -> [f64; 3] {
    let before = cpu_time();
    let answers = load.send().await;
    let used = cpu_time().saturating_sub(before);
    tell_failed(answers.failed);
    [
        answers.percentile(50.0),
        answers.percentile(99.0),
        answers.times.len() as f64 / used.as_secs_f64(),
    ]
}

/// Figures are worth nothing where requests fail.
fn tell_failed(failed: usize) {
    if failed > 0 {
        report(&format!(
            "{failed} requests FAILED; the rate is too high for this machine"
        ));
    }
}

fn show([p50, p99, per_cpu_second]: [f64; 3]) -> String {
    format!("p50 {p50:.2} ms, p99 {p99:.2} ms, {per_cpu_second:.0} requests per CPU-second")
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn report(line: &str) {
    println!("{line}");
}
