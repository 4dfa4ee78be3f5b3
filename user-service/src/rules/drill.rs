//! Drills: what may be asked for, what the log is told of one, and how one stands. Pure.

use api::{DrillInput, DrillState};
use domain::monitor::FieldError;
use domain::record::{CheckResult, DEFAULT_REGION, Lifecycle, LifecycleEvent, Timings};
use domain::{DrillId, IncidentId, MonitorId, OrgId, Rule, Timestamp};

use super::errors::Errors;
use super::text;

/// After how many minutes a drill ends by itself, at most and by default.
const MAX_MINUTES: u32 = 240;
const MINUTES: u32 = 30;

/// How many drills of an organisation begin within an hour, at most: channels' throttles do not count what another drill has
/// sent, for each is a monitor of its own.
pub(crate) const MAX_PER_HOUR: u32 = 20;
const HOUR_MS: i64 = 3_600_000;

/// The longest name, in characters.
const MAX_NAME_CHARS: usize = 120;

/// The revision of the monitor that a drill has of its own. There is no other one.
const REVISION: u32 = 1;

/// What the message about its beginning says of the failure.
const ERROR: &str = "This is a drill: nothing is wrong.";

/// A drill that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ValidDrill {
    pub(crate) monitor: MonitorId,
    /// By default it is called after the monitor.
    pub(crate) name: Option<String>,
    pub(crate) minutes: u32,
}

impl ValidDrill {
    /// Reads what is asked for.
    ///
    /// # Errors
    /// Every field that is not valid.
    pub(crate) fn read(input: &DrillInput) -> Result<Self, Vec<FieldError>> {
        let mut errors = Errors::default();
        let name = input.name.as_deref();
        let name = name.and_then(|name| errors.keep(text::name(name)));
        let minutes = minutes(input.minutes, None, &mut errors);
        match minutes.filter(|_| errors.0.is_empty()) {
            Some(minutes) => Ok(Self {
                monitor: MonitorId(input.monitor_id),
                name,
                minutes,
            }),
            None => Err(errors.0),
        }
    }
}

/// After how many minutes a drill is to end.
pub(super) fn minutes(given: Option<u32>, old: Option<u32>, errors: &mut Errors) -> Option<u32> {
    match given {
        None => Some(old.unwrap_or(MINUTES)),
        Some(minutes) if (1..=MAX_MINUTES).contains(&minutes) => Some(minutes),
        Some(_) => errors.add("minutes", &format!("must be 1 to {MAX_MINUTES}")),
    }
}

/// What a drill of a monitor is called by default.
pub(crate) fn default_name(monitor: &str) -> String {
    format!("Drill of {monitor}")
        .chars()
        .take(MAX_NAME_CHARS)
        .collect()
}

/// In how many seconds another drill may begin, by when the oldest of the last [`MAX_PER_HOUR`] began; none where it may
/// now.
pub(crate) fn wait_seconds(began: Timestamp, now: Timestamp) -> Option<u32> {
    let left = HOUR_MS - now.millis_since(began);
    // By the clock of another machine it may just have begun.
    (left > 0).then(|| u32::try_from((left.min(HOUR_MS) + 999) / 1_000).unwrap_or(u32::MAX))
}

/// What is said of it.
pub(crate) fn too_many(wait_seconds: u32) -> String {
    let minutes = wait_seconds.div_ceil(60);
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    format!("{MAX_PER_HOUR} drills began within an hour; the next one can begin in {minutes} {unit}")
}

/// The name of the incident of a drill.
pub(crate) fn incident(drill: DrillId, started_at: Timestamp) -> IncidentId {
    IncidentId::new(MonitorId::of_drill(drill), REVISION, started_at)
}

/// What the log is told of a drill, of a monitor of the drill's own.
#[derive(Clone, Debug)]
pub(crate) struct DrillRecords {
    pub(crate) drill: DrillId,
    pub(crate) org: OrgId,
    /// The address of the monitor whose outage is rehearsed, as it may be shown, and its kind.
    pub(crate) url: String,
    pub(crate) kind: String,
}

impl DrillRecords {
    /// That it begins.
    pub(crate) fn beginning(self, at: Timestamp) -> CheckResult {
        CheckResult {
            up: false,
            error: Some(ERROR.to_owned()),
            ..self.end(at)
        }
    }

    /// That it is over.
    pub(crate) fn end(self, at: Timestamp) -> CheckResult {
        CheckResult {
            monitor_id: MonitorId::of_drill(self.drill),
            org_id: Some(self.org),
            url: self.url,
            kind: self.kind,
            timestamp: at,
            scheduled_at: at,
            interval_ms: None,
            region: DEFAULT_REGION.to_owned(),
            revision: Some(REVISION),
            revised_at: None,
            probe_revision: None,
            rule: Rule::default(),
            quorum: None,
            up: true,
            status_code: None,
            latency_ms: None,
            attempts: 1,
            error: None,
            error_code: None,
            timings: Timings::default(),
            tls_expires_at: None,
            judged: None,
        }
    }

    /// That somebody has acknowledged it.
    pub(crate) fn acknowledgement(self, incident: IncidentId, at: Timestamp) -> Lifecycle {
        Lifecycle {
            incident_id: Some(incident),
            ..self.lifecycle(REVISION, LifecycleEvent::Acknowledged, at)
        }
    }

    /// That nothing is known of it any more.
    pub(crate) fn removal(self, at: Timestamp) -> Lifecycle {
        self.lifecycle(REVISION + 1, LifecycleEvent::Deleted, at)
    }

    fn lifecycle(self, revision: u32, event: LifecycleEvent, at: Timestamp) -> Lifecycle {
        Lifecycle {
            monitor_id: MonitorId::of_drill(self.drill),
            org_id: self.org,
            url: self.url,
            timestamp: at,
            revision,
            probe_revision: None,
            event,
            incident_id: None,
            usual: None,
            delivery_id: None,
        }
    }
}

/// When a drill ends by itself, and when that was said on the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    pub(crate) planned: Timestamp,
    pub(crate) said: Option<Timestamp>,
}

impl End {
    /// When it is over, or was.
    pub(crate) fn at(self) -> Timestamp {
        self.said.unwrap_or(self.planned)
    }

    /// Whether it goes on.
    pub(crate) fn is_ahead(self, now: Timestamp) -> bool {
        self.said.is_none() && now < self.planned
    }
}

/// How a drill stands whose first messages so many channels have taken.
pub(crate) fn state(end: End, is_acknowledged: bool, received: u32, now: Timestamp) -> DrillState {
    if end.is_ahead(now) {
        DrillState::Running
    } else if is_acknowledged {
        DrillState::Acknowledged
    } else if received > 0 {
        DrillState::Received
    } else {
        DrillState::Unreached
    }
}

#[cfg(test)]
mod tests {
    use domain::record::MAX_FUTURE_MS;
    use domain::{MonitorState, Record, decide};
    use serde_json::{Value, json};

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_255_200_118);

    fn read(json: Value) -> Result<ValidDrill, Vec<String>> {
        let read = ValidDrill::read(&serde_json::from_value(json).unwrap());
        read.map_err(|errors| errors.into_iter().map(|error| error.field).collect())
    }

    #[test]
    fn every_invalid_field_is_named() {
        let plain = read(json!({"monitor_id": 7})).unwrap();
        assert_eq!(
            (plain.monitor, plain.name, plain.minutes),
            (MonitorId(7), None, 30)
        );
        for (fields, named) in [
            (json!({"monitor_id": 7, "minutes": 0}), vec!["minutes"]),
            (
                json!({"monitor_id": 7, "minutes": 241, "name": ""}),
                vec!["name", "minutes"],
            ),
            (json!({"monitor_id": 7, "name": "x".repeat(121)}), vec!["name"]),
        ] {
            assert_eq!(read(fields.clone()).unwrap_err(), named, "{fields}");
        }
        let whole = read(json!({"monitor_id": 7, "minutes": 240, "name": " Night "})).unwrap();
        assert_eq!((whole.name.as_deref(), whole.minutes), (Some("Night"), 240));
        assert_eq!(default_name(&"é".repeat(120)).chars().count(), MAX_NAME_CHARS);
        assert_eq!(default_name("Shop"), "Drill of Shop");
    }

    #[test]
    fn the_next_one_begins_when_the_oldest_of_many_is_an_hour_old() {
        let wait = |after_ms| wait_seconds(NOW, NOW.plus_millis(after_ms));
        assert_eq!(wait(HOUR_MS), None);
        assert_eq!(wait(HOUR_MS - 1), Some(1));
        assert_eq!(wait(0), Some(3_600));
        assert_eq!(wait(-5_000), Some(3_600), "clocks differ");
        assert!(too_many(60).ends_with("in 1 minute"));
        assert!(too_many(61).ends_with("in 2 minutes"));
    }

    fn told() -> DrillRecords {
        DrillRecords {
            drill: DrillId(5),
            org: OrgId(3),
            url: "https://a.example/".to_owned(),
            kind: "http".to_owned(),
        }
    }

    /// Every reader of the log finds one incident under the drill's name, and its end.
    #[test]
    fn what_the_log_is_told_opens_one_incident_and_ends_it() {
        let end = NOW.plus_millis(1);
        let mut state = MonitorState::default();
        let mut opened = Vec::new();
        for (result, at) in [(told().beginning(NOW), NOW), (told().end(end), end)] {
            let record = Record::decode(&Record::Result(result).encode()).unwrap();
            assert_eq!(record.monitor_id(), MonitorId(-5));
            assert!(record.is_plausible_at(at.plus_millis(-MAX_FUTURE_MS), 0));
            let decision = decide(state, &record);
            state = decision.state;
            opened.extend(decision.transition.and_then(|transition| transition.opened));
        }
        let opened: Vec<IncidentId> = opened.iter().map(|incident| incident.id).collect();
        assert_eq!(opened, [incident(DrillId(5), NOW)]);
        assert!(state.incident.is_none());
        let acknowledged = told().acknowledgement(incident(DrillId(5), NOW), NOW);
        let record = Record::Lifecycle(acknowledged);
        assert_eq!(Record::decode(&record.encode()).unwrap(), record);
    }

    #[test]
    fn how_a_drill_stands_depends_on_whom_it_has_reached() {
        let end = |said: Option<i64>| End {
            planned: NOW.plus_millis(60_000),
            said: said.map(|ms| NOW.plus_millis(ms)),
        };
        for (end, is_acknowledged, received, after_ms, stands) in [
            (end(None), true, 3, 59_999, DrillState::Running),
            // Its end is about to be said.
            (end(None), false, 0, 60_000, DrillState::Unreached),
            (end(Some(5)), true, 0, 10, DrillState::Acknowledged),
            (end(Some(5)), false, 1, 10, DrillState::Received),
            (end(Some(5)), false, 0, 10, DrillState::Unreached),
        ] {
            let state = state(end, is_acknowledged, received, NOW.plus_millis(after_ms));
            assert_eq!(state, stands);
        }
        assert_eq!(end(Some(5)).at(), NOW.plus_millis(5));
    }
}
