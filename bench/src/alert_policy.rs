//! An organisation that has decided much about alerts: 1,000 routes of which the last one takes everything, 100 escalation
//! policies and 100 schedules.

use chrono::{NaiveDate, NaiveTime, Weekday};
use domain::alert_policy::{AlertPolicy, Person};
use domain::escalation::{EscalationPlan, EscalationPolicy, EscalationStep, StepConditions, Target};
use domain::hours::Hours;
use domain::on_call::{Layer, Restriction, Rota, Rotation, RotationUnit, Schedule};
use domain::routing::{Conditions, Labels, Recipients, Route};
use domain::{ChannelId, ErrorCode, EscalationPolicyId, RouteId, ScheduleId, Severity, TagId, UserId};

const ROUTES: i64 = 1_000;
const POLICIES: i64 = 100;
const SCHEDULES: i64 = 100;

/// What routes go by of each monitor.
pub fn labels() -> Labels {
    Labels {
        kind: Some("http".to_owned()),
        severity: Severity::Critical,
        tags: (1..=3).map(TagId).collect(),
        recipients: None,
        ..Labels::default()
    }
}

/// The policy. The first step of what takes everything notifies `channel`.
pub fn policy(channel: ChannelId) -> AlertPolicy {
    AlertPolicy {
        routes: (1..=ROUTES).map(route).collect(),
        escalation_policies: (1..=POLICIES).map(|id| escalation(id, channel)).collect(),
        schedules: (1..=SCHEDULES).map(schedule).collect(),
        teams: Vec::new(),
        people: (1..=SCHEDULES)
            .map(|id| Person {
                id: UserId(id),
                channels: Vec::new(),
            })
            .collect(),
        labels_version: 1,
    }
}

/// Of each but the last one condition does not hold: of every other one the failure, although the tag fits; of those between
/// them the tag.
fn route(id: i64) -> Route {
    let conditions = match id % 2 {
        _ if id == ROUTES => Conditions::default(),
        0 => Conditions {
            tags: vec![TagId(2), TagId(1_000 + id)],
            error_codes: vec![ErrorCode::DnsFailure],
            ..Conditions::default()
        },
        _ => Conditions {
            tags: vec![TagId(1_000 + id)],
            severities: vec![Severity::Critical],
            hours: Some(Hours {
                time_zone: chrono_tz::Europe::Berlin,
                days: vec![Weekday::Mon].into(),
                from: NaiveTime::MIN,
                until: NaiveTime::MIN,
            }),
            ..Conditions::default()
        },
    };
    Route {
        id: RouteId(id),
        name: format!("Route {id}"),
        conditions,
        recipients: Recipients::Policy {
            policy_id: EscalationPolicyId(id % POLICIES + 1),
        },
        goes_on: false,
    }
}

fn escalation(id: i64, channel: ChannelId) -> EscalationPolicy {
    let step = |wait_minutes, target| EscalationStep {
        wait_minutes,
        targets: vec![target],
        conditions: StepConditions::default(),
    };
    EscalationPolicy {
        id: EscalationPolicyId(id),
        name: format!("Policy {id}"),
        plan: EscalationPlan {
            steps: vec![
                step(0, Target::Channel { id: channel }),
                step(5, Target::Schedule { id: ScheduleId(id) }),
                step(15, Target::Person { id: UserId(id) }),
            ],
            repeats: 3,
            repeat_after_minutes: 30,
            acknowledgement_minutes: 60,
        },
    }
}

fn schedule(id: i64) -> Schedule {
    let starts_at = NaiveDate::from_ymd_opt(2026, 1, 5)
        .unwrap_or_default()
        .and_time(NaiveTime::MIN);
    let layer = |restrictions| Layer {
        people: (id..id + 5).map(|user| UserId(user % SCHEDULES + 1)).collect(),
        starts_at,
        rotation: Rotation {
            every: 1,
            unit: RotationUnit::Weeks,
        },
        restrictions,
    };
    let nights = Restriction::Daily {
        from: NaiveTime::from_hms_opt(22, 0, 0).unwrap_or_default(),
        until: NaiveTime::from_hms_opt(6, 0, 0).unwrap_or_default(),
    };
    Schedule {
        id: ScheduleId(id),
        name: format!("Schedule {id}"),
        rota: Rota {
            time_zone: chrono_tz::Europe::Berlin,
            layers: vec![layer(Vec::new()), layer(vec![nights])],
        },
        overrides: Vec::new(),
    }
}
