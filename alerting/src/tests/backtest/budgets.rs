//! What a simulation may do, and how it ends when that is not enough.

use std::cell::Cell;

use domain::routing::Labels;

use super::*;

/// A day, in seconds.
const DAY: i64 = 86_400;

/// A monitor that is down, of which a channel is reminded every five minutes for sixty days.
fn reminded() -> World {
    let reminding = ChannelAlerts {
        remind_every_seconds: Some(300),
        ..PLAIN
    };
    let mut world = World::of(one(reminding));
    world.until = at(60 * DAY);
    world
}

#[test]
fn timers_and_messages_are_counted_not_records_alone() {
    let world = reminded();
    let mut budget = Budget::of(STEPS);
    let simulated = world.run_within(checks("x"), &mut budget).unwrap();
    let messages = simulated.messages.len() as u64;
    assert_eq!(messages, 60 * 288);
    let spent = STEPS - budget.left();
    assert!(spent > messages, "{spent}");
    // As many steps suffice, and not one less.
    assert!(world.run_within(checks("x"), &mut Budget::of(spent)).is_ok());
    let stopped = world.run_within(checks("x"), &mut Budget::of(spent - 1));
    assert_eq!(stopped, Err(Stopped::TooMuch));
}

#[test]
fn records_are_counted_where_nothing_is_sent() {
    let world = World::of(both());
    let mut budget = Budget::of(STEPS);
    assert!(world.run_within(checks(".........."), &mut budget).is_ok());
    let spent = STEPS - budget.left();
    assert!((10..20).contains(&spent), "{spent}");
    let mut budget = Budget::of(spent);
    assert!(world.run_within(checks(".........."), &mut budget).is_ok());
    let stopped = world.run_within(checks("."), &mut budget);
    assert_eq!(stopped, Err(Stopped::TooMuch), "what is left is shared");
}

#[test]
fn it_ends_soon_after_it_is_late_although_no_record_comes() {
    let asked = Cell::new(0_u64);
    let is_late = || {
        asked.set(asked.get() + 1);
        asked.get() == 10
    };
    let mut budget = Budget::while_in_time(STEPS, &is_late);
    assert_eq!(
        reminded().run_within(checks("x"), &mut budget),
        Err(Stopped::Late)
    );
    let spent = STEPS - budget.left();
    assert!(spent < 1_000, "{spent}");
}

#[test]
fn what_is_looked_at_for_months_is_looked_at_to_the_end() {
    // Held back by another monitor, it is looked at every ten seconds: for longer than a hundred thousand times.
    let mut world = World::of(Settings {
        labels: Labels {
            depends_on: vec![PARENT],
            wait_seconds: 40,
            recheck_seconds: 90,
            ..Labels::default()
        },
        ..one(PLAIN)
    });
    world.until = at(14 * DAY);
    world.upstreams = vec![(PARENT, vec![at(0)..at(13 * DAY)])];
    let simulated = world.run(checks(".x"));
    assert_eq!(messages(&simulated), [(13 * DAY + 90, 2, "down")]);
}
