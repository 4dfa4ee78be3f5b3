//! The calendar, read as calendars do.

use calcard::icalendar::{ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarProperty};
use calcard::{Entry, Parser};
use pages::feed;

use crate::samples::{empty, maintenance, now, outage, view};

fn read(text: &str) -> ICalendar {
    match Parser::new(text).entry() {
        Entry::ICalendar(calendar) => calendar,
        other => panic!("{other:?}: {text}"),
    }
}

fn value(component: &ICalendarComponent, name: &ICalendarProperty) -> String {
    let entry = component.entries.iter().find(|entry| entry.name == *name);
    let entry = entry.unwrap_or_else(|| panic!("{name:?}: {component:?}"));
    entry.values[0]
        .as_text()
        .map_or_else(|| format!("{:?}", entry.values[0]), str::to_owned)
}

fn events(calendar: &ICalendar) -> Vec<&ICalendarComponent> {
    let is_event =
        |component: &&ICalendarComponent| component.component_type == ICalendarComponentType::VEvent;
    calendar.components.iter().filter(is_event).collect()
}

#[test]
fn maintenance_is_an_event() {
    let document = outage();
    let text = feed::calendar(&view(&document));
    for line in [
        "BEGIN:VCALENDAR",
        "METHOD:PUBLISH",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-WR-CALNAME:Acme Cloud",
        "SEQUENCE:2",
        "DTSTART:20261127T120500Z",
        "DTEND:20261127T150500Z",
        "DTSTAMP:20261124T130500Z",
        "SUMMARY:Replacement of switches",
        "DESCRIPTION:Checkout\\, Search",
        "END:VCALENDAR",
    ] {
        assert!(text.contains(&format!("{line}\r\n")), "{line}: {text}");
    }
    let calendar = read(&text);
    let events = events(&calendar);
    assert_eq!(events.len(), 2);
    assert_eq!(value(events[1], &ICalendarProperty::Summary), "New database");
    assert_eq!(
        value(events[1], &ICalendarProperty::Description),
        "Checkout, Search"
    );
}

#[test]
fn an_event_keeps_its_name_and_counts_its_versions() {
    let mut document = empty();
    document.maintenance = vec![
        maintenance(5, "A", now(), 1, &[]),
        maintenance(5, "A", now().plus_millis(1), 1, &[]),
    ];
    let uids = |text: &str| -> Vec<String> {
        let calendar = read(text);
        events(&calendar)
            .iter()
            .map(|event| value(event, &ICalendarProperty::Uid))
            .collect()
    };
    let before = uids(&feed::calendar(&view(&document)));
    assert_ne!(before[0], before[1], "each occurrence has its own");
    document.maintenance[0].title = "B".to_owned();
    document.maintenance[0].version = 3;
    document.url = "https://status.example.net".to_owned();
    let text = feed::calendar(&view(&document));
    assert_eq!(uids(&text), before);
    assert!(text.contains("SEQUENCE:3\r\n"));
}

#[test]
fn a_calendar_without_events_is_one() {
    assert!(events(&read(&feed::calendar(&view(&empty())))).is_empty());
}

#[test]
fn long_and_hostile_words_are_folded_and_escaped() {
    let mut document = empty();
    let title = format!("{};,\\ \r\nEND:VEVENT\n{}", "x".repeat(140), "ä😀".repeat(60));
    document.maintenance = vec![maintenance(5, &title, now(), 1, &[])];
    let text = feed::calendar(&view(&document));
    for line in text.split("\r\n") {
        assert!(line.len() <= 75, "{line}");
        assert!(!line.contains(['\r', '\n']), "{line}");
    }
    let calendar = read(&text);
    let events = events(&calendar);
    assert_eq!(events.len(), 1);
    let summary = value(events[0], &ICalendarProperty::Summary);
    assert!(
        summary.starts_with(&format!("{};,\\ END:VEVENT ä😀", "x".repeat(140))),
        "{summary}"
    );
}
