//! What showing a status page costs, with neither PostgreSQL nor user-service there, beside a bare handler that sends the
//! same bytes.
//!
//! `pages-bench [PER_SECOND SECONDS]`, 2,000 per second and 10 s per turn by default.

use std::path::Path;
use std::time::Duration;

use bench::pages::{self, Bare, Shown};
use bench::report::report;
use bench::{beside, machine};

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
    let what = format!(
        "a page with {components} components, {} bytes, at {per_second}/s",
        bytes.len()
    );
    let [ours, theirs] = [shown.load(per_second, turn), bare.load(per_second, turn)];
    beside::compare(&what, (&ours, || shown.cpu_time()), (&theirs, || bare.cpu_time())).await;
    shown.drop().await;
}
