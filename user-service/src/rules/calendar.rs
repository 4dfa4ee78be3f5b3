//! Shifts as a calendar (RFC 5545).

use std::collections::HashMap;

use domain::Timestamp;
use domain::on_call::Shift;
use domain::text::shown;
use pages::icalendar::Calendar;
use uuid::Uuid;

/// Namespace of the names of shifts (a random UUID, fixed for ever).
const SHIFTS: Uuid = Uuid::from_u128(0x4210_d65e_70e6_4b19_943c_cbbc_a123_ea82);

/// Shifts and their titles as a calendar with a name.
///
/// An event is named by when its shift begins, who is on call and by what, and by its title: it keeps its name when
/// only its end changes. A shift that is cut where the asked range begins has another name in each range, so ranges
/// best begin on the same instant for a while.
pub(crate) fn calendar(name: &str, shifts: &[(Shift, String)], now: Timestamp) -> String {
    let mut calendar = Calendar::new("On call", &shown(name));
    let mut ordinals = HashMap::new();
    for (shift, title) in shifts {
        let (from, until) = (to_second(shift.span.start), to_second(shift.span.end));
        // The standard has no events of no length.
        if until <= from {
            continue;
        }
        let who = shift.on_call.user_id;
        let by = shift.on_call.layer.map_or(-1, |layer| layer as i64);
        let of = format!("{}/{who}/{by}/{title}", shift.span.start.as_millis());
        // Schedules of the same title may have the same shift.
        let ordinal = ordinals.entry(of.clone()).and_modify(|n| *n += 1).or_insert(0);
        let uid = Uuid::new_v5(&SHIFTS, format!("{ordinal}/{of}").as_bytes());
        calendar.push("BEGIN", "VEVENT");
        calendar.push("UID", &uid.to_string());
        calendar.push_instant("DTSTAMP", now);
        calendar.push_instant("DTSTART", from);
        calendar.push_instant("DTEND", until);
        calendar.push_text("SUMMARY", &shown(title));
        // Whoever is on call is not busy.
        calendar.push("TRANSP", "TRANSPARENT");
        calendar.push("END", "VEVENT");
    }
    calendar.end()
}

/// The beginning of the second.
fn to_second(at: Timestamp) -> Timestamp {
    at.plus_millis(-at.as_millis().rem_euclid(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use calcard::icalendar::{ICalendar, ICalendarComponentType, ICalendarProperty};
    use calcard::{Entry, Parser};
    use domain::UserId;
    use domain::on_call::OnCall;

    const NOW: &str = "2026-11-28T12:00:00.000Z";

    fn shift(from: &str, until: &str, who: i64, layer: Option<usize>) -> Shift {
        Shift {
            span: from.parse().unwrap()..until.parse().unwrap(),
            on_call: OnCall {
                user_id: UserId(who),
                layer,
            },
        }
    }

    fn one(title: &str) -> (Shift, String) {
        let shift = shift("2026-11-30T08:00:00Z", "2026-12-07T08:00:00Z", 7, Some(0));
        (shift, title.to_owned())
    }

    fn written(name: &str, shifts: &[(Shift, String)]) -> String {
        calendar(name, shifts, NOW.parse().unwrap())
    }

    /// The values of a property of all events, as a program reads them.
    fn read(text: &str, property: &ICalendarProperty) -> Vec<String> {
        let parsed = Parser::new(text).entry();
        let Entry::ICalendar(ICalendar { components }) = parsed else {
            panic!("{parsed:?}: {text}");
        };
        let events = components
            .iter()
            .filter(|component| component.component_type == ICalendarComponentType::VEvent);
        let value = |entry: &calcard::icalendar::ICalendarEntry| {
            entry.values[0].as_text().map(str::to_owned).unwrap()
        };
        events
            .flat_map(|event| event.entries.iter().filter(|entry| entry.name == *property))
            .map(value)
            .collect()
    }

    #[test]
    fn a_shift_is_an_event_in_utc() {
        let text = written("Rota, north; by \\night", &[one("Ada – Payments")]);
        let uid = read(&text, &ICalendarProperty::Uid).remove(0);
        let expected = [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Uptime Monitor//On call//EN",
            "CALSCALE:GREGORIAN",
            "NAME:Rota\\, north\\; by \\\\night",
            "X-WR-CALNAME:Rota\\, north\\; by \\\\night",
            "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
            "X-PUBLISHED-TTL:PT1H",
            "BEGIN:VEVENT",
            &format!("UID:{uid}"),
            "DTSTAMP:20261128T120000Z",
            "DTSTART:20261130T080000Z",
            "DTEND:20261207T080000Z",
            "SUMMARY:Ada – Payments",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        ];
        assert_eq!(text.split("\r\n").collect::<Vec<_>>(), expected);
    }

    #[test]
    fn strange_names_arrive_as_they_are() {
        for title in [
            "Ada, Grace; and \\n Linus: \"on call\"",
            "Zoë Ångström 山田 👩🏽‍🚒 קרן",
            &"é".repeat(120),
            &"🚒".repeat(60),
            &",".repeat(90),
            &"a\\".repeat(60),
            "END:VEVENT",
        ] {
            let text = written(title, &[one(title)]);
            assert_eq!(read(&text, &ICalendarProperty::Summary), [title]);
            assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
            assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "{text:?}");
        }
    }

    #[test]
    fn no_name_adds_a_line() {
        let text = written(
            "a\r\nMETHOD:CANCEL",
            &[one("b\nATTACH:file\r\u{2028}c\u{0}\u{202e}d")],
        );
        let lines: Vec<_> = text.split("\r\n").collect();
        assert!(lines.contains(&"X-WR-CALNAME:a  METHOD:CANCEL"), "{text:?}");
        assert!(lines.contains(&"SUMMARY:b ATTACH:file  c d"), "{text:?}");
        assert!(!text.contains("\nMETHOD") && !text.contains("\nATTACH"));
    }

    #[test]
    fn an_event_keeps_its_name_while_only_its_end_changes() {
        let uid = |shift: Shift, title: &str| {
            let text = written("Rota", &[(shift, title.to_owned())]);
            read(&text, &ICalendarProperty::Uid).remove(0)
        };
        let (from, until) = ("2026-11-30T08:00:00Z", "2026-12-07T08:00:00Z");
        let name = uid(shift(from, until, 7, Some(0)), "Ada");
        let shorter = uid(shift(from, "2026-12-01T08:00:00Z", 7, Some(0)), "Ada");
        assert_eq!(name, shorter);
        for other in [
            uid(shift("2026-11-30T09:00:00Z", until, 7, Some(0)), "Ada"),
            uid(shift(from, until, 8, Some(0)), "Ada"),
            uid(shift(from, until, 7, Some(1)), "Ada"),
            uid(shift(from, until, 7, None), "Ada"),
            uid(shift(from, until, 7, Some(0)), "Grace"),
        ] {
            assert_ne!(name, other);
        }
    }

    #[test]
    fn every_event_has_a_name_of_its_own_and_a_length() {
        let moment = shift("2026-11-30T08:00:00.100Z", "2026-11-30T08:00:00.900Z", 7, None);
        let shifts = [one("Ada"), one("Ada"), (moment, "Ada".to_owned())];
        let uids = read(&written("Rota", &shifts), &ICalendarProperty::Uid);
        assert_eq!(uids.len(), 2);
        assert_ne!(uids[0], uids[1]);
        assert!(read(&written("Rota", &[]), &ICalendarProperty::Uid).is_empty());
    }
}
