//! What an address at a host of status pages means: from the path alone, without looking at any page.

use std::sync::Arc;

use domain::StatusReportId;

use super::form::{Form, PARTS};

/// The longest name of a page that is looked up, in characters; user-service gives shorter ones.
const MAX_SLUG: usize = 64;

/// What there is at the root of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Root {
    /// `/robots.txt`
    Robots,
    /// `/favicon.ico`
    Favicon,
}

/// What is asked for of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// To see it.
    Form(Form),
    /// Where its feeds are, with a pass in their addresses.
    Feeds,
    /// To be let in by a password.
    Unlock,
    /// To be sent a link that lets in.
    Link,
    /// To be let in by a link.
    Enter,
    /// The same, where nothing but a form is sent to.
    Access,
    /// To get mails about it.
    Subscribe,
    /// To confirm that, or to change it.
    Subscription,
    /// To get none any more.
    Unsubscribe,
}

/// What an address means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// Something of the host.
    Root(Root),
    /// The same is at another path.
    Moved(String),
    /// Something of a page.
    Page {
        /// The page.
        slug: Arc<str>,
        /// What of it.
        what: What,
    },
}

impl What {
    /// The methods by which it is asked for, as `Allow` has them.
    pub(super) fn methods(self) -> &'static str {
        match self {
            Self::Form(_) | Self::Feeds => "GET, HEAD",
            Self::Unlock | Self::Link | Self::Access | Self::Subscribe => "POST",
            Self::Enter | Self::Subscription | Self::Unsubscribe => "GET, HEAD, POST",
        }
    }

    /// Its name in metrics.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Form(form) => form.as_str(),
            Self::Feeds => "feeds",
            Self::Unlock => "unlock",
            Self::Link => "link",
            Self::Enter | Self::Access => "enter",
            Self::Subscribe => "subscribe",
            Self::Subscription => "subscription",
            Self::Unsubscribe => "unsubscribe",
        }
    }
}

/// What the path of a request means at the host of all pages, or at that which the page `own` has for itself.
pub(super) fn parse(path: &str, own: Option<&Arc<str>>) -> Option<Route> {
    let below = path.strip_prefix('/')?;
    match below {
        "robots.txt" => return Some(Route::Root(Root::Robots)),
        "favicon.ico" => return Some(Route::Root(Root::Favicon)),
        _ => {}
    }
    if let Some(own) = own {
        let (slug, what) = (Arc::clone(own), what(below)?);
        return Some(Route::Page { slug, what });
    }
    let (slug, below) = match below.split_once('/') {
        Some((slug, below)) => (slug, Some(below)),
        None => (below, None),
    };
    if !is_slug(slug) {
        return None;
    }
    match below {
        Some("") => Some(Route::Moved(format!("/{slug}"))),
        below => Some(Route::Page {
            slug: slug.into(),
            what: what(below.unwrap_or_default())?,
        }),
    }
}

/// The path of a page.
pub(super) fn path_of(slug: &str, is_own_host: bool) -> String {
    match is_own_host {
        true => "/".to_owned(),
        false => format!("/{slug}"),
    }
}

/// Whether a text may be the name of a page, which becomes a part of the names of keys and of files.
pub(super) fn is_slug(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.len() <= MAX_SLUG && text.bytes().all(is_part)
}

/// What the rest of a path means, below that of a page.
fn what(below: &str) -> Option<What> {
    Some(What::Form(match below {
        "" => Form::Page,
        "history" => Form::History,
        "embed" => Form::Embed,
        "feed.rss" => Form::Rss,
        "feed.atom" => Form::Atom,
        "feed.json" => Form::JsonFeed,
        "calendar.ics" => Form::Calendar,
        "badge.svg" => Form::Badge(None),
        "badge.json" => Form::Shields(None),
        "logo.png" => Form::Logo,
        "feeds" => return Some(What::Feeds),
        "unlock" => return Some(What::Unlock),
        "link" => return Some(What::Link),
        "enter" => return Some(What::Enter),
        "access" => return Some(What::Access),
        "subscribe" => return Some(What::Subscribe),
        "subscription" => return Some(What::Subscription),
        "unsubscribe" => return Some(What::Unsubscribe),
        _ => {
            let (folder, rest) = below.split_once('/')?;
            match folder {
                "reports" => Form::Report(StatusReportId(id(rest)?)),
                "badge" => match rest.rsplit_once('.')? {
                    (component, "svg") => Form::Badge(Some(domain::ComponentId(id(component)?))),
                    (component, "json") => Form::Shields(Some(domain::ComponentId(id(component)?))),
                    _ => return None,
                },
                "api" => {
                    let name = rest.strip_prefix("v2/")?.strip_suffix(".json")?;
                    Form::Api(PARTS.iter().position(|(part, _)| *part == name)?)
                }
                _ => return None,
            }
        }
    }))
}

/// An id in its one form: an address that means the same as another one is kept twice.
fn id(text: &str) -> Option<i64> {
    let id: i64 = text.parse().ok()?;
    (id > 0 && id.to_string() == text).then_some(id)
}

#[cfg(test)]
mod tests {
    use domain::ComponentId;

    use super::*;

    const ADDRESSES: [(&str, What); 24] = [
        ("history", What::Form(Form::History)),
        ("embed", What::Form(Form::Embed)),
        ("reports/7", What::Form(Form::Report(StatusReportId(7)))),
        ("feed.rss", What::Form(Form::Rss)),
        ("feed.atom", What::Form(Form::Atom)),
        ("feed.json", What::Form(Form::JsonFeed)),
        ("calendar.ics", What::Form(Form::Calendar)),
        ("api/v2/summary.json", What::Form(Form::Api(0))),
        ("api/v2/incidents/unresolved.json", What::Form(Form::Api(4))),
        (
            "api/v2/scheduled-maintenances/active.json",
            What::Form(Form::Api(7)),
        ),
        ("badge.svg", What::Form(Form::Badge(None))),
        ("badge.json", What::Form(Form::Shields(None))),
        ("badge/3.svg", What::Form(Form::Badge(Some(ComponentId(3))))),
        ("badge/3.json", What::Form(Form::Shields(Some(ComponentId(3))))),
        ("logo.png", What::Form(Form::Logo)),
        ("feeds", What::Feeds),
        ("unlock", What::Unlock),
        ("link", What::Link),
        ("enter", What::Enter),
        ("access", What::Access),
        ("subscribe", What::Subscribe),
        ("subscription", What::Subscription),
        ("unsubscribe", What::Unsubscribe),
        ("", What::Form(Form::Page)),
    ];

    fn page(slug: &str, what: What) -> Option<Route> {
        let slug = slug.into();
        Some(Route::Page { slug, what })
    }

    #[test]
    fn each_address_is_below_the_slug_and_at_the_root_of_a_host_of_its_own() {
        let own: Arc<str> = "acme".into();
        for (below, what) in ADDRESSES {
            assert_eq!(
                parse(&format!("/{below}"), Some(&own)),
                page("acme", what),
                "{below}"
            );
            if !below.is_empty() {
                let path = format!("/shop-1/{below}");
                assert_eq!(parse(&path, None), page("shop-1", what), "{path}");
            }
        }
        assert_eq!(parse("/shop-1", None), page("shop-1", What::Form(Form::Page)));
        assert_eq!(parse("/shop-1/", None), Some(Route::Moved("/shop-1".to_owned())));
        for own in [None, Some(&own)] {
            assert_eq!(parse("/robots.txt", own), Some(Route::Root(Root::Robots)));
            assert_eq!(parse("/favicon.ico", own), Some(Route::Root(Root::Favicon)));
        }
        assert_eq!(path_of("shop-1", false), "/shop-1");
        assert_eq!(path_of("shop-1", true), "/");
    }

    #[test]
    fn whatever_else_means_nothing() {
        let own: Arc<str> = "acme".into();
        for below in [
            "api/v1/me",
            "api/v2/nope.json",
            "api/v2/summary",
            "api/openapi.json",
            "reports/",
            "reports/x",
            "reports/07",
            "reports/-7",
            "reports/7/",
            "reports/99999999999999999999",
            "badge/3.png",
            "badge/.svg",
            "badge/3",
            "feed.rss/",
            "history/",
            "unlock/x",
            "..",
            "%2e%2e",
            "assets/x.js",
            "ping/x",
            "health/live",
            "metrics",
        ] {
            assert_eq!(parse(&format!("/acme/{below}"), None), None, "{below}");
            assert_eq!(parse(&format!("/{below}"), Some(&own)), None, "{below}");
        }
        for path in [
            "",
            "/",
            "//",
            "//feed.rss",
            "/Acme",
            "/acme.json",
            "/a_b",
            "/acme%20",
            "/acme//",
            "*",
            "/../x",
        ] {
            assert_eq!(parse(path, None), None, "{path}");
        }
        assert_eq!(parse(&format!("/{}", "a".repeat(65)), None), None);
    }
}
