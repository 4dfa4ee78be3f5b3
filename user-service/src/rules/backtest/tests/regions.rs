//! What is tried on results of several regions.

use alerting::backtest::{JudgedBy, Settings};
use domain::monitor::{MonitorInput, Spec};
use domain::{Needed, Quorum};
use serde_json::{Value, json};

use super::{MONITOR, NOW, at, candidate, fields, read};
use crate::rules::backtest::trial;

fn spec(places: Value) -> Spec {
    let mut input = json!({"url": "https://a.example/"});
    let all = input.as_object_mut().unwrap();
    all.extend(places.as_object().unwrap().clone());
    let input: MonitorInput = serde_json::from_value(input).unwrap();
    input.validate().unwrap().1
}

/// By whom a candidate has a monitor judged that three regions check, all of which have to find it down.
fn tried(given: Value) -> Result<Option<JudgedBy>, Vec<String>> {
    of(
        json!({"regions": ["us", "eu", "ap"], "quorum": {"down": "all"}}),
        given,
    )
}

fn of(places: Value, given: Value) -> Result<Option<JudgedBy>, Vec<String>> {
    let time = at("2026-11-01T00:00:00Z")..at(NOW);
    let (candidate, spec) = (candidate(given), spec(places));
    let made = trial(&candidate, (MONITOR, &spec), &Settings::default(), None, &time);
    made.map(|trial| trial.judged_by).map_err(fields)
}

fn several(regions: &[&str], down: Needed, min_regions: u8) -> Option<JudgedBy> {
    let quorum = Quorum {
        regions: regions.iter().map(|&name| name.to_owned()).collect(),
        down,
        min_regions,
    };
    Some(JudgedBy::Several(quorum.into()))
}

#[test]
fn regions_and_quorum_are_tried_for_those_of_the_monitor() {
    assert_eq!(tried(json!({})), Ok(None));
    let three = ["ap", "eu", "us"];
    for (given, judged_by) in [
        (
            json!({"quorum": {"down": 1}}),
            several(&three, Needed::Regions(1), 1),
        ),
        (json!({"quorum": {}}), several(&three, Needed::Regions(2), 2)),
        (
            json!({"quorum": {"down": 2, "min_regions": 3}}),
            several(&three, Needed::Regions(2), 3),
        ),
        (
            json!({"regions": ["us", "ap"]}),
            several(&["ap", "us"], Needed::ALL, 2),
        ),
        (
            json!({"regions": ["us", "ap"], "quorum": {"down": 1}}),
            several(&["ap", "us"], Needed::Regions(1), 1),
        ),
        (json!({"regions": ["us"]}), Some(JudgedBy::One("us".to_owned()))),
    ] {
        assert_eq!(tried(given.clone()), Ok(judged_by), "{given}");
    }
}

#[test]
fn what_are_no_regions_of_any_monitor_is_named() {
    let many: Vec<String> = (0..17).map(|index| format!("r{index}")).collect();
    for (given, wrong) in [
        (json!({"regions": []}), vec!["regions"]),
        (json!({"regions": many}), vec!["regions"]),
        (
            json!({"regions": ["EU", "eu", "eu"]}),
            vec!["regions.0", "regions.2"],
        ),
        (json!({"as_it_was": true, "regions": ["eu"]}), vec!["as_it_was"]),
        (json!({"as_it_was": true, "quorum": {}}), vec!["as_it_was"]),
    ] {
        let wrong: Vec<String> = wrong
            .into_iter()
            .map(|field| format!("candidates.0.{field}"))
            .collect();
        let read = read(json!({"candidates": [given.clone()]}));
        assert_eq!(read.unwrap_err(), wrong, "{given}");
    }
}

#[test]
fn what_cannot_be_tried_is_named() {
    for (given, wrong) in [
        (json!({"regions": ["eu", "af"]}), "regions.1"),
        (json!({"regions": ["eu"], "quorum": {"down": 1}}), "quorum"),
        (json!({"quorum": {"down": 4}}), "quorum.down"),
        (
            json!({"quorum": {"down": 2, "min_regions": 1}}),
            "quorum.min_regions",
        ),
    ] {
        assert_eq!(tried(given.clone()).unwrap_err(), [wrong], "{given}");
    }
    // Two of the regions cannot decide by three.
    let three = json!({"regions": ["us", "eu", "ap"], "quorum": {"down": 3}});
    assert_eq!(
        of(three, json!({"regions": ["us", "eu"]})).unwrap_err(),
        ["quorum.down"]
    );
    let one = of(json!({}), json!({"regions": ["us"], "quorum": {}}));
    assert_eq!(one.unwrap_err(), ["regions", "quorum"]);
}
