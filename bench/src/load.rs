//! Requests at a fixed rate, whatever becomes of those before: one that had to wait counts from when it was due.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{Request, StatusCode};
use http_body_util::Full;
use shared::http::client::ServiceClient;
use tokio::sync::mpsc;

use crate::stats;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Load {
    /// In turns.
    pub urls: Arc<[String]>,
    /// Sent as `Authorization: Bearer`.
    pub credential: Arc<str>,
    /// Requests per second.
    pub per_second: u32,
    /// For how long requests become due.
    pub duration: Duration,
}

/// How long requests took, in milliseconds from when they were due.
#[derive(Debug, Default)]
pub struct Answers {
    /// Of those that were answered with 200.
    pub times: Vec<f64>,
    /// How many were not.
    pub failed: usize,
}

impl Answers {
    /// The value below which `percent` of the times lie.
    ///
    /// # Panics
    /// When nothing was answered.
    pub fn percentile(&self, percent: f64) -> f64 {
        stats::percentile(&self.times, percent)
    }
}

impl Load {
    /// Sends the requests and waits for the answers.
    ///
    /// # Panics
    /// When the thread that starts them cannot be started.
    pub async fn send(&self) -> Answers {
        let client = ServiceClient::new(Duration::from_secs(30));
        let (answered, mut answers) = mpsc::unbounded_channel();
        let (load, runtime) = (self.clone(), tokio::runtime::Handle::current());
        // A thread of its own, for the runtime's timers are too coarse: they have milliseconds.
        let clock = std::thread::spawn(move || {
            let (begun, gap) = (Instant::now(), Duration::from_secs(1) / load.per_second);
            for (number, url) in (0..).zip(load.urls.iter().cycle()) {
                let after = gap * number;
                if after >= load.duration {
                    break;
                }
                let due = begun + after;
                #[expect(clippy::disallowed_methods, reason = "the thread is nobody else's")]
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                let request = Request::get(url)
                    .header("authorization", format!("Bearer {}", load.credential))
                    .body(Full::default());
                let (client, answered) = (client.clone(), answered.clone());
                runtime.spawn(async move {
                    let answer = match request {
                        Ok(request) => client.send(request).await.ok(),
                        Err(_) => None,
                    };
                    let took = due.elapsed().as_secs_f64() * 1e3;
                    let is_good = answer.is_some_and(|answer| answer.status() == StatusCode::OK);
                    let _ = answered.send(is_good.then_some(took));
                });
            }
        });
        let mut all = Answers::default();
        while let Some(answer) = answers.recv().await {
            match answer {
                Some(took) => all.times.push(took),
                None => all.failed += 1,
            }
        }
        clock.join().expect("the clock does not fail");
        all
    }
}
