//! A monitor that three regions check, of which something is broken: it is down when as many find it down as are needed,
//! that is announced once, and a region that cannot see, is gone or stood still makes no outage, and hides none.

mod cut_off;
mod world;

use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use testkit::Signal;

use world::{Found, INTERVAL_MS, REGIONS, World};

/// At least how long a region is frozen.
const FROZEN: Duration = Duration::from_secs(60);

/// A third as many as of other fault tests, for each takes a few intervals.
fn rounds() -> usize {
    testkit::rounds().div_ceil(3)
}

fn names(regions: &[&str]) -> Vec<String> {
    let mut names: Vec<_> = regions.iter().map(|&name| name.to_owned()).collect();
    names.sort_unstable();
    names
}

/// A region, and the others.
fn one_of(random: &mut StdRng) -> (&'static str, [&'static str; 2]) {
    let mut regions = REGIONS;
    regions.shuffle(random);
    let [one, others @ ..] = regions;
    (one, others)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_region_cannot_reach_is_no_outage_and_what_two_cannot_is_one() {
    let test = "what_one_region_cannot_reach_is_no_outage_and_what_two_cannot_is_one";
    let Some(kafka) = testkit::kafka(test, 4).await else {
        return;
    };
    let mut random = StdRng::seed_from_u64(testkit::fault_seed());
    let mut world = World::start_all(&kafka).await;
    let [one, two, all] = [
        world.add("One", 2).await,
        world.add("Two", 2).await,
        world.add("Everywhere", 2).await,
    ];
    for monitor in [one, two, all] {
        world.await_said(monitor, &REGIONS, "up").await;
    }
    for round in 0..rounds() {
        let (spared, broken) = one_of(&mut random);
        world.break_for("One", &broken[..1]);
        world.break_for("Two", &broken[..1]);
        for monitor in [one, two] {
            world.await_said(monitor, &broken[..1], "down").await;
        }
        // What the first region has found is known to those that come after them.
        world.cluster.crash("processor").await;
        world.cluster.crash("alerter").await;
        world.break_for("Two", &broken);
        world.break_for("Everywhere", &REGIONS);
        for (monitor, name) in [(two, "Two"), (all, "Everywhere")] {
            world.await_messages(name, 2 * round + 1).await;
            world.await_state(monitor, "down").await;
        }
        let found = Found {
            down: names(&broken),
            up: names(&[spared]),
            absent: Vec::new(),
        };
        assert_eq!(world.last_found("Two"), found);
        world.assert_found_in_time(all, 0).await;
        if random.random() {
            world.cluster.replace("processor").await;
            world.cluster.replace("alerter").await;
        }
        world.mend("Two");
        world.mend("Everywhere");
        for (monitor, name) in [(two, "Two"), (all, "Everywhere")] {
            world.await_messages(name, 2 * round + 2).await;
            world.await_said(monitor, &REGIONS, "up").await;
        }
        // All the while it was out of reach of one region.
        world.await_said(one, &broken[..1], "down").await;
        world.assert_quiet("One", one).await;
        world.mend("One");
        world.await_said(one, &REGIONS, "up").await;
    }
    world.assert_quiet("One", one).await;
    world.assert_outages("Two", two, rounds()).await;
    world.assert_outages("Everywhere", all, rounds()).await;
    world.assert_quorums(&["Two", "Everywhere"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_that_is_killed_is_absent_and_the_others_decide() {
    let Some(kafka) = testkit::kafka("a_region_that_is_killed_is_absent_and_the_others_decide", 4).await
    else {
        return;
    };
    let mut random = StdRng::seed_from_u64(testkit::fault_seed());
    let mut world = World::start_all(&kafka).await;
    // Of the one a single failing check would be announced, whichever region makes it.
    let (any, all) = (world.add("Any", 1).await, world.add("Everywhere", 2).await);
    for monitor in [any, all] {
        world.await_said(monitor, &REGIONS, "up").await;
    }
    for round in 0..rounds() {
        let (killed, others) = one_of(&mut random);
        world.kill_pinger(killed).await;
        for monitor in [any, all] {
            world.await_said(monitor, &[killed], "absent").await;
        }
        let silent_ms = shared::now().millis_since(world.last_slot(all, killed).await);
        assert!(silent_ms >= 3 * INTERVAL_MS, "absent after {silent_ms} ms");
        world.assert_quiet("Any", any).await;
        assert_eq!(world.kinds("Everywhere").len(), 2 * round);

        world.break_for("Everywhere", &REGIONS);
        world.await_messages("Everywhere", 2 * round + 1).await;
        world.await_state(all, "down").await;
        let found = Found {
            down: names(&others),
            up: Vec::new(),
            absent: names(&[killed]),
        };
        assert_eq!(world.last_found("Everywhere"), found);
        world.assert_found_in_time(all, 1).await;

        world.start_pinger(killed);
        world.mend("Everywhere");
        world.await_messages("Everywhere", 2 * round + 2).await;
        for monitor in [any, all] {
            world.await_said(monitor, &REGIONS, "up").await;
        }
    }
    world.assert_quiet("Any", any).await;
    world.assert_outages("Everywhere", all, rounds()).await;
    world.assert_quorums(&["Everywhere"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_that_stood_still_finds_nothing_down_when_it_goes_on() {
    if !testkit::is_full() {
        return;
    }
    let test = "a_region_that_stood_still_finds_nothing_down_when_it_goes_on";
    let Some(kafka) = testkit::kafka(test, 4).await else {
        return;
    };
    let mut random = StdRng::seed_from_u64(testkit::fault_seed());
    let world = World::start_all(&kafka).await;
    // Of the one a single failing check would be announced, whichever region makes it.
    let (any, all) = (world.add("Any", 1).await, world.add("Everywhere", 2).await);
    for monitor in [any, all] {
        world.await_said(monitor, &REGIONS, "up").await;
    }
    for round in 0..rounds() {
        let (frozen, others) = one_of(&mut random);
        // Any instant between two slots, or while one is checked.
        let pause = random.random_range(0..INTERVAL_MS.unsigned_abs());
        tokio::time::sleep(Duration::from_millis(pause)).await;
        world.signal_pinger(frozen, Signal::STOP);
        tokio::time::sleep(FROZEN).await;
        world.await_said(any, &[frozen], "absent").await;
        world.assert_quiet("Any", any).await;
        // In every other round it goes on in the middle of an outage, which it is not to end.
        if round % 2 == 0 {
            world.signal_pinger(frozen, Signal::CONT);
            world.await_said(any, &REGIONS, "up").await;
        }
        let down = 2 * (round / 2);
        if round % 2 == 1 {
            world.break_for("Everywhere", &REGIONS);
            world.await_messages("Everywhere", down + 1).await;
            world.await_said(all, &others, "down").await;
            world.signal_pinger(frozen, Signal::CONT);
            world.await_said(all, &REGIONS, "down").await;
            world.await_state(all, "down").await;
            world.mend("Everywhere");
            world.await_messages("Everywhere", down + 2).await;
        }
        for monitor in [any, all] {
            world.await_said(monitor, &REGIONS, "up").await;
        }
        let results = world.results(any).await;
        let failed = results.iter().find(|(_, _, state)| state == "down");
        assert_eq!(failed, None, "{frozen} was frozen");
    }
    world.assert_quiet("Any", any).await;
    world.assert_outages("Everywhere", all, rounds() / 2).await;
    world.assert_quorums(&["Everywhere"]);
}
