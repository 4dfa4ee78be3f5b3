//! The live stream of who is narrowed to tags: without what concerns the monitors of others.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use api::Principal;
use domain::MonitorId;
use serde::Deserialize;
use shared::http::problem::Problem;
use tokio::time::Instant;

use super::event::Event;
use crate::Edge;
use crate::seen::Monitors;

/// How long after one look at what is seen there may be the next: many monitors may be tagged at once.
const APART: Duration = Duration::from_millis(250);

/// How often it is looked at although nobody has announced a change.
const EVERY: Duration = Duration::from_secs(15);

/// Monitors that have come or gone, up to which each is told of.
const TOLD_APART: usize = 50;

/// Lets through what concerns the monitors that are seen.
pub(super) struct Narrowed {
    caller: Principal,
    seen: Arc<Monitors>,
    looked_at: Instant,
    due: Instant,
}

#[derive(Deserialize)]
struct OfMonitor {
    monitor_id: MonitorId,
}

#[derive(Deserialize)]
struct Changed<'a> {
    resource: &'a str,
    id: i64,
}

impl Narrowed {
    /// For a caller, if it is one that is narrowed.
    ///
    /// # Errors
    /// 503 when it is not known what the caller sees.
    pub(super) async fn of(edge: &Edge, caller: Principal) -> Result<Option<Self>, Problem> {
        if !caller.narrowed {
            return Ok(None);
        }
        let now = Instant::now();
        Ok(Some(Self {
            caller,
            seen: edge.seen.since(edge, &caller, now).await?,
            looked_at: now,
            // Of what is tagged until the stream is read nobody tells.
            due: now + APART,
        }))
    }

    /// When to [look](Self::look) next.
    pub(super) fn due(&self) -> Instant {
        self.due
    }

    /// Whether the caller may be told of an event. What is not understood is not told.
    pub(super) fn admits(&mut self, event: &Event) -> bool {
        match &*event.name {
            "reset" => true,
            "status" | "incident" => {
                let of = serde_json::from_str::<OfMonitor>(&event.data);
                of.is_ok_and(|of| self.seen.include(of.monitor_id))
            }
            "changed" => match serde_json::from_str::<Changed<'_>>(&event.data) {
                Ok(Changed {
                    resource: "monitor",
                    id,
                }) => {
                    self.look_soon();
                    self.seen.include(MonitorId(id))
                }
                Ok(Changed { resource: "tag", .. }) => {
                    self.look_soon();
                    true
                }
                Ok(Changed { resource, .. }) => {
                    matches!(resource, "channel" | "maintenance_window" | "silence")
                }
                Err(_) => false,
            },
            _ => false,
        }
    }

    fn look_soon(&mut self) {
        self.due = self.due.min(self.looked_at + APART).max(Instant::now());
    }

    /// Looks again at what the caller sees, and tells of what has come or gone; nothing any more when that is not known.
    pub(super) async fn look(&mut self, edge: &Edge) -> Option<VecDeque<Event>> {
        let now = Instant::now();
        let seen = edge.seen.since(edge, &self.caller, now).await.ok()?;
        let before = std::mem::replace(&mut self.seen, seen);
        (self.looked_at, self.due) = (now, now + EVERY);
        Some(difference(&before, &self.seen))
    }
}

fn difference(before: &Monitors, after: &Monitors) -> VecDeque<Event> {
    let moved: Vec<MonitorId> = match (before, after) {
        (Monitors::All, Monitors::All) => Vec::new(),
        (Monitors::Only(before), Monitors::Only(after)) => {
            before.symmetric_difference(after).copied().collect()
        }
        _ => return [Event::reset()].into(),
    };
    match moved.len() > TOLD_APART {
        true => [Event::reset()].into(),
        false => moved.into_iter().map(Event::monitor_changed).collect(),
    }
}

#[cfg(test)]
mod tests {
    use api::{Actor, Role};
    use domain::OrgId;

    use super::*;

    fn only(ids: std::ops::Range<i64>) -> Monitors {
        Monitors::Only(ids.map(MonitorId).collect())
    }

    fn event(name: &str, data: &str) -> Event {
        Event {
            id: None,
            name: name.to_owned(),
            data: data.to_owned(),
        }
    }

    #[tokio::test]
    async fn only_what_is_understood_and_seen_is_told() {
        let now = Instant::now();
        let mut narrowed = Narrowed {
            caller: Principal {
                org_id: OrgId(7),
                actor: Actor::User(3),
                role: Role::Viewer,
                narrowed: true,
            },
            seen: Arc::new(only(1..2)),
            looked_at: now,
            due: now + EVERY,
        };
        for (name, data, is_told) in [
            ("status", r#"{"monitor_id":1,"status":{}}"#, true),
            ("status", r#"{"monitor_id":2,"status":{}}"#, false),
            ("status", "{}", false),
            ("incident", r#"{"id":"x","monitor_id":2}"#, false),
            ("incident", r#"{"id":"x","monitor_id":1}"#, true),
            ("changed", r#"{"resource":"channel","id":2}"#, true),
            ("changed", r#"{"resource":"silence","id":2}"#, true),
            ("changed", r#"{"resource":"member","id":2}"#, false),
            ("another", r#"{"monitor_id":1}"#, false),
            ("reset", "{}", true),
        ] {
            assert_eq!(narrowed.admits(&event(name, data)), is_told, "{name} {data}");
        }
        assert_eq!(narrowed.due(), now + EVERY);
        for (id, is_told) in [(1, true), (2, false)] {
            let data = format!(r#"{{"resource":"monitor","id":{id}}}"#);
            assert_eq!(narrowed.admits(&event("changed", &data)), is_told);
        }
        assert!(narrowed.due() <= Instant::now() + APART, "it may have got a tag");
    }

    #[test]
    fn what_comes_and_goes_is_told() {
        let told = |before, after| {
            let mut told: Vec<String> = difference(&before, &after)
                .into_iter()
                .map(|event| event.data)
                .collect();
            told.sort();
            told
        };
        assert_eq!(told(only(1..3), only(1..3)), [""; 0]);
        assert_eq!(
            told(only(1..3), only(2..4)),
            [
                r#"{"resource":"monitor","id":1}"#,
                r#"{"resource":"monitor","id":3}"#
            ]
        );
        assert_eq!(told(only(0..0), only(0..51)), ["{}"]);
        assert_eq!(told(Monitors::All, only(0..0)), ["{}"]);
    }
}
