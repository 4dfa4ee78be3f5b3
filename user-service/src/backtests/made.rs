//! What came of all monitors together.

use api::{Backtest, BacktestedMonitor, LeftOutMonitor};

use super::Frames;
use super::simulate::Gone;
use crate::rules::backtest::Tally;

/// What came of the monitors that were gone through until now.
#[derive(Debug)]
pub(super) struct Made {
    results: usize,
    is_complete: bool,
    pub(super) monitors: Vec<BacktestedMonitor>,
    left_out: Vec<LeftOutMonitor>,
    sent: Tally,
    candidates: Vec<Tally>,
}

impl Made {
    pub(super) fn new(frames: &Frames) -> Self {
        let candidates = frames.request.candidates.iter();
        Self {
            results: 0,
            is_complete: true,
            monitors: Vec::new(),
            left_out: Vec::new(),
            sent: Tally::new(None),
            candidates: candidates.map(|one| Tally::new(one.name.clone())).collect(),
        }
    }

    pub(super) fn add(&mut self, frames: &Frames, mut monitor: BacktestedMonitor, gone: Gone) {
        let start = gone.since.unwrap_or(frames.request.time.start);
        monitor.since = gone.since;
        self.results += gone.results;
        self.monitors.push(monitor);
        for (tally, (found, since)) in self.candidates.iter_mut().zip(gone.candidates) {
            tally.add(found, &gone.sent, since, &frames.frame);
        }
        let within = gone.sent.iter().filter(|one| one.started_at >= start);
        self.sent
            .add(within.cloned().collect(), &gone.sent, start, &frames.frame);
    }

    /// Leaves out what a smaller backtest would go through.
    pub(super) fn give_up(&mut self, monitor: BacktestedMonitor, reason: String) {
        self.cut();
        self.leave_out(monitor, reason);
    }

    /// Says that monitors were left out that are not named.
    pub(super) fn cut(&mut self) {
        self.is_complete = false;
    }

    pub(super) fn leave_out(&mut self, monitor: BacktestedMonitor, reason: String) {
        let BacktestedMonitor { id, name, .. } = monitor;
        self.left_out.push(LeftOutMonitor { id, name, reason });
    }

    pub(super) fn finish(self, frames: Frames) -> Backtest {
        // Whose an own channel is, is not told who does not see everything, nor that there is one.
        let finish = |tally: Tally| tally.finish(&frames.channels, !frames.sees_all);
        Backtest {
            from: frames.request.time.start,
            until: frames.request.time.end,
            known_since: frames.known_since,
            results: self.results as u64,
            is_complete: self.is_complete,
            monitors: self.monitors,
            left_out: self.left_out,
            sent: finish(self.sent),
            candidates: self.candidates.into_iter().map(finish).collect(),
        }
    }
}
