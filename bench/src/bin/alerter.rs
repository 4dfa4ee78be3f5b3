//! The alerter's figures: records decoded and folded per CPU-second in the steady state, beside decoding
//! alone; from a record's publication to the request at Slack; a storm; a storm below one monitor.
//!
//! `alerter-bench [fold|latency|storm|parents|policies]...`, all but `policies` by default. `storm` is one of monitors of
//! which the alerter has never heard, and one of monitors whose names and labels it was told, as in a deployment.
//! `parents` is a storm of monitors of which all depend on the first: that one fails together with them, and once more
//! when the others have waited for it as long as it may take to find it down. `policies` is latency and both storms in an
//! organisation that has 1,000 routes, 100 escalation policies and 100 schedules, and takes more than a minute.

use std::collections::HashMap;
use std::time::Duration;

use alerter::Replay;
use bench::alert_parents::{self, AlertLog};
use bench::alert_policy;
use bench::alerts::{self, Alerting, Organisation, message, result};
use bench::report::report;
use bench::{machine, stats};
use domain::alert_policy::AlertPolicy;
use domain::{ChannelId, Record, Timestamp};
use shared::kafka::{KafkaSettings, Message};
use shared::shutdown::CancellationToken;
use tokio::time::{Instant, MissedTickBehavior, interval};

const ROUNDS: usize = 5;

/// Monitors that fail together.
const STORM_MONITORS: i64 = 10_000;

/// How long something may take that takes seconds.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::main]
async fn main() {
    shared::install_crypto();
    let phases: Vec<String> = std::env::args().skip(1).collect();
    let named = |name: &str| phases.iter().any(|phase| phase == name);
    let wanted = |name: &str| phases.is_empty() || named(name);
    report(&format!("conditions: {}", machine::conditions()));
    if wanted("fold") {
        fold();
    }
    if wanted("latency") {
        latency("", AlertPolicy::default()).await;
    }
    if wanted("storm") {
        storm("", Organisation::default()).await;
        storm(
            ", their names known",
            Organisation::default().with_monitors(STORM_MONITORS),
        )
        .await;
    }
    if wanted("parents") {
        parents(Duration::ZERO).await;
        parents(alert_parents::FOUND_WITHIN).await;
    }
    if named("policies") {
        let policy = alert_policy::policy(ChannelId(1));
        latency(" with 1,000 routes", policy.clone()).await;
        let organisation = Organisation::from(policy);
        storm(" with 1,000 routes", organisation.clone()).await;
        storm(
            " with 1,000 routes, their names known",
            organisation.with_monitors(STORM_MONITORS),
        )
        .await;
    }
}

async fn kafka() -> KafkaSettings {
    testkit::kafka("alerter-bench", 12)
        .await
        .expect("TEST_KAFKA_BROKERS is set")
}

/// Steady results of 10,000 monitors on one thread, in turns with decoding alone.
fn fold() {
    const MONITORS: i64 = 10_000;
    const SLOTS: i64 = 50;
    let kafka = KafkaSettings::new("127.0.0.1:1", "", 1);
    let first = shared::now().plus_millis(-SLOTS * 60_000);
    let slots = (0..SLOTS).flat_map(|slot| (1..=MONITORS).map(move |monitor| (slot, monitor)));
    let records: Vec<Message> = slots
        .map(|(slot, monitor)| {
            let record = result(monitor, first.plus_millis(slot * 60_000), true);
            message(slot * MONITORS + monitor, &record)
        })
        .collect();
    let (mut folded, mut decoded) = (Vec::new(), Vec::new());
    let per_second = |started: Duration| {
        let took = machine::cpu_time(std::process::id()) - started;
        records.len() as f64 / took.as_secs_f64()
    };
    for _ in 0..ROUNDS {
        let mut replay = Replay::new(&alerts::settings(&kafka, "http://127.0.0.1:1", 0));
        replay.take(&records[..MONITORS as usize]);
        let started = machine::cpu_time(std::process::id());
        let writes: usize = records.chunks(5_000).map(|batch| replay.take(batch)).sum();
        folded.push(per_second(started));
        assert_eq!(writes, 0, "the steady state writes nothing");
        let started = machine::cpu_time(std::process::id());
        let all = records
            .iter()
            .filter_map(|record| Record::decode(record.payload.as_deref()?).ok());
        assert_eq!(all.count(), records.len());
        decoded.push(per_second(started));
    }
    let (folded, decoded) = (stats::median(&folded), stats::median(&decoded));
    report(&format!(
        "fold: {folded:.0} records decoded and folded per CPU-second, {:.0} % of decoding alone",
        folded / decoded * 100.0
    ));
}

/// 1,000 results a second, ten of which are transitions. The first seconds are not measured: in them the producer
/// gets to know the partitions, and the alerter the monitors' names.
async fn latency(how: &str, policy: AlertPolicy) {
    const WARM_UP_SECONDS: i64 = 5;
    const SECONDS: i64 = 60;
    let alerting = Alerting::start_with(kafka().await, 0, policy).await;
    let mut slot = shared::now().plus_millis(-3_600_000);
    begin(&alerting, slot).await;
    let before = alerting.slack.messages().len();
    let mut published: HashMap<String, Timestamp> = HashMap::new();
    let mut every = interval(Duration::from_millis(100));
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut transition = 0;
    for tick in 0..(WARM_UP_SECONDS + SECONDS) * 10 {
        every.tick().await;
        slot = slot.plus_millis(1_000);
        // Each of them goes down once.
        transition += 1;
        let mut results: Vec<Record> = (1..100).map(|i| result(i, slot, true)).collect();
        results.push(result(1_000 + transition, slot, false));
        let at = alerting.publish(&results).await;
        if tick >= WARM_UP_SECONDS * 10 {
            published.insert(format!("Down: Shop {}.", 1_000 + transition), at);
        }
    }
    await_messages(&alerting, before + transition as usize).await;
    let messages = alerting.slack.messages();
    let took: Vec<f64> = messages
        .iter()
        .filter_map(|(at, message)| {
            let line = message["text"].as_str()?.lines().next()?;
            let published = published.get(line.trim_start_matches("🔴 "))?;
            Some(at.millis_since(*published) as f64)
        })
        .collect();
    assert_eq!(took.len(), published.len());
    report(&format!(
        "latency at 1,000 results/s{how}: p50 {:.0} ms, p99 {:.0} ms from the publication to the request at Slack",
        stats::median(&took),
        stats::percentile(&took, 99.0)
    ));
    alerting.stop().await;
}

/// 10,000 monitors fail together. Those that are not known beforehand are asked for, each by itself, before anything about
/// them is decided.
async fn storm(how: &str, organisation: Organisation) {
    const MONITORS: i64 = STORM_MONITORS;
    const WINDOW_MS: u32 = 3_000;
    let known = organisation.monitors.len() as i64;
    let alerting = Alerting::start_with(kafka().await, WINDOW_MS, organisation).await;
    let slot = shared::now().plus_millis(-3_600_000);
    begin(&alerting, slot).await;
    if known > 0 {
        alert_parents::await_labels(&alerting.kafka, known, PATIENCE).await;
    }
    let before = alerting.slack.messages().len();
    let failures: Vec<Record> = (1..=MONITORS)
        .map(|id| result(id, slot.plus_millis(1_000), false))
        .collect();
    let started = Instant::now();
    alerting.publish(&failures).await;
    let topics = [alerting.kafka.results_topic()];
    testkit::eventually("all decisions are durable", PATIENCE, async || {
        (alerting.kafka.group_lag("alerter", &topics).await.ok()? == 0).then_some(())
    })
    .await;
    let durable = started.elapsed();
    let messages = testkit::eventually("the storm is told", PATIENCE, async || {
        let messages = alerting.slack.messages().split_off(before);
        let outages: usize = messages.iter().map(|(_, message)| outages(message)).sum();
        (outages >= MONITORS as usize).then_some(messages)
    })
    .await;
    let told = started.elapsed();
    report(&format!(
        "storm of {MONITORS}{how}: decisions durable and committed after {:.1} s, told after {:.1} s in {} messages, {} of them \
         about single monitors, with a window of {} s",
        durable.as_secs_f64(),
        told.as_secs_f64(),
        messages.len(),
        messages
            .iter()
            .filter(|(_, message)| outages(message) == 1)
            .count(),
        WINDOW_MS / 1_000
    ));
    alerting.stop().await;
}

/// 10,000 monitors fail, of which all depend on the first; that one fails `later`, after all others.
async fn parents(later: Duration) {
    const MONITORS: i64 = STORM_MONITORS;
    const CHILDREN: usize = MONITORS as usize - 1;
    const WINDOW_MS: u32 = 3_000;
    /// What is aimed at beyond the window.
    const MARGIN: Duration = Duration::from_secs(2);
    let (kafka, stop) = (kafka().await, CancellationToken::new());
    let log = AlertLog::watch(&kafka, stop.clone());
    let alerting = Alerting::start_with(kafka, WINDOW_MS, alert_parents::organisation(MONITORS)).await;
    let slot = shared::now().plus_millis(-3_600_000);
    begin(&alerting, slot).await;
    testkit::eventually("what is recorded is read", PATIENCE, async || {
        (!log.is_empty()).then_some(())
    })
    .await;
    alert_parents::await_labels(&alerting.kafka, MONITORS, PATIENCE).await;
    let before = alerting.slack.messages().len();
    let failure = |id| alert_parents::failure(id, slot.plus_millis(1_000));
    let mut failures: Vec<Record> = (alert_parents::PARENT + 1..=MONITORS).map(failure).collect();
    if later > Duration::ZERO {
        alerting.publish(&std::mem::take(&mut failures)).await;
        tokio::time::sleep(later).await;
    }
    failures.push(failure(alert_parents::PARENT));
    let started = Instant::now();
    let published = alerting.publish(&failures).await;
    let topics = [alerting.kafka.results_topic()];
    testkit::eventually("all offsets are committed", PATIENCE, async || {
        (alerting.kafka.group_lag("alerter", &topics).await.ok()? == 0).then_some(())
    })
    .await;
    let committed = started.elapsed();
    let recorded = testkit::eventually("all decisions are recorded", PATIENCE, async || {
        let recorded = log.recorded(MONITORS);
        (recorded.decided == CHILDREN).then_some(recorded)
    })
    .await;
    await_messages(&alerting, before + 1).await;
    // Whatever should not come has had as long to come.
    tokio::time::sleep_until(started + Duration::from_millis(WINDOW_MS.into()) + MARGIN).await;
    let messages = alerting.slack.messages().split_off(before);
    let parent = format!("Down: {}", alerts::name(alert_parents::PARENT));
    let seconds = |at: Option<Timestamp>| match at {
        Some(at) => format!("{:.1} s", at.millis_since(published) as f64 / 1_000.0),
        None => "never".to_owned(),
    };
    let first = messages.iter().find(|(_, message)| {
        let text = message["text"].as_str().unwrap_or_default();
        text.lines().next().is_some_and(|line| line.ends_with(&parent))
    });
    report(&format!(
        "parents: {MONITORS} monitors fail, of which {CHILDREN} depend on the first, found down {} s after them (an alert waits \
         for at most {} s for that). From its record on: it is at Slack after {}, {} messages about {} outages in all; {} \
         alerts held back, by {} records for the reason {:?}, the last of them readable after {}; offsets committed after \
         {:.1} s, with a window of {} s",
        later.as_secs(),
        alert_parents::WAIT_SECONDS,
        seconds(first.map(|(at, _)| *at)),
        messages.len(),
        messages
            .iter()
            .map(|(_, message)| outages(message))
            .sum::<usize>(),
        recorded.held_back,
        recorded.suppressions,
        recorded.reasons,
        seconds(recorded.last),
        committed.as_secs_f64(),
        WINDOW_MS / 1_000
    ));
    stop.cancel();
    alerting.stop().await;
}

/// How many outages a message tells of.
fn outages(message: &serde_json::Value) -> usize {
    let line = message["text"].as_str().and_then(|text| text.lines().next());
    let counted = line.and_then(|line| line.strip_suffix(" monitors")?.rsplit(' ').next()?.parse().ok());
    counted.unwrap_or(1)
}

/// Waits until the alerter has joined its group and knows the channel.
async fn begin(alerting: &Alerting, slot: Timestamp) {
    alerting.publish(&[result(1_000_000, slot, false)]).await;
    await_messages(alerting, 1).await;
}

async fn await_messages(alerting: &Alerting, count: usize) {
    testkit::eventually("Slack is told", PATIENCE, async || {
        (alerting.slack.messages().len() >= count).then_some(())
    })
    .await;
}
