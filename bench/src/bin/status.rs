//! The gateway's figures: what reading the status of a monitor costs with an API key, beside a bare handler that
//! verifies a token and reads one value of Redis, and how long a list of 100 monitors takes.
//!
//! `status-bench [PER_SECOND SECONDS]`, 2,000 per second and 10 s per turn by default.

use std::time::Duration;

use bench::edge::{self, Bare, Edge};
use bench::report::{report, tell_failed};
use bench::{api, beside, machine};

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
    let what = format!("status with an API key at {per_second}/s");
    let [ours, theirs] = [edge.status(per_second, turn), bare.status(per_second, turn)];
    beside::compare(&what, (&ours, || edge.cpu_time()), (&theirs, || bare.cpu_time())).await;

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
