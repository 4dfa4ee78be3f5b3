//! Results of which nothing is left: replaced by a check of the same slot, or never restored.

use domain::Timestamp;
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{instant, old_monitor, result};
use crate::common::UserService;

const DAY: i64 = 86_400_000;

/// Has a monitor be in a revision since an instant, and check since `probe_revision` what it checks.
async fn edit(service: &UserService, monitor: i64, at: Timestamp, revision: i32, probe_revision: i32) {
    let db = service.db().await;
    let sql = "UPDATE monitors SET revision = $2, probe_revision = $3, probe_revision_of = $2 WHERE id = $1";
    db.execute(sql, &[&monitor, &revision, &probe_revision])
        .await
        .unwrap();
    let sql = "UPDATE past_rows SET until_at = $2 WHERE id = (
                   SELECT max(id) FROM past_rows WHERE relation = 'monitors' AND row_key = $1::bigint::text)";
    assert_eq!(db.execute(sql, &[&monitor, &at.to_datetime()]).await.unwrap(), 1);
}

/// Stores a success of a slot that was checked, in a revision, only so many milliseconds later.
async fn late_result(service: &UserService, monitor: i64, slot: Timestamp, revision: i32, delay_ms: i32) {
    let sql = "INSERT INTO check_results (monitor_id, scheduled_at, revision, interval_ms, delay_ms, latency_ms, state,
                                          status_code, attempts, region)
               VALUES ($1, $2, $3, 300000, $4, 80, 0, 200, 1, 'default')";
    let db = service.db().await;
    db.execute(sql, &[&monitor, &slot.to_datetime(), &revision, &delay_ms])
        .await
        .unwrap();
}

#[tokio::test]
async fn a_status_that_a_later_check_has_replaced_is_not_invented() {
    let service = UserService::start().await;
    let (ada, monitor) = old_monitor(&service).await;
    let start = shared::now().plus_millis(-3_600_000);
    let minute = |n: i64| start.plus_millis(n * 60_000);
    for slot in [0, 5] {
        result(&service, monitor, minute(slot), 0).await;
    }
    // It was edited after the check of minute 10, of which nothing is left: the first check of the new revision has its name.
    edit(&service, monitor, minute(13), 2, 2).await;
    late_result(&service, monitor, minute(10), 2, 180_100).await;
    late_result(&service, monitor, minute(15), 2, 12).await;
    let path = format!("/monitors/{monitor}/status");
    let at = async |at: Timestamp| ada.get(&format!("{path}?at={at}")).await;
    let state = async |instant: Timestamp| {
        let status = at(instant).await.expect(200);
        (status["state"].clone(), status["last_checked_at"].clone())
    };
    let up = |checked: Timestamp| (json!("up"), json!(checked));
    assert_eq!(state(minute(9)).await, up(minute(5).plus_millis(12)));
    let answer = at(minute(11)).await;
    assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec!["at"]));
    let listed = ada.get(&format!("/monitors?at={}", minute(11))).await.items();
    let not_known = listed[0]["not_known"].as_array().unwrap();
    assert!(not_known.contains(&json!("status")), "{not_known:?}");
    let checking = minute(13).plus_millis(50);
    assert_eq!(state(checking).await, (json!("pending"), Value::Null));
    let checked = minute(13).plus_millis(100);
    assert_eq!(state(minute(14)).await, up(checked));
    // A check that has not ended replaces nothing where there is one of its revision.
    assert_eq!(state(minute(15).plus_millis(50)).await, up(checked));
    // Where the edit leaves alone what is checked, the state goes on.
    let db = service.db().await;
    let same = "UPDATE monitors SET probe_revision = 1 WHERE id = $1";
    db.execute(same, &[&monitor]).await.unwrap();
    assert_eq!(at(checking).await.status, 422);
    assert_eq!(state(minute(14)).await, up(checked));

    // That an incident was open is known, and no more.
    let sql = "INSERT INTO incidents (id, monitor_id, org_id, revision, started_at, resolved_at, close_reason, created_at,
                                      closed_at)
               VALUES ($1, $2, $3, 1, $4, $5, 'recovered', $4, $5)";
    let [started, ended] = [minute(10), minute(13)].map(Timestamp::to_datetime);
    db.execute(sql, &[&Uuid::from_u128(7), &monitor, &ada.org, &started, &ended])
        .await
        .unwrap();
    let status = at(minute(11)).await.expect(200);
    assert_eq!(
        (&status["state"], &status["since"]),
        (&json!("down"), &json!(minute(10)))
    );
    for name in [
        "last_checked_at",
        "latency_ms",
        "status_code",
        "error",
        "error_code",
    ] {
        assert_eq!(status[name], Value::Null, "{name}: {status}");
    }
}

#[tokio::test]
async fn what_is_checked_anew_is_pending_whatever_was_found_before() {
    let service = UserService::start().await;
    let (ada, monitor) = old_monitor(&service).await;
    let start = shared::now().plus_millis(-3_600_000);
    let minute = |n: i64| start.plus_millis(n * 60_000);
    let db = service.db().await;
    // More than are looked at.
    let sql = "INSERT INTO check_results (monitor_id, scheduled_at, revision, interval_ms, delay_ms, latency_ms, state,
                                          status_code, attempts, region)
               SELECT $1, $2::timestamptz + n * interval '10 seconds', 1, 10000, 12, 80, 0, 200, 1, 'default'
               FROM generate_series(0, 249) AS n";
    db.execute(sql, &[&monitor, &start.to_datetime()]).await.unwrap();
    edit(&service, monitor, minute(50), 2, 2).await;
    let path = format!("/monitors/{monitor}/status");
    let at = async |at: Timestamp| ada.get(&format!("{path}?at={at}")).await;
    assert_eq!(at(minute(49)).await.expect(200)["state"], "up");
    assert_eq!(at(minute(51)).await.expect(200)["state"], "pending");
    // More were counted than are kept: there were some of what is checked, and they were not restored.
    let sql = "INSERT INTO rollups_hourly (monitor_id, hour, up) VALUES ($1, date_trunc('hour', $2::timestamptz, 'UTC'), $3)";
    let hour = minute(51).to_datetime();
    db.execute(sql, &[&monitor, &hour, &1_000i32]).await.unwrap();
    let answer = at(minute(51)).await;
    assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec!["at"]));
    assert_eq!(at(minute(49)).await.expect(200)["state"], "up");
    let as_many = "UPDATE rollups_hourly SET up = 1 WHERE monitor_id = $1";
    db.execute(as_many, &[&monitor]).await.unwrap();
    late_result(&service, monitor, minute(52), 2, 12).await;
    assert_eq!(at(minute(51)).await.expect(200)["state"], "pending");
    assert_eq!(at(minute(53)).await.expect(200)["state"], "up");
}

/// A mute is a change of the row, and none of what is checked.
#[tokio::test]
async fn what_was_muted_is_not_new() {
    let service = UserService::start().await;
    let (ada, monitor) = old_monitor(&service).await;
    let old = shared::now().plus_millis(-60 * DAY).to_datetime();
    let db = service.db().await;
    let sql = "UPDATE monitors SET created_at = $2 WHERE id = $1";
    db.execute(sql, &[&monitor, &old]).await.unwrap();
    let sql = "UPDATE past_rows SET until_at = $1 WHERE relation = 'monitors'";
    db.execute(sql, &[&old]).await.unwrap();
    let mute = format!("/monitors/{monitor}/mute");
    ada.call(Method::POST, &mute, "").await.expect(200);
    let muted = instant(&service).await;
    let answer = ada.get(&format!("/monitors/{monitor}/status?at={muted}")).await;
    assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec!["at"]));
}
