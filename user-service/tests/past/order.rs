//! In which order routes were asked.

use http::Method;
use serde_json::json;

use super::diary::Diary;
use crate::common::UserService;

#[tokio::test]
async fn an_order_of_routes_is_kept_as_a_whole_and_read_as_it_was() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let mut diary = Diary::of(&ada).await;
    let sql = format!(
        "INSERT INTO alert_routes (org_id, position, name, conditions, recipients, goes_on)
         SELECT {}, n, 'route ' || n, '{{}}', '{{\"to\": \"nobody\"}}', false FROM generate_series(1, 200) AS n",
        ada.org
    );
    diary.execute(&sql).await;
    let ids = "SELECT array_agg(id ORDER BY position) FROM alert_routes";
    let mut ids: Vec<i64> = diary.client.query_one(ids, &[]).await.unwrap().get(0);
    // As an order was kept before there was a row for it: a row of each route.
    let switch = |to: &str| format!("ALTER TABLE alert_routes {to} TRIGGER past_order_kept");
    let by_rows = format!(
        "INSERT INTO past_rows (org_id, relation, row_key, until_at, was)
         SELECT org_id, 'alert_routes', id::text, now(), to_jsonb(r) FROM alert_routes r WHERE org_id = {};
         UPDATE alert_routes SET position = 201 - position WHERE org_id = {};",
        ada.org, ada.org
    );
    for sql in [switch("DISABLE"), by_rows, switch("ENABLE")] {
        diary.client.batch_execute(&sql).await.unwrap();
    }
    ids.reverse();
    diary.note("another order, kept in rows").await;
    let count = format!("past_rows WHERE org_id = {}", ada.org);
    let before = service.count(&count).await;
    // The last one first: each is somewhere else.
    ids.rotate_right(1);
    let order = json!({ "ids": ids }).to_string();
    ada.call(Method::PUT, "/alert-routes/order", &order)
        .await
        .expect(204);
    diary.note("another order").await;
    assert_eq!(service.count(&count).await, before + 1);
    let changed = format!("/alert-routes/{}", ids[3]);
    ada.patch(&changed, json!({"continue": true})).await.expect(200);
    diary.note("a route was changed").await;
    // All that come after it move up.
    ada.delete(&format!("/alert-routes/{}", ids[0])).await.expect(204);
    diary.note("the first one was removed").await;
    assert_eq!(service.count(&count).await, before + 4);
    let swap = format!(
        "UPDATE alert_routes SET position = 200 - position WHERE org_id = {}",
        ada.org
    );
    diary.execute(&swap).await;
    diary
        .execute("UPDATE alert_routes SET name = name || 'x', position = position + 1000")
        .await;
    diary
        .execute("DELETE FROM alert_routes WHERE name LIKE '%7x'")
        .await;
    diary.compare().await;
}
