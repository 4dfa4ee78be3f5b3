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
    // With its limits: user-service notes again what they come to.
    let sql = "UPDATE organisations SET raw_retention_days = 7, limit_overrides = '{\"raw_retention_days\": 7}' WHERE id = $1";
    played.service.db().await.execute(sql, &[&ada.org]).await.unwrap();
    let path = format!("/monitors/{monitor}/backtest");
    let body = json!({"from": FROM, "until": "2025-10-24T13:00:00Z", "candidates": [{}]});
    let refused = ada.post(&path, body.clone()).await;
    assert_eq!((refused.status.as_u16(), refused.fields()), (422, vec!["from"]));
    let selected = json!({"selection": {"monitors": [monitor]}, "backtest": body});
    let refused = ada.post("/backtests", selected).await;
    assert_eq!(refused.fields(), ["backtest.from"]);
    // Where nobody says from when on, or more days, it is what there is to be seen, but for what leads to it.
    for asked in [
        json!({"candidates": [{}]}),
        json!({"days": 90, "candidates": [{}]}),
    ] {
        let made: Value = ada.post(&path, asked.clone()).await.expect(200);
        let from = at(made["from"].as_str().unwrap());
        let days = shared::now().millis_since(from) / (24 * HOUR);
        assert!((6..=7).contains(&days), "{asked}: {days}");
    }
}

#[tokio::test]
async fn the_last_days_end_when_it_is_asked() {
    let played = Played::start().await;
    let ada = played.service.register().await;
    let (monitor, _) = played.scene(&ada, at(FROM)).await;
    let path = format!("/monitors/{monitor}/backtest");
    for days in [1, 90] {
        let made = ada.post(&path, json!({"days": days, "candidates": [{}]})).await;
        let made = made.expect(200);
        let time = ["from", "until"].map(|end| at(made[end].as_str().unwrap()));
        assert_eq!(time[1].millis_since(time[0]), days * 24 * HOUR);
    }
    let earlier = json!({"days": 1, "until": "2025-10-24T13:00:00Z", "candidates": [{}]});
    let made = ada.post(&path, earlier).await.expect(200);
    assert_eq!(made["from"], "2025-10-23T13:00:00.000Z");
    assert_eq!(figures(&made["candidates"][0]), [2, 2, 4, 0, 0]);
    for wrong in [
        json!({"days": 0}),
        json!({"days": 91}),
        json!({"days": 7, "from": FROM}),
    ] {
        let mut body = wrong;
        body["candidates"] = json!([{}]);
        let refused = ada.post(&path, body.clone()).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fields()),
            (422, vec!["days"]),
            "{body}"
        );
        let selected = json!({"selection": {"monitors": [monitor]}, "backtest": body});
        let refused = ada.post("/backtests", selected).await;
        assert_eq!(refused.fields(), ["backtest.days"]);
    }
}

#[tokio::test]
async fn what_goes_on_where_results_begin_counts_on_neither_side() {
    let played = Played::start().await;
    let ada = played.service.register().await;
    let channel = ada.channel().await;
    let monitor = ada.monitor("https://a.example/").await;
    let minute = |minute: i64| at(FROM).plus_millis(minute * MINUTE);
    // It was down before, of which no results are kept.
    played.results(monitor, at(FROM), "xx...x...").await;
    for (begun, over) in [(-5, 2), (5, 6)] {
        played
            .sent(&ada, monitor, channel, minute(begun), minute(over))
            .await;
    }
    let made = backtest(&ada, monitor, json!([{}])).await;
    assert_eq!(figures(&made["sent"]), [1, 1, 2, 0, 0]);
    let same = &made["candidates"][0];
    assert_eq!((figures(same), changes(same)), ([1, 1, 2, 0, 0], vec!["same"]));
}

#[tokio::test]
async fn what_came_after_the_end_is_not_missed() {
    let played = Played::start().await;
    let ada = played.service.register().await;
    let channel = ada.channel().await;
    let monitor = ada.monitor("https://a.example/").await;
    let minute = |minute: i64| at(FROM).plus_millis(minute * MINUTE);
    played.results(monitor, at(FROM), "..x..x...").await;
    for (begun, over) in [(2, 3), (5, 6)] {
        played
            .sent(&ada, monitor, channel, minute(begun), minute(over))
            .await;
    }
    // By then the second one has begun, and nobody knows of it; two minutes sooner, nor that the first one is over.
    for (until, expected) in [(5, [1, 1, 2, 0, 0]), (3, [1, 1, 1, 0, 0])] {
        let body = json!({"from": FROM, "until": minute(until).plus_millis(500), "candidates": [{}]});
        let made = ada.post(&format!("/monitors/{monitor}/backtest"), body).await;
        let made = made.expect(200);
        assert_eq!(figures(&made["sent"]), expected, "{until}");
        assert_eq!(figures(&made["candidates"][0]), expected, "{until}");
    }
}
