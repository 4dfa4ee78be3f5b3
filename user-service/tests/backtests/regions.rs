//! What other regions or another quorum would have found.

use serde_json::{Value, json};

use super::{FROM, Played, at, backtest, figures};
use crate::common::Person;

/// What each region found, minute by minute: one fails for a minute, and then two of them for three.
const FOUND: [(&str, &str); 3] = [
    ("ap", "....................."),
    ("eu", ".....x.....xxx......."),
    ("us", "...........xxx......."),
];

/// A monitor that three regions have checked, of which two had to find it down; the slots of each come after those of the
/// one before.
async fn monitor(played: &Played, person: &Person<'_>) -> i64 {
    let monitor = person.monitor("https://a.example/").await;
    for (place, (region, found)) in (0..).zip(FOUND) {
        let from = at(FROM).plus_millis(place * 20_000);
        played.results(monitor, from, found).await;
        played
            .run(&format!(
                "UPDATE check_results SET region = '{region}', by_quorum = true
                 WHERE monitor_id = {monitor} AND region = 'default';
                 UPDATE check_errors SET region = '{region}' WHERE monitor_id = {monitor} AND region = 'default'"
            ))
            .await;
    }
    let quorum = json!({"regions": ["ap", "eu", "us"], "down": 2, "min_regions": 2});
    let places = json!({"regions": ["ap", "eu", "us"], "quorum": quorum});
    played
        .run(&format!(
            "UPDATE monitors SET spec = spec || '{places}' WHERE id = {monitor};
             INSERT INTO monitor_quorums (monitor_id, revision, quorum, began_at, interval_ms)
             VALUES ({monitor}, 1, '{quorum}', '{FROM}', 60000)"
        ))
        .await;
    monitor
}

#[tokio::test]
async fn other_regions_and_quorums_find_other_outages() {
    let played = Played::start().await;
    let ada = played.service.register().await;
    let monitor = monitor(&played, &ada).await;
    let tried = [
        (json!({}), 1),
        (json!({"quorum": {"down": 1}}), 2),
        (json!({"quorum": {"down": "all"}}), 0),
        (json!({"regions": ["eu", "us"]}), 1),
    ];
    let alone = [
        (json!({"regions": ["eu"]}), 2),
        (json!({"regions": ["us"]}), 1),
        (json!({"regions": ["ap"]}), 0),
    ];
    for some in [&tried[..], &alone] {
        let candidates: Vec<&Value> = some.iter().map(|(candidate, _)| candidate).collect();
        let made = backtest(&ada, monitor, json!(candidates)).await;
        assert_eq!(made["results"], 63);
        let found = made["candidates"].as_array().unwrap().iter();
        let found: Vec<i64> = found.map(|outcome| figures(outcome)[0]).collect();
        let expected: Vec<i64> = some.iter().map(|(_, outages)| *outages).collect();
        assert_eq!(found, expected, "{candidates:?}");
    }
}

#[tokio::test]
async fn what_does_not_check_the_monitor_is_refused() {
    let played = Played::start().await;
    let ada = played.service.register().await;
    let several = monitor(&played, &ada).await;
    let one = ada.monitor("https://one.example/").await;
    for (monitor, candidate, field) in [
        (several, json!({"regions": ["eu", "sa"]}), "regions.1"),
        (several, json!({"quorum": {"down": 4}}), "quorum.down"),
        (one, json!({"regions": ["eu"]}), "regions"),
        (one, json!({"quorum": {"down": 1}}), "quorum"),
    ] {
        let body = json!({"days": 1, "candidates": [candidate]});
        let refused = ada.post(&format!("/monitors/{monitor}/backtest"), body).await;
        assert_eq!(refused.status, 422, "{candidate}: {}", refused.body);
        assert_eq!(refused.fields(), [format!("candidates.0.{field}")], "{candidate}");
    }
}
