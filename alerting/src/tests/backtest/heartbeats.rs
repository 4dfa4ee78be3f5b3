//! What would have been sent of the pings of a heartbeat.

mod drawn;

use domain::heartbeat::{Expectation, PingFilter};
use domain::monitor::{HeartbeatProbe, ScheduleInput};
use domain::record::{Ping, PingKind, PingRequest, RunLimits};
use uuid::Uuid;

use super::*;
use crate::backtest::{StoredRevision, Watched};

/// A job that runs every ten minutes, counted from its last ping.
fn every_ten_minutes(grace_seconds: u32) -> HeartbeatProbe {
    probe(None, grace_seconds)
}

fn probe(expression: Option<&str>, grace_seconds: u32) -> HeartbeatProbe {
    let schedule = ScheduleInput {
        period_seconds: expression.is_none().then_some(600),
        expression: expression.map(str::to_owned),
        timezone: None,
    };
    HeartbeatProbe {
        slug: "backup".to_owned(),
        expectation: Expectation {
            schedule: schedule.parse().unwrap(),
            grace_seconds,
            early_seconds: 0,
            start_grace_seconds: None,
            longest_run_seconds: None,
        },
        filter: PingFilter::default(),
        limits: RunLimits::default(),
    }
}

fn ping(kind: PingKind, at: Timestamp, run: Option<u128>, limits: RunLimits) -> (Timestamp, Record) {
    let ping = Ping {
        monitor_id: ID,
        org_id: OWNER,
        url: String::new(),
        timestamp: at,
        id: Uuid::from_u128(at.as_millis().unsigned_abs().into()),
        kind,
        run_id: run.map(Uuid::from_u128),
        exit_status: None,
        latency_ms: None,
        message: None,
        due: None,
        limits,
        request: PingRequest::default(),
    };
    (at, Record::Ping(Box::new(ping)))
}

fn successes(seconds: &[i64]) -> Vec<(Timestamp, Record)> {
    let each = seconds.iter();
    each.map(|second| ping(PingKind::Success, at(*second), None, RunLimits::default()))
        .collect()
}

fn revision(revision: u32, down_after: u16) -> StoredRevision {
    StoredRevision {
        revision,
        began_at: None,
        rule: Rule {
            down_after,
            ..Rule::default()
        },
        probe_revision: None,
        is_known: true,
    }
}

fn simulate(
    world: &World,
    heartbeat: &HeartbeatProbe,
    revisions: &[StoredRevision],
    since: Timestamp,
    records: Vec<(Timestamp, Record)>,
) -> Simulated {
    let simulation = Simulation {
        monitor: ID,
        org: OWNER,
        settings: &world.settings,
        upstreams: &world.upstreams,
        without: &world.without,
        rule: world.rule,
        judged_by: None,
        watched: Some(Watched {
            heartbeat,
            revisions,
            since,
        }),
        until: world.until,
    };
    simulation.run(records, &mut Budget::of(STEPS)).unwrap()
}

/// When each outage began and ended, in seconds.
fn outages(simulated: &Simulated) -> Vec<(i64, Option<i64>)> {
    let incidents = simulated.incidents.iter();
    incidents
        .map(|it| (seconds(it.started_at), it.resolution.map(|end| seconds(end.at))))
        .collect()
}

#[test]
fn a_longer_grace_time_is_overdue_less_often() {
    let world = World::of(one(PLAIN));
    let known = [revision(1, 1)];
    // The second ping comes 20 s after it was due, the third 150 s, and the fourth 500 s.
    let pings = || successes(&[0, 620, 1_370, 2_470]);
    let run = |grace: u32| simulate(&world, &every_ten_minutes(grace), &known, at(0), pings());
    let short = run(60);
    assert_eq!(
        outages(&short),
        [(1_280, Some(1_370)), (2_030, Some(2_470)), (3_130, None)]
    );
    assert_eq!(short.results, 4, "what pingers say is none of them");
    // It is announced two seconds after it was found.
    assert_eq!(messages(&short)[..2], [(1_282, 2, "down"), (1_370, 2, "up")]);
    assert_eq!(short.incidents[0].error_code, Some(ErrorCode::HeartbeatOverdue));
    assert_eq!(outages(&run(200)), [(2_170, Some(2_470)), (3_270, None)]);
    assert_eq!(outages(&run(600)), [(3_670, None)]);
}

#[test]
fn several_dates_in_a_row_have_to_be_missed_by_a_rule_that_says_so() {
    let mut world = World::of(one(PLAIN));
    let heartbeat = probe(Some("*/10 * * * *"), 60);
    let known = [revision(1, 1)];
    // 08:00:00 is a date: the next ones are at 600 s and so on.
    let run = |world: &World| simulate(world, &heartbeat, &known, at(0), successes(&[1, 1_350, 1_850]));
    assert_eq!(outages(&run(&world)), [(660, Some(1_350)), (2_460, None)]);
    world.rule = Some(Rule {
        down_after: 2,
        ..Rule::default()
    });
    assert_eq!(outages(&run(&world)), [(660, Some(1_350)), (2_460, None)]);
    world.rule = Some(Rule {
        down_after: 3,
        ..Rule::default()
    });
    assert_eq!(outages(&run(&world)), [(2_460, None)]);
}

#[test]
fn a_paused_heartbeat_is_not_overdue() {
    let world = World::of(one(PLAIN));
    let mut records = successes(&[0]);
    for (second, revision, event) in [
        (300, 2, LifecycleEvent::Paused),
        (2_000, 3, LifecycleEvent::Resumed),
    ] {
        let Record::Lifecycle(record) = edited(0, revision, event) else {
            unreachable!("it is one")
        };
        let timestamp = at(second);
        records.push((at(second), Record::Lifecycle(Lifecycle { timestamp, ..record })));
    }
    let known = [revision(1, 1), revision(2, 1), revision(3, 1)];
    let heartbeat = every_ten_minutes(60);
    let quiet = simulate(&world, &heartbeat, &known, at(0), records.clone());
    assert_eq!(outages(&quiet), []);
    records.extend(successes(&[2_100]));
    let pinged = simulate(&world, &heartbeat, &known, at(0), records);
    assert_eq!(outages(&pinged), [(2_760, None)]);
}

#[test]
fn what_takes_too_much_comes_to_nothing() {
    let world = World::of(one(PLAIN));
    let heartbeat = probe(Some("* * * * *"), 60);
    let known = [revision(1, 1)];
    let watched = |since| Watched {
        heartbeat: &heartbeat,
        revisions: &known,
        since,
    };
    let within = |since, steps| {
        let simulation = Simulation {
            monitor: ID,
            org: OWNER,
            settings: &world.settings,
            upstreams: &[],
            without: &[],
            rule: None,
            judged_by: None,
            watched: Some(watched(since)),
            until: at(30 * 86_400),
        };
        simulation
            .run(successes(&[0]), &mut Budget::of(steps))
            .map(|simulated| simulated.incidents.len())
    };
    // It has missed every minute of a month.
    assert_eq!(within(at(0), 1_000), Err(Stopped::TooMuch));
    assert_eq!(within(at(0), STEPS), Ok(1));
    // Of what only leads to the time, few are gone through.
    assert_eq!(within(at(30 * 86_400 - 60), 1_000), Ok(1));
}

#[test]
fn of_a_job_that_must_not_run_the_time_before_takes_little() {
    let mut world = World::of(one(PLAIN));
    world.until = at(30 * 86_400);
    let mut heartbeat = probe(Some("* * * * *"), 60);
    heartbeat.limits.must_not_ping = true;
    let (known, limits) = ([revision(1, 1)], heartbeat.limits);
    let within = |since, steps| {
        let simulation = Simulation {
            monitor: ID,
            org: OWNER,
            settings: &world.settings,
            upstreams: &[],
            without: &[],
            rule: None,
            judged_by: None,
            watched: Some(Watched {
                heartbeat: &heartbeat,
                revisions: &known,
                since,
            }),
            until: world.until,
        };
        let pings = [1, 86_400].map(|second| ping(PingKind::Success, at(second), None, limits));
        simulation
            .run(pings, &mut Budget::of(steps))
            .map(|simulated| outages(&simulated))
    };
    let late = within(at(30 * 86_400 - 60), 1_000).unwrap();
    // Each ping is an outage, and the date after it says that all is well.
    assert_eq!(late.len(), 2);
    assert!(late.iter().all(|(_, over)| over.is_some()));
    // The same as where every date is gone through.
    assert_eq!(within(at(0), STEPS), Ok(late));
}
