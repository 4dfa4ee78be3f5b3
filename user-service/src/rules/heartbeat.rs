//! Heartbeats: which schedules are taken, and when one is due next.

use api::{ScheduleKind, SchedulePreview, SchedulePreviewInput};
use domain::Timestamp;
use domain::fold::HeartbeatState;
use domain::heartbeat::{Expectation, Schedule};
use domain::monitor::{FieldError, HEARTBEAT, MonitorInput, Probe, Spec, slug};

/// Dates that are shown.
const DATES: usize = 5;

/// Seconds that a grace time may have.
const GRACE_SECONDS: std::ops::RangeInclusive<u32> = 60..=31_536_000;

/// What a heartbeat expects; none of another kind.
pub(crate) fn expectation(spec: &Spec) -> Option<&Expectation> {
    match &spec.probe {
        Probe::Heartbeat(probe) => Some(&probe.expectation),
        _ => None,
    }
}

/// How often something is sent, in milliseconds; none of a heartbeat, which waits.
pub(crate) fn interval_ms(spec: &Spec) -> Option<u32> {
    expectation(spec).is_none().then_some(spec.interval_ms)
}

/// A definition that is to be saved in the place of `old`: a schedule that is another one has a date to
/// come, and a minute between two of them.
///
/// # Errors
/// What was wrong before, or the schedule.
pub(crate) fn dated(
    definition: Result<(String, Spec), Vec<FieldError>>,
    old: Option<&Spec>,
    now: Timestamp,
) -> Result<(String, Spec), Vec<FieldError>> {
    let (name, spec) = definition?;
    let schedule = |spec: &Spec| expectation(spec).map(|expected| expected.schedule.clone());
    if let Some(new) = schedule(&spec)
        && old.and_then(schedule).as_ref() != Some(&new)
    {
        must_be_kept(&new, "heartbeat.schedule", now).map_err(|wrong| vec![wrong])?;
    }
    Ok((name, spec))
}

/// Refuses what no job can keep.
pub(crate) fn must_be_kept(schedule: &Schedule, within: &str, now: Timestamp) -> Result<(), FieldError> {
    let comes = schedule.must_come(now.as_millis());
    let kept = comes.and_then(|()| schedule.must_be_apart(now.as_millis()));
    kept.map_err(|wrong| FieldError::new(format!("{within}.{}", wrong.field), wrong.message))
}

/// The heartbeat that a ping makes which asks for one of this slug; none where it cannot be one.
pub(crate) fn of_slug(slug: &str) -> MonitorInput {
    MonitorInput {
        name: Some(slug.to_owned()),
        kind: Some(HEARTBEAT.to_owned()),
        url: Some(format!("heartbeat://{slug}")),
        ..MonitorInput::default()
    }
}

/// The address of a copy that is called `name`: with that of the original neither could be pinged by its slug any more.
pub(crate) fn url_of_copy(name: &str, original: &str) -> String {
    const COPY: &str = "-copy";
    /// The longest slug, without that.
    const MOST: usize = 64 - COPY.len();
    let made = slug(name);
    if !made.is_empty() && made != original {
        return format!("heartbeat://{made}");
    }
    // A slug is ASCII.
    format!("heartbeat://{}{COPY}", &original[..original.len().min(MOST)])
}

/// When a heartbeat is due next, each date as if the ones before had been kept.
pub(crate) fn next_dates(
    expectation: &Expectation,
    heard: Option<&HeartbeatState>,
    now: Timestamp,
) -> Vec<Timestamp> {
    let due = heard.and_then(|heard| expectation.due_next(heard));
    // What is overdue is due now: the dates after it are those that are to come.
    let due = due.map(|due| due.at).filter(|at| *at > now);
    let first = due.into_iter();
    let after = due.unwrap_or(now);
    let rest = expectation.schedule.occurrences(after.as_millis());
    first
        .chain(rest.map(Timestamp::from_millis))
        .take(DATES)
        .collect()
}

/// What a schedule means that somebody thinks about.
///
/// # Errors
/// The fields that are not valid.
pub(crate) fn preview(
    input: &SchedulePreviewInput,
    now: Timestamp,
) -> Result<SchedulePreview, Vec<FieldError>> {
    let mut wrong = Vec::new();
    if let Some(seconds) = input.grace_seconds
        && !GRACE_SECONDS.contains(&seconds)
    {
        let (low, high) = (GRACE_SECONDS.start(), GRACE_SECONDS.end());
        wrong.push(FieldError::new(
            "grace_seconds",
            format!("must be {low} to {high}"),
        ));
    }
    let parsed = input.schedule.parse();
    let schedule = parsed
        .map_err(|error| FieldError::new(format!("schedule.{}", error.field), error.message))
        .and_then(|schedule| must_be_kept(&schedule, "schedule", now).map(|()| schedule));
    match schedule {
        Ok(schedule) if wrong.is_empty() => Ok(SchedulePreview {
            kind: match schedule {
                Schedule::Period(_) => ScheduleKind::Period,
                Schedule::Cron(_) => ScheduleKind::Cron,
                Schedule::OnCalendar(_) => ScheduleKind::OnCalendar,
            },
            text: schedule.to_string(),
            next_dates: schedule
                .occurrences(now.as_millis())
                .take(DATES)
                .map(Timestamp::from_millis)
                .collect(),
        }),
        schedule => {
            wrong.extend(schedule.err());
            Err(wrong)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// 2026-11-27T12:00:00Z.
    const NOW: Timestamp = Timestamp::from_millis(1_795_780_800_000);

    fn spec(schedule: Value) -> Spec {
        let input = json!({"kind": "heartbeat", "url": "heartbeat://a", "heartbeat": {"schedule": schedule}});
        let input: MonitorInput = serde_json::from_value(input).unwrap();
        input.validate().unwrap().1
    }

    fn texts(dates: &[Timestamp]) -> Vec<String> {
        dates.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_schedule_that_never_comes_is_refused_when_it_is_new() {
        let over = spec(json!({"expression": "2020-01-01 00:00"}));
        let wrong = dated(Ok(("a".to_owned(), over.clone())), None, NOW).unwrap_err();
        assert_eq!(wrong[0].field, "heartbeat.schedule.expression");
        let daily = spec(json!({"period_seconds": 86_400}));
        assert!(dated(Ok(("a".to_owned(), over.clone())), Some(&daily), NOW).is_err());
        assert!(dated(Ok(("a".to_owned(), over.clone())), Some(&over), NOW).is_ok());
        assert!(dated(Ok(("a".to_owned(), daily)), None, NOW).is_ok());
    }

    #[test]
    fn dates_that_are_too_close_are_refused_when_they_are_new() {
        let every_second = spec(json!({"expression": "*:*:*"}));
        let save = |old: Option<&Spec>| dated(Ok(("a".to_owned(), every_second.clone())), old, NOW);
        let wrong = save(None).unwrap_err();
        assert_eq!(wrong[0].field, "heartbeat.schedule.expression");
        assert!(wrong[0].message.contains("60 s apart"), "{wrong:?}");
        assert!(
            save(Some(&every_second)).is_ok(),
            "one that is there already stays"
        );
        let shown = preview(
            &serde_json::from_value(json!({"schedule": {"expression": "12:00:00\n12:00:30"}})).unwrap(),
            NOW,
        );
        let wrong = shown.unwrap_err();
        assert_eq!(wrong[0].field, "schedule.expression");
        assert_eq!(
            wrong[0].message,
            "two dates are less than 60 s apart: 2026-11-28T12:00:00Z and 2026-11-28T12:00:30Z"
        );
    }

    #[test]
    fn the_next_dates_follow_the_last_ping_or_now() {
        let hourly = spec(json!({"period_seconds": 3_600}));
        let hourly = expectation(&hourly).unwrap();
        let heard = |minutes_ago: i64| {
            let at = NOW.plus_millis(-60_000 * minutes_ago);
            serde_json::from_value::<HeartbeatState>(
                json!({"last_ping": {"at": at, "id": "0d0ca3e4-5b2c-4a5f-9a51-7a1e9d3c8f10"}}),
            )
            .unwrap()
        };
        let first = |heard: Option<&HeartbeatState>| texts(&next_dates(hourly, heard, NOW))[..2].to_vec();
        assert_eq!(
            first(None),
            ["2026-11-27T13:00:00.000Z", "2026-11-27T14:00:00.000Z"]
        );
        assert_eq!(
            first(Some(&heard(20))),
            ["2026-11-27T12:40:00.000Z", "2026-11-27T13:40:00.000Z"]
        );
        assert_eq!(
            first(Some(&heard(90))),
            ["2026-11-27T13:00:00.000Z", "2026-11-27T14:00:00.000Z"]
        );
    }

    #[test]
    fn a_schedule_is_explained_or_its_field_named() {
        let preview = |input: Value| preview(&serde_json::from_value(input).unwrap(), NOW);
        let shown = preview(json!({"schedule": {"expression": "0 3 * * *", "timezone": "Europe/Berlin"}}));
        let shown = shown.unwrap();
        assert_eq!(shown.kind, ScheduleKind::Cron);
        assert_eq!(shown.next_dates.len(), 5);
        assert_eq!(texts(&shown.next_dates)[0], "2026-11-28T02:00:00.000Z");
        assert!(shown.text.contains("Europe/Berlin"), "{}", shown.text);
        let once = preview(json!({"schedule": {"expression": "2099-01-01 00:00"}})).unwrap();
        assert_eq!((once.kind, once.next_dates.len()), (ScheduleKind::OnCalendar, 1));
        for (input, fields) in [
            (json!({}), vec!["schedule.expression"]),
            (
                json!({"schedule": {"period_seconds": 1}}),
                vec!["schedule.period_seconds"],
            ),
            (
                json!({"schedule": {"expression": "2020-01-01"}, "grace_seconds": 1}),
                vec!["grace_seconds", "schedule.expression"],
            ),
            (
                json!({"schedule": {"expression": "0 * * * *", "timezone": "Mars"}}),
                vec!["schedule.timezone"],
            ),
        ] {
            let wrong = preview(input.clone()).unwrap_err();
            let named: Vec<&str> = wrong.iter().map(|wrong| wrong.field.as_str()).collect();
            assert_eq!(named, fields, "{input}");
        }
    }

    #[test]
    fn a_copy_has_a_slug_of_its_own() {
        assert_eq!(url_of_copy("Backup (copy)", "backup"), "heartbeat://backup-copy");
        assert_eq!(url_of_copy("Other", "backup"), "heartbeat://other");
        assert_eq!(url_of_copy("日本 (copy)", "backup"), "heartbeat://copy");
        assert_eq!(url_of_copy("Backup", "backup"), "heartbeat://backup-copy");
        let long = "x".repeat(64);
        assert_eq!(url_of_copy(&long, &long).len(), "heartbeat://".len() + 64);
    }
}
