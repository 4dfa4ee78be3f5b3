//! The token of the links in a confirmation mail: who is asked, for which organisation and until when, signed with the
//! key of the access tokens. Whoever has it has read the mail. That of the links in alerts has no end: who finds an old
//! mail may decline as well.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{EmailRecipientId, OrgId, Timestamp};
use shared::token::TokenKey;

/// How long a link is valid.
const VALID_MS: i64 = 7 * 24 * 3_600_000;

/// Keeps these signatures apart from others of the same key.
const LABEL: &str = "recipient-link";

/// The forms that are written and read: with an end, and without.
const WITH_END: u8 = 1;
const WITHOUT_END: u8 = 2;

const SIGNATURE_BYTES: usize = 32;

/// What a link is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecipientLink {
    pub(crate) org: OrgId,
    pub(crate) address: String,
    /// None of a link in an alert.
    expires_at: Option<Timestamp>,
}

/// Why a token says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LinkError {
    /// It was not made here, or was changed.
    #[error("there is no such link")]
    Unknown,
    /// It is too old.
    #[error("the link has expired; have the mail sent again")]
    Expired,
}

impl RecipientLink {
    /// A link for somebody who is asked at `now`.
    pub(crate) fn new(org: OrgId, address: &str, now: Timestamp) -> Self {
        Self {
            org,
            address: address.to_owned(),
            expires_at: Some(now.plus_millis(VALID_MS)),
        }
    }

    /// A link for somebody who gets alerts; it is the same at any time.
    pub(crate) fn without_end(org: OrgId, address: &str) -> Self {
        Self {
            org,
            address: address.to_owned(),
            expires_at: None,
        }
    }

    /// Who is asked.
    pub(crate) fn recipient(&self) -> EmailRecipientId {
        EmailRecipientId::new(self.org, &self.address)
    }

    /// The token, in letters that stand in an address as they are: version, organisation, end if it has one (both
    /// big-endian), address, signature.
    pub(crate) fn token(&self, key: &TokenKey) -> String {
        let version = self.expires_at.map_or(WITHOUT_END, |_| WITH_END);
        let mut bytes = vec![version];
        bytes.extend(self.org.0.to_be_bytes());
        bytes.extend(
            self.expires_at
                .into_iter()
                .flat_map(|at| at.as_millis().to_be_bytes()),
        );
        bytes.extend(self.address.as_bytes());
        let signature = key.derive(LABEL, &bytes);
        bytes.extend(signature);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a token. Takes the same time wherever its signature is wrong.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub(crate) fn read(token: &str, key: &TokenKey, now: Timestamp) -> Result<Self, LinkError> {
        let link = Self::verified(token, key).ok_or(LinkError::Unknown)?;
        match link.expires_at.is_none_or(|end| end > now) {
            true => Ok(link),
            false => Err(LinkError::Expired),
        }
    }

    fn verified(token: &str, key: &TokenKey) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (signed, signature) = bytes.split_last_chunk::<SIGNATURE_BYTES>()?;
        if !key.is_derived(LABEL, signed, signature) {
            return None;
        }
        let (&version, rest) = signed.split_first()?;
        let (org, rest) = rest.split_first_chunk::<8>()?;
        let (expires_at, address) = match version {
            WITH_END => {
                let (end, address) = rest.split_first_chunk::<8>()?;
                (Some(Timestamp::from_millis(i64::from_be_bytes(*end))), address)
            }
            WITHOUT_END => (None, rest),
            _ => return None,
        };
        Some(Self {
            org: OrgId(i64::from_be_bytes(*org)),
            address: String::from_utf8(address.to_vec()).ok()?,
            expires_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_255_200_000);

    /// It is in mails that were sent: what reads it may change, and this may not.
    const FROZEN: &str =
        "AQAAAAAAAAAHAAABoiGY7QBvcHNAZXhhbXBsZS5vcmfL8GId--m3CEz9ovkFuhRCrrHdhb_ZochQNagHVFwChw";

    const FROZEN_WITHOUT_END: &str =
        "AgAAAAAAAAAHb3BzQGV4YW1wbGUub3JnDqrKlEMH0UoJ5tM3aoO5ku3aKVvPF5RKNLrpV3ACZqk";

    fn key() -> TokenKey {
        TokenKey::new(&"a secret of at least 32 bytes ....".to_owned().into())
    }

    fn link() -> RecipientLink {
        RecipientLink::new(OrgId(7), "ops@example.org", NOW)
    }

    #[test]
    fn a_token_says_who_was_asked_for_seven_days() {
        let token = link().token(&key());
        assert_eq!(token, FROZEN);
        assert_eq!(RecipientLink::read(FROZEN, &key(), NOW), Ok(link()));
        let at = |millis| RecipientLink::read(FROZEN, &key(), NOW.plus_millis(millis));
        assert_eq!(at(VALID_MS - 1), Ok(link()));
        assert_eq!(at(VALID_MS), Err(LinkError::Expired));
        assert_eq!(
            link().recipient(),
            EmailRecipientId::new(OrgId(7), "Ops@example.org")
        );
    }

    #[test]
    fn a_token_in_an_alert_has_no_end() {
        let link = RecipientLink::without_end(OrgId(7), "ops@example.org");
        let token = link.token(&key());
        assert_eq!(token, FROZEN_WITHOUT_END);
        let later = NOW.plus_millis(VALID_MS * 1_000);
        assert_eq!(RecipientLink::read(&token, &key(), later), Ok(link));
    }

    #[test]
    fn nothing_else_is_a_token() {
        [link(), RecipientLink::without_end(OrgId(7), "ops@example.org")]
            .into_iter()
            .for_each(nothing_else_than);
    }

    fn nothing_else_than(link: RecipientLink) {
        let token = link.token(&key());
        let other = TokenKey::new(&"another secret of at least 32 bytes".to_owned().into());
        assert_eq!(RecipientLink::read(&token, &other, NOW), Err(LinkError::Unknown));
        let bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
        let mut wrong = vec![String::new(), "***".to_owned(), URL_SAFE_NO_PAD.encode([1; 40])];
        for index in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[index] ^= 1;
            wrong.push(URL_SAFE_NO_PAD.encode(changed));
            wrong.push(URL_SAFE_NO_PAD.encode(&bytes[..index]));
        }
        for wrong in wrong {
            assert_eq!(
                RecipientLink::read(&wrong, &key(), NOW),
                Err(LinkError::Unknown),
                "{wrong}"
            );
        }
    }
}
