use alerting::backtest::{Simulation, StoredMonitor, StoredResult};
use domain::record::PointState;
use domain::{MonitorId, Record, Timestamp};

use super::*;

const ONE: OrgId = OrgId(1);

/// Later than any of these tests takes.
fn far() -> Deadline {
    Deadline::within(Duration::from_secs(3_600))
}

/// The turn of an organisation, or how it is refused.
async fn turn(simulations: &Simulations, org: OrgId) -> Result<Turn, StatusCode> {
    let turn = simulations.turn(org, far()).await;
    turn.map_err(|problem| problem.status())
}

/// Goes through the same result again and again, without end.
fn endless(budget: &mut Budget<'_>) -> Result<u64, Stopped> {
    let of = StoredMonitor {
        id: MonitorId(7),
        org: ONE,
        kind: "http".to_owned(),
        revisions: Vec::new(),
        quorums: Vec::new(),
    };
    let result = StoredResult {
        scheduled_at: Timestamp::default(),
        revision: 1,
        interval_ms: 60_000,
        delay_ms: 0,
        append_delay_ms: Some(500),
        latency_ms: Some(80),
        state: PointState::Up,
        region: "default".into(),
        by_quorum: false,
        error_code: None,
        error: None,
    };
    let record: (Timestamp, Record) = (result.appended_at(), result.into_record(&of));
    let simulation = Simulation {
        monitor: of.id,
        org: of.org,
        settings: &[],
        upstreams: &[],
        without: &[],
        rule: None,
        judged_by: None,
        watched: None,
        until: Timestamp::from_millis(60_000),
    };
    let simulated = simulation.run(std::iter::repeat(record), budget)?;
    Ok(simulated.results)
}

#[tokio::test(start_paused = true)]
async fn an_organisation_has_one_turn_at_a_time_and_few_have_one() {
    let simulations = Simulations::new();
    let first = turn(&simulations, ONE).await.unwrap();
    let refused = turn(&simulations, ONE).await.unwrap_err();
    assert_eq!(refused, StatusCode::TOO_MANY_REQUESTS);
    let _second = turn(&simulations, OrgId(2)).await.unwrap();
    let refused = turn(&simulations, OrgId(3)).await.unwrap_err();
    assert_eq!(refused, StatusCode::SERVICE_UNAVAILABLE);
    drop(first);
    assert!(turn(&simulations, ONE).await.is_ok());
    assert!(
        turn(&simulations, OrgId(3)).await.is_ok(),
        "who gave up holds nothing"
    );
}

#[tokio::test(start_paused = true)]
async fn a_turn_is_not_waited_for_longer_than_there_is_time() {
    let simulations = Simulations::new();
    let _first = turn(&simulations, ONE).await.unwrap();
    let began = Instant::now();
    let soon = Deadline::within(Duration::from_millis(300));
    assert!(simulations.turn(ONE, soon).await.is_err());
    assert!(began.elapsed() < PATIENCE);
}

#[tokio::test]
async fn what_still_runs_keeps_its_place_and_the_turn_when_nobody_waits_for_it() {
    let simulations = Simulations::new();
    let (end, ended) = std::sync::mpsc::channel::<()>();
    let held = turn(&simulations, ONE).await.unwrap();
    let running = held.run(far(), move |_| {
        // It ends with the sender.
        let _ = ended.recv();
        Ok(())
    });
    assert!(
        tokio::time::timeout(Duration::from_millis(1), running)
            .await
            .is_err()
    );
    drop(held);
    assert_eq!(simulations.places.available_permits(), PLACES - 1);
    let soon = Deadline::within(Duration::from_millis(1));
    let refused = simulations.turn(ONE, soon).await.unwrap_err();
    assert_eq!(
        refused.status(),
        StatusCode::TOO_MANY_REQUESTS,
        "it does not take the other place"
    );
    drop(end);
    // The permit comes back once the thread has ended.
    let all = simulations.places.acquire_many(u32::try_from(PLACES).unwrap());
    assert!(tokio::time::timeout(Duration::from_secs(30), all).await.is_ok());
    let again = turn(&simulations, ONE).await.unwrap();
    assert_eq!(again.run(far(), |_| Ok(7)).await.unwrap(), 7);
}

#[tokio::test]
async fn what_has_no_end_ends_when_it_is_late() {
    let simulations = Simulations::new();
    let held = turn(&simulations, ONE).await.unwrap();
    let now = Deadline::within(Duration::ZERO);
    let late = held.run(now, endless).await;
    assert!(matches!(late, Err(Unmade::Late)), "{late:?}");
    drop(held);
    assert!(turn(&simulations, ONE).await.is_ok(), "nothing runs any more");
}

#[tokio::test]
async fn what_is_simulated_of_a_monitor_has_so_many_steps() {
    let simulations = Simulations::new();
    let held = turn(&simulations, ONE).await.unwrap();
    let steps = held.run(far(), |budget| Ok(budget.left())).await;
    assert_eq!(steps.unwrap(), STEPS);
    let stopped = held.run(far(), |_| Err::<(), _>(Stopped::TooMuch)).await;
    assert!(matches!(stopped, Err(Unmade::TooMuch)), "{stopped:?}");
    let mut few = Budget::of(100);
    assert_eq!(endless(&mut few), Err(Stopped::TooMuch));
}

#[tokio::test]
async fn a_panic_is_a_fault_of_ours_and_keeps_nothing() {
    let simulations = Simulations::new();
    let held = turn(&simulations, ONE).await.unwrap();
    let failed = held
        .run(far(), |_| -> Result<(), Stopped> { panic!("a fault of ours") })
        .await;
    assert!(matches!(failed, Err(Unmade::Failed(_))), "{failed:?}");
    drop(held);
    assert_eq!(simulations.places.available_permits(), PLACES);
}
