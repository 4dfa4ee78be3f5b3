//! Subscriptions to status pages: the links in mails by which people confirm, change and end them, and what they choose. Pure.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::monitor::FieldError;
use domain::{ComponentId, EmailAddress, StatusPageId, SubscriberId, Timestamp};
use shared::crypto::{Keyring, OpenError};
use uuid::Uuid;

use super::status_page::Page;

/// Subscribers that a page may have that have not unsubscribed.
pub(crate) const MAX_SUBSCRIBERS: i64 = 50_000;

/// As many of those may not have confirmed: strangers can name any number of addresses.
pub(crate) const MAX_PENDING: i64 = 20_000;

/// Addresses that can be added at once.
pub(crate) const MAX_ADDED: usize = 1_000;

/// How long the link of a mail that asks confirms, in days.
pub(crate) const CONFIRMS_DAYS: i32 = 7;

/// Notices in a row for which the mail server does not know the recipient, and then no more are sent.
pub(crate) const MAX_REFUSALS: i32 = 3;

const CONFIRMS_MS: i64 = CONFIRMS_DAYS as i64 * 24 * 3_600_000;

/// Keeps these tokens apart from others of the same keys.
const CONTEXT: &str = "status-page/subscription";

/// The longest token that is looked at, in characters.
const MAX_TOKEN: usize = 256;

/// The forms that are written and read: of a mail that asks, and of others.
const ASKS: u8 = 1;
const OTHER: u8 = 2;

/// What a link in a mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SubscriptionLink {
    pub(crate) page: StatusPageId,
    pub(crate) subscriber: SubscriberId,
    /// When the address was signed up, of a link that confirms.
    asked_at: Option<Timestamp>,
}

/// Why a token opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkError {
    /// It cannot be one.
    Malformed,
    /// It was not made here, or was changed.
    Unknown,
}

impl SubscriptionLink {
    /// A link that confirms that an address wants what it was signed up for at `asked_at`.
    pub(crate) fn that_asks(page: StatusPageId, subscriber: SubscriberId, asked_at: Timestamp) -> Self {
        Self {
            page,
            subscriber,
            asked_at: Some(asked_at),
        }
    }

    /// A link that changes and ends a subscription. It has no end, for mails are kept.
    pub(crate) fn that_manages(page: StatusPageId, subscriber: SubscriberId) -> Self {
        Self {
            page,
            subscriber,
            asked_at: None,
        }
    }

    /// Whether it confirms at `now`.
    pub(crate) fn can_confirm(&self, now: Timestamp) -> bool {
        self.asked_at
            .is_some_and(|asked_at| now.millis_since(asked_at) < CONFIRMS_MS)
    }

    /// The token, in letters that stand in an address as they are; the same for the same link.
    pub(crate) fn token(&self, keyring: &Keyring) -> String {
        let mut plain = vec![self.asked_at.map_or(OTHER, |_| ASKS)];
        plain.extend(self.page.0.to_be_bytes());
        plain.extend(self.subscriber.0.as_bytes());
        plain.extend(
            self.asked_at
                .into_iter()
                .flat_map(|at| at.as_millis().to_be_bytes()),
        );
        URL_SAFE_NO_PAD.encode(keyring.seal_stable(CONTEXT, &plain))
    }

    /// Reads a token.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub(crate) fn read(token: &str, keyring: &Keyring) -> Result<Self, LinkError> {
        if token.len() > MAX_TOKEN {
            return Err(LinkError::Malformed);
        }
        let sealed = URL_SAFE_NO_PAD.decode(token).map_err(|_| LinkError::Malformed)?;
        let plain = keyring.open(CONTEXT, &sealed).map_err(|error| match error {
            OpenError::Malformed => LinkError::Malformed,
            OpenError::UnknownKey(_) | OpenError::NotAuthentic => LinkError::Unknown,
        })?;
        Self::parse(&plain).ok_or(LinkError::Unknown)
    }

    fn parse(plain: &[u8]) -> Option<Self> {
        let (&form, rest) = plain.split_first()?;
        let (page, rest) = rest.split_first_chunk()?;
        let (subscriber, rest) = rest.split_first_chunk()?;
        let asked_at = match form {
            ASKS => Some(Timestamp::from_millis(i64::from_be_bytes(rest.try_into().ok()?))),
            OTHER => None,
            _ => return None,
        };
        Some(Self {
            page: StatusPageId(i64::from_be_bytes(*page)),
            subscriber: SubscriberId(Uuid::from_bytes(*subscriber)),
            asked_at,
        })
    }
}

/// An address as much of it as shows somebody that it is theirs.
pub(crate) fn masked(address: &str) -> String {
    let (local, host) = address.rsplit_once('@').unwrap_or((address, ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}•••@{host}")
}

/// An address to which mails can be sent.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn address(given: &str) -> Result<EmailAddress, &'static str> {
    EmailAddress::parse(given)
}

/// Addresses that are to be asked, each once.
///
/// # Errors
/// Names each field that is not valid.
pub(crate) fn addresses(given: Option<&[String]>) -> Result<Vec<EmailAddress>, Vec<FieldError>> {
    let given = given.unwrap_or_default();
    if given.is_empty() {
        return Err(vec![FieldError::new("addresses", "is required")]);
    }
    if given.len() > MAX_ADDED {
        let wrong = format!("must have at most {MAX_ADDED} addresses");
        return Err(vec![FieldError::new("addresses", wrong)]);
    }
    let (mut addresses, mut errors, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (n, text) in given.iter().enumerate() {
        match address(text) {
            Ok(address) if seen.insert(address.normal()) => addresses.push(address),
            Ok(_) => {}
            Err(wrong) => errors.push(FieldError::new(format!("addresses.{n}"), wrong)),
        }
    }
    match errors.is_empty() {
        true => Ok(addresses),
        false => Err(errors),
    }
}

/// The components of a page.
pub(crate) fn components_of(page: &Page) -> Vec<ComponentId> {
    let groups = page.groups.iter();
    groups
        .flat_map(|group| &group.components)
        .filter_map(|component| component.id)
        .collect()
}

/// The components that are chosen of those that a page has; none for all of them.
///
/// # Errors
/// When none is chosen, or one that the page has not.
pub(crate) fn components(
    chosen: Option<&[ComponentId]>,
    of_page: &[ComponentId],
) -> Result<Option<Vec<ComponentId>>, FieldError> {
    let Some(chosen) = chosen else { return Ok(None) };
    let wrong = |wrong| Err(FieldError::new("components", wrong));
    let chosen: BTreeSet<ComponentId> = chosen.iter().copied().collect();
    match chosen.iter().all(|component| of_page.contains(component)) {
        _ if chosen.is_empty() => wrong("must have at least one component"),
        true => Ok(Some(chosen.into_iter().collect())),
        false => wrong("must be components of the status page"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_255_200_000);

    /// They are in mails that were sent: what reads them may change, and they may not.
    const FROZEN: &str =
        "AWuU5SIc03X1tQXzsBlinzEIZUAwD84tUGO_TPUUsKnCENujj3d7yv0w23uqhefFg41LUULLMl3ou5wDs0Sl";
    const FROZEN_THAT_MANAGES: &str =
        "AWuRq72MJ3WLt7NSF6JrBbKcByJGTaz9WIrtNVBs9AEaHJz4HKVEjKGLSsyvY9y3d90Ug_2V1Q";

    fn keyring() -> Keyring {
        Keyring::parse("k:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=").unwrap()
    }

    fn links() -> [SubscriptionLink; 2] {
        let (page, subscriber) = (StatusPageId(7), SubscriberId(Uuid::from_u128(9)));
        [
            SubscriptionLink::that_asks(page, subscriber, NOW),
            SubscriptionLink::that_manages(page, subscriber),
        ]
    }

    #[test]
    fn a_link_stays_what_it_is_and_confirms_for_seven_days() {
        for (link, frozen) in links().into_iter().zip([FROZEN, FROZEN_THAT_MANAGES]) {
            assert_eq!(link.token(&keyring()), frozen);
            assert_eq!(SubscriptionLink::read(frozen, &keyring()), Ok(link));
        }
        let [asks, manages] = links();
        assert!(asks.can_confirm(NOW) && asks.can_confirm(NOW.plus_millis(CONFIRMS_MS - 1)));
        assert!(!asks.can_confirm(NOW.plus_millis(CONFIRMS_MS)));
        assert!(!manages.can_confirm(NOW));
    }

    #[test]
    fn nothing_else_is_a_link() {
        let read = |token: &str| SubscriptionLink::read(token, &keyring());
        for text in ["", "a", "***", "A A", &"A".repeat(10_000), &FROZEN[..8]] {
            assert_eq!(read(text), Err(LinkError::Malformed), "{text}");
        }
        let sealed = URL_SAFE_NO_PAD.decode(FROZEN).unwrap();
        for index in 2..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            let changed = URL_SAFE_NO_PAD.encode(changed);
            assert_eq!(read(&changed), Err(LinkError::Unknown), "{index}");
        }
        let other = Keyring::parse("k:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
        assert_eq!(read(&links()[1].token(&other)), Err(LinkError::Unknown));
        // What was sealed for another purpose.
        let pass = URL_SAFE_NO_PAD.encode(keyring().seal("status-page/feed", &[OTHER; 25]));
        assert_eq!(read(&pass), Err(LinkError::Unknown));
    }

    #[test]
    fn addresses_are_asked_once_each() {
        let given = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            addresses(Some(&texts))
        };
        let read = given(&["Ada@example.org", "ada@EXAMPLE.org", "eve@example.org"]).unwrap();
        let read: Vec<&str> = read.iter().map(EmailAddress::mailbox).collect();
        assert_eq!(read, ["Ada@example.org", "eve@example.org"]);
        let wrong = given(&["ada@example.org", "nope", ""]).unwrap_err();
        let wrong: Vec<&str> = wrong.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(wrong, ["addresses.1", "addresses.2"]);
        assert!(given(&[]).is_err() && addresses(None).is_err());
        assert!(given(&["a@b.org"; MAX_ADDED]).is_ok() && given(&["a@b.org"; MAX_ADDED + 1]).is_err());
    }

    #[test]
    fn one_chooses_of_what_the_page_has() {
        let of_page = [1, 2, 3].map(ComponentId);
        let choose = |ids: &[i64]| {
            let ids: Vec<ComponentId> = ids.iter().copied().map(ComponentId).collect();
            components(Some(&ids), &of_page)
        };
        assert_eq!(components(None, &of_page), Ok(None));
        assert_eq!(choose(&[3, 1, 3]), Ok(Some(vec![ComponentId(1), ComponentId(3)])));
        assert!(choose(&[]).is_err() && choose(&[1, 4]).is_err());
    }

    #[test]
    fn who_reads_a_mail_that_was_passed_on_does_not_learn_the_address() {
        assert_eq!(masked("ada@example.org"), "a•••@example.org");
        assert_eq!(masked("ada"), "a•••@");
    }
}
