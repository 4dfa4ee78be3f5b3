//! The rules once more, slowly: after each record everything is found anew in the list of records read so far. There is
//! no accumulator of votes here; what a region says is read off the outcomes of its results.

mod view;

use domain::fold::{Activity, CloseReason, ClosedIncident, OpenIncident, State, Transition};
use domain::record::{CheckResult, Lifecycle, LifecycleEvent};
use domain::{Effect, Record, Timestamp};

use view::View;

/// What is so after a record.
#[derive(Clone)]
pub(super) struct Moment {
    pub(super) effect: Effect,
    pub(super) state: State,
    pub(super) since: Option<Timestamp>,
    pub(super) incident: Option<OpenIncident>,
    pub(super) transition: Option<Transition>,
    revision: u32,
    activity: Activity,
    /// Whether this record began a revision, and whether the verdict went on in it.
    begins: Option<bool>,
    /// The result, if it counts.
    counts: Option<CheckResult>,
}

/// What is so after each record of a log.
pub(super) fn moments(log: &[Record]) -> Vec<Moment> {
    let mut past = Vec::new();
    for record in log {
        let now = match record {
            Record::Result(result) => after_result(&past, result),
            Record::Lifecycle(lifecycle) => after_lifecycle(&past, lifecycle),
            _ => panic!("no such record in these logs"),
        };
        past.push(now);
    }
    past
}

fn before(past: &[Moment]) -> Moment {
    let mut last = past.last().cloned().unwrap_or(Moment {
        effect: Effect::NoVerdict,
        state: State::Pending,
        since: None,
        incident: None,
        transition: None,
        revision: 0,
        activity: Activity::Active,
        begins: None,
        counts: None,
    });
    (last.transition, last.begins, last.counts) = (None, None, None);
    last
}

fn with_effect(mut moment: Moment, effect: Effect) -> Moment {
    moment.effect = effect;
    moment
}

fn after_lifecycle(past: &[Moment], lifecycle: &Lifecycle) -> Moment {
    let was = before(past);
    if lifecycle.revision <= was.revision {
        return with_effect(was, Effect::OldRevision);
    }
    let is_active = was.activity == Activity::Active;
    let goes_on = match lifecycle.event {
        LifecycleEvent::Restored => true,
        LifecycleEvent::Edited => {
            is_active
                && lifecycle
                    .probe_revision
                    .is_some_and(|probe| probe <= was.revision)
        }
        _ => false,
    };
    let mut now = with_effect(was.clone(), Effect::Applied);
    (now.revision, now.begins) = (lifecycle.revision, Some(goes_on));
    now.activity = match (lifecycle.event, was.activity) {
        (LifecycleEvent::Paused, _) | (LifecycleEvent::Edited, Activity::Paused) => Activity::Paused,
        _ => Activity::Active,
    };
    let mut closed = None;
    if !goes_on {
        let reason = match lifecycle.event {
            LifecycleEvent::Paused => CloseReason::Paused,
            _ => CloseReason::Edited,
        };
        closed = close(now.incident.take(), lifecycle.timestamp, reason);
        if was.state != State::Pending {
            (now.state, now.since) = (State::Pending, Some(lifecycle.timestamp));
        }
    }
    if was.activity != now.activity {
        now.since = Some(lifecycle.timestamp);
    }
    if was.state != now.state || was.activity != now.activity || closed.is_some() {
        now.transition = Some(Transition {
            monitor_id: lifecycle.monitor_id,
            revision: now.revision,
            at: lifecycle.timestamp,
            from: was.state,
            to: now.state,
            opened: None,
            closed,
            region: None,
            anomaly: None,
        });
    }
    now
}

fn close(incident: Option<OpenIncident>, at: Timestamp, reason: CloseReason) -> Option<ClosedIncident> {
    incident.map(|incident| ClosedIncident {
        id: incident.id,
        started_at: incident.started_at,
        resolved_at: at.max(incident.started_at),
        reason,
        error_code: incident.error_code,
        error: incident.error,
        seen: incident.seen,
    })
}

fn interval(result: &CheckResult) -> i64 {
    i64::from(result.interval_ms.unwrap())
}

/// The results that count in a revision.
fn counted(past: &[Moment], revision: u32) -> Vec<(usize, &CheckResult)> {
    let all = past.iter().enumerate();
    all.filter_map(|(index, moment)| moment.counts.as_ref().map(|result| (index, result)))
        .filter(|(_, result)| result.revision == Some(revision))
        .collect()
}

fn after_result(past: &[Moment], result: &CheckResult) -> Moment {
    let was = before(past);
    let revision = result.revision.unwrap();
    if revision < was.revision || (revision == was.revision && was.activity != Activity::Active) {
        return with_effect(was, Effect::OldRevision);
    }
    let of_revision = counted(past, revision);
    // The first one says by whom the monitor is judged.
    let quorum = of_revision.first().map_or(result, |(_, first)| *first);
    let quorum = quorum.quorum.clone().unwrap();
    if !quorum.regions.contains(&result.region) {
        return with_effect(was, Effect::Uncounted);
    }
    let is_late = of_revision.iter().any(|(_, earlier)| {
        let is_doubled = earlier.region == result.region && earlier.scheduled_at >= result.scheduled_at;
        let is_old =
            earlier.scheduled_at.as_millis() >= result.scheduled_at.as_millis() + 3 * interval(result);
        is_doubled || is_old
    });
    if is_late {
        return with_effect(was, Effect::Late);
    }
    let mut now = with_effect(was.clone(), Effect::Applied);
    let mut closed = None;
    if revision > was.revision {
        let is_active = was.activity == Activity::Active;
        let goes_on = is_active && result.probe_revision.is_some_and(|probe| probe <= was.revision);
        (now.revision, now.activity, now.begins) = (revision, Activity::Active, Some(goes_on));
        if !goes_on {
            closed = close(now.incident.take(), result.begins_at(), CloseReason::Edited);
            if was.state != State::Pending {
                (now.state, now.since) = (State::Pending, Some(result.begins_at()));
            }
        }
    }
    now.counts = Some(result.clone());
    let mut log = past.to_vec();
    log.push(now.clone());
    let view = View {
        log: &log,
        result,
        quorum: &quorum,
        ended_by_edit: closed.as_ref().map(|closed| closed.resolved_at),
    };
    let recovered = view.settle(&mut now);
    let opened = now
        .incident
        .clone()
        .filter(|_| log[log.len() - 1].incident.is_none());
    let closed = recovered.or(closed);
    if now.state != was.state || opened.is_some() || closed.is_some() {
        now.transition = Some(Transition {
            monitor_id: result.monitor_id,
            revision,
            at: result.scheduled_at,
            from: was.state,
            to: now.state,
            opened,
            closed,
            region: Some(result.region.clone()),
            anomaly: None,
        });
    }
    now
}
