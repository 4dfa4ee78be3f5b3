//! What clients send about where alerts go.

use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::{edited, selection};
use crate::fuzz::known::Known;
use crate::fuzz::odd::one_of;

/// The body of an operation, if it is one of these.
pub(super) fn body(dice: &mut StdRng, operation: &str, known: &Known) -> Option<Value> {
    Some(match operation {
        "CreateAlertRoute" => alert_route(dice, known),
        "EditAlertRoute" => {
            let whole = alert_route(dice, known);
            edited(dice, whole)
        }
        // It names all of them, which only luck would do.
        "OrderAlertRoutes" => json!({"ids": [1, 2, 3]}),
        "CreateSilence" => silence(dice, known),
        "EditSilence" => {
            let whole = silence(dice, known);
            edited(dice, whole)
        }
        "StartDrill" => json!({"monitor_id": monitor(dice, known).unwrap_or(1), "minutes": 5}),
        "CreateDrillSchedule" => drill_schedule(dice, known),
        "EditDrillSchedule" => {
            let whole = drill_schedule(dice, known);
            edited(dice, whole)
        }
        "BacktestMonitor" => backtest(dice),
        "BacktestMonitors" => json!({"selection": selection(dice, known), "backtest": backtest(dice)}),
        "CreateEscalationPolicy" => escalation_policy(dice, known),
        "EditEscalationPolicy" => {
            let whole = escalation_policy(dice, known);
            edited(dice, whole)
        }
        "CreateTeam" | "EditTeam" => json!({"name": "Payments", "members": [member(dice, known)]}),
        "CreateOnCallSchedule" => on_call_schedule(dice, known),
        "EditOnCallSchedule" => {
            let whole = on_call_schedule(dice, known);
            edited(dice, whole)
        }
        "PreviewOnCallSchedule" => {
            let mut preview = on_call_schedule(dice, known);
            preview.as_object_mut()?.remove("name");
            preview["from"] = json!("2026-11-01T00:00:00Z");
            preview["until"] = json!("2026-12-01T00:00:00Z");
            preview
        }
        "CreateOnCallOverride" => json!({
            "user_id": member(dice, known), "from": "2099-12-01T00:00:00Z", "until": "2099-12-02T00:00:00Z"
        }),
        "CreateCalendarFeed" => json!({"schedule_id": null}),
        _ => return None,
    })
}

fn backtest(dice: &mut StdRng) -> Value {
    let candidate = one_of(
        dice,
        &[
            json!({}),
            json!({"name": "Calm", "rule": {"down_after": 3, "down_of": 5, "slow_ms": null}, "severity": "info"}),
            json!({"recipients": {"to": "nobody"}, "flapping": null, "depends_on": [], "without": ["quiet_hours"]}),
            json!({"windows": [{"repeat": "weekly", "weekday": "Sun", "from": "22:00:00", "minutes": 60,
                                "time_zone": "Europe/Berlin"}]}),
        ],
    )
    .clone();
    json!({"candidates": [candidate], "days": 7, "time_zone": "Europe/Berlin"})
}

fn member(dice: &mut StdRng, known: &Known) -> i64 {
    let member = known.any(dice, "members").and_then(|id| id.parse().ok());
    member.unwrap_or(1)
}

fn on_call_schedule(dice: &mut StdRng, known: &Known) -> Value {
    let restrictions = one_of(
        dice,
        &[
            json!([]),
            json!([{"repeat": "daily", "from": "22:00:00", "until": "06:00:00"}]),
            json!([{"repeat": "weekly", "from_day": "Fri", "from": "18:00:00", "until_day": "Mon",
                    "until": "08:00:00"}]),
        ],
    )
    .clone();
    let layer = json!({
        "people": [member(dice, known)], "starts_at": "2026-11-02T09:00:00",
        "rotation": {"every": 1, "unit": "weeks"}, "restrictions": restrictions
    });
    json!({"name": "Payments", "time_zone": "Europe/Berlin", "layers": [layer]})
}

fn alert_route(dice: &mut StdRng, known: &Known) -> Value {
    let channel: Option<i64> = known.any(dice, "channels").and_then(|id| id.parse().ok());
    let recipients = match channel {
        Some(channel) => json!({"to": "channels", "channels": [channel]}),
        None => json!({"to": "nobody"}),
    };
    json!({"name": "Nights", "conditions": conditions(dice), "recipients": recipients, "continue": dice.random::<bool>()})
}

fn monitor(dice: &mut StdRng, known: &Known) -> Option<i64> {
    known.any(dice, "monitors").and_then(|id| id.parse().ok())
}

fn drill_schedule(dice: &mut StdRng, known: &Known) -> Value {
    json!({
        "name": "Night", "monitor_id": monitor(dice, known).unwrap_or(1), "day": 1, "time": "02:30:00",
        "time_zone": "Europe/Berlin", "minutes": 10
    })
}

fn silence(dice: &mut StdRng, known: &Known) -> Value {
    let monitor = monitor(dice, known);
    let monitors: Vec<i64> = monitor.into_iter().filter(|_| dice.random_bool(0.5)).collect();
    json!({
        "reason": "We move to another rack", "monitors": monitors, "conditions": conditions(dice),
        "starts_at": "2099-12-01T22:00:00Z", "ends_at": "2099-12-02T04:00:00Z"
    })
}

fn conditions(dice: &mut StdRng) -> Value {
    one_of(
        dice,
        &[
            json!({}),
            json!({"kinds": ["http"], "severities": ["critical"], "alerts": ["down"], "error_codes": ["read_timeout"]}),
            json!({"outside_hours": true, "hours": {
                "time_zone": "Europe/Berlin", "days": ["monday"], "from": "08:00:00", "until": "18:00:00"}}),
        ],
    )
    .clone()
}

fn escalation_policy(dice: &mut StdRng, known: &Known) -> Value {
    let channel: i64 = known
        .any(dice, "channels")
        .and_then(|id| id.parse().ok())
        .unwrap_or(1);
    json!({
        "name": "On call", "repeats": 1, "repeat_after_minutes": 30, "acknowledgement_minutes": 60,
        "steps": [{"wait_minutes": 5, "targets": [{"kind": "channel", "id": channel}],
                   "conditions": {"severities": ["critical"]}}]
    })
}
