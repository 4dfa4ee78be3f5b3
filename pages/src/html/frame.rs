//! What surrounds the content: the head, the title, the foot.

use super::parts;
use super::style;
use crate::address;
use crate::document::{Document, Guard};
use crate::markdown;
use crate::state::ComponentState;
use crate::text;
use crate::words::{self, Clock};

/// The longest description of a page in results of a search, in characters.
const MAX_DESCRIPTION: usize = 200;

/// What surrounds the content of a page.
pub(super) struct Frame {
    pub(super) lang: &'static str,
    /// A class; nothing for the visitor's own theme.
    pub(super) theme: &'static str,
    /// The title of the window.
    pub(super) title: String,
    /// What the status page is called.
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) is_indexed: bool,
    pub(super) canonical: Option<String>,
    pub(super) image: Option<String>,
    pub(super) logo: Option<String>,
    pub(super) icon: String,
    pub(super) feeds: Vec<Feed>,
    pub(super) contact: Option<String>,
    pub(super) home: String,
    pub(super) history: String,
    pub(super) subscribe: String,
    pub(super) zone: String,
    pub(super) style: &'static str,
    pub(super) own_style: String,
}

/// A feed, or the calendar.
pub(super) struct Feed {
    pub(super) name: &'static str,
    pub(super) media_type: &'static str,
    pub(super) path: String,
}

impl Frame {
    /// What says nothing of a page but its title.
    pub(super) fn closed(document: &Document) -> Self {
        let name = text::line(&document.title);
        Self {
            lang: words::of(document.locale).lang,
            theme: style::theme_class(document.theme),
            title: name.clone(),
            name,
            own_style: style::own(document),
            home: address::home(document).to_owned(),
            ..Self::empty()
        }
    }

    /// What belongs to no page.
    pub(super) fn empty() -> Self {
        Self {
            lang: "en",
            theme: "",
            title: String::new(),
            name: String::new(),
            description: None,
            is_indexed: false,
            canonical: None,
            image: None,
            logo: None,
            icon: "data:,".to_owned(),
            feeds: Vec::new(),
            contact: None,
            home: String::new(),
            history: String::new(),
            subscribe: String::new(),
            zone: String::new(),
            style: style::STYLE,
            own_style: style::neutral(),
        }
    }

    /// What surrounds something of a page: what it is called beside the page's title, and its name below the page's address
    /// (nothing for the page itself).
    pub(super) fn of(
        clock: &Clock,
        document: &Document,
        overall: ComponentState,
        what: &str,
        at: &str,
    ) -> Self {
        let closed = Self::closed(document);
        let is_public = document.guard == Guard::Public;
        let description = document
            .description
            .as_deref()
            .map(|text| markdown::summary(text, MAX_DESCRIPTION));
        let default = clock.texts.status_of.replacen("{}", &closed.name, 1);
        let contact = document.contact_url.as_deref();
        // A logo that is replaced has another address.
        let logo = document
            .logo
            .as_deref()
            .map(|hash| format!("{}?v={}", address::LOGO, text::token(hash)));
        Self {
            title: format!("{} – {what}", closed.name),
            description: is_public.then(|| description.unwrap_or(default)),
            is_indexed: is_public && document.allow_index,
            canonical: is_public.then(|| match at {
                "" => document.url.clone(),
                at => address::absolute(document, at),
            }),
            image: logo
                .as_deref()
                .filter(|_| is_public)
                .map(|logo| address::absolute(document, logo)),
            logo: logo.as_deref().map(|logo| address::path(document, logo)),
            icon: parts::favicon(overall),
            feeds: if is_public {
                feeds(clock, document)
            } else {
                Vec::new()
            },
            contact: contact
                .filter(|link| address::is_safe_link(link))
                .map(str::to_owned),
            history: address::path(document, address::HISTORY),
            subscribe: address::path(document, address::FEEDS),
            zone: clock
                .texts
                .time_zone
                .replacen("{}", &clock.zone(document.as_of), 1),
            ..closed
        }
    }

    pub(super) fn robots(&self) -> &'static str {
        match self.is_indexed {
            true => "index,follow",
            false => "noindex,nofollow",
        }
    }

    /// Which themes browsers may draw their own parts in.
    pub(super) fn scheme(&self) -> &'static str {
        match self.theme {
            "" => "light dark",
            theme => theme,
        }
    }
}

/// The feeds of a page and its calendar.
pub(super) fn feeds(clock: &Clock, document: &Document) -> Vec<Feed> {
    [
        ("RSS", "application/rss+xml", address::RSS),
        ("Atom", "application/atom+xml", address::ATOM),
        ("JSON Feed", "application/feed+json", address::JSON_FEED),
        (clock.texts.calendar, "text/calendar", address::CALENDAR),
    ]
    .into_iter()
    .map(|(name, media_type, at)| Feed {
        name,
        media_type,
        path: address::path(document, at),
    })
    .collect()
}
