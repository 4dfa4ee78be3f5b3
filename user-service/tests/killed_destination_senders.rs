//! Messages to destinations of status pages while the processes that send them are killed.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::{HttpServer, Reply, eventually};

use crate::common::subscribing::{PAGES_URL, Page, update};
use crate::common::{PATIENCE, Process, Stores, UserService};

const DESTINATIONS: usize = 10;
const UPDATES: usize = 8;

/// With status pages, and allowed to post to this machine.
const POSTING: [(&str, &str); 2] = [("PAGES_URL", PAGES_URL), ("PROBE_TARGETS", "any")];

fn sender(stores: &Stores) -> Process {
    stores.spawn(&POSTING)
}

#[tokio::test]
async fn each_destination_gets_each_update_in_order_although_senders_are_killed() {
    let stores = Stores::new().await;
    let publisher = UserService::start_on(stores.clone(), &POSTING).await;
    let ada = publisher.register().await;
    let page = Page::new(&ada).await;
    // A receiver that takes its time has a kill find messages under way.
    let receiver = HttpServer::start(|_| Reply::new(200, "ok").after(Duration::from_millis(40))).await;
    for n in 0..DESTINATIONS {
        let config = json!({"url": format!("{}/{n}", receiver.url())});
        let path = format!("/status-pages/{}/destinations", page.id);
        ada.post(&path, json!({"name": format!("Hook {n}"), "config": config}))
            .await
            .expect(201);
    }
    let report = page.report(&ada, None, false).await;
    for _ in 1..UPDATES {
        update(&ada, report, "identified", false).await;
    }
    // Only processes that can be killed shall send: what waits is written when nobody else does any more.
    publisher.stop().await;
    let db = testkit::connect(&stores.database_url).await;
    db.batch_execute(
        "UPDATE report_updates SET notified = true;
         INSERT INTO report_deliveries (update_id, destination_id, org_id, report_id)
         SELECT u.id, d.id, u.org_id, u.report_id FROM report_updates u, status_page_destinations d",
    )
    .await
    .unwrap();

    let expected = DESTINATIONS * UPDATES;
    let mut kills = 0;
    let mut running = sender(&stores);
    for part in [expected / 4, expected / 2, 3 * expected / 4] {
        eventually("a part of the messages has come", PATIENCE, async || {
            (receiver.seen().len() >= part).then_some(())
        })
        .await;
        running.kill().await;
        kills += 1;
        lent_comes_back(&stores).await;
        running = sender(&stores);
    }
    eventually("nothing waits", PATIENCE, async || {
        let waiting = "SELECT count(*) FROM report_deliveries WHERE outcome IS NULL";
        let waiting: i64 = db.query_one(waiting, &[]).await.unwrap().get(0);
        (waiting == 0).then_some(())
    })
    .await;
    running.kill().await;

    let mut first_of_each: HashMap<String, Vec<String>> = HashMap::new();
    let mut times: HashMap<String, usize> = HashMap::new();
    for seen in receiver.seen() {
        let name = seen.headers["webhook-id"].to_str().unwrap().to_owned();
        let body: Value = serde_json::from_slice(&seen.body).unwrap();
        let update = body["data"]["update"]["id"].to_string();
        if *times.entry(name).and_modify(|times| *times += 1).or_insert(1) == 1 {
            first_of_each.entry(seen.path).or_default().push(update);
        }
    }
    assert_eq!(first_of_each.len(), DESTINATIONS);
    for (path, updates) in &first_of_each {
        let mut in_order = updates.clone();
        in_order.sort_by_key(|id| id.parse::<i64>().unwrap());
        assert_eq!((updates.len(), updates), (UPDATES, &in_order), "{path}");
    }
    // What a killed process had posted and not noted comes again, under the same name: one per destination and kill.
    assert!(times.values().all(|times| *times <= 1 + kills));
    let twice: usize = times.values().map(|times| times - 1).sum();
    assert!(twice <= kills * DESTINATIONS, "{twice}");
}

/// Waits until PostgreSQL has seen that the killed process is gone, and takes back what it was lent.
async fn lent_comes_back(stores: &Stores) {
    let db = testkit::connect(&stores.database_url).await;
    eventually("its database connections have ended", PATIENCE, async || {
        let sql = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()";
        let busy: i64 = db.query_one(sql, &[]).await.unwrap().get(0);
        (busy == 0).then_some(())
    })
    .await;
    let due = "UPDATE report_deliveries SET due_at = now() WHERE outcome IS NULL AND due_at > now()";
    db.execute(due, &[]).await.unwrap();
}
