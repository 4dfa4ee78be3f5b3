//! Drills of which nothing can be learned.

use super::*;

/// A partition with so many drills that have begun, of which only the owner is known.
async fn beginning(count: i64) -> (testkit::HttpServer, Channels, Partition) {
    let (user_service, channels) = channels_with_routes().await;
    let partition = partition_of_owned(-count..0, &channels);
    (user_service, channels, partition)
}

#[tokio::test]
async fn one_that_is_gone_waits_no_longer() {
    let (_user_service, channels, mut partition) = beginning(1).await;
    let drill = MonitorId(-1);
    let (names, (updates, _told)) = (Names::new(NOWHERE, &keys()), mpsc::channel(1));
    let upstreams = Upstreams::default();
    partition.route(shared::now(), &channels, &names, &updates, &upstreams);
    assert!(partition.unrouted.contains(&drill) && partition.ledgers[&drill].is_unrouted());
    partition.asked.insert(drill, Instant::now());
    partition.apply_answer(&MonitorAnswer {
        monitor: drill,
        owner: OwnerAnswer::NoMonitor,
        labelled: None,
    });
    assert!(!partition.unrouted.contains(&drill));
    assert!(!partition.ledgers[&drill].is_unrouted(), "nobody is notified");
    assert!(partition.ledgers[&drill].due().is_empty());
}

#[tokio::test]
async fn of_those_for_which_there_is_no_room_nobody_is_notified_and_that_is_said() {
    let (_user_service, channels, mut partition) = beginning(1_003).await;
    let (names, (updates, _told)) = (Names::new(NOWHERE, &keys()), mpsc::channel(1));
    let upstreams = Upstreams::default();
    for _ in 0..2 {
        partition.route(shared::now(), &channels, &names, &updates, &upstreams);
        let waiting = partition.ledgers.values().filter(|ledger| ledger.is_unrouted());
        assert_eq!(waiting.count(), 1_000);
        assert_eq!((partition.unrouted.len(), partition.events.len()), (1_000, 3));
    }
    let is_said = |event: &AlertEvent| {
        let reason = event.reason.as_deref().unwrap_or_default();
        reason.starts_with("too many drills wait")
    };
    assert!(partition.events.iter().all(is_said));
    let due = partition.ledgers.values().flat_map(Ledger::due);
    assert_eq!(due.count(), 0);
}
