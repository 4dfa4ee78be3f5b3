//! Requests at a fixed rate, whatever becomes of those before: one that had to wait counts from when it was due. Or so
//! many at a time, as fast as they are answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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
    /// Sent as `Authorization: Bearer`; empty where none is needed.
    pub credential: Arc<str>,
    /// Sent as `Accept-Encoding`; empty where answers are to be plain.
    pub accepts: &'static str,
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
                let (load, url) = (load.clone(), url.clone());
                let (client, answered) = (client.clone(), answered.clone());
                runtime.spawn(async move {
                    let _ = answered.send(load.get(&client, &url, due).await);
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

    /// Sends requests as fast as they are answered, `at_once` at a time, whatever the rate says.
    ///
    /// # Panics
    /// When a task fails.
    pub async fn saturate(&self, at_once: usize) -> Answers {
        let client = ServiceClient::new(Duration::from_secs(30));
        let (next, until) = (Arc::new(AtomicUsize::new(0)), Instant::now() + self.duration);
        let workers: Vec<_> = (0..at_once)
            .map(|_| {
                let (load, client, next) = (self.clone(), client.clone(), Arc::clone(&next));
                tokio::spawn(async move {
                    let mut answers = Answers::default();
                    while Instant::now() < until {
                        let url = &load.urls[next.fetch_add(1, Ordering::Relaxed) % load.urls.len()];
                        match load.get(&client, url, Instant::now()).await {
                            Some(took) => answers.times.push(took),
                            None => answers.failed += 1,
                        }
                    }
                    answers
                })
            })
            .collect();
        let mut all = Answers::default();
        for worker in workers {
            let answers = worker.await.expect("it does not fail");
            all.times.extend(answers.times);
            all.failed += answers.failed;
        }
        all
    }

    /// How long an answer took since it was due, in milliseconds; nothing of one that is not 200.
    async fn get(&self, client: &ServiceClient, url: &str, due: Instant) -> Option<f64> {
        let mut request = Request::get(url);
        if !self.credential.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.credential));
        }
        if !self.accepts.is_empty() {
            request = request.header("accept-encoding", self.accepts);
        }
        let answer = client.send(request.body(Full::default()).ok()?).await.ok()?;
        let took = due.elapsed().as_secs_f64() * 1e3;
        (answer.status() == StatusCode::OK).then_some(took)
    }
}
