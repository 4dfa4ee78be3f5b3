//! Whatever happens in between, steps are taken as a slow, obvious model says: each once, none early, none left out.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

/// What happens in between.
#[derive(Clone, Copy, Debug)]
enum Happening {
    /// Messages are received.
    Received,
    /// Messages are refused for good.
    Refused,
    /// What the last step has sent is reported as not delivered.
    Undelivered,
    /// Everything else that is remembered as sent is, later than what followed it.
    UndeliveredLate,
    /// Somebody acknowledges.
    Acknowledged,
    /// Nothing: only time goes by.
    Nothing,
}

/// Three steps of one person each; the third person is there only where `all` are.
fn plan_of(waits: [u32; 3], repeats: u8) -> EscalationPlan {
    let steps = [11, 12, 13].into_iter().zip(waits);
    EscalationPlan {
        steps: steps.map(|(id, wait)| step(wait, &[person(id)])).collect(),
        repeats,
        repeat_after_minutes: 7,
        acknowledgement_minutes: 0,
    }
}

/// The model: minutes, round and step of each that is taken.
struct Model {
    waits: [u32; 3],
    repeats: i64,
    reachable: [bool; 3],
    last_at: i64,
    done: i64,
    /// Whether the last step has reached nobody so far.
    in_vain: bool,
    acknowledged: bool,
    taken: Vec<(i64, i64, i64)>,
    /// What was received, and is not reported as undelivered.
    received: HashSet<DeliveryId>,
    /// Whether everybody else was to be notified.
    fell_back: bool,
}

impl Model {
    /// Nobody whom the steps name has it, and nothing is on its way to them.
    fn fall_back(&mut self, is_idle: bool) {
        self.fell_back |= !self.acknowledged && self.done >= 3 && is_idle && self.received.is_empty();
    }

    fn tick(&mut self, minute: i64) {
        while !self.acknowledged && self.done < 3 * (self.repeats + 1) {
            let (round, index) = (self.done / 3, self.done % 3);
            let wait = match (index, round) {
                (0, 1..) => 7,
                (0, _) => i64::from(self.waits[0]),
                _ if self.in_vain => 0,
                _ => i64::from(self.waits[index as usize]),
            };
            if minute < self.last_at + wait {
                return;
            }
            (self.last_at, self.done) = (minute, self.done + 1);
            self.in_vain = !self.reachable[index as usize];
            if !self.in_vain {
                self.taken.push((minute, round + 1, index + 1));
            }
        }
    }
}

proptest! {
    #[test]
    fn steps_are_taken_as_the_model_says(
        waits in [0u32..20, 0u32..20, 0u32..20],
        repeats in 0u8..4,
        reachable in [any::<bool>(), any::<bool>(), any::<bool>()],
        happenings in proptest::collection::vec(
            (0i64..25, prop_oneof![
                4 => Just(Happening::Received),
                2 => Just(Happening::Refused),
                2 => Just(Happening::Undelivered),
                1 => Just(Happening::UndeliveredLate),
                3 => Just(Happening::Nothing),
                1 => Just(Happening::Acknowledged),
            ]),
            1..40,
        ),
    ) {
        let mut policy = policy(plan_of(waits, repeats));
        policy.people.retain(|person| reachable[(person.id.0 - 11) as usize]);
        let mut world = World::new(policy);
        // What stands in for the policy has a test of its own.
        world.channels.retain(|recipient| recipient.is_own);
        let mut model = Model {
            waits, repeats: repeats.into(), reachable, last_at: 0, done: 0, in_vain: false, acknowledged: false, taken: Vec::new(),
            received: HashSet::new(), fell_back: false,
        };
        world.down();
        let (mut minute, mut taken) = (0, Vec::new());
        let mut tick = |world: &mut World, model: &mut Model, minute: i64| {
            let before = world.alerter.events.len();
            world.tick(minute * MINUTE);
            model.tick(minute);
            model.fall_back(world.alerter.ledger.due().is_empty());
            for event in &world.alerter.events[before..] {
                let step = event.cause.and_then(|cause| cause.step);
                if let (Step::Decided, Some(step)) = (event.step, step) {
                    taken.push((minute, i64::from(step.round), i64::from(step.step)));
                }
            }
        };
        tick(&mut world, &mut model, minute);
        for (pause, happening) in happenings {
            match happening {
                Happening::Received => {
                    let due = world.alerter.ledger.due();
                    model.received.extend(due.iter().map(|(.., delivery)| delivery.id));
                    world.send();
                }
                Happening::Refused => {
                    let refused = DeliveryOutcome::Failed { reason: "HTTP 404".into() };
                    // A person who has received the beginning is reminded: that is refused, too.
                    if !world.send_with(&refused).is_empty() {
                        let last = ((model.done - 1) % 3) as usize;
                        model.in_vain |= model.done > 0 && model.reachable[last];
                    }
                }
                Happening::Undelivered => {
                    let last = world.alerter.ledger.incidents[0].escalations[0].last.clone();
                    for delivery in last {
                        if world.report_undelivered(delivery, minute * MINUTE) {
                            model.in_vain = true;
                            model.received.remove(&delivery);
                        }
                        prop_assert!(!world.report_undelivered(delivery, minute * MINUTE), "once");
                    }
                }
                Happening::UndeliveredLate => {
                    let incident = &world.alerter.ledger.incidents[0];
                    let all = incident.alerts().iter().flat_map(|alert| &alert.deliveries);
                    let ids = all.map(|delivery| delivery.id);
                    let last = &incident.escalations[0].last;
                    let earlier: Vec<_> = ids.filter(|id| !last.contains(id)).collect();
                    for delivery in earlier {
                        if world.report_undelivered(delivery, minute * MINUTE) {
                            model.received.remove(&delivery);
                        }
                    }
                }
                Happening::Acknowledged => {
                    if !model.acknowledged {
                        world.acknowledge(minute * MINUTE);
                        model.acknowledged = true;
                    }
                }
                Happening::Nothing => {}
            }
            minute += pause;
            tick(&mut world, &mut model, minute);
            let fell_back = world.alerter.ledger.incidents[0].escalations[0].fell_back;
            prop_assert_eq!(fell_back, model.fell_back, "{} {:?}", minute, model.received);
        }
        // A message that is still on its way is not sent a second time by a later round.
        let repeated: Vec<_> = model.taken.iter().filter(|step| !taken.contains(step)).collect();
        prop_assert!(taken.iter().all(|step| model.taken.contains(step)), "{taken:?} {:?}", model.taken);
        prop_assert!(repeated.iter().all(|(_, round, _)| *round > 1), "{taken:?} {:?}", model.taken);
        let names: Vec<_> = world.alerter.events.iter().filter(|event| event.step == Step::Decided)
            .map(|event| (event.delivery_id, event.attempt)).collect();
        let distinct: HashSet<_> = names.iter().collect();
        prop_assert_eq!(distinct.len(), names.len());
        let notes: Vec<_> = world.alerter.events.iter().filter(|event| event.delivery_id.is_none())
            .map(|event| (event.alert.as_str(), event.attempt)).collect();
        let distinct: HashSet<_> = notes.iter().collect();
        prop_assert_eq!(distinct.len(), notes.len());
    }
}
