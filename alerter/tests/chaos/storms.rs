//! One of two alerters is killed while they tell of a storm together: nobody is left out.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::common::{PATIENCE, World, webhook_channel};
use domain::alert_event::Step;
use serde_json::Value;
use testkit::{HttpServer, Reply};

const MONITORS: i64 = 200;
const WINDOW_MS: u64 = 1_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_within_a_storm_leaves_nobody_out() {
    let Some(kafka) = testkit::kafka("a_kill_within_a_storm", 6).await else {
        return;
    };
    let world = World::new(kafka)
        .await
        .with("GROUP_WINDOW_MS", &WINDOW_MS.to_string())
        .with("DELIVERY_TIMEOUT_MS", "1000");
    // A webhook lists all of them.
    let receiver = HttpServer::start(|_| Reply::new(204, "")).await;
    *world.known.channels.lock().unwrap() = vec![webhook_channel(1, &receiver.url())];
    let mut alerters = vec![world.spawn(), world.spawn()];
    world.publish_all(1..=MONITORS, true).await;
    world.handled().await;
    // Once in `make test`, seven times in `make chaos`.
    for round in 0..testkit::rounds().div_ceil(3) as i64 {
        let first = round * MONITORS + 1;
        let monitors = first..first + MONITORS;
        world.publish_all(monitors.clone(), false).await;
        // At any time from before the windows close until after the message is sent.
        let random = u64::from_le_bytes(shared::crypto::random());
        tokio::time::sleep(Duration::from_millis(random % (WINDOW_MS * 2))).await;
        alerters.remove(random as usize % 2).kill().await;
        alerters.push(world.spawn());
        testkit::eventually("each delivery has its receipt", PATIENCE * 3, async || {
            // Who takes over from an alerter that was killed may write an event once more.
            let events = world.events().await.into_iter();
            let sent: HashSet<_> = events
                .filter(|event| event.step == Step::Sent && monitors.contains(&event.monitor_id.0))
                .map(|event| event.monitor_id)
                .collect();
            (sent.len() == MONITORS as usize).then_some(())
        })
        .await;
        let (messages, counts) = count_messages(&receiver);
        let missing: Vec<_> = monitors.clone().filter(|id| !counts.contains_key(id)).collect();
        assert!(missing.is_empty(), "no message about {missing:?}");
        // What was being sent at the kill is sent once more, together.
        assert!(
            counts.values().all(|times| *times <= 2),
            "more than two messages: {counts:?}"
        );
        assert!(messages <= 4 * (round as usize + 1), "{messages} messages");
    }
    for alerter in alerters {
        alerter.kill().await;
    }
}

/// How many messages came, and how many were about each monitor.
fn count_messages(receiver: &HttpServer) -> (usize, HashMap<i64, usize>) {
    let mut times = HashMap::new();
    let seen = receiver.seen();
    for request in &seen {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let data = &body["data"];
        let one = std::slice::from_ref(&data["incident"]);
        let incidents = data["incidents"].as_array().map_or(one, Vec::as_slice);
        for incident in incidents {
            *times
                .entry(incident["monitor"]["id"].as_i64().unwrap())
                .or_default() += 1;
        }
    }
    (seen.len(), times)
}
