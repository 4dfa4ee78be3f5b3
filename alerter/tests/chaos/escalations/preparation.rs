//! Before something fails: outages are opened, some are acknowledged, and the next steps become due.

use std::ops::Range;

use domain::{IncidentId, Record, Timestamp};
use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::outages::{Fate, Outage};
use super::{Scene, plans, until_complete};
use crate::common::{PATIENCE, result};

/// The outages of a round.
const FATES: [Fate; 12] = [
    Fate::Due,
    Fate::Due,
    Fate::Due,
    Fate::Due,
    Fate::Due,
    Fate::Due,
    Fate::Acknowledged,
    Fate::AcknowledgedMeanwhile,
    Fate::AcknowledgedMeanwhile,
    Fate::Begins,
    Fate::Begins,
    Fate::Waits,
];

/// When steps are due, in milliseconds after the alerters of a round were started.
const DUE: Range<i64> = 4_000..8_000;

/// The same for outages that are acknowledged meanwhile: after that, and before a frozen alerter goes on.
const DUE_ACKNOWLEDGED: Range<i64> = 9_500..12_000;

/// The same for those of which no step may come.
const DUE_MUCH_LATER: i64 = 1_800_000;

/// Whether an outage was opened, the steps of its beginning are taken, and everybody has received what they said.
fn is_opened(ledger: &Value, steps: usize) -> bool {
    let incident = &ledger["incidents"][0];
    let mut deliveries = incident["down"]["deliveries"].as_array().into_iter().flatten();
    incident["escalations"][0]["done"] == steps && deliveries.all(|delivery| delivery["status"] == "sent")
}

fn is_acknowledged(ledger: &Value) -> bool {
    !ledger["incidents"][0]["acknowledged"].is_null()
}

impl Scene {
    /// Has outages begin, but for those that begin while something fails, and waits until the steps of their beginnings
    /// are taken.
    pub(super) async fn open(&self, round: usize, random: &mut StdRng) -> Vec<Outage> {
        let first = random.random_range(0..plans::CODES.len());
        let mut outages: Vec<Outage> = FATES
            .into_iter()
            .enumerate()
            .map(|(index, fate)| Outage {
                monitor: (round * 100 + index + 1) as i64,
                policy: match fate {
                    Fate::Begins => (first + index) % plans::BEGIN_AT_ONCE,
                    _ => (first + index) % plans::CODES.len(),
                },
                fate,
                incident: None,
                steps: Vec::new(),
                acknowledged_by: None,
            })
            .collect();
        for outage in outages.iter_mut().filter(|outage| outage.fate != Fate::Begins) {
            let plan = &self.plans[outage.policy];
            outage.plan(plan, plans::at_beginning(plan), shared::now(), true);
            self.down(outage).await;
        }
        let opened: Vec<(i64, usize)> = outages
            .iter()
            .filter(|outage| outage.fate != Fate::Begins)
            .map(|outage| (outage.monitor, outage.steps.len()))
            .collect();
        let what = format!("the outages of round {round} are opened");
        until_complete(&what, PATIENCE * 2, async || {
            let ledgers = self.world.ledgers().await;
            let is_missing = |(monitor, steps): &&(i64, usize)| {
                let ledger = ledgers.get(monitor);
                ledger.is_none_or(|ledger| !is_opened(ledger, *steps))
            };
            let missing = opened.iter().filter(is_missing);
            missing
                .map(|(monitor, _)| format!("monitor {monitor}: {:?}", ledgers.get(monitor)))
                .collect::<Vec<String>>()
        })
        .await;
        let ledgers = self.world.ledgers().await;
        let incident = |ledger: &Value| -> IncidentId {
            serde_json::from_value(ledger["incidents"][0]["id"].clone()).unwrap()
        };
        for outage in &mut outages {
            outage.incident = ledgers.get(&outage.monitor).map(incident);
        }
        outages
    }

    /// Has an outage begin.
    pub(super) async fn down(&self, outage: &Outage) {
        let Record::Result(mut down) = result(outage.monitor, self.world.slot(), false) else {
            unreachable!("it is a result")
        };
        down.error_code = Some(plans::CODES[outage.policy]);
        self.world.publish(Record::Result(down)).await;
    }

    /// Has the next steps be due soon.
    pub(super) async fn move_time(&self, outages: &mut [Outage], started: Timestamp, random: &mut StdRng) {
        let mut ledgers = self.world.ledgers().await;
        for outage in outages.iter_mut().filter(|outage| outage.fate != Fate::Begins) {
            let plan = &self.plans[outage.policy];
            let next = plans::at_beginning(plan).end;
            let due = started.plus_millis(match outage.fate {
                Fate::AcknowledgedMeanwhile => random.random_range(DUE_ACKNOWLEDGED),
                Fate::Waits => DUE_MUCH_LATER,
                _ => random.random_range(DUE),
            });
            match outage.fate {
                Fate::Due => outage.plan(plan, plans::together(plan, next), due, true),
                Fate::AcknowledgedMeanwhile => {
                    outage.plan(plan, plans::together(plan, next), due, false);
                }
                Fate::Acknowledged | Fate::Begins | Fate::Waits => {}
            }
            let ledger = ledgers.get_mut(&outage.monitor).unwrap();
            let wait_ms = i64::from(plans::wait_before(plan, next)) * 60_000;
            ledger["incidents"][0]["escalations"][0]["since"] = json!(due.plus_millis(-wait_ms));
            self.world.put_ledger(outage.monitor, ledger).await;
        }
    }

    /// Acknowledges the outages of a fate, and waits until `alert-state` says so.
    pub(super) async fn acknowledge(&self, outages: &[Outage], fate: Fate) {
        let chosen: Vec<&Outage> = outages.iter().filter(|outage| outage.fate == fate).collect();
        for outage in &chosen {
            self.world
                .acknowledge(outage.monitor, outage.incident.unwrap())
                .await;
        }
        until_complete("acknowledgements", PATIENCE * 6, async || {
            let ledgers = self.world.ledgers().await;
            let missing = chosen
                .iter()
                .filter(|outage| !is_acknowledged(&ledgers[&outage.monitor]));
            missing
                .map(|outage| format!("of monitor {}", outage.monitor))
                .collect::<Vec<String>>()
        })
        .await;
    }

    /// Asserts that no acknowledgement was lost: an alerter that had not read of it may have written over it.
    pub(super) async fn assert_acknowledged(&self, outages: &[Outage], what: &str) {
        let ledgers = self.world.ledgers().await;
        for outage in outages {
            let is_meant = matches!(outage.fate, Fate::Acknowledged | Fate::AcknowledgedMeanwhile);
            let ledger = &ledgers[&outage.monitor];
            assert!(
                !is_meant || is_acknowledged(ledger),
                "{what}: an acknowledgement was lost: {ledger}"
            );
        }
    }
}
