//! Redis stopped, PostgreSQL stopped throughout, the broker restarted, and a Slack in trouble: each outage is told,
//! and so is its end. A message is repeated only when the outcome of its send was not known.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::{self, PATIENCE, World, slack_channel};
use testkit::{HttpServer, OwnKafka, OwnRedis, Reply};

/// The deadline of one send.
const DEADLINE: Duration = Duration::from_millis(500);

#[tokio::test(flavor = "multi_thread")]
async fn with_everything_in_trouble_each_outage_and_its_end_are_told() {
    let Some(mut kafka) = OwnKafka::start("with_everything_in_trouble", 4).await else {
        return;
    };
    let mut redis = OwnRedis::start().await;
    let world = World::new(kafka.settings().clone())
        .await
        .with("GROUP_WINDOW_MS", "0")
        .with("DELIVERY_TIMEOUT_MS", &DEADLINE.as_millis().to_string())
        .with("REDIS_URL", &redis.url())
        .with("DATABASE_URL", "postgres://nobody@127.0.0.1:9/nothing");
    let slack = Slack::start().await;
    *world.known.channels.lock().unwrap() = vec![slack_channel(1, &slack.server.url())];
    // A first start would wait for the database, to begin with what it knows.
    let alerter = world.start_without_database().await;
    outages(&world, &slack, 1..=1).await;
    alerter.stop().await;
    let alerter = world.start().await;

    // Redis stays away. While the broker restarts, too, it is the alerter alone that remembers what was sent
    // and could not be written down.
    redis.kill().await;
    outages(&world, &slack, 2..=4).await;
    let trouble = Duration::from_secs(if testkit::rounds() > 3 { 60 } else { 4 });
    slack.in_trouble.store(true, Ordering::Relaxed);
    let monitors = 5..=12;
    for monitor in monitors.clone() {
        world.down(monitor).await;
    }
    tokio::time::sleep(trouble).await;
    for monitor in monitors.clone() {
        world.up(monitor).await;
    }
    slack.in_trouble.store(false, Ordering::Relaxed);
    await_down_and_up(&slack, monitors).await;

    for monitor in 13..=16 {
        world.down(monitor).await;
    }
    kafka.kill().await;
    kafka.restart().await;
    for monitor in 13..=16 {
        world.up(monitor).await;
    }
    await_down_and_up(&slack, 13..=16).await;

    let accepted: Vec<_> = (1..=16).map(|monitor| slack.accepted(monitor)).collect();
    let repeats: usize = accepted.iter().map(|accepted| accepted.len() - 2).sum();
    let unknown = slack.unknown.load(Ordering::Relaxed);
    super::report(&format!(
        "32 messages, {repeats} repeated; of {unknown} the outcome was unknown"
    ));
    assert!(
        repeats <= unknown,
        "{repeats} repeats, {unknown} unknown: {accepted:?}"
    );
    alerter.stop().await;
}

async fn outages(world: &World, slack: &Slack, monitors: RangeInclusive<i64>) {
    for monitor in monitors.clone() {
        world.down(monitor).await;
        world.up(monitor).await;
    }
    await_down_and_up(slack, monitors).await;
}

/// Waits for the messages that each of them is down, and then up.
async fn await_down_and_up(slack: &Slack, monitors: RangeInclusive<i64>) {
    for monitor in monitors {
        let accepted =
            testkit::eventually("the outage and its end are announced", PATIENCE * 5, async || {
                Some(slack.accepted(monitor)).filter(|accepted| accepted.last() == Some(&"Up"))
            })
            .await;
        let mut once = accepted;
        once.dedup();
        assert_eq!(once, ["Down", "Up"], "monitor {monitor}");
    }
}

/// A Slack that knows what it has accepted.
struct Slack {
    server: HttpServer,
    in_trouble: Arc<AtomicBool>,
    accepted: Arc<Mutex<Vec<String>>>,
    /// Messages that were accepted, but too slowly for the sender to hear of it.
    unknown: Arc<AtomicUsize>,
}

impl Slack {
    async fn start() -> Self {
        let in_trouble = Arc::new(AtomicBool::new(false));
        let accepted: Arc<Mutex<Vec<String>>> = Arc::default();
        let unknown = Arc::new(AtomicUsize::new(0));
        let (troubled, accepts, unheard) = (
            Arc::clone(&in_trouble),
            Arc::clone(&accepted),
            Arc::clone(&unknown),
        );
        let count = AtomicUsize::new(0);
        let server = HttpServer::start(move |request| {
            let message: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
            let accept = || {
                accepts
                    .lock()
                    .unwrap()
                    .push(message["text"].as_str().unwrap().to_owned())
            };
            if !troubled.load(Ordering::Relaxed) {
                accept();
                return Reply::new(200, "ok").header("content-type", "text/html");
            }
            match count.fetch_add(1, Ordering::Relaxed) % 3 {
                0 => Reply::new(429, "slow down").header("retry-after", "1"),
                1 => Reply::new(500, "oops"),
                _ => {
                    accept();
                    unheard.fetch_add(1, Ordering::Relaxed);
                    Reply::new(200, "ok").after(DEADLINE * 4)
                }
            }
        })
        .await;
        Self {
            server,
            in_trouble,
            accepted,
            unknown,
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
