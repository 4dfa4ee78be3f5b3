//! What services that keep incidents of their own are told, whichever they are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use domain::alert_event::{AlertKind, Step};
use domain::channel::ChannelAlerts;
use domain::record::{Lifecycle, LifecycleEvent};
use domain::{MonitorId, Record};
use testkit::{Reply, Seen};

use super::{Contract, asked_for, is_question};
use crate::common::{ORG, PATIENCE, World, result, url};

/// What a request asks for (`open`, `remind`, `acknowledge` or `close`), and for which key.
pub(super) type Read = fn(&Seen) -> (&'static str, String);

/// Monitors of a storm: their beginnings, ends and a few repetitions pass without a pause between them.
const MANY: i64 = 24;

/// What the service was told, in order; what opens an incident that is there reminds of it.
fn told(contract: &Contract, read: Read) -> Vec<(&'static str, String)> {
    let mut known = BTreeSet::new();
    let events = contract.seen();
    let events = events.iter().map(read).map(|(what, key)| {
        let is_known = !known.insert(key.clone());
        (
            if what == "open" && is_known {
                "remind"
            } else {
                what
            },
            key,
        )
    });
    events.collect()
}

/// Waits until the service was told so much of the first, the second, … incident, apart from reminders.
async fn await_told(contract: &Contract, read: Read, expected: &[(&'static str, usize)]) {
    let what = format!("the service is told {expected:?}");
    testkit::eventually(&what, PATIENCE, async || {
        let mut keys: Vec<String> = Vec::new();
        let told = told(contract, read).into_iter();
        let told = told.filter(|(what, _)| *what != "remind").map(|(what, key)| {
            let place = keys.iter().position(|known| *known == key).unwrap_or_else(|| {
                keys.push(key);
                keys.len() - 1
            });
            (what, place)
        });
        let told: Vec<_> = told.collect();
        assert!(expected.starts_with(&told) || told == expected, "{told:?}");
        (told == expected).then_some(())
    })
    .await;
}

async fn slow(world: &World, monitor: i64) {
    let Record::Result(mut answer) = result(monitor, world.slot(), true) else {
        unreachable!("it is a result")
    };
    answer.rule.slow_ms = Some(10);
    world.publish(Record::Result(answer)).await;
}

async fn acknowledge(contract: &Contract, monitor: i64) {
    let events = contract.world.events().await;
    let mut downs = events.iter().filter(|event| event.alert == AlertKind::Down);
    let incident = downs
        .find(|event| event.step == Step::Decided)
        .unwrap()
        .incident_id;
    let record = Lifecycle {
        monitor_id: MonitorId(monitor),
        org_id: ORG,
        url: url(monitor),
        timestamp: contract.world.slot(),
        revision: 1,
        event: LifecycleEvent::Acknowledged,
        incident_id: Some(incident),
        usual: None,
        delivery_id: None,
        probe_revision: None,
    };
    contract.world.publish(Record::Lifecycle(record)).await;
}

/// A monitor becomes slow, goes down, is acknowledged and comes back, goes down again and is paused.
pub(super) async fn each_begins_and_ends_under_a_key_of_its_own(contract: Contract, read: Read) {
    let world = &contract.world;
    // Nobody has asked for them yet.
    world.known.channels.lock().unwrap()[0].alerts = ChannelAlerts {
        degraded: true,
        remind_every_seconds: Some(1),
        ..ChannelAlerts::default()
    };
    slow(world, 1).await;
    let mut expected = vec![("open", 0)];
    await_told(&contract, read, &expected).await;
    world.down(1).await;
    expected.extend([("close", 0), ("open", 1)]);
    await_told(&contract, read, &expected).await;
    testkit::eventually("the service is reminded", PATIENCE, async || {
        let told = told(&contract, read);
        let outage = &told.iter().filter(|(what, _)| *what == "open").nth(1)?.1;
        told.iter()
            .find(|(what, key)| *what == "remind" && key == outage)?;
        Some(())
    })
    .await;
    acknowledge(&contract, 1).await;
    expected.push(("acknowledge", 1));
    await_told(&contract, read, &expected).await;
    world.up(1).await;
    expected.push(("close", 1));
    await_told(&contract, read, &expected).await;
    world.down(1).await;
    expected.push(("open", 2));
    await_told(&contract, read, &expected).await;
    world.lifecycle(1, LifecycleEvent::Paused, 2).await;
    expected.push(("close", 2));
    await_told(&contract, read, &expected).await;
    // Nothing is said of an incident before it is opened, or after it is closed.
    let mut open = BTreeSet::new();
    for (what, key) in told(&contract, read) {
        let is_right = match what {
            "open" => open.insert(key),
            "close" => open.remove(&key),
            _ => open.contains(&key),
        };
        assert!(is_right, "{what}");
    }
    contract.alerter.stop().await;
}

/// Answers as a service that has had too many requests when the eleventh comes, for a second.
pub(super) fn limited(
    taken: fn(&Seen) -> Reply,
    refused: Arc<AtomicUsize>,
) -> impl Fn(&Seen) -> Reply + Send + Sync + 'static {
    let (count, since) = (AtomicUsize::new(0), Mutex::new(None::<Instant>));
    move |request| {
        if is_question(request) {
            return taken(request);
        }
        let mut since = since.lock().unwrap();
        if count.fetch_add(1, Ordering::Relaxed) == 10 {
            *since = Some(Instant::now());
        }
        if since.is_some_and(|since| since.elapsed() < Duration::from_secs(1)) {
            refused.fetch_add(1, Ordering::Relaxed);
            return Reply::new(429, "{}").header("retry-after", "1");
        }
        taken(request)
    }
}

/// Of each key, the places at which it was opened and closed.
fn places(seen: &[Seen], read: Read) -> BTreeMap<String, (Vec<usize>, Vec<usize>)> {
    let mut places: BTreeMap<String, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for (place, (what, key)) in seen.iter().map(read).enumerate() {
        let of_key = places.entry(key).or_default();
        match what {
            "open" => of_key.0.push(place),
            "close" => of_key.1.push(place),
            other => panic!("{other}"),
        }
    }
    places
}

/// Many monitors go down together, and come back together, at a service that [`limited`] has answer.
pub(super) async fn a_storm_is_one_incident_for_each_monitor(
    contract: Contract,
    read: Read,
    refused: Arc<AtomicUsize>,
) {
    let taken = async |count: i64| {
        let what = format!("the service has taken {count} requests");
        testkit::eventually(&what, PATIENCE * 2, async || {
            let seen = contract.seen();
            let taken = seen.len() - refused.load(Ordering::Relaxed);
            (taken >= usize::try_from(count).unwrap()).then_some(seen)
        })
        .await
    };
    contract.world.publish_all(1..=MANY, false).await;
    let seen = taken(MANY).await;
    assert_eq!(places(&seen, read).len(), usize::try_from(MANY).unwrap());
    // Whoever waited for its turn meanwhile waits for the service, too.
    let refused = refused.load(Ordering::Relaxed);
    assert!((1..=12).contains(&refused), "{refused} were refused");
    contract.world.publish_all(1..=MANY, true).await;
    let seen = taken(2 * MANY).await;
    let places = places(&seen, read);
    assert_eq!(places.len(), usize::try_from(MANY).unwrap());
    for (key, (opened, closed)) in places {
        assert_eq!(closed.len(), 1, "{key}");
        assert!(opened.iter().all(|place| *place < closed[0]), "{key}");
    }
    contract.alerter.stop().await;
}

/// So many monitors go down together that the service is not called for all of them at once.
pub(super) async fn a_great_storm_is_paced_and_nobody_is_left_out(contract: Contract, read: Read) {
    let count = 70;
    let began = Instant::now();
    contract.world.publish_all(1..=count, false).await;
    let count = usize::try_from(count).unwrap();
    let seen = testkit::eventually("each is opened", PATIENCE * 2, async || {
        Some(contract.seen()).filter(|seen| seen.len() >= count)
    })
    .await;
    // Sixty at once, then one a second.
    assert!(
        began.elapsed() >= Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
    let places = places(&seen, read);
    assert_eq!(places.len(), count);
    assert!(places.values().all(|(opened, _)| opened.len() == 1));
    contract.alerter.stop().await;
}

/// Many messages wait when an alerter starts, before it knows what kind of channel they are for.
pub(super) async fn what_waits_at_a_start_is_not_put_together(
    contract: Contract,
    read: Read,
    taken: fn(&Seen) -> Reply,
) {
    contract.service.answer_with(|_| Reply::new(503, ""));
    contract.world.publish_all(1..=MANY, false).await;
    testkit::eventually("all were tried in vain", PATIENCE * 2, async || {
        let seen = contract.seen();
        (places(&seen, read).len() == usize::try_from(MANY).unwrap()).then_some(())
    })
    .await;
    contract.alerter.stop().await;
    let before = asked_for(&contract.service).len();
    contract.service.answer_with(taken);
    let alerter = contract.world.start().await;
    testkit::eventually("each is opened", PATIENCE * 2, async || {
        let events = contract.world.events().await;
        assert!(events.iter().all(|event| event.step != Step::Failed));
        let sent = events.iter().filter(|event| event.step == Step::Sent);
        let incidents: BTreeSet<_> = sent.map(|event| event.incident_id).collect();
        (incidents.len() == usize::try_from(MANY).unwrap()).then_some(())
    })
    .await;
    let seen = asked_for(&contract.service);
    assert_eq!(
        places(&seen[before..], read).len(),
        usize::try_from(MANY).unwrap()
    );
    alerter.stop().await;
}
