//! The API's figures: how long a series over 90 days takes, and a list of 1,000 monitors, with a large database
//! behind it.
//!
//! `api-bench [MONITORS RESULTS]`, 100,000 and 50,000,000 by default. The database is made for it, in about
//! 10 GB, with what the processor keeps in Redis, and dropped afterwards.

use std::time::Instant;

use bench::api::{self, Api, EACH_LONG, Live, PER_ORG};
use bench::report::report;
use bench::{machine, stats};

/// Calls that are measured, and those before them that are not.
const CALLS: i64 = 300;
const WARM_UP: i64 = 30;

#[tokio::main]
async fn main() {
    shared::install_crypto();
    let mut numbers = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse().ok());
    let monitors: i64 = numbers.next().unwrap_or(100_000);
    let results: i64 = numbers.next().unwrap_or(50_000_000);
    report(&format!("conditions: {}", machine::conditions()));
    let url = testkit::database().await;
    let client = testkit::connect(&url).await;
    let begun = Instant::now();
    api::fill(&url, monitors, results, |done| {
        report(&format!("{:>5.0} s: {done}", begun.elapsed().as_secs_f64()));
    })
    .await;
    let stored: i64 = client
        .query_one("SELECT count(*) FROM check_results", &[])
        .await
        .expect("it can be counted")
        .get(0);
    let live = Live::fill(&url, monitors).await;
    report(&format!("{:>5.0} s: Redis", begun.elapsed().as_secs_f64()));
    let api = Api::start(&url, &live).await;
    let orgs = (monitors + PER_ORG - 1) / PER_ORG;
    let from = shared::now().plus_millis(-90 * 86_400_000);
    // Another organisation or monitor each time, so that no answer was just read.
    measure(&api, "a list of 1,000 monitors", |n| {
        ("/monitors?limit=1000".to_owned(), 1 + n * 37 % orgs)
    })
    .await;
    for points in [120, 300] {
        let what = format!("a series over 90 days in at most {points} buckets");
        measure(&api, &what, |n| {
            let monitor = 1 + n * 7 % (monitors / EACH_LONG).max(1) * EACH_LONG;
            let path = format!("/monitors/{monitor}/series?from={from}&points={points}");
            (path, 1 + (monitor - 1) / PER_ORG)
        })
        .await;
    }
    report(&format!("with {monitors} monitors and {stored} results stored"));
    drop((api, client));
    live.drop().await;
    testkit::drop_database(&url).await;
}

async fn measure(api: &Api, what: &str, call: impl Fn(i64) -> (String, i64)) {
    let (mut times, mut largest) = (Vec::new(), 0);
    for n in 0..WARM_UP + CALLS {
        let (path, org) = call(n);
        let (ms, body) = api.get(&path, org).await;
        if n >= WARM_UP {
            times.push(ms);
            largest = body.len().max(largest);
        }
    }
    report(&format!(
        "{what}: p50 {:.1} ms, p99 {:.1} ms over {CALLS} calls, up to {} KB (aim: p99 < 50 ms)",
        stats::percentile(&times, 50.0),
        stats::percentile(&times, 99.0),
        largest / 1_000
    ));
}
