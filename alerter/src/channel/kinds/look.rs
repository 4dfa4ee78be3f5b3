//! What messages in chats look like, whichever chat it is.

use domain::alert_event::AlertKind;
use domain::fold::CloseReason;

use crate::channel::message::{Message, MessageKind};
use crate::channel::words::format_time;

/// Breaks words where services look for names, links and commands; nobody sees it.
const BREAK: char = '\u{200b}';

/// What addresses of pages and mails are found by.
const IN_ADDRESSES: &[char] = &['.', ':', '@'];

/// How good the news are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Bad,
    Doubtful,
    Good,
    Neutral,
}

impl Tone {
    pub(super) fn of(message: &Message) -> Self {
        match &message.kind {
            MessageKind::Down | MessageKind::Reminder { .. } => Self::Bad,
            MessageKind::Acknowledged | MessageKind::Degraded | MessageKind::Unseen => Self::Doubtful,
            MessageKind::Up { .. } | MessageKind::Recovered { .. } => Self::Good,
            MessageKind::Seen {
                reason: CloseReason::Recovered,
                ..
            } => Self::Good,
            MessageKind::Ended { .. } | MessageKind::Seen { .. } | MessageKind::Test { .. } => Self::Neutral,
            MessageKind::Group {
                ended_by: Some(_), ..
            } => Self::Neutral,
            MessageKind::Group { kind, .. } => match kind {
                AlertKind::Down | AlertKind::Reminder => Self::Bad,
                AlertKind::Acknowledged | AlertKind::Degraded | AlertKind::Unseen => Self::Doubtful,
                AlertKind::Up | AlertKind::Recovered | AlertKind::Seen => Self::Good,
            },
        }
    }

    /// Red, green and blue.
    pub(super) fn colour(self) -> u32 {
        match self {
            Self::Bad => 0x00dc_2626,
            Self::Doubtful => 0x00d9_7706,
            Self::Good => 0x0016_a34a,
            Self::Neutral => 0x0064_748b,
        }
    }
}

/// What the monitor checks, and since when the incident is as it is, each with its title.
pub(super) fn facts(message: &Message) -> Vec<(&'static str, String)> {
    let Some(details) = &message.details else {
        return Vec::new();
    };
    let (title, at) = match &message.kind {
        MessageKind::Up { resolved_at, .. } => ("Up since", *resolved_at),
        MessageKind::Recovered { resolved_at } => ("Recovered at", *resolved_at),
        MessageKind::Ended { resolved_at, .. } => ("Ended at", *resolved_at),
        MessageKind::Seen { resolved_at, .. } => ("Found at", *resolved_at),
        _ => ("Since", details.started_at),
    };
    let address = Some(("Address", details.url.clone())).filter(|(_, url)| !url.is_empty());
    address.into_iter().chain([(title, format_time(at))]).collect()
}

/// A text in which services that look for names, links and commands by themselves find none: each of the marks is
/// parted from the word that it begins.
pub(super) fn parted(text: &str, marks: &[char]) -> String {
    let mut parted = String::with_capacity(text.len());
    let mut marked = false;
    for c in text.chars() {
        if marked && !c.is_whitespace() {
            parted.push(BREAK);
        }
        parted.push(c);
        marked = marks.contains(&c);
    }
    parted
}

/// A text in which programs that make links of addresses find none.
pub(super) fn unlinked(text: &str) -> String {
    parted(text, IN_ADDRESSES)
}

/// How many characters that becomes, at most.
pub(super) fn unlinked_chars(c: char) -> usize {
    1 + usize::from(IN_ADDRESSES.contains(&c))
}

/// How many bytes.
pub(super) fn unlinked_bytes(c: char) -> usize {
    c.len_utf8() + (unlinked_chars(c) - 1) * BREAK.len_utf8()
}

/// The three characters that begin markup in HTML as entities.
pub(super) fn html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// A message about an outage in which each text of others is as long as a hostile one.
#[cfg(test)]
pub(super) fn hostile(text: &str) -> Message {
    use domain::{ChannelId, DeliveryId, ErrorCode, IncidentId, MonitorId, Timestamp};
    let started_at = Timestamp::from_millis(1_795_255_200_000);
    let incident_id = IncidentId::new(MonitorId(42), 1, started_at);
    let id = DeliveryId::new(incident_id, ChannelId(1), "down", 0);
    let long = text.repeat(20_000);
    Message {
        id,
        thread: id,
        opening_receipt: None,
        details: Some(crate::channel::IncidentDetails {
            monitor_id: MonitorId(42),
            incident_id,
            name: long.clone(),
            url: long.clone(),
            started_at,
            error_code: Some(ErrorCode::StatusMismatch),
            error: Some(long),
            link: "http://localhost:8080/monitors/42".into(),
            anomaly: None,
            flapping: None,
            regions: None,
        }),
        acknowledge: Some(crate::channel::AcknowledgeUrls::new(
            "http://localhost:8080",
            "Az-_".repeat(75),
        )),
        kind: MessageKind::Down,
    }
}

/// Texts that become longer on their way, or are long in one way of counting.
#[cfg(test)]
pub(super) const LONG: [&str; 8] = ["a", "*", "<", "\"", "\\", "🦀", "@a", "ש"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_begin_no_words() {
        assert_eq!(
            parted("@all #a b: c shop.example @ x", &['@', '#', '.', ':']),
            "@\u{200b}all #\u{200b}a b: c shop.\u{200b}example @ x"
        );
    }

    #[test]
    fn what_links_nowhere_is_no_longer_than_it_was_measured() {
        let text = "https://a.example/x b@c.example ü";
        let unlinked = unlinked(text);
        assert!(!unlinked.contains("://") && !unlinked.contains(".e") && !unlinked.contains("b@c"));
        assert!(unlinked.chars().count() <= text.chars().map(unlinked_chars).sum::<usize>());
        assert!(unlinked.len() <= text.chars().map(unlinked_bytes).sum::<usize>());
    }
}
