//! Tokens of links by which whoever can read a notification acknowledges its incident.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Timestamp;
use domain::acknowledge_link::AcknowledgeLink;

use crate::crypto::Keyring;

/// The longest token that is looked at, in bytes.
const MAX_TOKEN_BYTES: usize = 512;

/// The token of a link: the same for the same link, in letters that stand in an address as they are.
///
/// # Panics
/// Never: a link is written as JSON.
pub fn token(link: &AcknowledgeLink, keyring: &Keyring) -> String {
    let plain = serde_json::to_vec(link).expect("a link has numbers and names only");
    URL_SAFE_NO_PAD.encode(keyring.seal_stable(AcknowledgeLink::SEAL_CONTEXT, &plain))
}

/// What a token stands for; none where it was not made here, was changed, or is too old.
pub fn read(token: &str, keyring: &Keyring, now: Timestamp) -> Option<AcknowledgeLink> {
    if token.len() > MAX_TOKEN_BYTES {
        return None;
    }
    let sealed = URL_SAFE_NO_PAD.decode(token).ok()?;
    let plain = keyring.open(AcknowledgeLink::SEAL_CONTEXT, &sealed).ok()?;
    let link: AcknowledgeLink = serde_json::from_slice(&plain).ok()?;
    link.is_valid_at(now).then_some(link)
}

#[cfg(test)]
mod tests {
    use domain::{ChannelId, IncidentId, MonitorId, OrgId};

    use super::*;

    fn keyring(key: char) -> Keyring {
        let key: String = std::iter::repeat_n(key, 43).collect();
        Keyring::parse(&format!("k:{key}=")).unwrap()
    }

    #[test]
    fn a_token_is_read_by_who_has_the_key_until_it_is_too_old() {
        let started_at: Timestamp = "2026-11-29T10:00:00Z".parse().unwrap();
        let link = AcknowledgeLink {
            org_id: OrgId(7),
            monitor_id: MonitorId(42),
            incident_id: IncidentId::new(MonitorId(42), 1, started_at),
            channel_id: ChannelId(3),
            started_at,
        };
        let keys = keyring('A');
        let sealed = token(&link, &keys);
        assert_eq!(sealed, token(&link, &keys));
        assert!(sealed.len() < 300 && !sealed.contains(['+', '/', '=']));
        let later = |days: i64| started_at.plus_millis(days * 24 * 3_600_000);
        assert_eq!(read(&sealed, &keys, later(6)), Some(link));
        assert_eq!(read(&sealed, &keys, later(7)), None);
        assert_eq!(read(&sealed, &keyring('E'), later(1)), None);
        let mut changed = sealed.into_bytes();
        changed[40] ^= 1;
        assert_eq!(read(&String::from_utf8_lossy(&changed), &keys, later(1)), None);
        for nonsense in ["", "x", &"A".repeat(10_000)] {
            assert_eq!(read(nonsense, &keys, later(1)), None);
        }
    }
}
