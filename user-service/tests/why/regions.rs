//! What the regions of a monitor said.

use domain::Timestamp;
use serde_json::{Value, json};

use super::{DOWN, History, UP, start};

impl History<'_> {
    /// Two of three regions have to find it down.
    async fn judged_by_two(&self) {
        self.run(&format!(
            r#"INSERT INTO monitor_quorums (monitor_id, revision, quorum, began_at, interval_ms)
               VALUES ({}, 1, '{{"regions": ["ap", "eu", "us"], "down": 2, "min_regions": 2}}', now(), 60000)"#,
            self.monitor
        ))
        .await;
    }

    /// Checks of a region of the slots so many minutes ago, and so many milliseconds later.
    async fn checked_from(
        &self,
        region: &str,
        after_ms: i64,
        minutes: impl IntoIterator<Item = i64>,
        state: i16,
    ) {
        let db = self.person.service.db().await;
        for minutes in minutes {
            let slot = self.ago(minutes).plus_millis(after_ms).to_datetime();
            let sql = "INSERT INTO check_results (monitor_id, scheduled_at, revision, interval_ms, delay_ms,
                           append_delay_ms, latency_ms, state, attempts, region, by_quorum)
                       VALUES ($1, $2, 1, 60000, 12, 1000, 80, $3, 1, $4, true)";
            let values: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
                [&self.monitor, &slot, &state, &region];
            db.execute(sql, &values).await.unwrap();
            if state == DOWN {
                let sql = "INSERT INTO check_errors (monitor_id, scheduled_at, region, error_code, error)
                           VALUES ($1, $2, $3, 'read_timeout', 'no answer in time')";
                db.execute(sql, &[&self.monitor, &slot, &region]).await.unwrap();
            }
        }
    }
}

fn at(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn what_each_region_said_is_told_with_the_quorum() {
    let service = start().await;
    let history = History::of(&service, 1).await;
    history.age().await;
    history.judged_by_two().await;
    history.checked_from("ap", 0, 2..20, UP).await;
    history.checked_from("eu", 20_000, 8..20, UP).await;
    history.checked_from("eu", 20_000, 2..8, DOWN).await;
    // Nothing was heard of it for a while.
    history.checked_from("us", 40_000, 12..20, UP).await;

    let why = history.why(history.ago(5)).await;
    assert_eq!(why["answer"], "unconfirmed", "{why}");
    let votes = &why["votes"];
    assert_eq!(
        (&votes["down"], &votes["min_regions"], &votes["is_unseen"]),
        (&json!(2), &json!(2), &json!(false))
    );
    let said: Vec<_> = votes["regions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|vote| (vote["region"].as_str().unwrap(), vote["state"].as_str().unwrap()))
        .collect();
    assert_eq!(said, [("ap", "up"), ("eu", "down"), ("us", "absent")]);
    // One region has confirmed it, which takes as many as the rule wants.
    assert_eq!(why["rule"]["failing"], why["rule"]["down_after"]);
    let eu = &votes["regions"][1];
    assert_eq!(at(&eu["since"]), history.ago(7).plus_millis(20_000));
    assert_eq!(eu["error_code"], "read_timeout");
    let summary = why["summary"].as_str().unwrap();
    assert!(
        summary.starts_with("Not down yet: ap: up, eu: down since "),
        "{summary}"
    );
    assert!(
        summary.ends_with(". 2 of 3 regions have to find it down."),
        "{summary}"
    );
    let checks = why["checks"].as_array().unwrap();
    assert_eq!(checks.last().unwrap()["region"], "eu");
}

#[tokio::test]
async fn once_nothing_is_checked_regions_say_nothing() {
    let service = start().await;
    let history = History::of(&service, 1).await;
    history.age().await;
    history.judged_by_two().await;
    for (region, after_ms) in [("ap", 0), ("eu", 20_000), ("us", 40_000)] {
        history.checked_from(region, after_ms, 15..20, UP).await;
    }
    let checked = history.why(history.ago(15)).await;
    assert!(checked["votes"].is_object(), "{checked}");
    let why = history.why(history.ago(2)).await;
    assert!(why["not_checked"].is_string(), "{why}");
    assert!(why.get("votes").is_none(), "{why}");
}

#[tokio::test]
async fn of_one_region_nothing_is_said() {
    let service = start().await;
    let history = History::of(&service, 1).await;
    history.age().await;
    history.checked(2..20, UP).await;
    let why = history.why(history.ago(5)).await;
    assert_eq!(why["answer"], "not_down");
    assert!(why.get("votes").is_none(), "{why}");
    assert!(why["checks"][0].get("region").is_none(), "{why}");
}
