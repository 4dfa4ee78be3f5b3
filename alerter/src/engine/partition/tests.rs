mod drills;
mod owners;
mod watch;

use shared::http::identity::InternalKeys;
use shared::settings::Reader;
use tokio::sync::mpsc;

use super::*;
use crate::directory::{DirectoryUpdate, LabelledName, Names};
use crate::sender::{FairPermits, Job};
use crate::state_log::Write;
use crate::upstream::Upstreams;

const ORG: OrgId = OrgId(7);

/// Of a monitor that is down; a message to each of two channels is to be sent.
const DECIDED: &[u8] = include_bytes!("../../../../domain/fixtures/alert-state/decided.json");

/// Nobody answers there.
const NOWHERE: &str = "http://127.0.0.1:1";

fn keys() -> InternalKeys {
    let key = "an-internal-key-of-some-length-or-other".to_owned();
    InternalKeys::read(&mut Reader::from_values(vec![("INTERNAL_API_KEY", key)]))
}

fn channels() -> Channels {
    let (updates, _) = mpsc::channel(1);
    Channels::new(NOWHERE, &keys(), updates, CancellationToken::new())
}

fn partition() -> Partition {
    let place = Place {
        number: 0,
        count: None,
    };
    let mut partition = Partition::new(place, 1, Duration::from_secs(60), CancellationToken::new());
    partition.catching_up = false;
    partition
}

fn started(partition: &mut Partition, permits: &FairPermits<OrgId>) -> Vec<Job> {
    let mut jobs = Vec::new();
    partition.start(permits, &mut jobs);
    jobs.into_iter().map(|(job, _)| job).collect()
}

fn ended(job: &Job) -> Report {
    Report {
        partition: job.partition,
        epoch: job.epoch,
        monitor: job.monitor,
        channel: job.delivery.channel,
        delivery: job.delivery.id,
        outcome: Some(DeliveryOutcome::Sent {
            receipt: "ok".to_owned(),
        }),
        ended: true,
    }
}

#[tokio::test]
async fn what_finds_no_room_is_started_when_there_is_some_and_nothing_is_dropped() {
    let mut partition = partition();
    for id in 1..=20 {
        let ledger = serde_json::from_slice(DECIDED).unwrap();
        partition.insert(MonitorId(id), ledger, &channels());
    }
    let permits = FairPermits::new(8);
    let mut sent = HashSet::new();
    let mut most = 0;
    loop {
        let jobs = started(&mut partition, &permits);
        if jobs.is_empty() {
            break;
        }
        most = most.max(jobs.len());
        for job in jobs {
            assert!(sent.insert((job.monitor, job.delivery.channel)), "each once");
            partition.handle_report(&ended(&job), shared::now());
        }
    }
    assert_eq!((sent.len(), most), (40, 3), "a share of the permits at a time");
    assert!(partition.crowded.is_empty() && partition.sending.is_empty());
}

#[tokio::test]
async fn a_delivery_whose_task_is_gone_is_started_anew() {
    let mut partition = partition();
    let ledger = serde_json::from_slice(DECIDED).unwrap();
    partition.insert(MonitorId(1), ledger, &channels());
    let permits = FairPermits::new(100);
    let mut jobs = started(&mut partition, &permits);
    assert_eq!((jobs.len(), partition.lost().count()), (2, 0));
    // One has ended by a panic.
    let gone = jobs.remove(0).delivery.id;
    assert_eq!(partition.lost().collect::<Vec<_>>(), [(MonitorId(1), gone)]);
    assert!(started(&mut partition, &permits).is_empty());
    partition.restart(MonitorId(1), gone);
    let again = started(&mut partition, &permits);
    assert_eq!(
        again.iter().map(|job| job.delivery.id).collect::<Vec<_>>(),
        [gone]
    );
    // What has said how it ended is not.
    partition.handle_report(&ended(&jobs[0]), shared::now());
    drop(jobs);
    assert_eq!(partition.lost().count(), 0);
}

#[tokio::test]
async fn the_owners_of_few_monitors_are_asked_for_at_a_time() {
    shared::install_crypto();
    let said = include_bytes!("../../../../domain/fixtures/alert-state/owner-said.json");
    let (mut partition, channels) = (partition(), channels());
    for id in 0..500 {
        partition.insert(MonitorId(id), serde_json::from_slice(said).unwrap(), &channels);
    }
    let (names, (updates, _told)) = (Names::new(NOWHERE, &keys()), mpsc::channel(1));
    let upstreams = Upstreams::default();
    for _ in 0..3 {
        partition.route(shared::now(), &channels, &names, &updates, &upstreams);
        assert_eq!(partition.asked.len(), 64);
    }
    let asked: Vec<_> = partition.asked.keys().copied().collect();
    for id in asked {
        partition.apply_answer(&MonitorAnswer {
            monitor: id,
            owner: OwnerAnswer::NoMonitor,
            labelled: None,
        });
    }
    partition.route(shared::now(), &channels, &names, &updates, &upstreams);
    assert_eq!(
        (partition.asked.len(), partition.ownerless.len()),
        (64, 500 - 128)
    );
}

#[tokio::test]
async fn what_nobody_has_heard_of_for_a_week_is_forgotten() {
    let (mut partition, channels, now) = (partition(), channels(), shared::now());
    let org = br#"{"channels":[]}"#;
    partition.mirror.restore(OrgId(8), org, &channels);
    let heard = |days_ago: i64| {
        let mut ledger = Ledger::default();
        ledger.org_id = Some(ORG);
        ledger.state.last_slot = Some(now.plus_millis(-days_ago * 24 * 3_600_000));
        ledger
    };
    partition.insert(MonitorId(1), heard(8), &channels);
    partition.insert(MonitorId(2), heard(6), &channels);
    let open = serde_json::from_slice(DECIDED).unwrap();
    partition.insert(MonitorId(3), open, &channels);
    partition.forget(now);
    let mut known: Vec<_> = partition.ledgers.keys().copied().collect();
    known.sort();
    assert_eq!(known, [MonitorId(2), MonitorId(3)], "an open incident is kept");
    assert_eq!(partition.mirror.orgs().collect::<Vec<_>>(), [ORG]);
    let removed = partition
        .writes(&channels)
        .into_iter()
        .filter_map(|write| match write {
            Write::State { key, value: None, .. } => Some(key),
            _ => None,
        });
    assert_eq!(removed.collect::<Vec<_>>(), ["c/8"]);
}

/// What user-service answers where something goes by labels, and says nothing of any monitor.
async fn channels_with_routes() -> (testkit::HttpServer, Channels) {
    shared::install_crypto();
    let user_service = testkit::HttpServer::start(|request| {
        let is_known = request.path.starts_with("/internal/channels");
        let page = r#"{"channels":[],"policy":{"labels_version":5}}"#;
        testkit::Reply::new(if is_known { 200 } else { 503 }, page)
    })
    .await;
    let (updates, mut told) = mpsc::channel(1);
    let channels = Channels::new(&user_service.url(), &keys(), updates, CancellationToken::new());
    channels.prefetch(ORG);
    assert!(matches!(told.recv().await, Some(DirectoryUpdate::Channels(ORG))));
    (user_service, channels)
}

/// A partition with monitors that are down, of which only the owner is known.
fn partition_of_owned(ids: std::ops::Range<i64>, channels: &Channels) -> Partition {
    let said = include_bytes!("../../../../domain/fixtures/alert-state/owner-said.json");
    let mut partition = partition();
    for id in ids.map(MonitorId) {
        partition.insert(id, serde_json::from_slice(said).unwrap(), channels);
        partition.apply_owner(id, OwnerAnswer::Organisation(ORG));
    }
    partition
}

#[tokio::test]
async fn a_decision_is_made_without_labels_when_user_service_is_away() {
    let (user_service, channels) = channels_with_routes().await;
    let mut partition = partition_of_owned(1..2, &channels);
    let names = Names::new(&user_service.url(), &keys());
    let (updates, mut told) = mpsc::channel(1);
    let upstreams = Upstreams::default();
    let is_decided = |partition: &Partition| !partition.ledgers[&MonitorId(1)].is_unrouted();
    for _ in 0..2 {
        partition.route(shared::now(), &channels, &names, &updates, &upstreams);
        assert!(!is_decided(&partition) && partition.labels.wants(MonitorId(1)));
    }
    let Some(DirectoryUpdate::Monitor(answer)) = told.recv().await else {
        unreachable!("it was asked for")
    };
    assert_eq!(answer.owner, OwnerAnswer::Unavailable);
    partition.apply_answer(&answer);
    partition.route(shared::now(), &channels, &names, &updates, &upstreams);
    assert!(is_decided(&partition));
    let asked = user_service.seen().into_iter();
    let asked = asked.filter(|request| request.path == "/internal/monitors/1");
    assert_eq!(asked.count(), 1);
}

#[tokio::test]
async fn many_decisions_wait_no_longer_than_one() {
    let (_user_service, channels) = channels_with_routes().await;
    let mut partition = partition_of_owned(0..500, &channels);
    let (names, (updates, _told)) = (Names::new(NOWHERE, &keys()), mpsc::channel(1));
    let upstreams = Upstreams::default();
    for _ in 0..3 {
        partition.route(shared::now(), &channels, &names, &updates, &upstreams);
    }
    assert_eq!((partition.asked.len(), partition.unrouted.len()), (64, 500));
    testkit::eventually("all are decided", Duration::from_secs(20), || {
        partition.route(shared::now(), &channels, &names, &updates, &upstreams);
        let mut ledgers = partition.ledgers.values();
        let are_decided = ledgers.all(|ledger| !ledger.is_unrouted());
        async move { are_decided.then_some(()) }
    })
    .await;
    // Nobody has listened to what was answered.
    assert_eq!(partition.asked.len(), 64);
}

#[tokio::test]
async fn a_monitor_of_which_user_service_knows_nothing_any_more_keeps_its_owner() {
    let channels = channels();
    let mut partition = partition_of_owned(1..2, &channels);
    partition.asked.insert(MonitorId(1), Instant::now());
    partition.apply_answer(&MonitorAnswer {
        monitor: MonitorId(1),
        owner: OwnerAnswer::NoMonitor,
        labelled: None,
    });
    let ledger = &partition.ledgers[&MonitorId(1)];
    assert_eq!(ledger.owner(), Some(ORG));
    assert!(ledger.is_unrouted());
}

#[tokio::test]
async fn the_labels_of_a_monitor_that_was_asked_for_are_kept_where_something_goes_by_labels() {
    let channels = channels();
    let id = MonitorId(1);
    for (version, is_kept) in [(0, false), (5, true)] {
        let mut partition = partition_of_owned(1..2, &channels);
        let labelled = |severity| LabelledName {
            name: "Shop".into(),
            labels: Some(std::sync::Arc::new(domain::routing::Labels {
                severity,
                ..domain::routing::Labels::default()
            })),
        };
        let other = labelled(domain::Severity::Warning);
        partition.names.take(ORG, vec![(MonitorId(2), other)], version);
        partition.asked.insert(id, Instant::now());
        partition.apply_answer(&MonitorAnswer {
            monitor: id,
            owner: OwnerAnswer::Organisation(ORG),
            labelled: Some(labelled(domain::Severity::Info)),
        });
        let severity = |labels: &domain::routing::Labels| labels.severity;
        let known = partition.labels.labels(id, &partition.names).map(severity);
        assert_eq!(known, Some(domain::Severity::Info));
        let kept = partition.names.labels(id).map(severity);
        assert_eq!(kept, known.filter(|_| is_kept));
    }
}

#[tokio::test]
async fn whose_outage_a_drill_rehearses_is_asked_and_kept_where_nothing_goes_by_labels() {
    let user_service = testkit::HttpServer::start(|request| {
        let is_known = request.path.starts_with("/internal/channels");
        testkit::Reply::new(if is_known { 200 } else { 503 }, r#"{"channels":[]}"#)
    })
    .await;
    shared::install_crypto();
    let (updates, mut told) = mpsc::channel(1);
    let channels = Channels::new(&user_service.url(), &keys(), updates, CancellationToken::new());
    channels.prefetch(ORG);
    assert!(matches!(told.recv().await, Some(DirectoryUpdate::Channels(ORG))));
    let (drill, rehearsed) = (MonitorId(-1), MonitorId(1));
    let mut partition = partition_of_owned(-1..2, &channels);
    partition.ledgers.remove(&MonitorId(0));
    let (names, (updates, _told)) = (Names::new(NOWHERE, &keys()), mpsc::channel(1));
    let upstreams = Upstreams::default();
    partition.route(shared::now(), &channels, &names, &updates, &upstreams);
    assert!(
        !partition.ledgers[&rehearsed].is_unrouted(),
        "nothing goes by labels"
    );
    assert!(partition.ledgers[&drill].is_unrouted() && partition.labels.wants(drill));
    let labels = domain::routing::Labels {
        drill_of: Some(rehearsed),
        ..domain::routing::Labels::default()
    };
    let labelled = LabelledName {
        name: "Shop".into(),
        labels: Some(std::sync::Arc::new(labels)),
    };
    partition.asked.insert(drill, Instant::now());
    partition.apply_answer(&MonitorAnswer {
        monitor: drill,
        owner: OwnerAnswer::Organisation(ORG),
        labelled: Some(labelled),
    });
    partition.route(shared::now(), &channels, &names, &updates, &upstreams);
    assert!(!partition.ledgers[&drill].is_unrouted());
    // Also when the names of all monitors come, among which it is not.
    partition.names.take(ORG, Vec::new(), 0);
    let known = partition.labels.labels(drill, &partition.names);
    assert_eq!(known.and_then(|labels| labels.drill_of), Some(rehearsed));
}

#[tokio::test]
async fn a_drill_is_no_monitor_on_which_others_depend() {
    let (mut partition, channels) = (partition(), channels());
    for id in [MonitorId(-1), MonitorId(1)] {
        let labels = domain::routing::Labels {
            is_depended_on: true,
            ..domain::routing::Labels::default()
        };
        let labelled = LabelledName {
            name: "Shop".into(),
            labels: Some(std::sync::Arc::new(labels)),
        };
        partition.names.take_one(ORG, id, labelled);
        partition.insert(id, serde_json::from_slice(DECIDED).unwrap(), &channels);
        partition.touch(id);
    }
    partition.writes(&channels);
    let announced = partition.take_announced().into_iter();
    let announced: Vec<_> = announced.map(|(id, _)| id).collect();
    assert_eq!(announced, [MonitorId(1)]);
}

#[tokio::test]
async fn a_monitor_that_waits_for_others_is_looked_at_again_when_they_change() {
    let (_user_service, channels) = channels_with_routes().await;
    let (parent, child, other) = (MonitorId(9), MonitorId(1), MonitorId(2));
    let mut partition = partition_of_owned(1..3, &channels);
    let labelled = |depends_on| LabelledName {
        name: "Shop".into(),
        labels: Some(std::sync::Arc::new(domain::routing::Labels {
            depends_on,
            wait_seconds: 10,
            ..domain::routing::Labels::default()
        })),
    };
    let named = vec![(child, labelled(vec![parent])), (other, labelled(Vec::new()))];
    partition.names.take(ORG, named, 5);
    let (names, (updates, _told)) = (Names::new(NOWHERE, &keys()), mpsc::channel(1));
    let upstreams = Upstreams::default();
    partition.route(shared::now(), &channels, &names, &updates, &upstreams);
    assert!(
        partition.unrouted.contains(&child),
        "nothing is known of its parent"
    );
    assert!(!partition.ledgers[&other].is_unplanned());
    let outage = domain::IncidentId(uuid::Uuid::from_u128(1));
    upstreams.announce(0, vec![(parent, Some(outage))]);
    partition.route(shared::now(), &channels, &names, &updates, &upstreams);
    assert_eq!(partition.waiting.get(&child), Some(&true));
    let totals = partition.totals();
    assert_eq!((totals.held_by_dependency, totals.unrouted), (1, 0));

    upstreams.take_changed();
    partition.look_again(&upstreams.take_changed());
    assert!(partition.unrouted.is_empty(), "nothing has changed");
    upstreams.announce(0, vec![(parent, None)]);
    partition.look_again(&upstreams.take_changed());
    assert!(partition.unrouted.contains(&child));
}
