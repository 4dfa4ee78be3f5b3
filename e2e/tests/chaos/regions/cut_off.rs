//! A region whose line to all others, and to the target, is cut or bad.

use e2e::{FarNetwork, LineFault};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use super::world::{INTERVAL_MS, REGIONS, World};
use super::{names, one_of, rounds};

const TEST: &str = "a_region_that_is_cut_off_makes_no_outage_and_hides_none";

const FAULTS: [LineFault; 5] = [
    LineFault::Cut,
    LineFault::NothingLeaves,
    LineFault::NothingArrives,
    LineFault::Lossy,
    LineFault::Slow,
];

#[tokio::test(flavor = "multi_thread")]
async fn a_region_that_is_cut_off_makes_no_outage_and_hides_none() {
    if !testkit::is_full() {
        return;
    }
    let network = match FarNetwork::open().await {
        Ok(network) => network,
        Err(why) => return testkit::skipped(TEST, &why),
    };
    let Some(kafka) = testkit::kafka(TEST, 4).await else {
        return;
    };
    let faults = possible(&network);
    let mut random = StdRng::seed_from_u64(testkit::fault_seed());
    let mut world = World::start(&kafka).await;
    let (far, near) = one_of(&mut random);
    world.start_far_pinger(far, &network);
    for region in near {
        world.start_pinger(region);
    }
    let (quiet, all) = (world.add("Quiet", 2).await, world.add("Everywhere", 2).await);
    for monitor in [quiet, all] {
        world.await_said(monitor, &REGIONS, "up").await;
    }
    let mut outages = 0;
    for _ in 0..rounds() {
        let mut drawn = faults.clone();
        drawn.shuffle(&mut random);
        for fault in drawn {
            network.disturb(fault).unwrap();
            let is_cut = !matches!(fault, LineFault::Lossy | LineFault::Slow);
            if is_cut {
                for monitor in [quiet, all] {
                    world.await_said(monitor, &[far], "absent").await;
                }
            } else {
                checked_thrice(&world, quiet, near[0]).await;
            }
            world.assert_quiet("Quiet", quiet).await;

            world.break_for("Everywhere", &REGIONS);
            world.await_messages("Everywhere", 2 * outages + 1).await;
            world.await_state(all, "down").await;
            if is_cut {
                let found = world.last_found("Everywhere");
                assert_eq!((found.down, found.absent), (names(&near), names(&[far])));
                world.assert_found_in_time(all, 1).await;
            }
            // It comes back in the outage, or after it.
            let in_outage: bool = random.random();
            if in_outage {
                network.repair(fault).unwrap();
                world.await_said(all, &REGIONS, "down").await;
            }
            world.mend("Everywhere");
            world.await_messages("Everywhere", 2 * outages + 2).await;
            if !in_outage {
                network.repair(fault).unwrap();
            }
            for monitor in [quiet, all] {
                world.await_said(monitor, &REGIONS, "up").await;
            }
            let found = world.await_over("Everywhere", all).await;
            // Where checks fail by chance, one region of the others is enough for an outage, and for its end.
            let is_by_chance = matches!(fault, LineFault::Lossy);
            assert!(found == outages + 1 || is_by_chance, "{fault:?}: {found}");
            outages = found;
        }
    }
    world.assert_quiet("Quiet", quiet).await;
    world.assert_outages("Everywhere", all, outages).await;
    world.assert_quorums(&["Everywhere"]);
}

/// The faults that this machine can make; the others count as skipped.
fn possible(network: &FarNetwork) -> Vec<LineFault> {
    let mut possible = Vec::new();
    for fault in FAULTS {
        match network.disturb(fault) {
            Ok(()) => {
                network.repair(fault).unwrap();
                possible.push(fault);
            }
            Err(why) => testkit::skipped(&format!("{TEST} ({fault:?})"), &why),
        }
    }
    possible
}

/// Waits until a region has checked a monitor for three more intervals.
async fn checked_thrice(world: &World, monitor: i64, region: &str) {
    let before = world.last_slot(monitor, region).await;
    testkit::eventually("three intervals have passed", 2 * e2e::PATIENCE, async || {
        let passed = world.last_slot(monitor, region).await.millis_since(before);
        (passed >= 3 * INTERVAL_MS).then_some(())
    })
    .await;
}
