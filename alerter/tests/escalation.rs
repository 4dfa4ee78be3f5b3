//! Steps of an escalation policy, also across alerters that are killed: each is taken once, none too early, none left out.

use domain::alert_event::{AlertKind, Step};
use domain::alert_policy::{AlertPolicy, Person};
use domain::escalation::{EscalationPlan, EscalationPolicy, EscalationStep, StepConditions, Target};
use domain::record::{Lifecycle, LifecycleEvent};
use domain::routing::{Conditions, Recipients, Route};
use domain::{ChannelId, EscalationPolicyId, MonitorId, Record, RouteId, Timestamp, UserId};
use serde_json::json;
use testkit::{FakeSlack, HttpServer, Reply};

use crate::common::{ORG, PATIENCE, World, channel, messages_about, slack_channel};

/// The pause before the second step, in minutes.
pub(crate) const WAIT: u32 = 5;

/// A world in which a member is notified at once, and another one five minutes later; their channels are 11 and 12.
pub(crate) async fn world(test: &str) -> Option<(World, [FakeSlack; 2])> {
    let world = World::new(testkit::kafka(test, 3).await?).await;
    // Each outage is looked for by itself.
    let world = world.with("GROUP_WINDOW_MS", "0");
    let slacks = [FakeSlack::start().await, FakeSlack::start().await];
    let members = [11, 12];
    {
        let mut channels = world.known.channels.lock().unwrap();
        for (id, slack) in members.iter().zip(&slacks) {
            let mut own = slack_channel(*id, &slack.webhook_url());
            own.owner = Some(UserId(*id));
            channels.push(own);
        }
    }
    *world.known.policy.lock().unwrap() = policy(&members);
    Some((world, slacks))
}

fn policy(members: &[i64]) -> AlertPolicy {
    let step = |(index, &id): (usize, &i64)| EscalationStep {
        wait_minutes: if index == 0 { 0 } else { WAIT },
        targets: vec![Target::Person { id: UserId(id) }],
        conditions: StepConditions::default(),
    };
    AlertPolicy {
        routes: vec![Route {
            id: RouteId(1),
            name: "All".to_owned(),
            conditions: Conditions::default(),
            recipients: Recipients::Policy {
                policy_id: EscalationPolicyId(1),
            },
            goes_on: false,
        }],
        escalation_policies: vec![EscalationPolicy {
            id: EscalationPolicyId(1),
            name: "Night".to_owned(),
            plan: EscalationPlan {
                steps: members.iter().enumerate().map(step).collect(),
                repeats: 0,
                repeat_after_minutes: 30,
                acknowledgement_minutes: 0,
            },
        }],
        people: members
            .iter()
            .map(|&id| Person {
                id: UserId(id),
                channels: vec![ChannelId(id)],
            })
            .collect(),
        ..AlertPolicy::default()
    }
}

async fn announced(slack: &FakeSlack, monitor: i64, expected: &[&str]) {
    let what = format!("{expected:?} about monitor {monitor}");
    testkit::eventually(&what, PATIENCE, async || {
        (messages_about(slack, monitor) == expected).then_some(())
    })
    .await;
}

/// Waits until it is durable that so many messages of a kind were received.
pub(crate) async fn received(world: &World, alert: AlertKind, count: usize) {
    testkit::eventually("the receipts are durable", PATIENCE, async || {
        let events = world.events().await;
        let sent = events
            .iter()
            .filter(|event| (event.alert, event.step) == (alert, Step::Sent));
        (sent.count() == count).then_some(())
    })
    .await;
}

/// Has a monitor's last step be so much longer ago, as if no alerter had been there meanwhile.
pub(crate) async fn let_pass(world: &World, monitor: i64, minutes: i64) {
    let mut ledger = world.ledgers().await.remove(&monitor).unwrap();
    let since = &mut ledger["incidents"][0]["escalations"][0]["since"];
    let earlier: Timestamp = since.as_str().unwrap().parse().unwrap();
    *since = json!(earlier.plus_millis(-minutes * 60_000));
    world.put_ledger(monitor, &ledger).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_alerter_goes_on_with_the_next_step() {
    let Some((world, [first, second])) = world("the_next_alerter_goes_on_with_the_next_step").await else {
        return;
    };
    let alerter = world.spawn();
    for monitor in [1, 2, 3] {
        world.down(monitor).await;
        announced(&first, monitor, &["Down"]).await;
    }
    received(&world, AlertKind::Down, 3).await;
    alerter.kill().await;
    // The second step of 1 is due, that of 2 in a minute, and that of 3 too, but it was acknowledged meanwhile.
    let_pass(&world, 1, i64::from(WAIT)).await;
    let_pass(&world, 2, i64::from(WAIT) - 1).await;
    let_pass(&world, 3, i64::from(WAIT)).await;
    let incident = world
        .events()
        .await
        .iter()
        .find(|event| event.monitor_id == MonitorId(3))
        .unwrap()
        .incident_id;
    world.acknowledge(3, incident).await;
    // An edit concerns later incidents.
    world.known.policy.lock().unwrap().escalation_policies[0]
        .plan
        .steps
        .truncate(1);
    let alerter = world.spawn();
    announced(&second, 1, &["Down"]).await;
    world.handled().await;
    assert!(messages_about(&second, 2).is_empty(), "no step is early");
    assert!(messages_about(&second, 3).is_empty(), "it was acknowledged");
    for monitor in [1, 2, 3] {
        world.up(monitor).await;
        announced(&first, monitor, &["Down", "Up"]).await;
    }
    // Whoever was notified of the beginning is notified of the end, and nobody else.
    announced(&second, 1, &["Down", "Up"]).await;
    for monitor in [2, 3] {
        assert!(messages_about(&second, monitor).is_empty(), "{monitor}");
    }
    assert!(
        world.slack.messages().is_empty(),
        "the organisation's own channel"
    );
    alerter.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_refuses_hands_over_at_once() {
    let Some((world, [first, second])) = world("a_channel_that_refuses_hands_over_at_once").await else {
        return;
    };
    first.answer_with(Reply::new(404, "no_service"));
    let alerter = world.start().await;
    world.down(1).await;
    announced(&second, 1, &["Down"]).await;
    world.up(1).await;
    announced(&second, 1, &["Down", "Up"]).await;
    // Its events tell by which step.
    let events = world.events().await;
    let steps = events.iter().filter_map(|event| {
        let step = event.cause?.step?;
        (event.step == Step::Decided).then_some((event.channel_id?.0, step.round, step.step))
    });
    assert_eq!(steps.collect::<Vec<_>>(), [(11, 1, 1), (12, 1, 2)]);
    // Nobody can be reached: the organisation's channels are notified, and it is recorded why.
    world.known.policy.lock().unwrap().people.clear();
    world.hint_channels_changed().await;
    world.down(2).await;
    world.await_messages(2, &["Down"]).await;
    let events = world.events().await;
    let reasons: Vec<_> = events
        .iter()
        .filter(|event| event.delivery_id.is_none() && event.cause.is_some())
        .filter_map(|event| event.reason.as_deref())
        .collect();
    let expected = "Night reaches nobody: all enabled channels are notified";
    assert!(reasons.contains(&expected), "{reasons:?}");
    alerter.stop().await;
}

/// Has the first member be reached by WhatsApp, where every message is taken.
async fn with_whatsapp(world: &World) -> HttpServer {
    let taken = json!({"messaging_product": "whatsapp", "messages": [{"id": "wamid.HBgL"}]});
    let service = HttpServer::start(move |_| Reply::new(200, taken.to_string())).await;
    let config = json!({
        "access_token": "EAA1", "phone_number_id": "106540352242922", "to_number": "+4915112345678",
        "api_url": format!("{}/v23.0", service.url()),
    });
    let mut own = channel(11, "whatsapp", config.to_string().as_bytes());
    own.owner = Some(UserId(11));
    let mut channels = world.known.channels.lock().unwrap();
    channels.retain(|known| known.id != own.id);
    channels.push(own);
    drop(channels);
    service
}

/// What user-service writes when a message by WhatsApp about a monitor is reported as not delivered.
async fn undelivered(world: &World, monitor: i64) -> Record {
    let events = world.events().await;
    let mut sent = events.iter().filter(|event| event.step == Step::Sent);
    let is_by_whatsapp = |event: &&domain::alert_event::AlertEvent| {
        event.monitor_id == MonitorId(monitor) && event.receipt.as_deref() == Some("wamid.HBgL")
    };
    let sent = sent.find(is_by_whatsapp).unwrap();
    Record::Lifecycle(Lifecycle {
        monitor_id: sent.monitor_id,
        org_id: ORG,
        url: String::new(),
        timestamp: world.slot(),
        revision: 1,
        event: LifecycleEvent::Undelivered,
        incident_id: Some(sent.incident_id),
        usual: None,
        delivery_id: sent.delivery_id,
        probe_revision: None,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_reported_as_not_delivered_hands_over_at_once_and_once() {
    let test = "a_message_that_is_reported_as_not_delivered_hands_over_at_once_and_once";
    let Some((world, [_, second])) = world(test).await else {
        return;
    };
    let _whatsapp = with_whatsapp(&world).await;
    let alerter = world.start().await;
    for monitor in [1, 2] {
        world.down(monitor).await;
    }
    received(&world, AlertKind::Down, 2).await;
    let (first_report, second_report) = (undelivered(&world, 1).await, undelivered(&world, 2).await);
    let acknowledged = match &second_report {
        Record::Lifecycle(report) => report.incident_id.unwrap(),
        _ => unreachable!("it is one"),
    };
    world.acknowledge(2, acknowledged).await;
    world.publish(second_report).await;
    world.handled().await;
    assert!(messages_about(&second, 1).is_empty(), "it was taken");
    world.publish(first_report.clone()).await;
    announced(&second, 1, &["Down"]).await;
    received(&world, AlertKind::Down, 3).await;
    alerter.stop().await;
    // The next alerter knows of it.
    let alerter = world.start().await;
    world.publish(first_report).await;
    world.up(1).await;
    announced(&second, 1, &["Down", "Up"]).await;
    assert!(messages_about(&second, 2).is_empty(), "it was acknowledged");
    assert!(
        world.slack.messages().is_empty(),
        "the organisation's own channel"
    );
    let events = world.events().await;
    let notes = events.iter().filter(|event| event.delivery_id.is_none());
    let notes: Vec<_> = notes
        .filter_map(|event| {
            Some((
                event.monitor_id.0,
                event.cause?.step?.step,
                event.reason.as_deref()?,
            ))
        })
        .collect();
    let reason = "step 1 of Night: what it sent was taken, and reported as not delivered";
    assert_eq!(notes, [(1, 1, reason)]);
    alerter.stop().await;
}
