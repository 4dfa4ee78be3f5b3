//! One live event, and its id: the id of the entry in the Redis stream.

use std::fmt;
use std::str::FromStr;

use actix_web::web::Bytes;
use domain::MonitorId;

/// The id of an entry in a Redis stream: milliseconds and a sequence number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct EventId(u64, u64);

impl FromStr for EventId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (millis, sequence) = text.split_once('-').ok_or(())?;
        Ok(Self(
            millis.parse().map_err(|_| ())?,
            sequence.parse().map_err(|_| ())?,
        ))
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0, self.1)
    }
}

/// An event as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    /// Absent for an event that a client must not resume from.
    pub(super) id: Option<EventId>,
    /// `status`, `incident` or `reset`.
    pub(super) name: String,
    /// JSON in one line.
    pub(super) data: String,
}

impl Event {
    /// Tells the client to load everything anew.
    pub(super) fn reset() -> Self {
        Self {
            id: None,
            name: "reset".to_owned(),
            data: "{}".to_owned(),
        }
    }

    /// Tells the client to ask for a monitor again, which it may not see any more.
    pub(super) fn monitor_changed(monitor: MonitorId) -> Self {
        Self {
            id: None,
            name: "changed".to_owned(),
            data: format!(r#"{{"resource":"monitor","id":{monitor}}}"#),
        }
    }

    /// The form of the HTML standard, section 9.2.
    pub(super) fn to_bytes(&self) -> Bytes {
        let id = self.id.map(|id| format!("id: {id}\n")).unwrap_or_default();
        format!("{id}event: {}\ndata: {}\n\n", self.name, self.data).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_ordered_as_in_redis_and_read_back() {
        let id: EventId = "1795255200118-2".parse().unwrap();
        assert_eq!(id.to_string(), "1795255200118-2");
        assert!(id < "1795255200118-10".parse().unwrap());
        assert!("x".parse::<EventId>().is_err() && "1-".parse::<EventId>().is_err());
    }

    #[test]
    fn an_event_is_written_as_the_standard_says() {
        let event = Event {
            id: "1-0".parse().ok(),
            name: "status".into(),
            data: "{}".into(),
        };
        assert_eq!(event.to_bytes(), "id: 1-0\nevent: status\ndata: {}\n\n");
        assert_eq!(Event::reset().to_bytes(), "event: reset\ndata: {}\n\n");
    }
}
