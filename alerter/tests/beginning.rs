//! A log that is new while PostgreSQL is not, as with the embedded broker after a restart.

use crate::common::{World, result};
use domain::alert_event::AlertEvent;
use domain::fold::MonitorState;
use domain::{Record, Timestamp, decide};

/// Writes what the processor would have written of these records and events.
async fn store(database_url: &str, records: &[Record], events: &[AlertEvent]) {
    let client = testkit::connect(database_url).await;
    let mut state = MonitorState::default();
    let mut id = 0;
    for record in records {
        let decision = decide(state, record);
        state = decision.state;
        id = record.monitor_id().0;
        let Some(transition) = decision.transition else {
            continue;
        };
        if let Some(opened) = transition.opened {
            client
                .execute(
                    "INSERT INTO incidents (id, monitor_id, org_id, revision, started_at, first_error)
                     VALUES ($1, $2, 7, 1, $3, $4)",
                    &[&opened.id.0, &id, &opened.started_at.to_datetime(), &opened.error],
                )
                .await
                .unwrap();
        }
        if let Some(closed) = transition.closed {
            client
                .execute(
                    "UPDATE incidents SET resolved_at = $2, close_reason = $3 WHERE id = $1",
                    &[
                        &closed.id.0,
                        &closed.resolved_at.to_datetime(),
                        &closed.reason.as_str(),
                    ],
                )
                .await
                .unwrap();
        }
    }
    client
        .execute(
            "INSERT INTO monitor_states (monitor_id, org_id, fold, state) VALUES ($1, 7, $2, $3)",
            &[&id, &serde_json::to_value(&state).unwrap(), &state.state.as_str()],
        )
        .await
        .unwrap();
    store_events(database_url, id, events).await;
}

/// Writes those of these events that are a monitor's.
pub(crate) async fn store_events(database_url: &str, monitor: i64, events: &[AlertEvent]) {
    let client = testkit::connect(database_url).await;
    for event in events.iter().filter(|event| event.monitor_id.0 == monitor) {
        let channel = event.channel_id.map_or(0, |channel| channel.0);
        client
            .execute(
                "INSERT INTO alert_events
                 (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id, delivery_id, source)
                 VALUES ($1, $2, $3, $4, $5, $6, 7, $7, $8, $9)",
                &[
                    &event.incident_id.0,
                    &event.alert.as_str(),
                    &channel,
                    &event.step.as_str(),
                    &(event.attempt as i32),
                    &event.at.to_datetime(),
                    &monitor,
                    &event.delivery_id.map(|delivery| delivery.0),
                    &serde_json::to_value(&event.source).unwrap(),
                ],
            )
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_log_begins_with_the_incidents_that_postgresql_knows() {
    let database_url = testkit::database().await;
    let (_first_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await.with("DATABASE_URL", &database_url);
    let first = Timestamp::from_millis(shared::now().as_millis() - 100_000);
    let at = |slot: i64| first.plus_millis(slot * 10_000);
    // Of the first, the outage was announced. Of the second, it was decided and not sent. Of the third, the end
    // came to PostgreSQL before the alerter had read it. The fourth was up all the time.
    let histories = [
        vec![result(1, at(0), true), result(1, at(1), false)],
        vec![result(2, at(0), true), result(2, at(1), false)],
        vec![
            result(3, at(0), true),
            result(3, at(1), false),
            result(3, at(2), true),
        ],
        vec![result(4, at(3), true)],
    ];
    let alerter = world.start().await;
    for record in &histories[0] {
        world.publish(record.clone()).await;
    }
    for record in &histories[2][..2] {
        world.publish(record.clone()).await;
    }
    for monitor in [1, 3] {
        world.await_messages(monitor, &["Down"]).await;
    }
    alerter.stop().await;
    let events = world.events().await;
    let first: Vec<_> = events
        .iter()
        .filter(|event| event.monitor_id.0 == 1)
        .cloned()
        .collect();
    let decided = AlertEvent {
        monitor_id: domain::MonitorId(2),
        incident_id: domain::IncidentId::new(domain::MonitorId(2), 1, at(1)),
        ..first[0].clone()
    };
    for (history, events) in histories.iter().zip([&events, &vec![decided], &events, &vec![]]) {
        store(&database_url, history, events).await;
    }

    let (_second_broker, kafka) = testkit::embedded_kafka();
    let world = world.on(kafka);
    let alerter = world.start().await;
    world.await_messages(2, &["Down"]).await;
    world.await_messages(3, &["Down", "Up"]).await;
    // The first check after a start runs under a slot that has passed: it is known already.
    world.publish(result(4, at(3), false)).await;
    world.publish(result(1, at(2), false)).await;
    world.publish(result(1, at(3), true)).await;
    world.await_messages(1, &["Down", "Up"]).await;
    world.handled().await;
    assert!(world.messages_about(4).is_empty());
    alerter.stop().await;
}
