//! What a candidate makes of a heartbeat.

use api::{BacktestHeartbeat, BacktestRule};
use domain::Timestamp;
use domain::monitor::{FieldError, HeartbeatInput, HeartbeatProbe, MonitorInput, Probe, Spec};

use crate::rules::heartbeat::{must_be_kept, of_slug};

/// Where another rule has something to say that a heartbeat's has not.
const NOT_OF_HEARTBEATS: &str = "must be left out with the kind heartbeat";

/// What is not valid of any heartbeat.
pub(super) fn wrong_heartbeat(tried: &BacktestHeartbeat, now: Timestamp) -> Vec<FieldError> {
    match made_of(tried, of_slug("any")) {
        Ok(made) if tried.schedule.is_some() => {
            let kept = must_be_kept(&made.expectation.schedule, "heartbeat.schedule", now);
            kept.err().into_iter().collect()
        }
        Ok(_) => Vec::new(),
        Err(wrong) => wrong,
    }
}

/// The heartbeat that the fields make of the present one; none of another kind.
///
/// # Errors
/// Every field that is not valid, from `heartbeat` on.
pub(super) fn tried_heartbeat(
    tried: Option<&BacktestHeartbeat>,
    present: &Spec,
) -> Result<Option<HeartbeatProbe>, Vec<FieldError>> {
    let (Probe::Heartbeat(probe), Some(tried)) = (&present.probe, tried) else {
        return match (&present.probe, tried) {
            (Probe::Heartbeat(probe), None) => Ok(Some(probe.clone())),
            (_, None) => Ok(None),
            (other, Some(_)) => {
                let wrong = format!("must be left out with the kind {}", other.kind());
                Err(vec![FieldError::new("heartbeat", wrong)])
            }
        };
    };
    let made = made_of(tried, MonitorInput::from((String::new(), present.clone())))?;
    Ok(Some(HeartbeatProbe {
        slug: probe.slug.clone(),
        ..made
    }))
}

fn made_of(tried: &BacktestHeartbeat, mut input: MonitorInput) -> Result<HeartbeatProbe, Vec<FieldError>> {
    let present = input.heartbeat.take().unwrap_or_default();
    input.heartbeat = Some(HeartbeatInput {
        schedule: tried.schedule.clone().or(present.schedule),
        grace_seconds: tried.grace_seconds.or(present.grace_seconds),
        early_seconds: tried.early_seconds.or(present.early_seconds),
        start_grace_seconds: tried.start_grace_seconds.unwrap_or(present.start_grace_seconds),
        longest_run_seconds: tried.longest_run_seconds.unwrap_or(present.longest_run_seconds),
        shortest_run_seconds: tried.shortest_run_seconds.unwrap_or(present.shortest_run_seconds),
        least_pause_seconds: tried.least_pause_seconds.unwrap_or(present.least_pause_seconds),
        post_only: present.post_only,
        body: present.body,
    });
    match input.validate()?.1.probe {
        Probe::Heartbeat(made) => Ok(made),
        other => {
            let wrong = format!("must be left out with the kind {}", other.kind());
            Err(vec![FieldError::new("heartbeat", wrong)])
        }
    }
}

/// What of a rule says nothing of a heartbeat: a ping counts by itself.
pub(super) fn wrong_rule(tried: &BacktestRule) -> Vec<FieldError> {
    let given = [
        ("up_after", tried.up_after.is_some_and(|count| count != 1)),
        ("slow_ms", tried.slow_ms.flatten().is_some()),
        ("down_of", tried.down_of.flatten().is_some()),
        (
            "down_for_seconds",
            tried.down_for_seconds.is_some_and(|seconds| seconds > 0),
        ),
    ];
    let wrong = given.into_iter().filter(|(_, is_given)| *is_given);
    wrong
        .map(|(field, _)| FieldError::new(field, NOT_OF_HEARTBEATS))
        .collect()
}
