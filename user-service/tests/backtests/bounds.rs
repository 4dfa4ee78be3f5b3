//! From when on results are gone through, and how much of them.

use serde_json::{Value, json};

use super::{FROM, HOUR, MINUTE, Played, at, backtest, changes, figures};

#[tokio::test]
async fn what_began_before_goes_on_and_does_not_count() {
    let played = Played::start().await;
    let ada = played.service.register().await;
    let channel = ada.channel().await;
    let monitor = ada.monitor("https://a.example/").await;
    let minute = |minute: i64| at(FROM).plus_millis(minute * MINUTE);
    // Down from five minutes before until minute 5, and from 10 until 13.
    let results = ".....xxxxxxxxxx.....xxx...";
    played.results(monitor, minute(-10), results).await;
    for (begun, over) in [(-5, 5), (10, 13)] {
        played
            .sent(&ada, monitor, channel, minute(begun), minute(over))
            .await;
    }
    let candidates = json!([
        {},
        {"rule": {"down_after": 3}},
        // By that it is one outage until the end, which was announced before.
        {"rule": {"up_after": 10}},
    ]);
    let made = backtest(&ada, monitor, candidates).await;
    assert_eq!(
        (&made["results"], &made["is_complete"]),
        (&json!(16), &json!(true))
    );
    assert_eq!(figures(&made["sent"]), [1, 1, 2, 0, 0]);
    let same = &made["candidates"][0];
    assert_eq!((figures(same), changes(same)), ([1, 1, 2, 0, 0], vec!["same"]));
    assert_eq!(same["down_seconds"], 180);
    assert_eq!(same["list"][0]["started_at"], json!(minute(10)));
    assert_eq!(figures(&made["candidates"][1]), [1, 1, 2, 0, 0]);
    let long = &made["candidates"][2];
    assert_eq!((figures(long), &long["list"]), ([0; 5], &json!([])));
}

#[tokio::test]
async fn what_was_a_day_before_is_not_gone_through() {
    let played = Played::start().await;
    let ada = played.service.register().await;
    ada.channel().await;
    let monitor = ada.monitor("https://a.example/").await;
    // It was down then, and nothing is known of the day between.
    let long_before = at(FROM).plus_millis(-25 * HOUR);
    played.results(monitor, long_before, "xxx").await;
    played.results(monitor, at(FROM), "xx...").await;
    let made = backtest(&ada, monitor, json!([{}])).await;
    assert_eq!(figures(&made["candidates"][0]), [1, 1, 2, 0, 1]);
}

#[tokio::test]
async fn results_that_the_plan_does_not_show_are_not_gone_through() {
    let played = Played::start().await;
    let ada = played.service.register().await;
    let (monitor, _) = played.scene(&ada, at(FROM)).await;
    let sql = "UPDATE organisations SET raw_retention_days = 7 WHERE id = $1";
    played.service.db().await.execute(sql, &[&ada.org]).await.unwrap();
    let path = format!("/monitors/{monitor}/backtest");
    let body = json!({"from": FROM, "until": "2025-10-24T13:00:00Z", "candidates": [{}]});
    let refused = ada.post(&path, body.clone()).await;
    assert_eq!((refused.status.as_u16(), refused.fields()), (422, vec!["from"]));
    let selected = json!({"selection": {"monitors": [monitor]}, "backtest": body});
    let refused = ada.post("/backtests", selected).await;
    assert_eq!(refused.fields(), ["backtest.from"]);
    // Where nobody says from when on, it is what there is to be seen.
    let made: Value = ada.post(&path, json!({"candidates": [{}]})).await.expect(200);
    let from = at(made["from"].as_str().unwrap());
    let days = shared::now().millis_since(from) / (24 * HOUR);
    assert!((7..=8).contains(&days), "{days}");
}
