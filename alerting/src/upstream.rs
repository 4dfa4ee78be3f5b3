//! What happens while a monitor is down on which this one depends: nobody is notified of this one.
//!
//! Which of them fails first is chance. So an announcement waits for as long as it takes at most until the other one is
//! found down, too, and once more when that one is up again, until this one has been looked at.

use domain::alert_event::Step;
use domain::{MonitorId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::escalation::FIRST_FREE_NOTE;
use crate::incident::Incident;
use crate::plan::MAX_NOTES;
use crate::recorder::Recorder;
use crate::settings::{NotificationSettings, Upstream};

/// How often it is looked again whether the other monitor is down still, in milliseconds.
const LOOK_AGAIN_MS: i64 = 10_000;

/// Where the numbers of these notes begin: what else is recorded of the beginning as a whole has others.
const FIRST_NOTE: u32 = FIRST_FREE_NOTE + MAX_NOTES as u32;

/// What holds an announcement back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HeldBack {
    /// The monitor that was down; none while it was not known whether one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<MonitorId>,
    /// Since when none of them is known to be down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    free_since: Option<Timestamp>,
    /// How often it was recorded.
    #[serde(default)]
    notes: u32,
}

/// What became of an announcement.
pub(crate) enum Judged {
    /// Nothing holds it back.
    Free,
    /// It is looked at again then.
    Waits(Timestamp),
    /// It was over meanwhile, and nobody is notified, for this reason.
    Over(String),
}

impl Incident {
    /// Judges whether it is announced now, as far as other monitors are concerned. Answers also whether there is something
    /// new to be written.
    pub(crate) fn judge_upstream(
        &mut self,
        settings: NotificationSettings<'_>,
        recorder: &mut Recorder<'_>,
    ) -> (Judged, bool) {
        let labels = settings.labels();
        if labels.depends_on.is_empty() && self.upstream.is_none() {
            return (Judged::Free, false);
        }
        let now = recorder.now;
        let before = self.upstream;
        let is_over = self.resolution.is_some();
        if let Upstream::Down(monitor) = settings.upstream {
            let by = Some(monitor);
            let is_other = before.and_then(|held| held.by) != by;
            let notes = before.map_or(0, |held| held.notes);
            self.upstream = Some(HeldBack {
                by,
                free_since: None,
                notes: notes + u32::from(is_other && !is_over),
            });
            let reason = format!("monitor {monitor}, on which it depends, is down");
            if is_over {
                return (Judged::Over(reason), true);
            }
            if is_other {
                self.note_held_back(&reason, notes, recorder);
            }
            let is_new = before != self.upstream;
            return (Judged::Waits(now.plus_millis(LOOK_AGAIN_MS)), is_new);
        }
        let wait_ms = i64::from(labels.wait_seconds) * 1_000;
        let held = before.unwrap_or(HeldBack {
            by: None,
            free_since: Some(self.opening().seen_at),
            notes: 0,
        });
        let free_since = held.free_since.unwrap_or(now);
        let held = HeldBack {
            free_since: Some(free_since),
            ..held
        };
        let until = free_since.plus_millis(wait_ms);
        if before.is_some() || now < until {
            self.upstream = Some(held);
        }
        let is_new = before != self.upstream;
        match held.by {
            _ if now >= until => (Judged::Free, is_new),
            Some(monitor) if is_over => {
                let reason = format!("over when monitor {monitor} was, on which it depends");
                (Judged::Over(reason), is_new)
            }
            _ => (Judged::Waits(until), is_new),
        }
    }

    /// Records by what it is held back.
    fn note_held_back(&self, reason: &str, number: u32, recorder: &mut Recorder<'_>) {
        let (kind, source) = (self.opening_kind(), &self.opening().source);
        let event = recorder.record(Step::Suppressed, self.id, kind, source, None, Some(reason));
        if let Some(event) = event {
            event.attempt = FIRST_NOTE + number;
        }
    }
}
