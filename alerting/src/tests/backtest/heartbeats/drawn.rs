//! A backtest of the pings of a heartbeat comes to what an alerter has decided that has also read what pingers have said of
//! each deadline: here one after the other, each from what is known then.

use domain::MonitorState;
use domain::fold::Activity;
use domain::heartbeat::{Deadline, Overdue};
use domain::record::Judged;
use proptest::prelude::*;
use proptest::{collection, option};

use super::super::live::LiveAlerter;
use super::super::properties::world;
use super::*;

/// What happens to a heartbeat.
#[derive(Clone, Copy, Debug)]
enum Event {
    Ping(PingKind, Option<u128>),
    /// To a rule, and whether the same is checked as before.
    Edit(u16, bool),
    Pause,
    Resume,
    Acknowledge,
}

/// The log of a heartbeat, of which only what pingers said is not stored.
struct History<'a> {
    heartbeat: &'a HeartbeatProbe,
    records: Vec<(Timestamp, Record)>,
    revisions: Vec<StoredRevision>,
    state: MonitorState,
    now: Timestamp,
    probe_revision: u32,
}

impl<'a> History<'a> {
    fn of(heartbeat: &'a HeartbeatProbe, down_after: u16, events: &[(i64, Event)]) -> Self {
        let mut history = Self {
            heartbeat,
            records: Vec::new(),
            revisions: vec![revision(1, down_after)],
            state: MonitorState::default(),
            now: NOW,
            probe_revision: 1,
        };
        history.change(NOW, LifecycleEvent::Created);
        let mut elapsed = 0;
        // No deadline comes in the same millisecond as anything else.
        for (number, (after, event)) in (100..).zip(events) {
            elapsed += after;
            history.happen(at(elapsed).plus_millis(number), *event);
        }
        history.pass(at(7_200));
        history
    }

    fn happen(&mut self, at: Timestamp, event: Event) {
        self.pass(at);
        self.now = at;
        let rule = self.revisions[self.revisions.len() - 1].rule;
        let is_paused = self.state.activity != Activity::Active;
        match event {
            Event::Ping(kind, run) => {
                let (at, record) = ping(kind, at, run, self.heartbeat.limits);
                self.append(at, record);
            }
            Event::Edit(down_after, checks_same) if !is_paused => {
                self.revise(at, Rule { down_after, ..rule }, checks_same);
                self.change(at, LifecycleEvent::Edited);
            }
            Event::Pause if !is_paused => {
                self.revise(at, rule, false);
                self.change(at, LifecycleEvent::Paused);
            }
            Event::Resume if is_paused => {
                self.revise(at, rule, false);
                self.change(at, LifecycleEvent::Resumed);
            }
            Event::Acknowledge if self.state.incident.is_some() => {
                self.change(at, LifecycleEvent::Acknowledged);
            }
            _ => {}
        }
    }

    fn revise(&mut self, began_at: Timestamp, rule: Rule, checks_same: bool) {
        let number = self.revisions.len() as u32 + 1;
        if !checks_same {
            self.probe_revision = number;
        }
        self.revisions.push(StoredRevision {
            revision: number,
            began_at: Some(began_at),
            rule,
            probe_revision: Some(self.probe_revision),
            is_known: true,
        });
    }

    fn change(&mut self, timestamp: Timestamp, event: LifecycleEvent) {
        let own = self.revisions[self.revisions.len() - 1];
        let Record::Lifecycle(record) = edited(0, own.revision, event) else {
            unreachable!("it is one")
        };
        let open = self.state.incident.as_ref().map(|incident| incident.id);
        let is_edit = event == LifecycleEvent::Edited;
        let record = Lifecycle {
            timestamp,
            probe_revision: own
                .probe_revision
                .filter(|since| is_edit && *since < own.revision),
            incident_id: open.filter(|_| event == LifecycleEvent::Acknowledged),
            ..record
        };
        self.append(timestamp, Record::Lifecycle(record));
    }

    /// Says of each deadline until then that it has passed.
    fn pass(&mut self, until: Timestamp) {
        while let (Activity::Active, Some(heard)) = (self.state.activity, self.state.heartbeat.clone()) {
            let deadline = self.heartbeat.expectation.deadline(&heard);
            let Some(deadline) = deadline.filter(|deadline| deadline.at <= until) else {
                return;
            };
            self.now = self.now.max(deadline.at);
            let record = self.overdue(&deadline);
            self.append(self.now, record);
            if self.state.heartbeat.as_ref() == Some(&heard) {
                return;
            }
        }
    }

    fn overdue(&self, deadline: &Deadline) -> Record {
        let own = self.revisions[self.revisions.len() - 1];
        let (missed, run) = match deadline.overdue {
            Overdue::Ping(due) | Overdue::Start(due) => (Some(due.at), None),
            Overdue::End(run) => (None, Some(run)),
        };
        let is_good = self.heartbeat.limits.must_not_ping && run.is_none();
        let heard = self.state.heartbeat.clone().unwrap_or_default();
        let Record::Result(record) = result(0, is_good, own.rule, own.revision) else {
            unreachable!("it is one")
        };
        Record::Result(CheckResult {
            kind: "heartbeat".into(),
            timestamp: self.now,
            scheduled_at: own.began_at.map_or(deadline.at, |began| began.max(deadline.at)),
            interval_ms: None,
            latency_ms: None,
            probe_revision: own.probe_revision.filter(|since| *since < own.revision),
            error_code: (!is_good).then(|| deadline.overdue.error_code()),
            judged: Some(Judged {
                last_ping: heard.last_ping.map(|last| last.at),
                last_start: heard.last_start,
                missed,
                run,
                due: None,
            }),
            ..record
        })
    }

    fn append(&mut self, at: Timestamp, record: Record) {
        self.state = domain::decide(std::mem::take(&mut self.state), &record).state;
        self.records.push((at, record));
    }

    /// What is stored of it.
    fn stored(&self) -> Vec<(Timestamp, Record)> {
        let records = self.records.iter();
        let stored = records.filter(|(_, record)| !matches!(record, Record::Result(_)));
        stored.cloned().collect()
    }
}

fn event() -> impl Strategy<Value = Event> {
    let run = || option::weighted(0.4, 1u128..4);
    prop_oneof![
        10 => run().prop_map(|run| Event::Ping(PingKind::Success, run)),
        3 => run().prop_map(|run| Event::Ping(PingKind::Fail, run)),
        6 => run().prop_map(|run| Event::Ping(PingKind::Start, run)),
        2 => run().prop_map(|run| Event::Ping(PingKind::Log, run)),
        1 => Just(Event::Ping(PingKind::Ignored, None)),
        2 => (1u16..4, any::<bool>()).prop_map(|(down_after, same)| Event::Edit(down_after, same)),
        1 => Just(Event::Pause),
        2 => Just(Event::Resume),
        2 => Just(Event::Acknowledge),
    ]
}

fn heartbeat() -> impl Strategy<Value = HeartbeatProbe> {
    let schedule = prop_oneof![Just(None), Just(Some("*/10 * * * *")), Just(Some("*:7/25:30"))];
    let times = (
        option::weighted(0.3, 60u32..400),
        option::weighted(0.4, 0u32..900),
    );
    let limits = (option::weighted(0.2, 5_000u32..90_000), any::<bool>(), 0u8..8);
    (schedule, 60u32..700, times, limits).prop_map(
        |(expression, grace, (start_grace_seconds, longest), (shortest_ms, has_pause, unexpected))| {
            let mut made = probe(expression, grace);
            made.expectation.start_grace_seconds = start_grace_seconds;
            made.expectation.longest_run_seconds = longest.map(|seconds| seconds / 60 * 60);
            made.limits = RunLimits {
                shortest_ms,
                least_pause_ms: has_pause.then_some(60_000),
                must_not_ping: unexpected == 0,
            };
            made
        },
    )
}

proptest! {
    #[test]
    fn a_backtest_of_pings_comes_to_what_an_alerter_has_decided(
        heartbeat in heartbeat(),
        down_after in 1u16..4,
        events in collection::vec((1i64..900, event()), 1..30),
        world in world(),
        since in 0i64..7_200,
    ) {
        let history = History::of(&heartbeat, down_after, &events);
        let live = LiveAlerter::run(&world, &history.records, &[]);
        let of = |simulated: &Simulated| {
            let incidents = simulated.incidents.iter();
            incidents.map(|it| (it.id, it.degraded, it.started_at, it.resolution)).collect::<Vec<_>>()
        };
        let simulated = simulate(&world, &heartbeat, &history.revisions, at(0), history.stored());
        prop_assert_eq!(&of(&simulated), &live.incidents);
        prop_assert_eq!(&simulated.messages, &live.messages);
        // Dates that are passed over before the time tell nothing.
        let later = simulate(&world, &heartbeat, &history.revisions, at(since), history.stored());
        prop_assert_eq!(&of(&later), &live.incidents);
        prop_assert_eq!(&later.messages, &live.messages);
    }
}
