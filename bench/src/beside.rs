//! A server beside a bare handler that sends the same: both under the same load, in turns.

use std::fmt;
use std::time::Duration;

use crate::load::Load;
use crate::report::{report, tell_failed};
use crate::stats;

const ROUNDS: usize = 5;

/// How the answers of a server came.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    p50_ms: f64,
    p99_ms: f64,
    /// Requests per CPU-second of the server's process.
    per_cpu_second: f64,
}

impl Figures {
    async fn measure(load: &Load, cpu_time: &impl Fn() -> Duration) -> Self {
        let before = cpu_time();
        let answers = load.send().await;
        let used = cpu_time().saturating_sub(before);
        tell_failed(answers.failed);
        Self {
            p50_ms: answers.percentile(50.0),
            p99_ms: answers.percentile(99.0),
            per_cpu_second: answers.times.len() as f64 / used.as_secs_f64(),
        }
    }

    fn medians(rounds: &[Self]) -> Self {
        let median = |figure: fn(&Self) -> f64| stats::median(&rounds.iter().map(figure).collect::<Vec<_>>());
        Self {
            p50_ms: median(|figures| figures.p50_ms),
            p99_ms: median(|figures| figures.p99_ms),
            per_cpu_second: median(|figures| figures.per_cpu_second),
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            p50_ms,
            p99_ms,
            per_cpu_second,
        } = self;
        write!(
            f,
            "p50 {p50_ms:.2} ms, p99 {p99_ms:.2} ms, {per_cpu_second:.0} requests per CPU-second"
        )
    }
}

/// Measures both in turns, and prints each round, the medians, and how they compare. `what` names what is asked for.
pub async fn compare(
    what: &str,
    (ours, our_cpu_time): (&Load, impl Fn() -> Duration),
    (bare, bare_cpu_time): (&Load, impl Fn() -> Duration),
) {
    let mut rounds = [const { Vec::new() }; 2];
    for round in 1..=ROUNDS {
        let figures = Figures::measure(ours, &our_cpu_time).await;
        report(&format!("round {round}: gateway {figures}"));
        rounds[0].push(figures);
        let figures = Figures::measure(bare, &bare_cpu_time).await;
        report(&format!("         bare handler {figures}"));
        rounds[1].push(figures);
    }
    let [ours, bare] = rounds.map(|rounds| Figures::medians(&rounds));
    report(&format!(
        "{what}, medians of {ROUNDS}: {ours}; bare handler: {bare}"
    ));
    report(&format!(
        "p99 {:.2} times the bare handler's (aim: at most 2); {:.0} % of its requests per CPU-second (aim: at least 70 %)",
        ours.p99_ms / bare.p99_ms,
        ours.per_cpu_second / bare.per_cpu_second * 100.0
    ));
}
