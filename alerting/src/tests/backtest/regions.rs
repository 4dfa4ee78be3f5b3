//! Stored results of several regions.

use domain::record::PointState;
use domain::{Needed, Quorum};

use super::*;
use crate::backtest::{JudgedBy, StoredMonitor, StoredQuorum, StoredResult};

const REGIONS: [&str; 3] = ["ap", "eu", "us"];

fn quorum(regions: &[&str], down: Needed, min_regions: u8) -> Arc<Quorum> {
    let quorum = Quorum {
        regions: regions.iter().map(|&name| name.to_owned()).collect(),
        down,
        min_regions,
    };
    Arc::new(quorum.valid().unwrap())
}

/// A monitor whose first revision was judged by one of its regions, and whose third by two of them.
fn monitor() -> StoredMonitor {
    let of = |revision, down| StoredQuorum {
        revision,
        quorum: quorum(&REGIONS, Needed::Regions(down), down),
        interval_ms: 60_000,
    };
    StoredMonitor {
        id: ID,
        org: OWNER,
        kind: "http".into(),
        revisions: Vec::new(),
        quorums: vec![of(1, 1), of(3, 2)],
    }
}

/// A result of a region of the slot at so many seconds, `+` or `-`.
fn stored(region: &str, point: char, slot: i64) -> StoredResult {
    StoredResult {
        scheduled_at: at(slot),
        revision: 3,
        interval_ms: 60_000,
        delay_ms: 0,
        append_delay_ms: Some(500),
        latency_ms: Some(50),
        state: match point {
            '-' => PointState::Down,
            _ => PointState::Up,
        },
        region: region.into(),
        by_quorum: true,
        error_code: None,
        error: None,
    }
}

fn record(stored: StoredResult) -> CheckResult {
    let Record::Result(result) = stored.into_record(&monitor()) else {
        panic!("it is a result")
    };
    result
}

/// The results that are written so: `eu-100 us+120`.
fn results(written: &str) -> Vec<(Timestamp, Record)> {
    let one = |word: &str| {
        let sign = word.find(['-', '+']).unwrap();
        let point = word[sign..].chars().next().unwrap();
        let result = stored(&word[..sign], point, word[sign + 1..].parse().unwrap());
        (result.appended_at(), result.into_record(&monitor()))
    };
    written.split_whitespace().map(one).collect()
}

/// When each outage began that is found by these.
fn outages(judged_by: Option<JudgedBy>, written: &str) -> Vec<i64> {
    let settings = [(NOW, Arc::<Settings>::default())];
    let simulation = Simulation {
        monitor: ID,
        org: OWNER,
        settings: &settings,
        upstreams: &[],
        without: &[],
        rule: None,
        judged_by: judged_by.as_ref(),
        watched: None,
        until: at(4_000),
    };
    let simulated = simulation.run(results(written), &mut Budget::of(STEPS)).unwrap();
    let incidents = simulated.incidents.iter();
    incidents.map(|incident| seconds(incident.started_at)).collect()
}

#[test]
fn a_result_has_the_quorum_of_its_revision() {
    let down = |revision| {
        let result = record(StoredResult {
            revision,
            ..stored("eu", '-', 60)
        });
        result.quorum.map(|quorum| quorum.down)
    };
    assert_eq!(down(1), Some(Needed::Regions(1)));
    assert_eq!(down(2), Some(Needed::Regions(1)), "the last one before");
    assert_eq!(down(3), Some(Needed::Regions(2)));
    let alone = StoredResult {
        by_quorum: false,
        ..stored("eu", '-', 60)
    };
    assert_eq!(record(alone).quorum, None);
    assert_eq!(record(stored("sa", '-', 60)).quorum, None, "it does not decide");
    // What has ended a revision has shortened the time that the result stands for.
    let short = StoredResult {
        interval_ms: 5_000,
        ..stored("eu", '-', 60)
    };
    assert_eq!(record(short).interval_ms, Some(60_000));
}

#[test]
fn what_is_found_goes_by_the_regions_and_the_quorum_that_are_tried() {
    // Two of three fail, then one alone, and then all but that one.
    let log = "ap+10 eu+30 us+50 ap+70 eu-90 us-110 ap+130 eu+150 us+170 ap+190 eu-210 us+230 ap+250 eu+270 us+290 \
               ap-310 eu+330 us-350 ap+370 eu+390 us+410";
    let several = |regions: &[&str], down| {
        let least = match down {
            Needed::Regions(down) => down,
            Needed::All(_) => 2,
        };
        Some(JudgedBy::Several(quorum(regions, down, least)))
    };
    assert_eq!(outages(None, log), [110, 350], "as it was");
    assert_eq!(outages(several(&REGIONS, Needed::Regions(2)), log), [110, 350]);
    assert_eq!(
        outages(several(&REGIONS, Needed::Regions(1)), log),
        [90, 210, 310]
    );
    assert_eq!(outages(several(&REGIONS, Needed::ALL), log), [] as [i64; 0]);
    assert_eq!(outages(several(&["ap", "us"], Needed::ALL), log), [350]);
    assert_eq!(
        outages(several(&["ap", "eu"], Needed::Regions(1)), log),
        [90, 210, 310]
    );
    assert_eq!(outages(Some(JudgedBy::One("eu".into())), log), [90, 210]);
    assert_eq!(outages(Some(JudgedBy::One("sa".into())), log), [] as [i64; 0]);
}
