//! Who gets the messages of an e-mail channel: the addresses that nobody has to ask any more.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::kinds::EmailConfig;
use crate::ids::{EmailRecipientId, OrgId};

/// Addresses that are named of those that are left out.
const MAX_NAMED: usize = 5;

/// What an address says to an organisation's alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EmailRecipientState {
    /// It has not said anything yet; nothing but the question is sent there.
    Waiting,
    /// It gets them.
    Confirmed,
    /// It does not want them; nothing is sent there.
    Declined,
}

impl EmailRecipientState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Confirmed, Self::Declined];

    /// The name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Confirmed => "confirmed",
            Self::Declined => "declined",
        }
    }

    /// The state of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// A recipient of an e-mail channel that nothing is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithheldRecipient {
    /// Which one.
    pub id: EmailRecipientId,
    /// Whether it does not want messages; otherwise it has not confirmed yet that it does.
    #[serde(default)]
    pub declined: bool,
}

/// Addresses of an e-mail channel that nothing is sent to. Its configuration, as the alerter gets it, does not hold
/// them; this is sealed beside it, so that their owner hears of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeftOut {
    /// They have not confirmed yet.
    pub waiting: Vec<String>,
    /// They do not want its messages.
    pub declined: Vec<String>,
}

/// Of each recipient of an e-mail channel, by its address, the token of the link by which it declines.
pub type DeclineTokens = BTreeMap<String, String>;

/// The addresses of an e-mail channel by their state, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipients<'a> {
    /// They get its messages.
    pub confirmed: Vec<&'a str>,
    /// They have not confirmed yet.
    pub waiting: Vec<&'a str>,
    /// They do not want its messages.
    pub declined: Vec<&'a str>,
}

impl<'a> Recipients<'a> {
    /// The addresses of a channel of `org`, of which `withheld` get nothing, and neither do those that are `left_out`
    /// already.
    pub fn of(
        config: &'a EmailConfig,
        org: OrgId,
        withheld: &[WithheldRecipient],
        left_out: Option<&'a LeftOut>,
    ) -> Self {
        let mut recipients = Self::default();
        if let Some(left_out) = left_out {
            recipients
                .waiting
                .extend(left_out.waiting.iter().map(String::as_str));
            recipients
                .declined
                .extend(left_out.declined.iter().map(String::as_str));
        }
        let mut seen = HashSet::new();
        for address in &config.to {
            let id = EmailRecipientId::new(org, address);
            if !seen.insert(id) {
                continue;
            }
            let place = match withheld.iter().find(|one| one.id == id) {
                None => &mut recipients.confirmed,
                Some(one) if one.declined => &mut recipients.declined,
                Some(_) => &mut recipients.waiting,
            };
            place.push(address);
        }
        recipients
    }

    /// Who gets nothing, and why; none when everybody gets messages.
    pub fn left_out(&self) -> Option<String> {
        let part = |why: &str, who: &[&str]| {
            let named = who.get(..MAX_NAMED).unwrap_or(who).join(", ");
            match who.len() {
                0 => None,
                count if count > MAX_NAMED => Some(format!("{why} {named} and {} more", count - MAX_NAMED)),
                _ => Some(format!("{why} {named}")),
            }
        };
        let parts = [
            part("waiting for confirmation of", &self.waiting),
            part("declined by", &self.declined),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORG: OrgId = OrgId(7);

    fn withheld(address: &str, declined: bool) -> WithheldRecipient {
        WithheldRecipient {
            id: EmailRecipientId::new(ORG, address),
            declined,
        }
    }

    #[test]
    fn who_is_not_withheld_gets_messages() {
        let to = ["ada@example.org", "Bob@Example.org", "eve@example.org"];
        let config = EmailConfig {
            to: to.map(str::to_owned).into(),
        };
        let all = Recipients::of(&config, ORG, &[], None);
        assert_eq!((all.confirmed.as_slice(), all.left_out()), (&to[..], None));
        let some = Recipients::of(
            &config,
            ORG,
            &[
                withheld("bob@example.org", false),
                withheld("eve@example.org", true),
            ],
            None,
        );
        assert_eq!(some.confirmed, ["ada@example.org"]);
        assert_eq!(
            some.left_out().as_deref(),
            Some("waiting for confirmation of Bob@Example.org; declined by eve@example.org")
        );
        // What another organisation is told concerns this one in nothing.
        let other = Recipients::of(&config, OrgId(8), &[withheld("ada@example.org", false)], None);
        assert_eq!(other.confirmed, to);
    }

    #[test]
    fn who_is_left_out_already_is_named_and_nobody_gets_a_message_twice() {
        let config = EmailConfig {
            to: ["ada@example.org", "Ada@Example.org"].map(str::to_owned).into(),
        };
        let left_out = LeftOut {
            waiting: vec!["bob@example.org".to_owned()],
            declined: vec!["eve@example.org".to_owned()],
        };
        let recipients = Recipients::of(&config, ORG, &[], Some(&left_out));
        assert_eq!(recipients.confirmed, ["ada@example.org"]);
        assert_eq!(
            recipients.left_out().as_deref(),
            Some("waiting for confirmation of bob@example.org; declined by eve@example.org")
        );
        let other = r#"{"waiting": ["bob@example.org"], "bounced": []}"#;
        let read: LeftOut = serde_json::from_str(other).unwrap();
        assert_eq!(read.waiting, left_out.waiting);
    }

    #[test]
    fn of_many_that_are_left_out_a_few_are_named() {
        let names = ["a", "b", "c", "d", "e", "f", "g"];
        let waiting = |count: usize| {
            let recipients = Recipients {
                waiting: names[..count].into(),
                ..Recipients::default()
            };
            recipients.left_out()
        };
        assert_eq!(waiting(0), None);
        let five = "waiting for confirmation of a, b, c, d, e";
        assert_eq!(waiting(5).as_deref(), Some(five));
        assert_eq!(waiting(7), Some(format!("{five} and 2 more")));
    }

    #[test]
    fn states_are_read_back() {
        for state in EmailRecipientState::ALL {
            assert_eq!(EmailRecipientState::parse(state.as_str()), Some(state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
        assert_eq!(EmailRecipientState::parse("asked"), None);
    }
}
