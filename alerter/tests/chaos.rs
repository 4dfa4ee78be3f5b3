//! Alerters that are killed at random instants while outages come and go: each outage is announced once, and so is
//! its end. A message is repeated only when its alerter was killed between sending it and hearing of it. What else fails,
//! and what must hold then, is said by each module.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
#[path = "chaos/escalations/mod.rs"]
mod escalations;
#[path = "chaos/faults.rs"]
mod faults;
#[path = "chaos/storms.rs"]
mod storms;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use common::{PATIENCE, World, slack_channel};
use testkit::{HttpServer, Reply};

/// Monitors that go down and up around one kill.
const MONITORS: i64 = 10;

#[tokio::test(flavor = "multi_thread")]
async fn kills_at_random_instants_leave_nothing_out() {
    let Some(kafka) = testkit::kafka("kills_at_random_instants_leave_nothing_out", 4).await else {
        return;
    };
    let world = World::new(kafka).await.with("GROUP_WINDOW_MS", "0");
    let slack = Slack::start().await;
    *world.known.channels.lock().unwrap() = vec![slack_channel(1, &slack.server.url())];
    let mut alerters = vec![world.spawn(), world.spawn()];
    world.down(1_000).await;
    testkit::eventually("the alerters are at work", PATIENCE, async || {
        (slack.accepted(1_000) == ["Down"]).then_some(())
    })
    .await;
    let (mut repeats, kills) = (0, testkit::rounds() as i64);
    for kill in 0..kills {
        let monitors = kill * MONITORS + 1..=(kill + 1) * MONITORS;
        // Slack is in trouble in the first half.
        slack.busy.store(true, Ordering::Relaxed);
        let records: Vec<(i64, bool)> = monitors
            .clone()
            .map(|id| (id, false))
            .chain(monitors.clone().map(|id| (id, true)))
            .collect();
        let random = u64::from_le_bytes(shared::crypto::random()) as usize;
        for (index, &(monitor, up)) in records.iter().enumerate() {
            if index == records.len() / 2 {
                slack.busy.store(false, Ordering::Relaxed);
            }
            if index == random % records.len() {
                alerters.remove(random % 2).kill().await;
                alerters.push(world.spawn());
            }
            if up {
                world.up(monitor).await
            } else {
                world.down(monitor).await
            }
        }
        for monitor in monitors {
            let accepted =
                testkit::eventually("the outage and its end are announced", PATIENCE * 2, async || {
                    let accepted = slack.accepted(monitor);
                    (accepted.last() == Some(&"Up")).then_some(accepted)
                })
                .await;
            let mut once = accepted.clone();
            once.dedup();
            assert_eq!(once, ["Down", "Up"], "monitor {monitor}");
            repeats += accepted.len() - once.len();
        }
    }
    report(&format!(
        "{kills} kills, {} messages, {repeats} repeated",
        kills * MONITORS * 2
    ));
    // At most what was in flight at the instant of a kill.
    assert!(repeats <= kills as usize, "{repeats} messages were repeated");
    for alerter in alerters {
        alerter.kill().await;
    }
}

#[expect(clippy::print_stdout, reason = "shown by `make chaos`")]
fn report(line: &str) {
    println!("{line}");
}

/// A Slack that knows what it has accepted.
struct Slack {
    server: HttpServer,
    busy: Arc<AtomicBool>,
    accepted: Arc<Mutex<Vec<String>>>,
}

impl Slack {
    async fn start() -> Self {
        let (busy, accepted) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let (is_busy, accepts) = (Arc::clone(&busy), Arc::clone(&accepted));
        let server = HttpServer::start(move |request| {
            if is_busy.load(Ordering::Relaxed) {
                return Reply::new(503, "busy");
            }
            let message: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
            accepts
                .lock()
                .unwrap()
                .push(message["text"].as_str().unwrap().to_owned());
            Reply::new(200, "ok").header("content-type", "text/html")
        })
        .await;
        Self {
            server,
            busy,
            accepted,
        }
    }

    /// What it has accepted about a monitor, in order.
    fn accepted(&self, monitor: i64) -> Vec<&'static str> {
        let name = format!(": {}", common::name(monitor));
        let accepted = self.accepted.lock().unwrap();
        let about = accepted.iter().filter(|text| text.contains(&name));
        about
            .map(|text| if text.contains("Down") { "Down" } else { "Up" })
            .collect()
    }
}
