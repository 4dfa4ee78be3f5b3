//! Devices from which somebody has logged in to an account before. What strangers try on the account must not keep
//! them out, so their attempts are counted apart (OWASP, "device cookies").

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{EmailAddress, Timestamp};
use subtle::ConstantTimeEq as _;

use crate::token::TokenKey;

/// The cookie that holds a device's token.
pub const DEVICE_COOKIE: &str = "uptime_device";

/// How long a device stays known after a login or a refresh, in days.
pub const KNOWN_DAYS: u32 = 180;

const DAY_MILLIS: i64 = 86_400_000;
const MAC_BYTES: usize = 16;

/// Tells two accounts apart without telling the address of either: a keyed hash of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct AccountKey([u8; 16]);

impl AccountKey {
    /// That of the account with this address, whether there is one or not.
    pub fn of(key: &TokenKey, address: &EmailAddress) -> Self {
        Self(half(key.derive("account", address.normal().as_bytes())))
    }
}

impl fmt::Display for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

/// A device that is known to an account: a random name, until when it is known, and the proof.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Device {
    name: [u8; 12],
    /// In days after the epoch.
    until: u32,
}

/// Its name; not what proves it.
impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.name))
    }
}

impl Device {
    /// A device that becomes known now.
    pub fn new(now: Timestamp) -> Self {
        let day = u32::try_from(now.as_millis() / DAY_MILLIS).unwrap_or_default();
        Self {
            name: crate::crypto::random(),
            until: day + KNOWN_DAYS,
        }
    }

    /// What the device keeps to be known to `account`.
    pub fn token(&self, key: &TokenKey, account: AccountKey) -> String {
        let mut bytes = self.bytes().to_vec();
        bytes.extend_from_slice(&self.mac(key, account));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The device of a token, if `account` knows it.
    pub fn verify(token: &str, key: &TokenKey, account: AccountKey, now: Timestamp) -> Option<Self> {
        let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
        let (name, rest) = bytes.split_first_chunk()?;
        let (until, mac) = rest.split_first_chunk()?;
        let device = Self {
            name: *name,
            until: u32::from_be_bytes(*until),
        };
        let is_genuine = bool::from(device.mac(key, account).as_slice().ct_eq(mac));
        (is_genuine && now.as_millis() / DAY_MILLIS <= i64::from(device.until)).then_some(device)
    }

    fn bytes(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..12].copy_from_slice(&self.name);
        bytes[12..].copy_from_slice(&self.until.to_be_bytes());
        bytes
    }

    fn mac(&self, key: &TokenKey, AccountKey(account): AccountKey) -> [u8; MAC_BYTES] {
        half(key.derive("device", &[account, self.bytes()].concat()))
    }
}

fn half(bytes: [u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&bytes[..16]);
    half
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> TokenKey {
        TokenKey::new(&"a secret of at least 32 bytes ....".to_owned().into())
    }

    fn account(address: &str) -> AccountKey {
        AccountKey::of(&key(), &EmailAddress::parse(address).unwrap())
    }

    #[test]
    fn an_account_has_one_key_however_its_address_is_written() {
        assert_eq!(account("Ada@ｅxample.org"), account("ada@example\u{3002}org"));
        assert_ne!(account("ada@example.org"), account("eve@example.org"));
        let other = TokenKey::new(&"another secret of at least 32 bytes".to_owned().into());
        let address = EmailAddress::parse("ada@example.org").unwrap();
        assert_ne!(AccountKey::of(&other, &address), AccountKey::of(&key(), &address));
    }

    #[test]
    fn a_device_is_known_to_its_account_alone_and_for_a_time() {
        let now = crate::now();
        let (ada, eve) = (account("ada@example.org"), account("eve@example.org"));
        let device = Device::new(now);
        let token = device.token(&key(), ada);
        let known = |account, now| Device::verify(&token, &key(), account, now);
        assert_eq!(known(ada, now), Some(device));
        assert_eq!(known(eve, now), None);
        let days = |days| now.plus_millis(i64::from(days) * DAY_MILLIS);
        assert!(known(ada, days(KNOWN_DAYS)).is_some());
        assert_eq!(known(ada, days(KNOWN_DAYS + 1)), None);
        let mut forged = token.clone().into_bytes();
        forged[17] ^= 1;
        let forged = String::from_utf8(forged).unwrap();
        for text in ["", "x", &forged, &format!("{token}AA")] {
            assert_eq!(Device::verify(text, &key(), ada, now), None, "{text}");
        }
    }
}
