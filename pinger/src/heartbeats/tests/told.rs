//! What is told of deadlines, and in which words.

use super::*;

#[tokio::test(start_paused = true)]
async fn what_was_skipped_is_decided_late_when_nothing_has_come_meanwhile() {
    let mut bench = Bench::new().pinged(0);
    bench.watch.upsert(heartbeat(1, usual()), 0);
    bench.pass(600).await;
    bench.is_known = false;
    assert_eq!(bench.pass(100).await, [(670, Skip(at(660)))]);
    bench.is_known = true;
    let said = bench.pass(100).await;
    assert!(
        matches!(said[..], [(700..=702, Judgement(slot, OVERDUE))] if slot == at(660)),
        "{said:?}"
    );
}

/// The same, with other settings beside the schedule.
fn heartbeat_with(more: Value, options: Value) -> Arc<Monitor> {
    let mut input = json!({"kind": "heartbeat", "url": "heartbeat://job", "heartbeat": options});
    input
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    monitor(1, input)
}

#[tokio::test(start_paused = true)]
async fn of_a_job_that_must_not_run_silence_is_good() {
    let quiet = || heartbeat_with(json!({"upside_down": true}), usual());
    let mut bench = Bench::new();
    bench.watch.upsert(quiet(), 0);
    assert_eq!(
        bench.pass(1_000).await,
        [(0, Judgement(at(0), None))],
        "never pinged"
    );
    let mut bench = Bench::new().pinged(0);
    bench.state.last_ping.as_mut().unwrap().failed = true;
    bench.watch.upsert(quiet(), 0);
    assert_eq!(
        bench.pass(1_300).await,
        [
            (660, Judgement(at(660), None)),
            (1_260, Judgement(at(1_260), None))
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn of_many_deadlines_as_many_are_told_as_open_an_incident_and_the_last() {
    let mut bench = Bench::new().pinged(-6_000);
    let patient = heartbeat_with(json!({"down_after": 3}), usual());
    let mut patient = Arc::into_inner(patient).unwrap();
    patient.changed_at = at(-9_000);
    bench.watch.upsert(Arc::new(patient), 0);
    let dates: Vec<_> = bench.pass(1).await.into_iter().map(|(_, said)| said).collect();
    let told = [-5_340, -4_740, -4_140, -540].map(|second| Judgement(at(second), OVERDUE));
    assert_eq!(dates, told);
    assert_eq!(bench.state.missed, Some(at(-600)));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_does_not_start_is_told_of_by_itself_and_in_words() {
    let options =
        json!({"schedule": {"period_seconds": 600}, "grace_seconds": 300, "start_grace_seconds": 60});
    let mut bench = Bench::new().pinged(0);
    bench.watch.upsert(heartbeat(1, options), 0);
    let not_started = Some(ErrorCode::HeartbeatNotStarted);
    assert_eq!(bench.pass(700).await, [(660, Judgement(at(660), not_started))]);
    assert_eq!(
        bench.words,
        [format!(
            "No start since it was due at {}; the last ping came at {}",
            at(600),
            at(0)
        )]
    );
}

#[tokio::test(start_paused = true)]
async fn a_ping_shortly_before_it_was_due_is_told_of() {
    let hourly = json!({"schedule": {"expression": "0 * * * *", "timezone": "UTC"}, "grace_seconds": 60});
    let mut bench = Bench::new().pinged(3_600 - 120);
    bench.watch.upsert(heartbeat(1, hourly), 0);
    assert_eq!(bench.pass(3_700).await, [(3_660, Judgement(at(3_660), OVERDUE))]);
    assert_eq!(
        bench.words,
        [format!(
            "No ping since it was due at {}; one came 120 s before that",
            at(3_600)
        )]
    );
}
