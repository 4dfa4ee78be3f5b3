//! Schedules that are made up, held against cronsim and oncalendar. `scripts/schedule-oracles.sh` runs it, for it needs
//! Python with both, which that script fetches.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "oracles/cases.rs"]
mod cases;

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use cases::{Dice, ZONES};
use chrono::{DateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;
use schedules::{Cron, MAX_EXPRESSION, OnCalendar, Schedule};
use serde_json::{Value, json};

/// With the same seed each time, and with another one.
const CASES: u32 = 6_000;
const MORE_CASES: u32 = 1_500;
const MORE_CASES_FULL: u32 = 60_000;
const SEED: u64 = 1;

/// So many instants of each are compared.
const INSTANTS: usize = 10;

const HOUR: i64 = 3600;

#[allow(clippy::disallowed_methods, reason = "the script tells by the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// When a zone's clock is moved, from 2010 to 2030.
fn shifts(zone: Tz) -> Vec<i64> {
    let offset = |at: i64| {
        let at = DateTime::from_timestamp(at, 0).unwrap().naive_utc();
        zone.offset_from_utc_datetime(&at).fix()
    };
    let first = "2010-01-01T00:00:00Z"
        .parse::<DateTime<Utc>>()
        .unwrap()
        .timestamp();
    let hours = (0..20 * 8766).map(|hours| first + hours * HOUR);
    hours
        .filter(|at| offset(*at) != offset(at - HOUR))
        .map(|at| {
            let minutes = (0..60).rev().map(|minutes| at - minutes * 60);
            minutes
                .into_iter()
                .find(|at| offset(at - 1) != offset(*at))
                .unwrap_or(at)
        })
        .collect()
}

fn case(dice: &mut Dice, shifts: &[Vec<i64>]) -> Value {
    let zone = dice.number(0, ZONES.len() as i64 - 1) as usize;
    let around = match &shifts[zone][..] {
        [] => 1_780_000_000 + dice.number(0, 365 * 24) * HOUR,
        some => some[dice.number(0, some.len() as i64 - 1) as usize],
    };
    let start = if dice.chance(50) {
        around + dice.number(-6000, 6000)
    } else {
        around + dice.number(-26 * HOUR, 4 * HOUR)
    };
    let is_cron = dice.chance(55);
    let (mut expression, is_zoned) = loop {
        let made = if is_cron {
            (cases::cron(dice), false)
        } else {
            cases::on_calendar(dice)
        };
        if made.0.len() < MAX_EXPRESSION {
            break made;
        }
    };
    if dice.chance(15) && !is_zoned {
        expression = cases::spoilt(dice, &expression);
    }
    let zone = ZONES[zone];
    let schedule = if is_cron {
        Cron::parse(&expression, zone).map(Schedule::from)
    } else {
        OnCalendar::parse(&expression, zone).map(Schedule::from)
    };
    let ours = schedule.map(|schedule| -> Vec<i64> {
        let instants = schedule.occurrences(start * 1000).take(INSTANTS);
        instants.map(|at| at / 1000).collect()
    });
    json!({
        "kind": if is_cron { "cron" } else { "on_calendar" },
        "expression": expression,
        "zone": zone,
        "zoned": is_zoned,
        "start": start,
        "ours": ours.ok(),
    })
}

/// Compares so many, and tells what it found.
fn compare(python: &str, seed: u64, count: u32, shifts: &[Vec<i64>]) -> bool {
    let mut dice = Dice(seed);
    let mut input = String::new();
    for _ in 0..count {
        input += &case(&mut dice, shifts).to_string();
        input.push('\n');
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracles/compare.py");
    // No zones but those of the package `tzdata`.
    let mut command = Command::new(python);
    command.arg(script).env("PYTHONTZPATH", "").stdin(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait().unwrap().success()
}

#[test]
fn made_up_schedules_are_due_when_cronsim_and_oncalendar_say() {
    let python = variable("SCHEDULE_ORACLES").expect("scripts/schedule-oracles.sh sets SCHEDULE_ORACLES");
    let given = variable("TEST_SEED").and_then(|text| text.parse().ok());
    let other = given.unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs());
    let shifts = ZONES.map(|zone| shifts(zone.parse().unwrap()));
    let is_same = compare(&python, SEED, CASES, &shifts);
    println!("TEST_SEED={other}");
    let more = if variable("TEST_FULL").is_some() {
        MORE_CASES_FULL
    } else {
        MORE_CASES
    };
    assert!(compare(&python, other, more, &shifts) && is_same);
}

#[test]
fn both_sides_have_the_same_zones() {
    let python = variable("SCHEDULE_ORACLES").expect("scripts/schedule-oracles.sh sets SCHEDULE_ORACLES");
    let code = "import tzdata; print(tzdata.IANA_VERSION)";
    let output = Command::new(python).args(["-c", code]).output().unwrap();
    let version = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        version.trim(),
        chrono_tz::IANA_TZDB_VERSION,
        "tests/oracles/requirements.txt has another tzdata"
    );
}
