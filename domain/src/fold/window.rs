//! Failures among the last results, for rules by which so many of them open an incident ([`Rule::window`](crate::Rule::window)).

use serde::{Deserialize, Serialize};

use super::state::Streak;
use super::verdict::Verdict;
use crate::time::Timestamp;

/// The last results of a monitor, or of one of its regions, by whose rule so many of them have to fail. There is one only
/// while one of them has failed and no incident is open: what an incident was opened by, and what fails while it is open,
/// opens no other one.
///
/// Of a failure it keeps where an incident would begin, and not what was wrong.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// A bit for each of the last results, the newest one in the lowest: 1 where it has failed. Those before the first
    /// failure are 0, as if there had been some.
    pub outcomes: u64,
    /// The slots that have failed, in the order of the log: one for each bit that is 1.
    pub failed: Vec<FailedSlot>,
    /// Where enough of them have failed, and an incident waits until that has lasted: since which slot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onset: Option<Onset>,
}

/// A slot that has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedSlot {
    /// The slot, which names an incident.
    pub slot: Timestamp,
    /// When its failure began, where that is not at the slot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begins_at: Option<Timestamp>,
}

/// The failing slots by which an incident begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Onset {
    /// The first of them.
    pub first: FailedSlot,
    /// How many there have been since.
    pub slots: u16,
}

impl FailedSlot {
    fn new(slot: Timestamp, begins_at: Timestamp) -> Self {
        Self {
            slot,
            begins_at: Some(begins_at).filter(|at| *at != slot),
        }
    }

    /// When its failure began.
    pub fn since(&self) -> Timestamp {
        self.begins_at.unwrap_or(self.slot)
    }
}

impl Window {
    /// With a verdict taken in. There is none where no failure is left, or where the rule wants consecutive ones; by a
    /// smaller one than before, the oldest results are left out.
    pub(super) fn extended(current: Option<Box<Self>>, verdict: &Verdict<'_>) -> Option<Box<Self>> {
        let size = verdict.rule.window()?;
        if current.is_none() && verdict.is_up() {
            return None;
        }
        let mut window = current.unwrap_or_default();
        window.shift(size);
        if !verdict.is_up() {
            window.fail(verdict);
        }
        Some(window).filter(|window| !window.failed.is_empty())
    }

    /// Makes room for one more result among the last `size`.
    fn shift(&mut self, size: u16) {
        let within = u64::MAX >> (u64::BITS - u32::from(size));
        self.outcomes = (self.outcomes << 1) & within;
        let left = self.outcomes.count_ones() as usize;
        let gone = self.failed.len().saturating_sub(left);
        self.failed.drain(..gone);
        if self.failed.is_empty() {
            self.onset = None;
        }
    }

    /// Whether enough have failed is looked at when one more does: a success ends an onset only by leaving too few.
    fn fail(&mut self, verdict: &Verdict<'_>) {
        self.outcomes |= 1;
        self.failed.push(FailedSlot::new(verdict.slot, verdict.begins_at));
        let failed = u16::try_from(self.failed.len()).unwrap_or(u16::MAX);
        self.onset = match self.onset {
            _ if failed < verdict.rule.down_after => None,
            Some(onset) => Some(Onset {
                slots: onset.slots.saturating_add(1),
                ..onset
            }),
            None => Some(Onset {
                first: self.failed[0],
                slots: failed,
            }),
        };
    }
}

impl Onset {
    /// The failing slots by which a failure opens an incident, if it does by its rule. `streak` and `window` have taken it
    /// in.
    pub(super) fn confirmed_by(
        verdict: &Verdict<'_>,
        streak: &Streak,
        window: Option<&Window>,
    ) -> Option<Self> {
        let onset = if verdict.rule.window().is_some() {
            window?.onset?
        } else {
            let is_enough = streak.count >= verdict.rule.down_after.max(1);
            is_enough.then(|| Self {
                first: FailedSlot::new(streak.slot(), streak.since),
                slots: streak.count,
            })?
        };
        // A first check under the name of a slot that has passed begins after it.
        let lasted_ms = verdict.slot.millis_since(onset.first.since()).max(0);
        (lasted_ms >= verdict.rule.down_for_ms()).then_some(onset)
    }
}
