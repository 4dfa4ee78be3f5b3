//! Alerters hear of messages that were taken and not delivered.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::record::{Lifecycle, LifecycleEvent};
use domain::{DeliveryId, IncidentId, MonitorId};

use super::*;

const PATIENCE: Duration = Duration::from_secs(30);

/// What alerters hear of messages that were not delivered.
async fn heard(service: &UserService) -> Vec<Lifecycle> {
    let mut records = service.outbox().await;
    records.retain(|record| record.event == LifecycleEvent::Undelivered);
    records
}

async fn change(person: &Person<'_>, sql: &str) {
    let changed = person.service.db().await.execute(sql, &[]).await.unwrap();
    assert!(changed > 0, "{sql}");
}

#[tokio::test]
async fn a_failure_is_passed_on_once_whatever_comes_again() {
    let service = UserService::start().await;
    let (person, channel, incident, monitor) = notified(&service, SECRET).await;
    for (state, count) in [
        ("sent", 0),
        ("failed", 1),
        ("failed", 1),
        ("sent", 1),
        ("delivered", 1),
        ("failed", 1),
    ] {
        let statuses = [status(1, state, now())];
        assert_eq!(report(&service, &channel, SECRET, &statuses).await, 200);
        assert_eq!(heard(&service).await.len(), count, "{state}");
    }
    let record = heard(&service).await.remove(0);
    assert_eq!(record.monitor_id, MonitorId(monitor));
    assert_eq!((record.org_id, record.revision), (OrgId(person.org), 1));
    assert_eq!(record.incident_id, Some(IncidentId(incident)));
    assert_eq!(record.delivery_id, Some(DeliveryId(Uuid::from_u128(1))));
}

#[tokio::test]
async fn what_was_delivered_before_or_in_the_same_notification_has_not_failed() {
    let service = UserService::start().await;
    let (person, channel, incident, monitor) = notified(&service, SECRET).await;
    taken(&person, channel.id, incident, monitor, 2).await;
    let together = [status(1, "failed", now()), status(1, "delivered", now())];
    assert_eq!(report(&service, &channel, SECRET, &together).await, 200);
    for state in ["delivered", "failed"] {
        let statuses = [status(2, state, now())];
        assert_eq!(report(&service, &channel, SECRET, &statuses).await, 200);
    }
    assert!(heard(&service).await.is_empty());
}

#[tokio::test]
async fn a_failure_that_overtakes_the_receipt_is_passed_on_once_that_is_known() {
    let service = UserService::start().await;
    let (person, channel, incident, monitor) = notified(&service, SECRET).await;
    let statuses = [status(2, "failed", now())];
    assert_eq!(report(&service, &channel, SECRET, &statuses).await, 200);
    assert!(heard(&service).await.is_empty());
    taken(&person, channel.id, incident, monitor, 2).await;
    let found = testkit::eventually("it is passed on", PATIENCE, async || {
        Some(heard(&service).await).filter(|heard| !heard.is_empty())
    })
    .await;
    assert_eq!(found[0].delivery_id, Some(DeliveryId(Uuid::from_u128(2))));
    assert_eq!(report(&service, &channel, SECRET, &statuses).await, 200);
    assert_eq!(heard(&service).await.len(), 1);
}

#[tokio::test]
async fn each_delivery_of_one_message_is_passed_on_and_no_end_of_an_incident() {
    let service = UserService::start().await;
    let (person, channel, incident, monitor) = notified(&service, SECRET).await;
    let other = person.monitor("https://b.example/").await;
    let others = person.outage(other, false).await;
    taken(&person, channel.id, others, other, 2).await;
    taken(&person, channel.id, incident, monitor, 3).await;
    let same = format!(
        "UPDATE alert_events SET receipt = '{}' WHERE delivery_id = '{}' AND step = 'sent'",
        wamid(1),
        Uuid::from_u128(2)
    );
    change(&person, &same).await;
    let end = format!(
        "UPDATE alert_events SET alert = 'up' WHERE delivery_id = '{}'",
        Uuid::from_u128(3)
    );
    change(&person, &end).await;
    let statuses = [status(1, "failed", now()), status(3, "failed", now())];
    assert_eq!(report(&service, &channel, SECRET, &statuses).await, 200);
    let mut monitors: Vec<i64> = heard(&service).await.iter().map(|it| it.monitor_id.0).collect();
    monitors.sort_unstable();
    assert_eq!(monitors, [monitor, other]);
}

#[tokio::test]
async fn a_drill_goes_on_as_an_outage_does_and_what_is_gone_does_not() {
    let service = UserService::start().await;
    let (person, channel, incident, monitor) = notified(&service, SECRET).await;
    taken(&person, channel.id, Uuid::from_u128(7), -1, 2).await;
    // It went out once more since.
    taken(&person, channel.id, incident, monitor, 3).await;
    let again = format!(
        "INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id, delivery_id,
             source, receipt)
         SELECT incident_id, alert, channel_id, step, 2, at, org_id, monitor_id, delivery_id, source, '{}'
         FROM alert_events WHERE delivery_id = '{}' AND step = 'sent'",
        wamid(4),
        Uuid::from_u128(3)
    );
    change(&person, &again).await;
    let gone = person.monitor("https://gone.example/").await;
    taken(&person, channel.id, Uuid::from_u128(8), gone, 5).await;
    person.delete(&format!("/monitors/{gone}")).await.expect(204);
    let statuses = [2, 3, 5].map(|number| status(number, "failed", now()));
    assert_eq!(report(&service, &channel, SECRET, &statuses).await, 200);
    let heard: Vec<_> = heard(&service)
        .await
        .iter()
        .map(|record| (record.monitor_id, record.revision))
        .collect();
    assert_eq!(heard, [(MonitorId(-1), 1)]);
}

/// Waits until alerters have heard of these deliveries.
async fn heard_of(service: &UserService, expected: &[u128]) {
    let expected: BTreeSet<Uuid> = expected.iter().copied().map(Uuid::from_u128).collect();
    testkit::eventually("they are passed on", PATIENCE, async || {
        let heard = heard(service).await;
        let ids: BTreeSet<Uuid> = heard
            .iter()
            .filter_map(|it| it.delivery_id)
            .map(|id| id.0)
            .collect();
        (ids == expected).then_some(())
    })
    .await;
}

#[tokio::test]
async fn deliveries_of_a_message_that_are_stored_after_the_report_are_passed_on() {
    let service = UserService::start().await;
    let (person, channel, _, _) = notified(&service, SECRET).await;
    let statuses = [status(1, "failed", now())];
    assert_eq!(report(&service, &channel, SECRET, &statuses).await, 200);
    heard_of(&service, &[1]).await;
    for number in [2, 3] {
        let monitor = person.monitor(&format!("https://{number}.example/")).await;
        let incident = person.outage(monitor, false).await;
        // Nothing of it is known before it has the message's name.
        taken(&person, channel.id, incident, monitor, number).await;
        let same = format!(
            "UPDATE alert_events SET receipt = '{}' WHERE delivery_id = '{}' AND step = 'sent'",
            wamid(1),
            Uuid::from_u128(number.into())
        );
        change(&person, &same).await;
        let expected: Vec<u128> = (1..=number.into()).collect();
        heard_of(&service, &expected).await;
    }
}

#[tokio::test]
async fn what_an_earlier_release_has_noted_is_passed_on() {
    let service = UserService::start().await;
    let (person, channel, _, _) = notified(&service, SECRET).await;
    let noted = format!(
        "INSERT INTO message_reports (channel_id, receipt, org_id, state, reported_at, is_known)
         VALUES ({}, '{}', {}, 'failed', now(), true)",
        channel.id,
        wamid(1),
        person.org
    );
    change(&person, &noted).await;
    heard_of(&service, &[1]).await;
}
