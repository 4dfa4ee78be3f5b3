//! What taking a ping costs: through the gateway, each acknowledged by Kafka, beside a bare handler that puts the same
//! records on the log by the same producer. The two take turns in one run.
//!
//! `pings-bench [PER_SECOND SECONDS]`, 1,000 per second and 10 s per turn by default.

use std::time::Duration;

use bench::pings::{self, Gateway, Taker};
use bench::report::{report, tell_failed};
use bench::{machine, stats};
use shared::kafka::KafkaSettings;

const ROUNDS: usize = 5;
const WARM_UP: Duration = Duration::from_secs(3);
const PARTITIONS: i32 = 12;

/// Pings that are under way at a time when they are sent as fast as they are answered.
const AT_ONCE: usize = 64;

#[tokio::main]
async fn main() {
    shared::install_crypto();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [command, port, brokers, prefix, partitions] = arguments.as_slice()
        && command == "bare"
    {
        let kafka = KafkaSettings::new(brokers, prefix, partitions.parse().unwrap_or(PARTITIONS));
        return pings::serve_bare(port.parse().unwrap_or(0), &kafka).await;
    }
    let mut numbers = arguments.iter().filter_map(|argument| argument.parse().ok());
    let per_second = numbers.next().unwrap_or(1_000).max(1);
    let turn = Duration::from_secs(u64::from(numbers.next().unwrap_or(10).max(1)));
    report(&format!("conditions: {}", machine::conditions()));
    let kafka = testkit::kafka("pings-bench", PARTITIONS)
        .await
        .expect("TEST_KAFKA_BROKERS is set by make bench");
    let gateway = Gateway::start(&kafka).await;
    let bare = pings::start_bare(&kafka).await;
    let before = pings::on_log(&kafka).await;
    let mut answered = 0;

    for taker in [&gateway.taker, &bare] {
        answered += taker.load(per_second, WARM_UP).send().await.times.len();
        answered += taker.load(1, WARM_UP).saturate(AT_ONCE).await.times.len();
    }
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        for (taker, rounds, name) in [
            (&gateway.taker, &mut ours, "gateway"),
            (&bare, &mut theirs, "bare handler"),
        ] {
            let (figures, taken) = measure(taker, per_second, turn).await;
            answered += taken;
            report(&format!("round {round}: {name} {}", show(figures, per_second)));
            rounds.push(figures);
        }
    }
    let [ours, theirs] = [ours, theirs].map(|rounds| {
        [0, 1, 2, 3, 4]
            .map(|figure| stats::median(&rounds.iter().map(|round| round[figure]).collect::<Vec<_>>()))
    });
    report(&format!(
        "pings, medians of {ROUNDS}: gateway {}",
        show(ours, per_second)
    ));
    report(&format!("bare handler {}", show(theirs, per_second)));
    let share = |figure: usize| ours[figure] / theirs[figure] * 100.0;
    let times = |figure: usize| ours[figure] / theirs[figure];
    report(&format!(
        "rate {:.0} % of the bare handler's (aim: at least 70 %); {:.0} % of its pings per CPU-second",
        share(3),
        share(2)
    ));
    report(&format!(
        "p99 {:.2} times the bare handler's at {per_second}/s (aim: at most 2), {:.2} times with {AT_ONCE} under way",
        times(1),
        times(4)
    ));
    let on_log = pings::on_log(&kafka).await - before;
    report(&format!(
        "{answered} pings were answered 200, and {on_log} records are on the log{}",
        match on_log >= answered as i64 {
            true => "",
            false => ": PINGS ARE LOST",
        }
    ));
    drop(bare);
    gateway.drop().await;
}

/// At the given rate p50 and p99 in milliseconds, and pings per CPU-second of the process; as fast as they are answered
/// pings per second, and their p99. And how many were answered.
async fn measure(taker: &Taker, per_second: u32, turn: Duration) -> ([f64; 5], usize) {
    let before = taker.cpu_time();
    let load = taker.load(per_second, turn);
    let paced = load.send().await;
    let used = taker.cpu_time().saturating_sub(before);
    let fastest = load.saturate(AT_ONCE).await;
    tell_failed(paced.failed + fastest.failed);
    let figures = [
        paced.percentile(50.0),
        paced.percentile(99.0),
        paced.times.len() as f64 / used.as_secs_f64(),
        fastest.times.len() as f64 / turn.as_secs_f64(),
        fastest.percentile(99.0),
    ];
    (figures, paced.times.len() + fastest.times.len())
}

fn show([p50, p99, per_cpu_second, rate, p99_of_fastest]: [f64; 5], per_second: u32) -> String {
    format!(
        "p50 {p50:.2} ms, p99 {p99:.2} ms, {per_cpu_second:.0} per CPU-second at {per_second}/s; {rate:.0}/s with \
         {AT_ONCE} under way, p99 {p99_of_fastest:.2} ms"
    )
}
