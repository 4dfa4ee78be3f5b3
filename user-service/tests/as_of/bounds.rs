//! Of how much, and of which instants, monitors and their counts are answered.

use domain::Timestamp;
use serde_json::json;

use super::instant;
use crate::common::UserService;

const DAY: i64 = 86_400_000;

#[tokio::test]
async fn monitors_of_which_nothing_is_kept_are_refused() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    let now = shared::now();
    let one = format!("/monitors/{monitor}");
    for path in ["/monitors", &one, "/summary"] {
        for at in [now.plus_millis(DAY), now.plus_millis(-401 * DAY)] {
            let answer = ada.get(&format!("{path}?at={at}")).await;
            assert_eq!(answer.status, 422, "{path}: {}", answer.body);
            assert_eq!(answer.fields(), ["at"], "{path}");
        }
        for wrong in ["yesterday", "2026-11-29", "2026-11-29T10:00:00"] {
            let answer = ada.get(&format!("{path}?at={wrong}")).await;
            assert_eq!(answer.status, 400, "{path} {wrong}: {}", answer.body);
        }
    }
    let at = instant(&service).await;
    let answer = ada.get(&format!("/monitors?external_key=a&at={at}")).await;
    assert_eq!(
        (answer.status.as_u16(), answer.fields()),
        (422, vec!["external_key"])
    );
    let before = now.plus_millis(-DAY);
    let answer = ada.get(&format!("/monitors?tag=prod&at={before}")).await;
    assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec!["at"]));
    assert_eq!(ada.get(&format!("{one}?at={before}")).await.status, 404);
    let none = ada.get(&format!("/monitors?at={before}")).await.items();
    assert!(none.is_empty(), "{none:?}");
}

#[tokio::test]
async fn who_asks_by_a_clock_that_is_ahead_is_answered_as_of_now() {
    let service = UserService::start().await;
    let ada = service.register().await;
    for _ in 0..2 {
        ada.monitor("https://a.example/").await;
    }
    let ahead = shared::now().plus_millis(50_000);
    for path in ["/monitors", "/summary"] {
        let answer = ada.get(&format!("{path}?at={ahead}")).await.expect(200);
        let as_of: Timestamp = answer["as_of"].as_str().unwrap().parse().unwrap();
        assert!(as_of < ahead, "{path}: {as_of}");
    }
    let first = ada
        .get(&format!("/monitors?limit=1&at={ahead}"))
        .await
        .expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = ada.get(&format!("/monitors?cursor={cursor}")).await.expect(200);
    assert_eq!(second["as_of"], first["as_of"]);
}

#[tokio::test]
async fn so_many_monitors_are_looked_at_together() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    let db = service.db().await;
    let copy = "INSERT INTO monitors (org_id, name, spec)
                SELECT org_id, name, spec FROM monitors, generate_series(1, $2::integer) WHERE id = $1";
    db.execute(copy, &[&monitor, &250i32]).await.unwrap();
    let at = instant(&service).await;
    for (state, found) in [("", 251), ("&state=pending", 251), ("&state=down", 0)] {
        let (mut next, mut pages) = (format!("/monitors?limit=1000{state}&at={at}"), Vec::new());
        loop {
            let page = ada.get(&next).await.expect(200);
            pages.push(page["items"].as_array().unwrap().len());
            match page["next_cursor"].as_str() {
                Some(cursor) => next = format!("/monitors?limit=1000{state}&cursor={cursor}"),
                None => break,
            }
        }
        let items: usize = pages.iter().sum();
        assert_eq!((pages.len(), items), (2, found), "{state}: {pages:?}");
        assert!(pages.iter().all(|&items| items <= 200), "{pages:?}");
    }
    let counts = ada.get(&format!("/summary?at={at}")).await.expect(200);
    assert_eq!(
        (&counts["pending"], &counts["not_known"]),
        (&json!(251), &json!(0))
    );
    db.execute(copy, &[&monitor, &1_750i32]).await.unwrap();
    // Those that were made later count for nothing.
    ada.get(&format!("/summary?at={at}")).await.expect(200);
    let later = instant(&service).await;
    let answer = ada.get(&format!("/summary?at={later}")).await;
    assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec!["at"]));
}
