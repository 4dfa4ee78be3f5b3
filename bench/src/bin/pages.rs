//! What showing a status page costs, with neither PostgreSQL nor user-service there, beside a bare handler that sends the
//! same bytes.
//!
//! `pages-bench [PER_SECOND SECONDS]`, 2,000 per second and 10 s per turn by default.

use std::path::Path;
use std::time::Duration;

use bench::load::Load;
use bench::pages::{self, Bare, Shown};
use bench::{machine, stats};

const ROUNDS: usize = 5;
const WARM_UP: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() {
    shared::install_crypto();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [command, port, file] = arguments.as_slice()
        && command == "bare"
    {
        return pages::serve_bare(port.parse().unwrap_or(0), Path::new(file)).await;
    }
    let mut numbers = arguments.iter().filter_map(|argument| argument.parse().ok());
    let per_second = numbers.next().unwrap_or(2_000).max(1);
    let turn = Duration::from_secs(u64::from(numbers.next().unwrap_or(10).max(1)));
    report(&format!("conditions: {}", machine::conditions()));
    for components in [10, 50] {
        compare(components, per_second, turn).await;
    }
}

async fn compare(components: i64, per_second: u32, turn: Duration) {
    let shown = Shown::start(components).await;
    let bytes = shown.bytes().await;
    let bare = Bare::start(&bytes).await;
    shown.load(per_second, WARM_UP).send().await;
    bare.load(per_second, WARM_UP).send().await;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        ours.push(measure(&shown.load(per_second, turn), || shown.cpu_time()).await);
        theirs.push(measure(&bare.load(per_second, turn), || bare.cpu_time()).await);
        report(&format!("round {round}: gateway {}", show(ours[round - 1])));
        report(&format!("         bare handler {}", show(theirs[round - 1])));
    }
    let [ours, theirs] = [ours, theirs].map(|rounds| {
        [0, 1, 2].map(|figure| stats::median(&rounds.iter().map(|round| round[figure]).collect::<Vec<_>>()))
    });
    report(&format!(
        "a page with {components} components, {} bytes, at {per_second}/s, medians of {ROUNDS}: {}; bare handler: {}",
        bytes.len(),
        show(ours),
        show(theirs)
    ));
    report(&format!(
        "p99 {:.2} times the bare handler's (aim: at most 2); {:.0} % of its requests per CPU-second (aim: at least 70 %)",
        ours[1] / theirs[1],
        ours[2] / theirs[2] * 100.0
    ));
    shown.drop().await;
}

/// p50 and p99 in milliseconds, and requests per CPU-second of the server's process.
async fn measure(load: &Load, cpu_time: impl Fn() -> Duration) -> [f64; 3] {
    let before = cpu_time();
    let answers = load.send().await;
    let used = cpu_time().saturating_sub(before);
    if answers.failed > 0 {
        report(&format!(
            "{} requests FAILED; the rate is too high for this machine",
            answers.failed
        ));
    }
    [
        answers.percentile(50.0),
        answers.percentile(99.0),
        answers.times.len() as f64 / used.as_secs_f64(),
    ]
}

fn show([p50, p99, per_cpu_second]: [f64; 3]) -> String {
    format!("p50 {p50:.2} ms, p99 {p99:.2} ms, {per_cpu_second:.0} requests per CPU-second")
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn report(line: &str) {
    println!("{line}");
}
