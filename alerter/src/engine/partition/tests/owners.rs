//! Monitors of which it is not known whose they are.

use super::*;

#[tokio::test]
async fn what_waits_for_its_owner_is_looked_at_when_that_is_known_or_the_question_is_lost() {
    let (_user_service, channels) = channels_with_routes().await;
    let said = include_bytes!("../../../../../domain/fixtures/alert-state/owner-said.json");
    let mut partition = partition();
    for id in 1..=4 {
        partition.insert(MonitorId(id), serde_json::from_slice(said).unwrap(), &channels);
    }
    let (names, (updates, _told)) = (Names::new(NOWHERE, &keys()), mpsc::channel(1));
    let upstreams = Upstreams::default();
    let route = |partition: &mut Partition| {
        partition.route(shared::now(), &channels, &names, &updates, &upstreams);
    };
    for _ in 0..2 {
        route(&mut partition);
        assert!(partition.unrouted.is_empty());
        assert_eq!((partition.unowned.len(), partition.totals().unrouted), (4, 4));
    }
    // One is asked for and answered, one comes with the names of all, and a record comes of one.
    partition.apply_answer(&MonitorAnswer {
        monitor: MonitorId(1),
        owner: OwnerAnswer::Unavailable,
        labelled: None,
    });
    partition.apply_owner(MonitorId(2), OwnerAnswer::Organisation(ORG));
    partition.consider(MonitorId(3));
    assert_eq!((partition.unrouted.len(), partition.totals().unrouted), (3, 4));
    let wants_labels = |partition: &Partition, id| partition.labels.wants(MonitorId(id));
    route(&mut partition);
    assert!(!wants_labels(&partition, 3) && partition.unowned.contains(&MonitorId(3)));
    assert!(
        wants_labels(&partition, 2),
        "its owner is known: what routes go by is not"
    );
    assert!(
        !partition.ledgers[&MonitorId(1)].is_unrouted(),
        "its record is believed"
    );
    // What was asked long ago is asked again.
    let Some(long_ago) = Instant::now().checked_sub(Duration::from_secs(301)) else {
        return;
    };
    partition.asked.insert(MonitorId(4), long_ago);
    route(&mut partition);
    assert!(!partition.asked.contains_key(&MonitorId(4)) && partition.ownerless.contains(&MonitorId(4)));
    route(&mut partition);
    assert!(partition.asked.contains_key(&MonitorId(4)) && partition.unowned.contains(&MonitorId(4)));
    // Nothing is known of it any more.
    partition.ledgers.remove(&MonitorId(4));
    partition.sweep(shared::now());
    assert!(!partition.unowned.contains(&MonitorId(4)));
}
