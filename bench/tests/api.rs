//! The API's benchmarks on small databases: what they generate is what the API answers with.

use bench::api::{self, Api, Live};
use bench::backtest;
use serde_json::Value;

#[tokio::test]
async fn the_generated_history_is_seen_through_the_api() {
    shared::install_crypto();
    let url = testkit::database().await;
    let client = testkit::connect(&url).await;
    api::fill(&url, 1_000, 20_000, |_| ()).await;
    let stored: i64 = client
        .query_one("SELECT count(*) FROM check_results", &[])
        .await
        .expect("it can be counted")
        .get(0);
    assert_eq!(stored, 20_000);
    let live = Live::fill(&url, 1_000).await;
    let api = Api::start(&url, &live).await;

    let (_, body) = api.get("/monitors?limit=1000", 1).await;
    let page: Value = serde_json::from_slice(&body).expect("it is JSON");
    let items = page["items"].as_array().expect("it is a list");
    assert_eq!(items.len(), 1_000);
    for monitor in items {
        assert_eq!(monitor["status"]["state"], "up", "{monitor}");
        assert_eq!(
            monitor["sparkline"].as_array().map(Vec::len),
            Some(20),
            "{monitor}"
        );
        // A twentieth may have been down meanwhile.
        if monitor["id"].as_i64().is_some_and(|id| id % 20 != 0) {
            assert_eq!(monitor["uptime_24h"], 1.0, "{monitor}");
        }
    }

    let from = shared::now().plus_millis(-90 * 86_400_000);
    let (_, body) = api.get(&format!("/monitors/7/series?from={from}"), 1).await;
    let series: Value = serde_json::from_slice(&body).expect("it is JSON");
    let measured = series["buckets"]
        .as_array()
        .expect("it has buckets")
        .iter()
        .filter(|bucket| bucket["p99_ms"].is_number())
        .count();
    assert!(measured >= 89, "{measured} days have a latency");
    drop((api, client));
    live.drop().await;
    testkit::drop_database(&url).await;
}

#[tokio::test]
async fn a_backtest_goes_through_the_generated_results() {
    shared::install_crypto();
    let url = testkit::database().await;
    let client = testkit::connect(&url).await;
    backtest::add_owner(&client).await;
    let live = Live::fill(&url, 0).await;
    let api = Api::start(&url, &live).await;
    let monitor = backtest::fill(&client, &api, 2).await;
    let (_, answer) = backtest::call(&api, monitor, 3, 2).await;
    let number = |value: &Value| value.as_i64().expect("it is a number");
    // Minutes may have passed since they were generated.
    let results = number(&answer["results"]);
    assert!((4_300..=4_320).contains(&results), "{answer}");
    // Twice a day.
    let sent = number(&answer["sent"]["incidents"]);
    assert!((5..=7).contains(&sent), "{answer}");
    let [first, second] = [0, 1].map(|candidate| &answer["candidates"][candidate]);
    // By the second rule a failure by itself is no outage.
    let (all, lasting) = (number(&first["incidents"]), number(&second["incidents"]));
    assert!(lasting >= sent - 1 && all > lasting, "{answer}");
    assert!(
        number(&first["messages"]) > number(&second["messages"]),
        "{answer}"
    );
    assert!(number(&second["messages"]) > 0, "{answer}");
    drop((api, client));
    live.drop().await;
    testkit::drop_database(&url).await;
}
