use super::*;
use domain::monitor::{Definition, MonitorInput};
use domain::{Record, Rule};
use proptest::prelude::*;

use domain::record::CheckResult;

const FLOOR: u32 = 30_000_000;

fn stored(revision: u32, activity: Activity) -> Stored {
    Stored {
        id: MonitorId(1),
        org_id: OrgId(7),
        name: "Shop".into(),
        url: "https://shop.example/".into(),
        revision,
        activity,
    }
}

fn lifecycle(id: i64, revision: u32, event: LifecycleEvent) -> Record {
    let record = record(
        MonitorId(id),
        OrgId(7),
        "https://shop.example/",
        revision,
        event,
        Timestamp::default(),
    );
    Record::Lifecycle(record)
}

fn result(id: i64, org: Option<i64>, revision: Option<u32>) -> Record {
    Record::Result(CheckResult {
        monitor_id: MonitorId(id),
        org_id: org.map(OrgId),
        url: "https://shop.example/".into(),
        kind: "http".into(),
        timestamp: Timestamp::default(),
        scheduled_at: Timestamp::default(),
        revised_at: None,
        probe_revision: None,
        interval_ms: None,
        region: "default".into(),
        revision,
        rule: Rule::default(),
        up: true,
        status_code: None,
        latency_ms: None,
        attempts: 1,
        error: None,
        error_code: None,
        timings: Default::default(),
        tls_expires_at: None,
        quorum: None,
        judged: None,
    })
}

fn evidence(records: &[Record]) -> Evidence {
    let mut evidence = Evidence::default();
    records.iter().for_each(|record| evidence.note_record(record));
    evidence
}

fn verdict(stored: &Stored, records: &[Record], floor: Option<u32>) -> Verdict {
    Verdict::of(stored, evidence(records).monitors.get(&stored.id), floor)
}

#[test]
fn whatever_was_done_after_the_backup_is_raised_past() {
    use LifecycleEvent::{Created, Deleted, Edited, Paused, Resumed};
    for (activity, after, expected) in [
        (Activity::Active, &[][..], Verdict::Settled),
        (Activity::Active, &[(2, Edited)], Verdict::Restored(3)),
        (Activity::Active, &[(2, Paused)], Verdict::Restored(3)),
        (
            Activity::Active,
            &[(2, Paused), (3, Resumed)],
            Verdict::Restored(4),
        ),
        (Activity::Active, &[(2, Deleted)], Verdict::Restored(3)),
        (Activity::Paused, &[(2, Resumed)], Verdict::Restored(3)),
        (Activity::Deleted, &[], Verdict::Settled),
    ] {
        let mut records = vec![lifecycle(1, 1, Created)];
        if activity == Activity::Paused {
            records = vec![lifecycle(1, 1, Paused)];
        }
        records.extend(
            after
                .iter()
                .map(|&(revision, event)| lifecycle(1, revision, event)),
        );
        if activity == Activity::Deleted {
            records = vec![result(1, Some(7), Some(1)), lifecycle(1, 2, Deleted)];
        }
        let stored = stored(1 + u32::from(activity == Activity::Deleted), activity);
        assert_eq!(
            verdict(&stored, &records, None),
            expected,
            "{activity:?}: {after:?}"
        );
    }
    // An edit is known by its results as well, and by nothing else to who has no revisions.
    let active = stored(1, Activity::Active);
    assert_eq!(
        verdict(&active, &[result(1, Some(7), Some(5))], None),
        Verdict::Restored(6)
    );
    assert_eq!(verdict(&active, &[result(1, None, None)], None), Verdict::Settled);
}

#[test]
fn a_revision_that_was_given_out_twice_is_raised() {
    let edited_since = stored(2, Activity::Active);
    let removed_before = [
        lifecycle(1, 2, LifecycleEvent::Deleted),
        lifecycle(1, 2, LifecycleEvent::Edited),
    ];
    assert_eq!(
        verdict(&edited_since, &removed_before, None),
        Verdict::Restored(3)
    );
}

#[test]
fn the_alerter_and_redis_are_gone_by_where_the_log_ends() {
    let mut evidence = Evidence::default();
    let state = serde_json::json!({"org_id": 7, "state": {
        "revision": 4, "state": "down", "since": null, "last_slot": null, "streak": null, "activity": "active",
        "incident": {"id": "82f05d36-573a-59ff-9bcb-fc8dc8e27aa8", "started_at": "2026-11-21T10:00:00Z",
                     "error_code": null, "error": null}
    }});
    evidence.note_held(MonitorId(1), &serde_json::from_value(state).unwrap());
    let plan = Plan::new(vec![stored(1, Activity::Active)], &evidence, None);
    assert_eq!(plan.raised[0].verdict, Verdict::Restored(5));
    assert!(plan.raised[0].in_outage);

    let mut input: MonitorInput =
        serde_json::from_value(serde_json::json!({"url": "https://a.example/"})).unwrap();
    input.paused = Some(true);
    let (_, spec) = input.validate().unwrap();
    let definition = Definition {
        id: MonitorId(1),
        org_id: OrgId(7),
        revision: 6,
        changed_at: None,
        probe_revision: None,
        spec,
    };
    evidence.note_definition(&definition);
    let plan = Plan::new(vec![stored(1, Activity::Active)], &evidence, None);
    assert_eq!(plan.raised[0].verdict, Verdict::Restored(7));
}

#[test]
fn what_was_added_after_the_backup_is_told_to_be_gone_once() {
    let mut records = vec![lifecycle(9, 1, LifecycleEvent::Created), result(10, None, None)];
    let plan = Plan::new(vec![stored(1, Activity::Active)], &evidence(&records), None);
    assert!(plan.raised.is_empty());
    assert_eq!(plan.gone.len(), 1, "of the other one nothing is ours");
    let told = plan.gone[0].record(Timestamp::default()).unwrap();
    assert_eq!(
        (told.monitor_id, told.revision, told.event),
        (MonitorId(9), 2, LifecycleEvent::Deleted)
    );
    records.push(Record::Lifecycle(told));
    let again = Plan::new(Vec::new(), &evidence(&records), None);
    assert_eq!(again.gone[0].record(Timestamp::default()), None);
}

#[test]
fn what_cannot_have_been_given_out_is_not_gone_by() {
    let absurd = [
        result(1, Some(7), Some(u32::MAX)),
        result(i64::MAX, Some(7), Some(1)),
    ];
    let evidence = evidence(&absurd);
    assert_eq!((evidence.doubted, evidence.monitors.len()), (2, 0));
}

#[test]
fn what_was_removed_before_the_backup_stays_so_when_nobody_else_knows() {
    let removed = stored(3, Activity::Deleted);
    let checked = [result(1, Some(7), Some(2))];
    assert_eq!(verdict(&removed, &checked, None), Verdict::Settled);
    assert_eq!(verdict(&removed, &checked, Some(FLOOR)), Verdict::Removed(4));
    assert_eq!(verdict(&removed, &[], Some(FLOOR)), Verdict::Settled);
}

fn event() -> impl Strategy<Value = LifecycleEvent> {
    prop::sample::select(vec![
        LifecycleEvent::Edited,
        LifecycleEvent::Paused,
        LifecycleEvent::Resumed,
        LifecycleEvent::Deleted,
    ])
}

fn activity() -> impl Strategy<Value = Activity> {
    prop::sample::select(vec![Activity::Active, Activity::Paused, Activity::Deleted])
}

proptest! {
    #[test]
    fn the_world_takes_what_is_raised_and_a_second_run_changes_nothing(
        revision in 1..5u32,
        activity in activity(),
        known in prop::collection::vec((1..8u32, event()), 0..8),
        floor in prop::option::of(Just(FLOOR)),
    ) {
        let mut records: Vec<Record> =
            known.into_iter().map(|(revision, event)| lifecycle(1, revision, event)).collect();
        let stored = stored(revision, activity);
        let highest = evidence(&records).monitors.get(&stored.id).map_or(0, |seen| seen.revision);
        let mut after = stored.clone();
        let plan = Plan::new(vec![stored.clone()], &evidence(&records), floor);
        for raised in &plan.raised {
            prop_assert!(raised.revision() > revision.max(highest));
            after.revision = raised.revision();
            let told = raised.records(Timestamp::default());
            prop_assert_eq!(told.last().map(|record| record.revision), Some(after.revision));
            records.extend(told.into_iter().map(Record::Lifecycle));
        }
        prop_assert!(after.revision >= highest);
        if floor.is_some() && activity != Activity::Deleted {
            prop_assert!(after.revision >= FLOOR);
        }
        let again = Plan::new(vec![after], &evidence(&records), floor);
        prop_assert_eq!(again, Plan::default());
    }
}
