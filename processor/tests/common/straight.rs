//! What one processor makes of a log that never stops.

use std::collections::BTreeMap;

use domain::live::LiveState;
use domain::{CheckResult, MonitorId, MonitorState, Record, decide};

use super::running::{PATIENCE, World};
use super::{recount, result, start};

const SLOT: i64 = 6_000;
const DAY: i64 = 86_400_000;

/// The result of slot `k`: now and then two in a row fail.
pub fn check(monitor: MonitorId, k: i64) -> CheckResult {
    let up = (k + monitor.0) % 11 > 1;
    let mut result = result(monitor, start().plus_millis(k * SLOT - DAY), up);
    result.latency_ms = Some((k * 37 % 900) as u32);
    result
}

/// The incidents of a straight fold: (id, resolved at).
fn fold(records: &[Record]) -> (BTreeMap<String, Option<i64>>, BTreeMap<MonitorId, MonitorState>) {
    let (mut incidents, mut states) = (BTreeMap::new(), BTreeMap::<MonitorId, MonitorState>::new());
    for record in records {
        let state = states.entry(record.monitor_id()).or_default();
        let decision = decide(std::mem::take(state), record);
        *state = decision.state;
        let Some(transition) = decision.transition else {
            continue;
        };
        if let Some(closed) = transition.closed {
            incidents.insert(closed.id.to_string(), Some(closed.resolved_at.as_millis()));
        }
        if let Some(opened) = transition.opened {
            incidents.insert(opened.id.to_string(), None);
        }
    }
    (incidents, states)
}

/// Checks rows, rollups, incidents and Redis against `log`.
pub async fn assert_like(world: &World, log: &[Record]) {
    recount::assert_exact(&world.database.client).await;

    let (expected, states) = fold(log);
    let rows = world
        .database
        .client
        .query("SELECT id, resolved_at FROM incidents", &[])
        .await
        .unwrap();
    let found: BTreeMap<String, Option<i64>> = rows
        .iter()
        .map(|row| {
            let resolved: Option<chrono::DateTime<chrono::Utc>> = row.get(1);
            (
                row.get::<_, uuid::Uuid>(0).to_string(),
                resolved.map(|at| at.timestamp_millis()),
            )
        })
        .collect();
    assert!(!expected.is_empty());
    assert_eq!(found, expected);
    for (&monitor, state) in &states {
        testkit::eventually("Redis has the last state", PATIENCE, || async {
            let status = world.status(monitor).await?;
            (status.state == LiveState::from(state) && status.since == state.since).then_some(())
        })
        .await;
    }
}
