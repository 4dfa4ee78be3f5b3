//! Which rules are taken, and what is said of others.

use chrono::NaiveDateTime;

use super::super::Recurrence;
use super::super::parts::Parts;

fn starts() -> NaiveDateTime {
    "2026-12-01T22:00:00".parse().unwrap()
}

fn wrong(rule: &str) -> String {
    Recurrence::parse(rule, starts()).expect_err(rule)
}

#[test]
fn rules_of_days_are_taken() {
    for rule in [
        "FREQ=DAILY",
        "freq=weekly;byday=mo,we;",
        "RRULE:FREQ=DAILY",
        " rrule:FREQ=WEEKLY ; \r\n BYDAY=MO\r\n",
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU",
        "FREQ=MONTHLY;BYDAY=2TU",
        "FREQ=MONTHLY;BYDAY=-1FR;COUNT=12",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=MONTHLY;BYMONTHDAY=-1,15",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
        "FREQ=YEARLY;BYYEARDAY=-1",
        "FREQ=DAILY;UNTIL=20261231",
        "FREQ=DAILY;UNTIL=20261231T220000",
        "FREQ=DAILY;UNTIL=20261231T210000Z",
        "FREQ=DAILY;UNTIL=20261201T220000",
    ] {
        assert!(
            Recurrence::parse(rule, starts()).is_ok(),
            "{rule}: {}",
            wrong(rule)
        );
    }
}

#[test]
fn what_is_wrong_with_a_rule_is_said() {
    for (rule, said) in [
        ("", "must have FREQ"),
        ("BYDAY=MO", "must have FREQ"),
        (
            "FREQ=HOURLY",
            "must have DAILY, WEEKLY, MONTHLY or YEARLY as FREQ",
        ),
        (
            "FREQ=SECONDLY",
            "must have DAILY, WEEKLY, MONTHLY or YEARLY as FREQ",
        ),
        ("FREQ=DAILY;BYHOUR=1,2", "must not have BYHOUR"),
        ("FREQ=DAILY;BYMINUTE=1", "must not have BYMINUTE"),
        ("FREQ=DAILY;BYSECOND=1", "must not have BYSECOND"),
        ("FREQ=YEARLY;BYEASTER=0", "must not have \"BYEASTER\""),
        (
            "RRULE:RRULE:FREQ=DAILY",
            "must be a rule alone: paste the RRULE only",
        ),
        (
            "DTSTART;TZID=Europe/Berlin:20261201T220000\r\nRRULE:FREQ=DAILY",
            "must be a rule alone",
        ),
        (
            "RRULE:FREQ=DAILY\nEXDATE:20261224T220000Z",
            "must be a rule alone",
        ),
        (
            "BEGIN:VEVENT\nRRULE:FREQ=DAILY\nEND:VEVENT",
            "must be a rule alone",
        ),
        ("FREQ=DAILY;DURATION=PT1H", "must be a rule alone"),
        ("FREQ=DAILY;DTSTART=20261201T220000", "must be a rule alone"),
        (
            "FREQ=DAILY BYDAY=MO",
            "must have DAILY, WEEKLY, MONTHLY or YEARLY",
        ),
        ("FREQ=DAILY;X-NIGHT=1", "must not have \"X-NIGHT\""),
        ("FREQ=DAILY;nights", "must be of parts"),
        ("FREQ=DAILY;FREQ=WEEKLY", "must have \"FREQ\" once"),
        (
            "FREQ=DAILY;COUNT=2;UNTIL=20270101",
            "must not have both COUNT and UNTIL",
        ),
        ("FREQ=DAILY;COUNT=0", "must have numbers from 1 to 1000 as COUNT"),
        (
            "FREQ=DAILY;COUNT=1001",
            "must have numbers from 1 to 1000 as COUNT",
        ),
        ("FREQ=DAILY;COUNT=1,2", "must have one COUNT"),
        (
            "FREQ=DAILY;INTERVAL=0",
            "must have numbers from 1 to 1000 as INTERVAL",
        ),
        (
            "FREQ=DAILY;INTERVAL=-1",
            "must have numbers from 1 to 1000 as INTERVAL",
        ),
        (
            "FREQ=DAILY;UNTIL=20261130",
            "must not have an UNTIL before starts",
        ),
        (
            "FREQ=DAILY;UNTIL=20261201T215959",
            "must not have an UNTIL before starts",
        ),
        (
            "FREQ=DAILY;UNTIL=20261130T000000Z",
            "must not have an UNTIL before starts",
        ),
        (
            "FREQ=DAILY;UNTIL=2026-12-31",
            "must have a day or a time as UNTIL",
        ),
        ("FREQ=DAILY;UNTIL=20261231Z", "must have a day or a time as UNTIL"),
        ("FREQ=WEEKLY;WKST=XX", "must have a day as WKST"),
        ("FREQ=WEEKLY;BYDAY=XX", "must have days as BYDAY"),
        ("FREQ=WEEKLY;BYDAY=", "must have days as BYDAY"),
        ("FREQ=WEEKLY;BYDAY=é", "must have days as BYDAY"),
        ("FREQ=MONTHLY;BYDAY=0MO", "must have days as BYDAY"),
        ("FREQ=WEEKLY;BYDAY=2MO", "must number days only"),
        ("FREQ=YEARLY;BYWEEKNO=3;BYDAY=2MO", "must number days only"),
        (
            "FREQ=MONTHLY;BYDAY=6MO",
            "must number days of BYDAY with at most 5",
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,2TU",
            "must number all days of BYDAY, or none",
        ),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "must not have BYMONTHDAY"),
        (
            "FREQ=MONTHLY;BYYEARDAY=1",
            "must have BYYEARDAY and BYWEEKNO only",
        ),
        ("FREQ=DAILY;BYWEEKNO=1", "must have BYYEARDAY and BYWEEKNO only"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "must have numbers from -31 to 31"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "must have numbers from -31 to 31"),
        ("FREQ=YEARLY;BYMONTH=13", "must have numbers from 1 to 12"),
        (
            "FREQ=DAILY;BYSETPOS=1",
            "must have BYSETPOS only beside another part",
        ),
        ("FREQ=MONTHLY;BYMONTHDAY=1;BYSETPOS=40", "cannot be used"),
        // It never comes, or not for long.
        (
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31",
            "must have an occurrence within 10 years",
        ),
        (
            "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
            "must have an occurrence within 10 years",
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6",
            "must have an occurrence within 10 years",
        ),
        (
            "FREQ=YEARLY;INTERVAL=900;BYMONTH=1",
            "must have an occurrence within 10 years",
        ),
        (
            "FREQ=DAILY;BYDAY=MO;UNTIL=20261203",
            "must have an occurrence within 10 years",
        ),
    ] {
        let why = wrong(rule);
        assert!(why.starts_with(said), "{rule}: {why}");
    }
    let long = format!("FREQ=DAILY;BYMONTHDAY={}", vec!["1"; 300].join(","));
    assert!(wrong(&long).starts_with("must have at most 500 characters"));
    for starts in ["1969-12-31T00:00:00", "2200-01-01T00:00:00"] {
        let why = Recurrence::parse("FREQ=DAILY", starts.parse().unwrap()).expect_err(starts);
        assert!(why.starts_with("can only begin in the years"), "{why}");
    }
}

#[test]
fn a_value_that_is_listed_again_takes_no_longer() {
    for (again, once) in [
        ("FREQ=MONTHLY;BYDAY=2TU,1MO,2TU", "FREQ=MONTHLY;BYDAY=2TU,1MO"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,-1,1,1", "FREQ=MONTHLY;BYMONTHDAY=1,-1"),
        ("FREQ=YEARLY;BYYEARDAY=7,7", "FREQ=YEARLY;BYYEARDAY=7"),
        ("FREQ=YEARLY;BYWEEKNO=20,20", "FREQ=YEARLY;BYWEEKNO=20"),
        (
            "FREQ=YEARLY;BYMONTH=3,3;BYSETPOS=1,1",
            "FREQ=YEARLY;BYMONTH=3;BYSETPOS=1",
        ),
    ] {
        let read = |rule| format!("{:?}", Parts::read(rule).unwrap());
        assert_eq!(read(again), read(once));
    }
    assert!(wrong("FREQ=DAILY;COUNT=2,2").starts_with("must have one COUNT"));
}

#[test]
fn a_rule_is_followed_no_further_than_is_asked() {
    let latest = starts() + chrono::Duration::days(3);
    for (rule, begins) in [
        ("FREQ=DAILY", 4),
        ("FREQ=DAILY;UNTIL=20261202", 2),
        ("FREQ=WEEKLY;COUNT=5", 1),
        ("FREQ=DAILY;INTERVAL=2;COUNT=5", 2),
        // It does not come in that time.
        ("FREQ=MONTHLY;BYMONTHDAY=5", 0),
    ] {
        let read = Recurrence::read(rule, starts()).unwrap();
        let found: Vec<_> = read.begins(starts(), latest, chrono_tz::UTC).collect();
        assert_eq!(found.len(), begins, "{rule}: {found:?}");
        assert!(found.iter().all(|at| (starts()..=latest).contains(at)), "{rule}");
    }
    let read = Recurrence::read("FREQ=DAILY", latest).unwrap();
    assert_eq!(read.begins(starts(), starts(), chrono_tz::UTC).count(), 0);
    assert!(Recurrence::counts("freq=daily;count=3"));
    assert!(!Recurrence::counts("FREQ=DAILY;UNTIL=20261231") && !Recurrence::counts("COUNT=3"));
}
