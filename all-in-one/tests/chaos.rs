//! The process is killed at any instant, while PostgreSQL is there and while it is not: what was told is remembered,
//! and what was acknowledged is stored.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::{Record, Timestamp};
use e2e::{AllInOne, Api, PATIENCE, Stores, messages_about};
use shared::kafka::EmbeddedBroker;
use testkit::{FakeSlack, FakeTarget, Proxy};

const MONITORS: usize = 4;

/// How long a message may have been out when the process was killed, so that nobody knew of it.
const UNKNOWN_MS: i64 = 2_000;

struct World {
    line: Proxy,
    stores: Stores,
    product: Option<AllInOne>,
    kills: Vec<Timestamp>,
}

impl World {
    /// Kills the process at an instant within the next seconds, and starts it again.
    async fn strike(&mut self, with_database: bool) -> Api {
        if !with_database {
            self.line.cut();
        }
        let instant = Duration::from_millis(rand::random_range(0..6_000));
        tokio::time::sleep(instant).await;
        self.product.take().unwrap().sigkill().await;
        self.kills.push(shared::now());
        let product = start(&self.stores);
        self.line.mend();
        let api = product.api().await;
        self.product = Some(product);
        api
    }
}

fn start(stores: &Stores) -> AllInOne {
    // A storm would be one message about all of them.
    AllInOne::start_with(stores, &[("GROUP_WINDOW_MS", "0".to_owned())])
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_at_any_instant_change_nothing_of_what_is_told_and_stored() {
    let database_url = testkit::database().await;
    let (line, over_line) = Proxy::before(&database_url).await;
    let stores = Stores::with_database(over_line);
    let product = start(&stores);
    let (target, slack) = (FakeTarget::start().await, FakeSlack::start().await);
    let mut api = product.api().await;
    api.register().await;
    api.add_slack(&slack.webhook_url()).await;
    let mut monitors = Vec::new();
    for index in 0..MONITORS {
        let name = format!("Site-{index}");
        monitors.push((api.add_monitor(&name, &target.url()).await, name));
    }
    all_are(&api, &monitors, "up").await;
    let mut world = World {
        line,
        stores,
        product: Some(product),
        kills: Vec::new(),
    };

    for round in 0..testkit::rounds() {
        target.answer(500);
        world.strike(round % 2 == 0).await;
        all_are_told(&slack, &monitors, &world.kills, 2 * round + 1).await;
        // PostgreSQL may know nothing of what was just told.
        world.strike(false).await;
        target.answer(200);
        let again = world.strike(round % 2 == 1).await;
        all_are_told(&slack, &monitors, &world.kills, 2 * round + 2).await;
        api = api.at(&again);
        all_are(&api, &monitors, "up").await;
    }

    // One more round of slots: whatever would be told twice has been told by then.
    let seen = target.seen().len();
    testkit::eventually("all are checked again", PATIENCE, async || {
        (target.seen().len() >= seen + MONITORS).then_some(())
    })
    .await;
    for (monitor, name) in &monitors {
        let kinds = told(&slack, name, &world.kills);
        assert_eq!(kinds, ["DOWN", "UP"].repeat(testkit::rounds()), "{name}");
        let incidents = api.incidents(*monitor).await;
        assert_eq!(incidents.len(), testkit::rounds(), "{name}: {incidents:?}");
    }
    assert!(world.product.take().unwrap().stop().await);
    everything_acknowledged_is_stored(&world.stores, &database_url).await;
}

/// Every result on the log is in PostgreSQL.
async fn everything_acknowledged_is_stored(stores: &Stores, database_url: &str) {
    let broker = EmbeddedBroker::start(stores.log().to_owned(), "", 1 << 30, &[]).unwrap();
    let kafka = broker.settings();
    let found = Arc::new(Mutex::new(BTreeSet::new()));
    let taken = Arc::clone(&found);
    kafka
        .scan(&kafka.results_topic(), move |scanned| {
            if let Record::Result(result) = Record::decode(&scanned.payload.unwrap_or_default()).unwrap() {
                let slot = result.scheduled_at.as_millis();
                taken.lock().unwrap().insert((result.monitor_id.0, slot));
            }
            true
        })
        .await
        .unwrap();
    let acknowledged = found.lock().unwrap().clone();
    assert!(
        acknowledged.len() >= MONITORS,
        "{} results are on the log",
        acknowledged.len()
    );
    let client = testkit::connect(database_url).await;
    let rows = client
        .query(
            "SELECT monitor_id, (extract(epoch FROM scheduled_at) * 1000)::bigint FROM check_results",
            &[],
        )
        .await
        .unwrap();
    let stored: BTreeSet<(i64, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let lost: Vec<_> = acknowledged.difference(&stored).collect();
    assert!(lost.is_empty(), "acknowledged and not stored: {lost:?}");
}

async fn all_are(api: &Api, monitors: &[(i64, String)], state: &str) {
    for (monitor, _) in monitors {
        api.await_state(*monitor, state).await;
    }
}

/// What Slack was told about a monitor. A message that was sent just before a kill, so that nobody could note it, may
/// come once more, as is promised, and counts once.
fn told(slack: &FakeSlack, name: &str, kills: &[Timestamp]) -> Vec<&'static str> {
    let mut told: Vec<(&'static str, Timestamp)> = Vec::new();
    for (kind, at, _) in messages_about(slack, name) {
        let again = told.last().is_some_and(|&(before, sent_at)| {
            let unknown = |killed: &Timestamp| (0..UNKNOWN_MS).contains(&killed.millis_since(sent_at));
            before == kind && kills.iter().any(unknown)
        });
        if !again {
            told.push((kind, at));
        }
    }
    told.into_iter().map(|(kind, _)| kind).collect()
}

async fn all_are_told(slack: &FakeSlack, monitors: &[(i64, String)], kills: &[Timestamp], count: usize) {
    for (_, name) in monitors {
        let what = format!("Slack has {count} messages about {name}");
        testkit::eventually(&what, PATIENCE, async || {
            (told(slack, name, kills).len() >= count).then_some(())
        })
        .await;
    }
}
