//! The message that a channel got first about an incident: later ones change it, or stand under it.

use crate::channel::Receipt;
use crate::channel::message::{Message, MessageKind};

/// Stands before the receipt of a message about several incidents, which none of them may change.
const GROUP: &str = "group/";

/// The first message about an incident, by the name that the service gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Opening<'a> {
    pub(super) name: &'a str,
    /// Whether it is about this incident alone.
    own: bool,
}

impl<'a> Opening<'a> {
    /// That of the incident of a message which belongs under it; none when the service did not name it.
    pub(super) fn of(message: &'a Message) -> Option<Self> {
        let receipt = message.opening_receipt.as_deref()?;
        let opening = match receipt.strip_prefix(GROUP) {
            Some(name) => Self { name, own: false },
            None => Self {
                name: receipt,
                own: true,
            },
        };
        Some(opening).filter(|opening| !opening.name.is_empty() && is_later(&message.kind))
    }

    /// Whether it is to show what a later message says.
    pub(super) fn is_changed_by(&self, message: &Message) -> bool {
        self.own
            && matches!(
                message.kind,
                MessageKind::Up { .. }
                    | MessageKind::Acknowledged
                    | MessageKind::Recovered { .. }
                    | MessageKind::Seen { .. }
                    | MessageKind::Ended { .. }
            )
    }
}

/// What is kept of a message that the service has named.
pub(super) fn receipt(message: &Message, name: &str) -> Receipt {
    Receipt(match message.kind {
        MessageKind::Group { .. } => format!("{GROUP}{name}"),
        _ => name.to_owned(),
    })
}

fn is_later(kind: &MessageKind) -> bool {
    !matches!(
        kind,
        MessageKind::Down
            | MessageKind::Degraded
            | MessageKind::Unseen
            | MessageKind::Group { .. }
            | MessageKind::Test { .. }
    )
}
