//! Checks from their admission to their end.

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::core::Schedule;
use super::lanes::{Lane, Ticket};
use super::types::{Action, Ending, EntryState, FinishedCheck, Leaving, StartCheck};

impl Schedule {
    pub(super) fn admit(&mut self, id: i64, lane: Lane) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        entry.slot = entry.covered;
        let ticket = Ticket {
            id,
            org: entry.monitor.org_id.0,
            generation: entry.generation,
            host: entry.monitor.host,
            lane,
        };
        if self.lanes.enter(ticket) {
            entry.state = EntryState::Running;
            self.actions.push(Action::Start(StartCheck {
                monitor: Arc::clone(&entry.monitor),
                slot: entry.covered,
                generation: entry.generation,
                lane,
                on_schedule: entry.on_schedule,
            }));
        } else {
            entry.state = EntryState::Waiting;
        }
    }

    /// A check was started as this task.
    pub(super) fn started(&mut self, id: i64, generation: u32, task: JoinHandle<()>) {
        if let Some(entry) = self.entries.get_mut(&id)
            && entry.generation == generation
        {
            entry.task = Some(task);
        }
    }

    /// A running check has failed once, or is slow.
    pub(super) fn failing(&mut self, from: Lane) {
        if from != Lane::Failing {
            self.lanes.move_to_failing(from);
            self.admit_waiting(0);
        }
    }

    /// A check has finished, or was aborted.
    pub(super) fn finished(&mut self, check: FinishedCheck) {
        self.lanes.exit(check.lane, check.host);
        let (mut postponed, mut void) = (false, false);
        if let Some(entry) = self.entries.get_mut(&check.id)
            && entry.generation == check.generation
            && entry.state == EntryState::Running
        {
            entry.state = EntryState::Idle;
            entry.task = None;
            if let Some(up) = check.up {
                entry.failing = !up;
            }
            let leaving = entry.leaving;
            match check.ending {
                Ending::Published => entry.voids = 0,
                Ending::Unpublished(found) => {
                    entry.voids = 0;
                    if leaving != Some(Leaving::Lost) {
                        self.actions.push(Action::Publish(found));
                    }
                }
                Ending::Void => void = true,
            }
            if leaving.is_none() {
                postponed = entry.timer.is_none() && !entry.monitor.paused;
            } else {
                if void && leaving == Some(Leaving::HandedOver) {
                    self.skip_void(check.id);
                }
                self.entries.remove(&check.id);
                void = false;
            }
        }
        self.admit_waiting(check.host);
        if void && self.repeats_void(check.id) {
            return;
        }
        if postponed {
            self.due(check.id);
            self.arm(check.id);
        }
    }

    /// Admits checks that wait, after one of this host has ended.
    pub(super) fn admit_waiting(&mut self, host: u32) {
        while let Some(ticket) = self.lanes.next(host) {
            let Some(entry) = self.entries.get(&ticket.id) else {
                continue;
            };
            if entry.generation == ticket.generation && entry.state == EntryState::Waiting {
                self.admit(ticket.id, ticket.lane);
            }
        }
    }
}
