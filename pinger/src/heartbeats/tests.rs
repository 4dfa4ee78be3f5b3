//! The watch with a paused clock.

mod dates;
mod latency;
mod leaving;
mod told;

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use domain::fold::{HeartbeatState, LastPing};
use domain::monitor::{Definition, MonitorInput};
use domain::record::Run;
use domain::{ErrorCode, MonitorId, OrgId, Timestamp};
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use tokio::time::advance;
use uuid::Uuid;

use super::reader::Looked;
use super::watch::{Action, Watch};
use crate::clock::Clock;
use crate::monitor::Monitor;
use crate::owned::OwnedShards;

const BEGIN_MS: i64 = 20_000 * 86_400_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(BEGIN_MS + 1_000 * seconds)
}

fn heartbeat(revision: u32, options: Value) -> Arc<Monitor> {
    let input = json!({
        "kind": "heartbeat",
        "url": "heartbeat://job",
        "heartbeat": options,
    });
    monitor(revision, input)
}

fn monitor(revision: u32, input: Value) -> Arc<Monitor> {
    let input: MonitorInput = serde_json::from_value(input).unwrap();
    let definition = Definition {
        id: MonitorId(1),
        org_id: OrgId(7),
        revision,
        changed_at: Some(at(-1_000)),
        probe_revision: None,
        spec: input.validate().unwrap().1,
    };
    Arc::new(Monitor::compile(definition).unwrap())
}

/// Every ten minutes, a minute of grace.
fn usual() -> Value {
    json!({"schedule": {"period_seconds": 600}, "grace_seconds": 60})
}

struct Bench {
    watch: Watch,
    /// What Redis has.
    state: HeartbeatState,
    is_known: bool,
    /// The revision that is folded.
    revision: Option<u32>,
    /// How often a heartbeat was looked at.
    looks: u32,
    /// How far the processor is behind, and how often it tells how far it is.
    lag: Duration,
    told_every: Duration,
    /// How long nothing happens after each look.
    step: Duration,
    /// What was said in words.
    words: Vec<String>,
    clock: Clock,
}

impl Bench {
    fn new() -> Self {
        let clock = Clock::starting_at(BEGIN_MS * 1_000);
        let owned = OwnedShards::new(1);
        owned.set(0, true);
        Self {
            watch: Watch::new(clock.clone(), owned),
            state: HeartbeatState::default(),
            is_known: true,
            revision: None,
            looks: 0,
            lag: Duration::ZERO,
            told_every: Duration::from_millis(1),
            step: Duration::from_millis(100),
            words: Vec::new(),
            clock,
        }
    }

    fn pinged(mut self, seconds: i64) -> Self {
        self.ping(seconds);
        self
    }

    fn ping(&mut self, seconds: i64) {
        self.state.last_ping = Some(LastPing {
            at: at(seconds),
            id: Uuid::nil(),
            duration_ms: None,
            failed: false,
        });
        self.state.missed = None;
    }

    /// Lets time pass; answers what was said and skipped, with the second in which it was.
    async fn pass(&mut self, seconds: u32) -> Vec<(i64, Said)> {
        let mut said = Vec::new();
        for _ in 0..seconds * 1_000 / self.step.as_millis() as u32 {
            said.extend(self.pass_once().await);
        }
        said
    }

    /// The same for one step.
    async fn pass_once(&mut self) -> Vec<(i64, Said)> {
        let mut said = Vec::new();
        while poll_fn(|context| self.watch.poll_expired(context))
            .now_or_never()
            .is_some()
        {}
        let every = self.told_every.as_millis() as i64;
        let told = self.clock.now().as_millis() / every * every;
        let folded = Timestamp::from_millis(told - self.lag.as_millis() as i64);
        for id in self.watch.next_page() {
            self.looks += 1;
            let looked = match self.is_known {
                true => Looked::Heard {
                    state: Box::new(self.state.clone()),
                    folded_until: folded,
                    revision: self.revision,
                },
                false => Looked::Unknown,
            };
            self.watch.looked(id, &looked);
        }
        let now = self.clock.now().millis_since(at(0)) / 1_000;
        for action in self.watch.actions() {
            said.push((
                now,
                match action {
                    Action::Say(_, judgement) => {
                        let delay = judgement.delay_ms(self.clock.now());
                        let late = self.clock.now().millis_since(judgement.slot);
                        if judgement.failure.is_some() {
                            assert_eq!(delay, Some(late));
                        }
                        // The log takes it.
                        self.words
                            .extend(judgement.failure.iter().map(|(_, words)| words.clone()));
                        self.state.missed = judgement.judged.missed.or(self.state.missed);
                        for run in &mut self.state.runs {
                            run.is_overdue |= judgement.judged.run.is_some_and(|of| of.id == run.id);
                        }
                        Said::Judgement(judgement.slot, judgement.failure.map(|(code, _)| code))
                    }
                    Action::Skip(_, slot, _) => Said::Skip(slot),
                },
            ));
        }
        advance(self.step).await;
        said
    }
}

#[derive(Debug, PartialEq)]
enum Said {
    Judgement(Timestamp, Option<ErrorCode>),
    Skip(Timestamp),
}

use Said::{Judgement, Skip};

const OVERDUE: Option<ErrorCode> = Some(ErrorCode::HeartbeatOverdue);

#[tokio::test(start_paused = true)]
async fn what_has_not_pinged_yet_is_waited_for() {
    let mut bench = Bench::new();
    bench.watch.upsert(heartbeat(1, usual()), 0);
    assert_eq!(bench.pass(10_000).await, []);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_is_decided_when_it_has_passed_and_each_one_once() {
    let mut bench = Bench::new().pinged(0);
    bench.watch.upsert(heartbeat(1, usual()), 0);
    let said = bench.pass(1_500).await;
    assert_eq!(
        said,
        [
            (660, Judgement(at(660), OVERDUE)),
            (1_260, Judgement(at(1_260), OVERDUE))
        ]
    );
    // A ping is found by itself, and the deadline counts from it.
    bench.ping(1_500);
    assert_eq!(bench.pass(700).await, [(2_160, Judgement(at(2_160), OVERDUE))]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_decided_before_the_processor_has_read_everything_until_then() {
    let mut bench = Bench::new().pinged(0);
    bench.lag = Duration::from_secs(5);
    bench.watch.upsert(heartbeat(1, usual()), 0);
    assert_eq!(bench.pass(700).await, [(665, Judgement(at(660), OVERDUE))]);
    let mut bench = Bench::new().pinged(0);
    bench.lag = Duration::from_secs(3_600);
    bench.watch.upsert(heartbeat(1, usual()), 0);
    assert_eq!(bench.pass(700).await, [(670, Skip(at(660)))]);
    // The ping that came meanwhile.
    bench.lag = Duration::ZERO;
    bench.ping(650);
    assert_eq!(bench.pass(500).await, []);
}

#[tokio::test(start_paused = true)]
async fn without_redis_nobody_is_overdue() {
    let mut bench = Bench::new().pinged(0);
    bench.watch.upsert(heartbeat(1, usual()), 0);
    assert_eq!(bench.pass(600).await, []);
    bench.is_known = false;
    assert_eq!(bench.pass(100).await, [(670, Skip(at(660)))]);
    bench.is_known = true;
    bench.ping(640);
    assert_eq!(bench.pass(100).await, []);
}

#[tokio::test(start_paused = true)]
async fn it_is_counted_of_how_many_nothing_can_be_said() {
    let mut bench = Bench::new().pinged(0);
    bench.watch.upsert(heartbeat(1, usual()), 0);
    bench.pass(5).await;
    assert_eq!(bench.watch.unknown(), 0);
    bench.is_known = false;
    bench.watch.heard(1);
    bench.pass(5).await;
    assert_eq!(bench.watch.unknown(), 1, "Redis is away");
    bench.is_known = true;
    bench.pass(70).await;
    assert_eq!(bench.watch.unknown(), 0);
    // The processor is behind: that matters once there is something to decide.
    bench.lag = Duration::from_secs(3_600);
    bench.pass(500).await;
    assert_eq!(bench.watch.unknown(), 0);
    bench.pass(100).await;
    assert_eq!(bench.watch.unknown(), 1);
    bench.watch.remove(1);
    assert_eq!(bench.watch.unknown(), 0, "it is somebody else's");
}

#[tokio::test(start_paused = true)]
async fn an_edit_is_answered_at_once() {
    let mut bench = Bench::new().pinged(-2_000);
    bench
        .watch
        .upsert(heartbeat(1, json!({"schedule": {"period_seconds": 86_400}})), 0);
    assert_eq!(bench.pass(5).await, [(0, Judgement(at(0), None))]);
    bench.watch.upsert(heartbeat(2, usual()), 0);
    let said = bench.pass(5).await;
    // The first date that was missed begins the outage, and the next one is counted from the last.
    assert_eq!(
        said,
        [
            (5, Judgement(at(-1_000), OVERDUE)),
            (5, Judgement(at(-140), OVERDUE))
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_run_that_does_not_end_is_overdue_by_itself() {
    let mut bench = Bench::new().pinged(0);
    bench.watch.upsert(
        heartbeat(
            1,
            json!({"schedule": {"period_seconds": 86_400}, "grace_seconds": 300}),
        ),
        0,
    );
    assert_eq!(bench.pass(10).await, []);
    bench.state.runs.push(Run {
        id: None,
        started_at: at(10),
        heard_at: None,
        is_overdue: false,
    });
    bench.watch.heard(1);
    let said = bench.pass(400).await;
    assert_eq!(
        said,
        [(310, Judgement(at(310), Some(ErrorCode::HeartbeatTooLong)))]
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_left_or_removed_is_not_spoken_of() {
    let mut bench = Bench::new().pinged(0);
    bench.watch.upsert(heartbeat(1, usual()), 0);
    bench.pass(5).await;
    bench.watch.leave(&[0]);
    assert_eq!((bench.pass(1_000).await, bench.watch.len()), (vec![], 0));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_said_by_what_was_known_before_it_was_resumed() {
    let mut bench = Bench::new().pinged(-2_000);
    bench.revision = Some(1);
    bench.watch.upsert(heartbeat(3, usual()), 0);
    assert_eq!(bench.pass(30).await, []);
    assert!(bench.looks < 1_030 * 4, "{}", bench.looks);
    // The processor has read that it was resumed, and what was before is forgotten.
    (bench.revision, bench.state) = (Some(3), HeartbeatState::default());
    assert_eq!(bench.pass(1_000).await, []);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_has_decided_for_long_is_decided_by_the_last_days() {
    const DAY: i64 = 86_400;
    let mut bench = Bench::new().pinged(-400 * DAY);
    let ancient = heartbeat(1, json!({"schedule": {"period_seconds": 60}}));
    let mut ancient = Arc::into_inner(ancient).unwrap();
    ancient.changed_at = at(-500 * DAY);
    bench.state.runs.push(Run {
        id: None,
        started_at: at(-300 * DAY),
        heard_at: None,
        is_overdue: false,
    });
    bench.watch.upsert(Arc::new(ancient), 0);
    let said = bench.pass(1).await;
    assert!((2..=4).contains(&said.len()), "{said:?}");
    for (_, said) in &said {
        let Judgement(slot, Some(_)) = said else {
            panic!("{said:?}");
        };
        assert!(*slot >= at(-6 * DAY - 60), "the log takes it");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_overdue_for_longer_than_is_looked_back_is_said_all_the_same() {
    const DAY: i64 = 86_400;
    for (every, ago) in [(7, 13), (7, 14), (7, 20), (30, 37), (30, 40), (30, 59)] {
        let schedule = json!({"schedule": {"period_seconds": every * DAY}});
        let mut bench = Bench::new().pinged(-ago * DAY);
        bench.watch.upsert(heartbeat(2, schedule), 0);
        let said = bench.pass(5).await;
        let Some((_, Judgement(slot, Some(ErrorCode::HeartbeatOverdue)))) = said.first() else {
            panic!("every {every} days, {ago} days ago: {said:?}");
        };
        assert!(*slot >= at(-6 * DAY - 1), "the log takes it");
        assert_eq!(bench.pass(100).await, [], "once");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_known_is_not_asked_for_all_the_time() {
    let mut bench = Bench::new();
    bench.is_known = false;
    bench.watch.upsert(heartbeat(1, usual()), 0);
    bench.pass(600).await;
    assert!(bench.looks <= 600, "{}", bench.looks);
    let mut bench = Bench::new().pinged(0);
    bench
        .watch
        .upsert(heartbeat(1, json!({"schedule": {"period_seconds": 86_400}})), 0);
    bench.pass(1).await;
    bench.is_known = false;
    bench.watch.heard(1);
    bench.looks = 0;
    bench.pass(600).await;
    assert!(bench.looks <= 15, "{}", bench.looks);
}

#[tokio::test(start_paused = true)]
async fn of_a_job_that_has_failed_nothing_good_is_said_after_an_edit() {
    let mut bench = Bench::new().pinged(-2_000);
    bench.state.last_ping.as_mut().unwrap().failed = true;
    bench
        .watch
        .upsert(heartbeat(2, json!({"schedule": {"period_seconds": 86_400}})), 0);
    assert_eq!(bench.pass(70).await, []);
}
