use deadpool_postgres::Client;
use domain::OrgId;
use shared::postgres::PostgresSettings;

use super::*;
use crate::rules::private_hours::BY_SETTINGS;

const MINUTE: i64 = 60_000;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(1_795_255_200_000 + ms)
}

/// The hour from the start on.
fn time() -> Range<Timestamp> {
    at(0)..at(60 * MINUTE)
}

async fn database() -> Client {
    let url = testkit::database().await;
    let pool = shared::postgres::pool(&PostgresSettings::from_url(&url)).unwrap();
    let client = pool.get().await.unwrap();
    client
        .batch_execute(
            "INSERT INTO organisations (name) VALUES ('ours'), ('theirs');
             INSERT INTO monitors (org_id, name, spec) VALUES (1, 'a', '{}'), (1, 'b', '{}'), (2, 'c', '{}');",
        )
        .await
        .unwrap();
    client
}

async fn outage(client: &Client, id: u128, (org, monitor): (i64, i64), started: i64, resolved: Option<i64>) {
    let sql = "INSERT INTO incidents (id, org_id, monitor_id, revision, started_at, created_at, resolved_at,
                   close_reason, error_code)
               VALUES ($1, $2, $3, 1, $4, $5, $6, CASE WHEN $6::timestamptz IS NOT NULL THEN 'recovered' END,
                   'read_timeout')";
    let instant = |ms: i64| at(ms).to_datetime();
    let (begun, stored) = (instant(started), instant(started + MINUTE));
    client
        .execute(
            sql,
            &[
                &Uuid::from_u128(id),
                &org,
                &monitor,
                &begun,
                &stored,
                &resolved.map(instant),
            ],
        )
        .await
        .unwrap();
}

/// A step of an alert: of which incident, what, by which channel, when, and why.
type Event<'a> = (u128, &'a str, &'a str, i64, i64, Option<&'a str>);

async fn events(client: &Client, (org, monitor): (i64, i64), events: &[Event<'_>]) {
    let sql = "INSERT INTO alert_events (incident_id, alert, step, channel_id, at, reason, org_id, monitor_id, attempt,
                   source)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '{}')";
    for (attempt, (id, alert, step, channel, when, reason)) in (0_i32..).zip(events) {
        let when = at(*when).to_datetime();
        client
            .execute(
                sql,
                &[
                    &Uuid::from_u128(*id),
                    alert,
                    step,
                    channel,
                    &when,
                    reason,
                    &org,
                    &monitor,
                    &attempt,
                ],
            )
            .await
            .unwrap();
    }
}

async fn sent(client: &Client, scope: Scope) -> Vec<SentIncident> {
    let monitors = [1, 2, 3].map(MonitorId);
    read(client, scope, &monitors, time()).await.unwrap().unwrap()
}

fn id(number: u128) -> IncidentId {
    IncidentId(Uuid::from_u128(number))
}

#[tokio::test]
async fn an_outage_has_what_was_sent_and_why_somebody_was_not_notified() {
    let client = database().await;
    let (one, two, theirs) = ((1, 1), (1, 2), (2, 3));
    outage(&client, 1, one, 0, Some(20 * MINUTE)).await;
    outage(&client, 2, two, 5 * MINUTE, None).await;
    outage(&client, 3, theirs, 0, None).await;
    outage(&client, 4, one, -MINUTE, Some(0)).await;
    outage(&client, 5, one, 60 * MINUTE, None).await;
    let muted = Some("the monitor is muted");
    let told = [
        (1, "down", "suppressed", 7, 30_000, muted),
        (1, "down", "decided", 8, 30_000, None),
        (1, "down", "attempted", 8, 31_000, Some("no answer")),
        (1, "down", "sent", 8, 33_000, None),
        (1, "reminder", "suppressed", 7, 40_000, muted),
        (
            1,
            "acknowledged",
            "suppressed",
            0,
            50_000,
            Some(ACKNOWLEDGEMENT_EXPIRED),
        ),
        (1, "reminder", "sent", 8, 60_000, None),
        (1, "up", "failed", 9, 20 * MINUTE, Some("refused")),
        (1, "up", "sent", 8, 20 * MINUTE, None),
        (1, "from the future", "sent", 8, 20 * MINUTE, None),
    ];
    events(&client, one, &told).await;
    events(&client, theirs, &[(3, "down", "sent", 8, 0, None)]).await;
    let found = sent(&client, Scope::organisation(OrgId(1))).await;
    let first = SentIncident {
        id: id(1),
        monitor_id: MonitorId(1),
        degraded: false,
        started_at: at(0),
        detected_at: at(30_000),
        ended_at: Some(at(20 * MINUTE)),
        error_code: Some(ErrorCode::ReadTimeout),
        reasons: vec!["the monitor is muted".to_owned()],
        messages: vec![
            (at(33_000), ChannelId(8), AlertKind::Down),
            (at(60_000), ChannelId(8), AlertKind::Reminder),
            (at(20 * MINUTE), ChannelId(8), AlertKind::Up),
        ],
    };
    let second = SentIncident {
        id: id(2),
        monitor_id: MonitorId(2),
        started_at: at(5 * MINUTE),
        // Nothing was decided about it: it is when it was stored.
        detected_at: at(6 * MINUTE),
        ended_at: None,
        reasons: Vec::new(),
        messages: Vec::new(),
        ..first.clone()
    };
    assert_eq!(found, [first, second]);
    assert_eq!(sent(&client, Scope::member(OrgId(1), 7, None)).await, []);
    let none = read(&client, Scope::organisation(OrgId(1)), &[], time()).await;
    assert_eq!(none.unwrap(), Some(Vec::new()));
}

#[tokio::test]
async fn times_of_being_degraded_are_known_by_their_alerts() {
    let client = database().await;
    let (one, two, theirs) = ((1, 1), (1, 2), (2, 3));
    let of_one = [
        // Of a channel, and of two.
        (1, "degraded", "sent", 4, MINUTE, None),
        (1, "recovered", "sent", 4, 3 * MINUTE, None),
        (1, "recovered", "sent", 4, 4 * MINUTE, None),
        (2, "degraded", "decided", 9, 10 * MINUTE, None),
        (2, "degraded", "sent", 900, 9 * MINUTE, None),
        // It began before the time.
        (3, "degraded", "decided", 4, -MINUTE, None),
        (3, "degraded", "sent", 4, MINUTE, None),
        (4, "down", "sent", 4, MINUTE, None),
        (5, "degraded", "sent", 4, 60 * MINUTE, None),
    ];
    events(&client, one, &of_one).await;
    let nobody = Some("no channel wants it");
    events(
        &client,
        two,
        &[(6, "degraded", "suppressed", 0, 2 * MINUTE, nobody)],
    )
    .await;
    events(&client, theirs, &[(7, "degraded", "sent", 4, MINUTE, None)]).await;
    let found = sent(&client, Scope::organisation(OrgId(1))).await;
    let spans: Vec<_> = found
        .iter()
        .map(|incident| {
            assert!(incident.degraded);
            assert_eq!(incident.started_at, incident.detected_at);
            (
                incident.id,
                incident.monitor_id.0,
                incident.started_at,
                incident.ended_at,
            )
        })
        .collect();
    assert_eq!(
        spans,
        [
            (id(1), 1, at(MINUTE), Some(at(3 * MINUTE))),
            (id(6), 2, at(2 * MINUTE), None),
            (id(2), 1, at(9 * MINUTE), None),
        ]
    );
    assert_eq!(found[1].reasons, ["no channel wants it"]);
    let sent = &found[2].messages;
    assert_eq!(*sent, [(at(9 * MINUTE), ChannelId(900), AlertKind::Degraded)]);
}

#[tokio::test]
async fn what_becomes_an_outage_is_degraded_no_longer() {
    let client = database().await;
    let (one, two) = ((1, 1), (1, 2));
    // Of the first monitor: over before, what it becomes, and a later one. They are stored a minute after they began.
    outage(&client, 11, one, 0, Some(2 * MINUTE)).await;
    outage(&client, 12, one, 4 * MINUTE, Some(10 * MINUTE)).await;
    outage(&client, 13, one, 30 * MINUTE, None).await;
    // An outage of another monitor ends nothing.
    outage(&client, 14, two, 5 * MINUTE, Some(6 * MINUTE)).await;
    let now_down = Some("the monitor is now down");
    let of_one = [
        (1, "degraded", "sent", 4, 3 * MINUTE, None),
        (2, "degraded", "sent", 4, 11 * MINUTE, None),
        (2, "recovered", "sent", 4, 12 * MINUTE, None),
        // An incident at the channel is ended long after the outage was found.
        (3, "degraded", "sent", 4, 20 * MINUTE, None),
        (3, "recovered", "sent", 4, 40 * MINUTE, None),
        // Nobody was notified before it was down, as is said after that.
        (4, "degraded", "suppressed", 4, 32 * MINUTE, now_down),
    ];
    events(&client, one, &of_one).await;
    events(&client, two, &[(5, "degraded", "sent", 4, 7 * MINUTE, None)]).await;
    let found = sent(&client, Scope::organisation(OrgId(1))).await;
    let ends: Vec<_> = found
        .iter()
        .filter(|incident| incident.degraded)
        .map(|incident| (incident.id, incident.ended_at))
        .collect();
    assert_eq!(
        ends,
        [
            (id(1), Some(at(5 * MINUTE))),
            (id(5), None),
            (id(2), Some(at(12 * MINUTE))),
            (id(3), Some(at(31 * MINUTE))),
            (id(4), Some(at(32 * MINUTE))),
        ]
    );
}

#[tokio::test]
async fn more_than_can_be_compared_is_not_cut() {
    let client = database().await;
    let scope = Scope::organisation(OrgId(1));
    let outages = "INSERT INTO incidents (id, org_id, monitor_id, revision, started_at, resolved_at, close_reason)
                   SELECT gen_random_uuid(), 1, 1, 1, $1::timestamptz + n * interval '1 millisecond', now(), 'recovered'
                   FROM generate_series(1, $2::bigint) AS n";
    let (start, most) = (at(0).to_datetime(), MAX_INCIDENTS as i64);
    client.execute(outages, &[&start, &most]).await.unwrap();
    assert_eq!(sent(&client, scope).await.len(), MAX_INCIDENTS);
    client.execute(outages, &[&start, &1i64]).await.unwrap();
    assert_eq!(read(&client, scope, &[MonitorId(1)], time()).await.unwrap(), None);
    // Of another monitor it can be.
    let other = read(&client, scope, &[MonitorId(2)], time()).await.unwrap();
    assert_eq!(other, Some(Vec::new()));

    outage(&client, 1, (1, 2), 0, None).await;
    let steps = "INSERT INTO alert_events (incident_id, alert, step, channel_id, at, org_id, monitor_id, attempt, source)
                 SELECT $1, 'reminder', 'sent', n, $2, 1, 2, 1, '{}' FROM generate_series($3::bigint, $4::bigint) AS n";
    let (id, most) = (Uuid::from_u128(1), MAX_EVENTS as i64);
    client.execute(steps, &[&id, &start, &1i64, &most]).await.unwrap();
    let all = read(&client, scope, &[MonitorId(2)], time()).await.unwrap();
    assert_eq!(all.unwrap()[0].messages.len(), MAX_EVENTS);
    let last = most + 1;
    client.execute(steps, &[&id, &start, &last, &last]).await.unwrap();
    assert_eq!(read(&client, scope, &[MonitorId(2)], time()).await.unwrap(), None);
}

#[tokio::test]
async fn reasons_are_bounded_and_name_no_monitor_that_is_not_seen() {
    let client = database().await;
    client
        .batch_execute(
            "INSERT INTO users (email, name, password_hash) VALUES ('ada@example.org', 'Ada', '');
             INSERT INTO memberships (org_id, user_id, role, narrowed) VALUES (1, 1, 'viewer', true);
             INSERT INTO tags (org_id, name, colour) VALUES (1, 'seen', 'blue');
             INSERT INTO monitor_tags (monitor_id, tag_id) VALUES (1, 1);
             INSERT INTO member_tags (org_id, user_id, tag_id) VALUES (1, 1, 1);",
        )
        .await
        .unwrap();
    outage(&client, 1, (1, 1), 0, None).await;
    outage(&client, 2, (1, 2), 0, None).await;
    let reasons: Vec<String> = (0..25).map(|n| format!("reason {n}")).collect();
    let mut told: Vec<Event<'_>> = vec![(
        1,
        "down",
        "suppressed",
        0,
        0,
        Some("monitor 2, on which it depends, is down"),
    )];
    let more = reasons.iter().enumerate();
    told.extend(more.map(|(n, reason)| {
        let when = 1 + n as i64;
        (1, "down", "suppressed", 0, when, Some(reason.as_str()))
    }));
    events(&client, (1, 1), &told).await;
    let found = sent(&client, Scope::organisation(OrgId(1))).await;
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].reasons.len(), MAX_REASONS);
    assert_eq!(found[0].reasons[0], "monitor 2, on which it depends, is down");
    let seen = sent(&client, Scope::member(OrgId(1), 1, None)).await;
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].id, id(1));
    assert_eq!(seen[0].reasons[0], "a monitor on which it depends is down");
    assert_eq!(seen[0].reasons[1], "reason 0");
}

#[tokio::test]
async fn reasons_tell_the_quiet_hours_of_an_own_channel_to_its_member_only() {
    let client = database().await;
    client
        .batch_execute(
            "INSERT INTO users (email, name, password_hash) VALUES ('a@example.org', 'Ada', ''), ('b@example.org', 'Bob', '');
             INSERT INTO memberships (org_id, user_id, role) VALUES (1, 1, 'viewer'), (1, 2, 'viewer');
             INSERT INTO channels (org_id, name, kind, config, owner_id) VALUES (1, 'x', 'slack', 'x', 1);",
        )
        .await
        .unwrap();
    outage(&client, 1, (1, 1), 0, Some(MINUTE)).await;
    let quiet = "over in the quiet hours of the channel";
    // Of whom earlier releases have noted that somebody has quiet hours nobody knows.
    let of_step = Some("step 1 of Night: somebody has quiet hours");
    let told = [
        (1, "down", "suppressed", 1, 0, Some(quiet)),
        (1, "down", "suppressed", 0, 0, of_step),
    ];
    events(&client, (1, 1), &told).await;
    let org = OrgId(1);
    for (scope, reason) in [
        (Scope::organisation(org), quiet),
        (Scope::member(org, 1, None), quiet),
        (Scope::member(org, 2, None), BY_SETTINGS),
    ] {
        assert_eq!(sent(&client, scope).await[0].reasons, [reason], "{scope:?}");
    }
}

#[tokio::test]
async fn a_channel_that_is_gone_was_a_members_own_where_any_step_of_the_incident_says_so() {
    let client = database().await;
    outage(&client, 1, (1, 1), 0, None).await;
    outage(&client, 2, (1, 2), 0, None).await;
    let quiet = "over in the quiet hours of the channel";
    let of_person = [
        (1, "down", "attempted", 7, 0, None),
        (1, "down", "suppressed", 7, 1, Some(quiet)),
    ];
    events(&client, (1, 1), &of_person).await;
    events(&client, (1, 2), &[(2, "down", "suppressed", 8, 1, Some(quiet))]).await;
    // What was kept back does not say it itself.
    let caused = r#"UPDATE alert_events SET cause = '{"step": {"target": {"kind": "person", "id": 1}}}'
                    WHERE step = 'attempted'"#;
    assert_eq!(client.execute(caused, &[]).await.unwrap(), 1);
    let found = sent(&client, Scope::organisation(OrgId(1))).await;
    let reasons = found.iter().map(|incident| incident.reasons.join(", "));
    assert_eq!(reasons.collect::<Vec<_>>(), [BY_SETTINGS, quiet]);
}
