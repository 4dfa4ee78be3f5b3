//! Steps while somebody has quiet hours, and while the monitor is silenced.

use domain::channel::{OwnerQuietHours, QuietWindow};
use domain::hold::{Hold, HoldKind};

use super::super::noise::quiet_for;
use super::*;

/// The member 11 has quiet hours for the first hour, and the monitor is not critical.
fn world() -> World {
    let mut world = World::new(policy(plan()));
    world.labels.severity = Severity::Warning;
    let channel = world.channels.iter_mut().find(|it| it.channel == ChannelId(11));
    channel.unwrap().preferences = quiet_for(3_600);
    world
}

/// The same, as the member has set it for all own channels.
fn world_of_member() -> World {
    let mut world = world();
    let mut channels = world.channels.iter_mut();
    let channel = channels.find(|it| it.channel == ChannelId(11)).unwrap();
    let quiet = channel.preferences.quiet_hours.take().unwrap();
    let window = QuietWindow {
        days: quiet.hours.days,
        from: quiet.hours.from,
        until: quiet.hours.until,
    };
    let quiet = OwnerQuietHours::new(Some(quiet.hours.time_zone.name()), vec![window], quiet.passes);
    channel.preferences.owner_quiet_hours = Some(quiet.unwrap());
    world
}

#[test]
fn a_step_that_reaches_only_who_has_quiet_hours_is_followed_by_the_next_one_at_once() {
    for mut world in [world(), world_of_member()] {
        world.down();
        world.tick(0);
        assert_eq!(world.send(), [(12, AlertKind::Down)]);
        // Of a member that is noted nowhere: others read it.
        assert_eq!(world.notes(), Vec::<&str>::new());
        world.tick(10 * MINUTE);
        world.send();
        // The next round begins, and who slept is notified of what goes on when the quiet hours are over.
        world.tick(59 * MINUTE);
        world.send();
        world.tick(60 * MINUTE);
        assert!(world.send().contains(&(11, AlertKind::Down)));
    }
}

#[test]
fn that_a_channel_of_the_organisation_has_quiet_hours_is_noted() {
    let mut plan = plan();
    plan.steps[0].targets = vec![person(11), Target::Channel { id: ChannelId(1) }];
    let mut world = World {
        policy: policy(plan),
        ..world()
    };
    world.channels[0].preferences = quiet_for(3_600);
    world.down();
    world.tick(0);
    assert_eq!(world.send(), [(12, AlertKind::Down)]);
    assert_eq!(world.notes(), ["step 1 of Night: a channel has quiet hours"]);
}

#[test]
fn who_slept_is_not_notified_of_what_somebody_else_has_acknowledged() {
    let mut world = world();
    world.down();
    world.tick(0);
    world.send();
    world.acknowledge(60);
    world.tick(61);
    world.send();
    world.tick(60 * MINUTE);
    let later: Vec<_> = world
        .send()
        .into_iter()
        .filter(|(channel, _)| *channel == 11)
        .collect();
    assert_eq!(later, []);
}

#[test]
fn what_is_critical_wakes_people() {
    for mut world in [world(), world_of_member()] {
        world.labels.severity = Severity::Critical;
        world.down();
        world.tick(0);
        assert_eq!(world.send(), [(11, AlertKind::Down)]);
    }
}

#[test]
fn no_step_is_carried_out_while_the_monitor_is_silenced() {
    let mut world = World::new(policy(plan()));
    world.down();
    world.tick(0);
    assert_eq!(world.send(), [(11, AlertKind::Down)]);
    let hold = |from: i64, until: i64| Hold {
        kind: HoldKind::Silence,
        monitors: vec![ID],
        conditions: Conditions::default(),
        spans: vec![(NOW.plus_millis(from * 1_000), NOW.plus_millis(until * 1_000))],
    };
    world.rules.holds = vec![hold(60, 20 * MINUTE)];
    assert_eq!(world.tick(5 * MINUTE), Some(20 * MINUTE));
    assert_eq!(world.send(), []);
    world.tick(20 * MINUTE);
    assert_eq!(world.send(), [(12, AlertKind::Down)]);
}

#[test]
fn who_sleeps_and_was_sent_the_beginning_is_notified_once_more_outside_of_quiet_hours() {
    let mut world = world();
    world.policy = policy(EscalationPlan {
        steps: vec![
            step(0, &[person(11)]),
            step(5, &[person(11)]),
            step(5, &[person(12)]),
        ],
        repeat_after_minutes: 90,
        ..plan()
    });
    // The beginning came before the quiet hours did.
    let mut channels = world.channels.iter_mut();
    let channel = channels.find(|it| it.channel == ChannelId(11)).unwrap();
    let quiet = channel.preferences.quiet_hours.take();
    world.down();
    world.tick(0);
    assert_eq!(world.send(), [(11, AlertKind::Down)]);
    let mut channels = world.channels.iter_mut();
    let channel = channels.find(|it| it.channel == ChannelId(11)).unwrap();
    channel.preferences.quiet_hours = quiet;
    assert!(world.undelivered(11, AlertKind::Down, MINUTE));
    // Somebody else is notified at once.
    world.tick(MINUTE);
    assert_eq!(world.send(), [(12, AlertKind::Down)]);
    world.tick(60 * MINUTE);
    assert_eq!(world.send(), []);
    world.tick(91 * MINUTE);
    assert_eq!(world.send(), [(11, AlertKind::Reminder)]);
}
