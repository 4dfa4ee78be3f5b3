//! Who may see a page.

use std::net::IpAddr;

use ::pages::Document;
use ::pages::document::Guard;
use shared::status_page::Pass;

/// Whether anybody may.
pub(super) fn is_public(document: &Document) -> bool {
    document.guard == Guard::Public
}

/// Passes that a visitor comes with, and that are still valid.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Passes {
    /// In the cookie of the page, which whoever was let in has.
    pub(super) cookie: Option<Pass>,
    /// In the address of a feed.
    pub(super) feed: Option<Pass>,
}

/// Whether a visitor may who comes from `client` with these passes.
pub(super) fn admits(document: &Document, passes: &Passes, client: IpAddr) -> bool {
    let is_valid = |pass: &Option<Pass>| pass.is_some_and(|pass| is_of(&pass, document));
    match &document.guard {
        Guard::Public => true,
        Guard::Addresses { networks } => {
            let client = client.to_canonical();
            // A member who is elsewhere was let in by the dashboard. Feeds are for who is there.
            networks.iter().any(|network| network.contains(&client)) || is_valid(&passes.cookie)
        }
        Guard::Password { .. } | Guard::EmailDomain { .. } | Guard::Members { .. } => {
            is_valid(&passes.cookie) || is_valid(&passes.feed)
        }
    }
}

/// Whether a pass is one of the page, given out since who may see it changed last.
pub(super) fn is_of(pass: &Pass, document: &Document) -> bool {
    pass.page == document.id && pass.guard_version == document.guard_version
}

#[cfg(test)]
mod tests {
    use domain::{StatusPageId, Timestamp};

    use super::*;
    use crate::pages::testing::document;

    fn guarded(guard: Guard) -> Document {
        Document {
            guard,
            guard_version: 3,
            ..document()
        }
    }

    #[test]
    fn a_pass_is_of_one_page_and_of_one_version_of_its_guard() {
        let client = "192.0.2.1".parse().unwrap();
        for guard in [
            Guard::Password { hash: String::new() },
            Guard::EmailDomain {
                domains: vec!["a.example".to_owned()],
            },
            Guard::Members {
                sign_in_url: "https://a.example/".to_owned(),
            },
        ] {
            let document = guarded(guard);
            let pass = |page: i64, guard_version| Pass {
                page: StatusPageId(page),
                guard_version,
                until: Timestamp::from_millis(0),
            };
            let is_let_in = |pass: Option<Pass>| {
                let as_cookie = Passes {
                    cookie: pass,
                    feed: None,
                };
                let as_feed = Passes {
                    cookie: None,
                    feed: pass,
                };
                let [cookie, feed] = [as_cookie, as_feed].map(|passes| admits(&document, &passes, client));
                assert_eq!(cookie, feed, "{pass:?}");
                cookie
            };
            assert!(is_let_in(Some(pass(document.id.0, 3))));
            for other in [
                None,
                Some(pass(document.id.0, 2)),
                Some(pass(document.id.0, 4)),
                Some(pass(document.id.0 + 1, 3)),
            ] {
                assert!(!is_let_in(other), "{other:?} {:?}", document.guard);
            }
        }
        assert!(admits(&guarded(Guard::Public), &Passes::default(), client));
    }

    #[test]
    fn networks_let_in_who_comes_from_there_and_members() {
        let networks = ["192.0.2.0/24", "2001:db8:1::/48"].map(|net| net.parse().unwrap());
        let document = guarded(Guard::Addresses {
            networks: networks.to_vec(),
        });
        let pass = Some(Pass {
            page: document.id,
            guard_version: 3,
            until: Timestamp::from_millis(0),
        });
        for (client, is_let_in) in [
            ("192.0.2.255", true),
            ("::ffff:192.0.2.7", true),
            ("2001:db8:1:2::3", true),
            ("192.0.3.1", false),
            ("2001:db8:2::1", false),
            ("::1", false),
        ] {
            let client = client.parse().unwrap();
            let admits = |cookie, feed| admits(&document, &Passes { cookie, feed }, client);
            assert_eq!(admits(None, None), is_let_in, "{client}");
            assert_eq!(admits(None, pass), is_let_in, "{client}");
            assert!(admits(pass, None), "{client}");
        }
    }
}
