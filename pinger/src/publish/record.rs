//! The records of slots that were checked and of slots that were not. Pure.

use domain::judgement::Judgement;
use domain::record::{SkipReason, Timings};
use domain::{CheckResult, Record, Skipped, Timestamp};

use super::gaps::Gap;
use crate::checker::{CheckOutcome, Verdict, whole_millis};
use crate::monitor::Monitor;

/// The result of a check.
///
/// # Errors
/// Why there is none: this machine could not make the check. The words are for the log.
pub(super) fn result(
    monitor: &Monitor,
    region: &str,
    slot: Timestamp,
    timestamp: Timestamp,
    check: CheckOutcome,
) -> Result<Record, (SkipReason, String)> {
    let failure = match check.verdict {
        Verdict::Up => None,
        Verdict::Down(failure) => Some(failure),
        Verdict::NotChecked(reason, why) => return Err((reason, why)),
    };
    let (error_code, error) = failure.map(|failure| (failure.code, failure.message)).unzip();
    Ok(Record::Result(CheckResult {
        monitor_id: monitor.id,
        org_id: Some(monitor.org_id),
        url: monitor.url.to_string(),
        kind: monitor.kind.to_owned(),
        timestamp,
        scheduled_at: slot,
        revised_at: Some(monitor.changed_at).filter(|at| *at > slot),
        probe_revision: monitor.probe_revision,
        interval_ms: Some(monitor.interval_ms),
        region: region.to_owned(),
        revision: Some(monitor.revision),
        rule: monitor.rule,
        up: error_code.is_none(),
        status_code: check.status,
        latency_ms: check.latency.map(whole_millis),
        attempts: check.attempts,
        error,
        error_code,
        timings: check.timings,
        tls_expires_at: check.tls_expires_at,
        quorum: monitor.quorum.clone(),
        judged: None,
    }))
}

/// What is said of a heartbeat.
pub(super) fn judgement(monitor: &Monitor, region: &str, now: Timestamp, judgement: Judgement) -> Record {
    let (error_code, error) = judgement.failure.unzip();
    Record::Result(CheckResult {
        monitor_id: monitor.id,
        org_id: Some(monitor.org_id),
        url: monitor.url.to_string(),
        kind: monitor.kind.to_owned(),
        timestamp: now,
        scheduled_at: judgement.slot,
        revised_at: Some(monitor.changed_at).filter(|at| *at > judgement.slot),
        probe_revision: monitor.probe_revision,
        interval_ms: None,
        region: region.to_owned(),
        revision: Some(monitor.revision),
        rule: monitor.rule,
        up: error_code.is_none(),
        status_code: None,
        latency_ms: None,
        attempts: 1,
        error,
        error_code,
        timings: Timings::default(),
        tls_expires_at: None,
        quorum: None,
        judged: Some(judgement.judged),
    })
}

/// The record of slots that were not checked.
pub(super) fn skipped(gap: &Gap, region: &str, now: Timestamp) -> Record {
    let Gap { range, reason, .. } = gap;
    let monitor = &range.monitor;
    Record::Skipped(Skipped {
        monitor_id: monitor.id,
        org_id: Some(monitor.org_id),
        url: monitor.url.to_string(),
        timestamp: now,
        from: range.from,
        until: range.until,
        // Deadlines of a heartbeat stand for no interval.
        interval_ms: Some(monitor.interval_ms).filter(|_| monitor.heartbeat().is_none()),
        region: region.to_owned(),
        revision: Some(monitor.revision),
        reason: *reason,
        judged: gap.judged.as_deref().copied(),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use domain::ErrorCode;
    use domain::record::{Due, Judged};

    use super::*;
    use crate::error::Failure;
    use crate::publish::gaps::SlotRange;

    /// Pairs of lines: a definition, and the records that a pinger publishes of it.
    const FIXTURES: &str = include_str!("../../fixtures/records.jsonl");

    fn check(verdict: Verdict) -> CheckOutcome {
        let failed = match &verdict {
            Verdict::Down(failure) => Some(failure.code),
            Verdict::Up | Verdict::NotChecked(..) => None,
        };
        CheckOutcome {
            verdict,
            failed,
            attempts: 2,
            latency: Some(Duration::from_micros(87_900)),
            status: failed.is_none().then_some(200),
            timings: Timings {
                dns: Some(1),
                connect: Some(2),
                tls: Some(3),
                first_byte: Some(4),
                transfer: None,
            },
            tls_expires_at: Some(Timestamp::from_millis(1_800_000_000_000)),
            redirects: Vec::new(),
        }
    }

    /// What is published of a monitor: an up result, a down result, and a range of skipped slots.
    fn records(definition: &str) -> String {
        let definition = serde_json::from_str(definition).unwrap();
        records_of(&Arc::new(Monitor::compile(definition).unwrap()))
    }

    fn records_of(monitor: &Arc<Monitor>) -> String {
        let slot = Timestamp::from_millis(1_795_255_200_118);
        let started = slot.plus_millis(5);
        let failure = Failure {
            code: ErrorCode::ConnectTimeout,
            message: "why".to_owned(),
        };
        let result = |verdict| result(monitor, "eu", slot, started, check(verdict)).unwrap();
        let lost = Gap {
            range: SlotRange {
                monitor: Arc::clone(monitor),
                from: slot,
                until: slot.plus_millis(600_000),
            },
            reason: SkipReason::BufferFull,
            counted: true,
            judged: None,
        };
        let said = |failure| {
            let judged = Judged {
                last_ping: Some(slot.plus_millis(-120_000)),
                missed: Some(slot.plus_millis(-60_000)),
                due: Some(Due {
                    at: slot.plus_millis(60_000),
                    deadline: slot.plus_millis(120_000),
                }),
                ..Judged::default()
            };
            let judgement = Judgement {
                slot,
                failure,
                judged,
            };
            super::judgement(monitor, "eu", started, judgement)
        };
        let (up, down) = match monitor.heartbeat() {
            Some(_) => (
                said(None),
                said(Some((ErrorCode::HeartbeatOverdue, "why".to_owned()))),
            ),
            None => (result(Verdict::Up), result(Verdict::Down(failure))),
        };
        let records = [up, down, skipped(&lost, "eu", started)];
        let texts: Vec<_> = records
            .iter()
            .map(|record| String::from_utf8(record.encode()).unwrap())
            .collect();
        format!("[{}]", texts.join(","))
    }

    #[test]
    fn the_records_of_every_kind_are_frozen() {
        let lines: Vec<_> = FIXTURES.lines().collect();
        for pair in lines.chunks(2) {
            assert_eq!(records(pair[0]), pair[1]);
        }
        assert_eq!(lines.len(), 2 * 6, "one of each kind");
    }

    #[test]
    fn a_result_says_since_which_revision_the_same_is_checked() {
        let mut lines = FIXTURES.lines();
        let (definition, frozen) = (lines.next().unwrap(), lines.next().unwrap());
        let edited = definition.replacen(r#""revision":3,"#, r#""revision":3,"probe_revision":2,"#, 1);
        let expected = frozen.replace(r#","rule":"#, r#","probe_revision":2,"rule":"#);
        assert_eq!(records(&edited), expected);
    }

    #[test]
    fn a_result_says_which_regions_decide_and_a_skip_only_where_nobody_looked() {
        let (definition, frozen) = FIXTURES.lines().next().zip(FIXTURES.lines().nth(1)).unwrap();
        let quorum = domain::Quorum {
            regions: vec!["eu".to_owned(), "us".to_owned()],
            down: domain::Needed::Regions(2),
            min_regions: 2,
        };
        let monitor = Monitor::compile(serde_json::from_str(definition).unwrap()).unwrap();
        let monitor = Arc::new(monitor.judged_by(Arc::new(quorum), "eu").unwrap());
        let with = r#"},"quorum":{"regions":["eu","us"],"down":2,"min_regions":2},"error_code""#;
        let results = frozen.matches(r#"},"error_code""#).count();
        let expected = frozen.replace(r#"},"error_code""#, with);
        assert_eq!((records_of(&monitor), results), (expected, 2));
    }

    #[test]
    fn a_deadline_that_was_skipped_says_what_was_known() {
        let judged = Judged {
            last_ping: Some(Timestamp::from_millis(5)),
            missed: Some(Timestamp::from_millis(60)),
            ..Judged::default()
        };
        let monitor = Arc::new(crate::publish::tests::heartbeat(1));
        let gap = Gap {
            judged: Some(Box::new(judged)),
            ..Gap::of_record(&monitor, Timestamp::from_millis(90))
        };
        let Record::Skipped(skipped) = skipped(&gap, "eu", Timestamp::from_millis(100)) else {
            panic!("not a skip");
        };
        assert_eq!((skipped.judged, skipped.slots()), (Some(judged), 1));
        assert_eq!((skipped.from, skipped.interval_ms), (skipped.until, None));
    }

    #[test]
    fn what_could_not_be_carried_out_has_no_result() {
        let monitor = crate::publish::tests::monitor(1);
        let slot = Timestamp::from_millis(0);
        let check = check(Verdict::NotChecked(
            SkipReason::NoPermission,
            "no sockets".to_owned(),
        ));
        assert_eq!(
            result(&monitor, "eu", slot, slot, check),
            Err((SkipReason::NoPermission, "no sockets".to_owned()))
        );
    }
}
