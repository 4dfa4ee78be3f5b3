//! Recipients of e-mail channels: who gets nothing, and how they are shown.

use std::collections::{HashMap, HashSet};

use api::EmailRecipient;
use domain::channel::{DeclineTokens, EmailConfig, EmailRecipientState, LeftOut, WithheldRecipient};
use domain::{EmailRecipientId, OrgId, Timestamp};
use shared::token::TokenKey;

use super::recipient_link::RecipientLink;

/// How long somebody who has declined is left alone after the last question.
const LEFT_ALONE_MS: i64 = 30 * 24 * 3_600_000;

/// What is stored of a recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recipient {
    pub(crate) state: EmailRecipientState,
    pub(crate) asked_at: Option<Timestamp>,
    pub(crate) error: Option<String>,
}

/// What is stored of an organisation's recipients. One that is not among them is confirmed: it was there before anybody
/// was asked.
#[derive(Clone, Debug)]
pub(crate) struct KnownRecipients {
    pub(crate) org: OrgId,
    /// Whether recipients have to confirm at all.
    pub(crate) verify: bool,
    pub(crate) known: HashMap<EmailRecipientId, Recipient>,
}

impl KnownRecipients {
    /// Whether a recipient gets messages.
    pub(crate) fn state(&self, id: EmailRecipientId) -> EmailRecipientState {
        match self.known.get(&id).map(|known| known.state) {
            None => EmailRecipientState::Confirmed,
            Some(EmailRecipientState::Waiting) if !self.verify => EmailRecipientState::Confirmed,
            Some(state) => state,
        }
    }

    /// All recipients of the organisation that get nothing, for a channel of which it is not known whom it has.
    pub(crate) fn withheld(&self) -> Vec<WithheldRecipient> {
        let ids = self.known.keys();
        let withheld = ids.filter_map(|&id| match self.state(id) {
            EmailRecipientState::Confirmed => None,
            state => Some(WithheldRecipient {
                id,
                declined: state == EmailRecipientState::Declined,
            }),
        });
        let mut withheld: Vec<_> = withheld.collect();
        withheld.sort_by_key(|one| one.id);
        withheld
    }

    /// A channel's configuration with those only that get messages, and the others; none when all of them do.
    pub(crate) fn split(&self, config: EmailConfig) -> Option<(EmailConfig, LeftOut)> {
        let mut left_out = LeftOut::default();
        let mut to = Vec::with_capacity(config.to.len());
        for address in config.to {
            let place = match self.state(EmailRecipientId::new(self.org, &address)) {
                EmailRecipientState::Confirmed => &mut to,
                EmailRecipientState::Waiting => &mut left_out.waiting,
                EmailRecipientState::Declined => &mut left_out.declined,
            };
            place.push(address);
        }
        (left_out != LeftOut::default()).then_some((EmailConfig { to }, left_out))
    }

    /// The tokens by which those of a channel that get messages can decline them.
    pub(crate) fn decline_tokens(&self, config: &EmailConfig, key: &TokenKey) -> DeclineTokens {
        let get_messages = config.to.iter().filter(|address| {
            let id = EmailRecipientId::new(self.org, address);
            self.state(id) == EmailRecipientState::Confirmed
        });
        let token = |address: &str| RecipientLink::without_end(self.org, address).token(key);
        get_messages
            .map(|address| (address.clone(), token(address)))
            .collect()
    }

    /// Until when somebody who has declined is not asked again, if that is not over.
    pub(crate) fn left_alone_until(&self, id: EmailRecipientId, now: Timestamp) -> Option<Timestamp> {
        let known = self.known.get(&id)?;
        let declined = known.state == EmailRecipientState::Declined;
        let until = known.asked_at?.plus_millis(LEFT_ALONE_MS);
        (declined && until > now).then_some(until)
    }

    /// The recipients of a channel as the API shows them, each once.
    pub(crate) fn view(&self, config: &EmailConfig, now: Timestamp) -> Vec<EmailRecipient> {
        let mut seen = HashSet::new();
        let addresses = config.to.iter().filter_map(|address| {
            let id = EmailRecipientId::new(self.org, address);
            seen.insert(id).then_some((id, address))
        });
        let view = addresses.map(|(id, address)| {
            let state = self.state(id);
            let asked = self.known.get(&id);
            let asked = asked.filter(|_| state != EmailRecipientState::Confirmed);
            EmailRecipient {
                id,
                address: address.clone(),
                state,
                asked_at: asked.and_then(|known| known.asked_at),
                error: asked.and_then(|known| known.error.clone()),
                ask_again_at: self.left_alone_until(id, now),
            }
        });
        view.collect()
    }
}

/// How the recipients of an organisation change with one of its channels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Change {
    /// Nobody of the organisation has sent to them until now.
    pub(crate) added: Vec<EmailRecipientId>,
    /// Nobody of it does any more.
    pub(crate) removed: Vec<EmailRecipientId>,
}

/// The change when a channel's addresses become `after`; `others` are the recipients of all other channels.
pub(crate) fn change(
    org: OrgId,
    others: &HashSet<EmailRecipientId>,
    before: &[String],
    after: &[String],
) -> Change {
    let ids = |addresses: &[String]| -> HashSet<EmailRecipientId> {
        addresses
            .iter()
            .map(|to| EmailRecipientId::new(org, to))
            .collect()
    };
    let (before, after) = (ids(before), ids(after));
    let only = |of: &HashSet<EmailRecipientId>, without: &HashSet<EmailRecipientId>| {
        let mut only: Vec<_> = of.difference(without).copied().collect();
        only.retain(|id| !others.contains(id));
        // Locked in this order by everybody.
        only.sort();
        only
    };
    Change {
        added: only(&after, &before),
        removed: only(&before, &after),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORG: OrgId = OrgId(7);

    fn id(address: &str) -> EmailRecipientId {
        EmailRecipientId::new(ORG, address)
    }

    fn addresses(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn known(verify: bool) -> KnownRecipients {
        let one = |address, state| {
            let known = Recipient {
                state,
                asked_at: Some(Timestamp::from_millis(1)),
                error: None,
            };
            (id(address), known)
        };
        KnownRecipients {
            org: ORG,
            verify,
            known: HashMap::from([
                one("waiting@a.org", EmailRecipientState::Waiting),
                one("confirmed@a.org", EmailRecipientState::Confirmed),
                one("declined@a.org", EmailRecipientState::Declined),
            ]),
        }
    }

    #[test]
    fn who_was_never_asked_is_confirmed_and_who_declined_gets_nothing_in_any_case() {
        let to = addresses("old@a.org Waiting@A.org confirmed@a.org declined@a.org waiting@a.org");
        let config = EmailConfig { to };
        let shown = |verify: bool| -> Vec<_> {
            let view = known(verify).view(&config, Timestamp::from_millis(2));
            view.into_iter()
                .map(|one| (one.address, one.state.as_str(), one.asked_at.is_some()))
                .collect()
        };
        let expected = |waiting: &'static str, asked: bool| {
            vec![
                ("old@a.org".to_owned(), "confirmed", false),
                ("Waiting@A.org".to_owned(), waiting, asked),
                ("confirmed@a.org".to_owned(), "confirmed", false),
                ("declined@a.org".to_owned(), "declined", true),
            ]
        };
        assert_eq!(shown(true), expected("waiting", true));
        assert_eq!(shown(false), expected("confirmed", false));
        let withheld = |verify: bool| -> HashSet<_> {
            let withheld = known(verify).withheld();
            withheld.into_iter().map(|one| (one.id, one.declined)).collect()
        };
        let waiting = (id("waiting@a.org"), false);
        let declined = (id("declined@a.org"), true);
        assert_eq!(withheld(true), HashSet::from([waiting, declined]));
        assert_eq!(withheld(false), HashSet::from([declined]));
        let split = |verify: bool| known(verify).split(config.clone()).unwrap();
        let (confirmed, left_out) = split(true);
        assert_eq!(confirmed.to, ["old@a.org", "confirmed@a.org"]);
        assert_eq!(left_out.waiting, ["Waiting@A.org", "waiting@a.org"]);
        assert_eq!(left_out.declined, ["declined@a.org"]);
        assert_eq!(split(false).1.declined, ["declined@a.org"]);
        let to = addresses("old@a.org confirmed@a.org");
        assert_eq!(known(true).split(EmailConfig { to }), None);
    }

    #[test]
    fn who_has_declined_is_asked_again_once_in_thirty_days() {
        let until = |address, millis| {
            let until = known(true).left_alone_until(id(address), Timestamp::from_millis(millis));
            until.map(Timestamp::as_millis)
        };
        assert_eq!(until("declined@a.org", 2), Some(LEFT_ALONE_MS + 1));
        assert_eq!(until("declined@a.org", LEFT_ALONE_MS + 1), None);
        assert_eq!(until("waiting@a.org", 2), None);
        assert_eq!(until("old@a.org", 2), None);
    }

    #[test]
    fn each_that_gets_messages_has_a_token_to_decline() {
        let key = TokenKey::new(&"a secret of at least 32 bytes ....".to_owned().into());
        let to = addresses("old@a.org waiting@a.org confirmed@a.org declined@a.org");
        let tokens = known(true).decline_tokens(&EmailConfig { to }, &key);
        assert_eq!(
            tokens.keys().collect::<Vec<_>>(),
            ["confirmed@a.org", "old@a.org"]
        );
        let link = RecipientLink::read(&tokens["old@a.org"], &key, Timestamp::from_millis(2)).unwrap();
        assert_eq!(link.recipient(), id("old@a.org"));
    }

    #[test]
    fn an_address_is_new_once_and_gone_with_its_last_channel() {
        let others = HashSet::from([id("shared@a.org")]);
        let ids = |text: &str| {
            let mut ids: Vec<_> = addresses(text).iter().map(|to| id(to)).collect();
            ids.sort();
            ids
        };
        for (before, after, added, removed) in [
            ("", "a@a.org shared@a.org A@a.org", "a@a.org", ""),
            ("a@a.org", "b@a.org a@A.org", "b@a.org", ""),
            ("a@a.org shared@a.org", "b@a.org", "b@a.org", "a@a.org"),
            ("a@a.org shared@a.org", "", "", "a@a.org"),
        ] {
            let expected = Change {
                added: ids(added),
                removed: ids(removed),
            };
            let change = change(ORG, &others, &addresses(before), &addresses(after));
            assert_eq!(change, expected, "{before} → {after}");
        }
    }
}
