//! What each candidate makes of a monitor.

use std::sync::Arc;

use alerting::backtest::{JudgedBy, Settings};
use domain::monitor::{FieldError, HeartbeatProbe, Probe, Spec};
use domain::{MonitorId, Rule, Timestamp};

use super::prefixed;
use crate::rules::backtest::{Request, field_of, trial};
use crate::rules::dependencies::Above;
use crate::rules::private_hours::Onlooker;

/// Settings, and from which instants on they held.
type Versions = Vec<(Timestamp, Arc<Settings>)>;

/// What a candidate makes of a monitor.
#[derive(Debug)]
pub(super) struct Tried {
    pub(super) settings: Versions,
    /// None where each result is judged by its own.
    pub(super) rule: Option<Rule>,
    /// None where each result is judged by its own quorum.
    pub(super) judged_by: Option<JudgedBy>,
    /// What a heartbeat expects of its job; none of another kind.
    pub(super) heartbeat: Option<HeartbeatProbe>,
    /// From when on it counts what comes of it.
    pub(super) since: Timestamp,
}

/// What each candidate makes of a monitor that goes by `present`, and went by `as_it_was` from `known_since` on. Only
/// `as_it_was`, whose alerts are known anyway, goes by the quiet hours of others: what else would have been sent, and when,
/// tells when they sleep.
///
/// # Errors
/// Every field of a candidate that is not valid of this monitor.
pub(super) fn tried(
    request: &Request,
    monitor: (MonitorId, &Spec),
    present: &Settings,
    above: &[Option<Above>],
    (as_it_was, known_since): (&Versions, Timestamp),
    onlooker: Onlooker,
) -> Result<Vec<Tried>, Vec<FieldError>> {
    let since = request.time.start;
    let time = request.lead_to(since)..request.time.end;
    let (mut all, mut errors) = (Vec::with_capacity(request.candidates.len()), Vec::new());
    for (place, candidate) in request.candidates.iter().enumerate() {
        if candidate.as_it_was {
            all.push(Tried {
                settings: as_it_was.clone(),
                rule: None,
                judged_by: None,
                // What it expected earlier is not kept.
                heartbeat: match &monitor.1.probe {
                    Probe::Heartbeat(present) => Some(present.clone()),
                    _ => None,
                },
                since: known_since,
            });
            continue;
        }
        let above = above.get(place).and_then(Option::as_ref);
        match trial(candidate, monitor, present, above, &time) {
            Ok(mut trial) => {
                onlooker.leave_out_hours(&mut trial.settings);
                all.push(Tried {
                    settings: vec![(time.start, Arc::new(trial.settings))],
                    rule: trial.rule,
                    judged_by: trial.judged_by,
                    heartbeat: trial.heartbeat,
                    since,
                });
            }
            Err(wrong) => errors.extend(prefixed(&field_of(place), wrong)),
        }
    }
    match errors.is_empty() {
        true => Ok(all),
        false => Err(errors),
    }
}
