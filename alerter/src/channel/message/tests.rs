use domain::flapping::FlappingRule;
use domain::{ErrorCode, IncidentId, MonitorId};

use super::*;

fn flapping(error: String) -> Message {
    let started_at = Timestamp::from_millis(1_795_255_200_000);
    let id = DeliveryId(uuid::Uuid::from_u128(1));
    Message {
        id,
        thread: id,
        opening_receipt: None,
        details: Some(IncidentDetails {
            monitor_id: MonitorId(42),
            incident_id: IncidentId::new(MonitorId(42), 1, started_at),
            name: "Shop".to_owned(),
            url: "https://shop.example/".to_owned(),
            started_at,
            error_code: Some(ErrorCode::StatusMismatch),
            error: Some(error),
            link: "http://localhost:8080/monitors/42".to_owned(),
            anomaly: None,
            flapping: Some(FlappingRule {
                outages: 3,
                within_minutes: 30,
                lasting_minutes: 5,
            }),
            regions: None,
        }),
        acknowledge: None,
        kind: MessageKind::Down,
    }
}

#[test]
fn what_flaps_is_told_as_a_whole_or_not_at_all_and_after_the_failure() {
    for error in ["it answered 500".to_owned(), "<".repeat(5_000)] {
        let message = flapping(error);
        let line = message.flapping().unwrap();
        for limit in [0, 50, 150, 170, 500, 4_000] {
            let lines = message.explanation_within(limit, char::len_utf8);
            let taken: usize = lines.iter().map(|line| line.len() + 1).sum();
            assert!(taken <= limit, "{limit}: {lines:?}");
            let is_told = lines.last() == Some(&line);
            assert_eq!(
                is_told,
                line.len() + 1 + MIN_FAILURE <= limit,
                "{limit}: {lines:?}"
            );
            assert!(!is_told || lines.len() >= 2, "{lines:?}");
            assert!(is_told || !lines.iter().any(|line| line.contains("Flapping")));
        }
    }
    let incident = GroupedIncident {
        details: flapping(String::new()).details.unwrap(),
        resolved_at: None,
        degraded: false,
    };
    assert!(group::list_item(AlertKind::Down, &incident).ends_with(" (flapping)"));
}

#[test]
fn that_regions_are_silent_leads_to_no_page_about_an_incident() {
    let of_kind = |kind| Message {
        kind,
        ..flapping(String::new())
    };
    let resolved_at = Timestamp::from_millis(1_795_255_800_000);
    let seen = |reason| MessageKind::Seen { resolved_at, reason };
    for kind in [
        MessageKind::Unseen,
        seen(CloseReason::Recovered),
        seen(CloseReason::Paused),
    ] {
        let message = of_kind(kind);
        assert_eq!(message.why_link(), None, "{:?}", message.kind);
        assert!(message.link().is_some());
    }
    assert!(of_kind(MessageKind::Down).why_link().is_some());
}

#[test]
fn of_what_is_not_compared_any_more_nobody_reads_that_it_is_as_usual() {
    let mut message = flapping(String::new());
    message.kind = MessageKind::Ended {
        resolved_at: Timestamp::from_millis(1_795_255_800_000),
        reason: CloseReason::NotCompared,
        degraded: true,
    };
    let details = message.details.as_mut().unwrap();
    (details.error_code, details.error, details.flapping) = (None, None, None);
    details.anomaly = Some(Anomaly {
        since: details.started_at,
        expected_ms: 120,
        observed_ms: 900,
    });
    let headline = message.headline();
    let expected = "Not compared with what is usual any more: Shop (was slower than usual for ";
    assert!(headline.contains(expected), "{headline}");
    assert_eq!(
        message.explanation(Form::Full),
        ["Whether response times are slower than usual is not known any more."]
    );
}
