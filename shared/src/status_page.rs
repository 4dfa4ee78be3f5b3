//! What gateway and user-service agree on about status pages: where they are, and by what a visitor gets in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{StatusPageId, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::crypto::Keyring;
use crate::settings::Reader;

/// The longest pass that is looked at, in characters.
const MAX_PASS: usize = 512;

/// Reads `PAGES_URL`: where status pages are, each below it by its slug. Nothing when there are none.
pub fn read_pages_url(env: &mut Reader) -> Option<Url> {
    env.parsed(
        "PAGES_URL",
        "",
        "the address of status pages, on a host name of its own, for example https://status.example.org; without it there are none",
        |text| {
            if text.is_empty() {
                return Ok(None);
            }
            match text.parse::<Url>() {
                Ok(url)
                    if matches!(url.scheme(), "http" | "https")
                        && url.path() == "/"
                        && url.query().is_none()
                        && url.fragment().is_none()
                        && url.username().is_empty()
                        && url.password().is_none() =>
                {
                    Ok(Some(url))
                }
                _ => Err("must be an http:// or https:// URL without a path".to_owned()),
            }
        },
    )
    .flatten()
}

/// By what a visitor has got in, or may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassKind {
    /// A cookie.
    Cookie,
    /// A link in a mail.
    Link,
    /// The address at which a member opens a page.
    Visit,
    /// An address of a feed, a badge or JSON.
    Feed,
}

impl PassKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::Link => "link",
            Self::Visit => "visit",
            Self::Feed => "feed",
        }
    }
}

/// Lets a visitor see a page that is not public, until who may see it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    /// The page.
    #[serde(rename = "p")]
    pub page: StatusPageId,
    /// The version of who may see it.
    #[serde(rename = "g")]
    pub guard_version: i32,
    /// Until when it is valid.
    #[serde(rename = "u")]
    pub until: Timestamp,
}

impl Pass {
    /// The pass as text for a cookie or an address.
    pub fn seal(&self, keyring: &Keyring, kind: PassKind) -> String {
        let plain = serde_json::to_vec(self).expect("numbers can be written");
        URL_SAFE_NO_PAD.encode(keyring.seal(&context(kind), &plain))
    }

    /// The pass that a text is, if it is one of this kind and still valid.
    pub fn open(text: &str, keyring: &Keyring, kind: PassKind, now: Timestamp) -> Option<Self> {
        if text.len() > MAX_PASS {
            return None;
        }
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let plain = keyring.open(&context(kind), &sealed).ok()?;
        let pass: Self = serde_json::from_slice(&plain).ok()?;
        (now < pass.until).then_some(pass)
    }
}

fn context(kind: PassKind) -> String {
    format!("status-page/{}", kind.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_is_of_one_kind_and_for_a_time() {
        let keyring = Keyring::parse("k:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=").expect("valid");
        let at = Timestamp::from_millis;
        let pass = Pass {
            page: StatusPageId(7),
            guard_version: 3,
            until: at(1_000),
        };
        let text = pass.seal(&keyring, PassKind::Link);
        assert_eq!(Pass::open(&text, &keyring, PassKind::Link, at(999)), Some(pass));
        assert_eq!(Pass::open(&text, &keyring, PassKind::Link, at(1_000)), None);
        assert_eq!(Pass::open(&text, &keyring, PassKind::Cookie, at(999)), None);
        assert_eq!(Pass::open(&text[1..], &keyring, PassKind::Link, at(999)), None);
        assert_eq!(
            Pass::open(&"A".repeat(10_000), &keyring, PassKind::Link, at(0)),
            None
        );
    }
}
