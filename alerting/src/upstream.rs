//! What happens while a monitor is down on which this one depends: nobody is notified of this one.
//!
//! Which of them fails first is chance. So an announcement waits for as long as it takes at most until the other one is
//! found down, too, and once more when that one is up again, until this one has been looked at.

use domain::alert_event::Step;
use domain::{MonitorId, Timestamp};

use crate::escalation::FIRST_FREE_NOTE;
use crate::incident::Incident;
use crate::plan::MAX_NOTES;
use crate::recorder::Recorder;
use crate::settings::{NotificationSettings, Upstream};

/// How often it is looked again whether the other monitor is down still, in milliseconds.
const LOOK_AGAIN_MS: i64 = 10_000;

/// Where the numbers of these notes begin: what else is recorded of the beginning as a whole has others.
pub(crate) const FIRST_NOTE: u32 = FIRST_FREE_NOTE + MAX_NOTES as u32;

/// How often another monitor may be up again and down once more before nobody waits any longer to see whether it stays up.
const MAX_FREED: u8 = 3;

/// Notes of one incident about what holds it back, at most.
const MAX_HELD_NOTES: u32 = 20;

/// What a reason says of the other monitor: what stands before it, and what after it.
type Wording = (&'static str, &'static str);

const IS_DOWN: Wording = ("", " is down");
const OVER_WHILE_DOWN: Wording = ("resolved while ", " was down");
const OVER_SOON_AFTER: Wording = ("resolved soon after ", " was up again");

/// What follows the other monitor's id.
const DEPENDED_ON: &str = ", on which it depends,";

/// The other monitor where its id is not shown, and what an earlier release has recorded.
const UNNAMED: &str = "a monitor on which it depends";
const FORMERLY_OVER: Wording = ("over when monitor ", " was, on which it depends");

fn reason((before, after): Wording, monitor: MonitorId) -> String {
    format!("{before}monitor {monitor}{DEPENDED_ON}{after}")
}

/// Whether a reason is that a monitor was down on which this one depends.
pub(crate) fn is_reason(reason: &str) -> bool {
    let between = |(before, after): Wording| reason.strip_prefix(before)?.strip_suffix(after);
    let is_id = |text: &str| text.parse::<i64>().is_ok();
    let is_named = |text: &str| {
        let id = text.strip_prefix("monitor ");
        id.and_then(|id| id.strip_suffix(DEPENDED_ON)).is_some_and(is_id)
    };
    let mut wordings = [IS_DOWN, OVER_WHILE_DOWN, OVER_SOON_AFTER].into_iter();
    wordings.any(|wording| between(wording).is_some_and(|text| text == UNNAMED || is_named(text)))
        || between(FORMERLY_OVER).is_some_and(is_id)
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
    /// Judges whether it is announced now, as far as other monitors are concerned. What else holds it back until an instant
    /// may hold back the others, too: it waits from then on. Answers also whether there is something new to be written.
    pub(crate) fn judge_upstream(
        &mut self,
        settings: NotificationSettings<'_>,
        held_until: Option<Timestamp>,
        recorder: &mut Recorder<'_>,
    ) -> (Judged, bool) {
        if settings.labels().depends_on.is_empty() && self.upstream.is_none() {
            return (Judged::Free, false);
        }
        let before = self.upstream;
        let judged = match settings.upstream {
            Upstream::Down(monitor) => self.hold_back(monitor, recorder),
            Upstream::NotDown => self.wait(settings, held_until, recorder.now),
        };
        (judged, before != self.upstream)
    }

    fn hold_back(&mut self, monitor: MonitorId, recorder: &mut Recorder<'_>) -> Judged {
        if self.resolution.is_some() {
            return Judged::Over(reason(OVER_WHILE_DOWN, monitor));
        }
        let mut held = self.upstream.unwrap_or_default();
        if held.by != Some(monitor) && held.notes < MAX_HELD_NOTES {
            self.note_held_back(monitor, held.notes, recorder);
            held.notes += 1;
        }
        (held.by, held.free_since) = (Some(monitor), None);
        self.upstream = Some(held);
        Judged::Waits(recorder.now.plus_millis(LOOK_AGAIN_MS))
    }

    fn wait(
        &mut self,
        settings: NotificationSettings<'_>,
        held_until: Option<Timestamp>,
        now: Timestamp,
    ) -> Judged {
        let labels = settings.labels();
        let mut held = self.upstream.unwrap_or_default();
        if held.free_since.is_none() {
            held.freed = held.freed.saturating_add(u8::from(held.by.is_some()));
        }
        let free_since = held.free_since.unwrap_or(now);
        let free_since = held_until.map_or(free_since, |until| until.max(free_since));
        held.free_since = Some(free_since);
        self.upstream = Some(held);
        let wait_seconds = match held.by {
            _ if held.freed > MAX_FREED => 0,
            Some(_) => labels.wait_seconds.max(labels.recheck_seconds),
            None => labels.wait_seconds,
        };
        let until = free_since.plus_millis(i64::from(wait_seconds) * 1_000);
        match held.by {
            _ if now >= until => Judged::Free,
            Some(monitor) if self.resolution.is_some() => Judged::Over(reason(OVER_SOON_AFTER, monitor)),
            _ => Judged::Waits(until),
        }
    }

    /// Records by what it is held back.
    fn note_held_back(&self, monitor: MonitorId, number: u32, recorder: &mut Recorder<'_>) {
        let (kind, source) = (self.opening_kind(), &self.opening().source);
        let reason = reason(IS_DOWN, monitor);
        let event = recorder.record(Step::Suppressed, self.id, kind, source, None, Some(&reason));
        if let Some(event) = event {
            event.attempt = FIRST_NOTE + number;
        }
    }
}
