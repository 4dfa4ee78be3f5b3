//! The forms of a status page, and how each is made of what there is to be seen.

use ::pages::statuspage::Part;
use ::pages::{Document, View, badge, feed, html, statuspage};
use domain::{ComponentId, StatusReportId};

/// In what form a page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Form {
    /// The page itself.
    Page,
    /// A report on a page of its own.
    Report(StatusReportId),
    /// All reports and maintenance.
    History,
    /// One line in a frame of another page.
    Embed,
    /// RSS.
    Rss,
    /// Atom.
    Atom,
    /// JSON Feed.
    JsonFeed,
    /// iCalendar.
    Calendar,
    /// JSON as Atlassian Statuspage has it: which of [`PARTS`].
    Api(usize),
    /// An image of the state of the page or of a component.
    Badge(Option<ComponentId>),
    /// What shields.io draws such an image of.
    Shields(Option<ComponentId>),
    /// The logo.
    Logo,
}

/// The documents below `/api/v2/`, without `.json`.
pub(super) const PARTS: [(&str, Part); 8] = [
    ("summary", Part::Summary),
    ("status", Part::Status),
    ("components", Part::Components),
    ("incidents", Part::Incidents),
    ("incidents/unresolved", Part::UnresolvedIncidents),
    ("scheduled-maintenances", Part::Maintenances),
    ("scheduled-maintenances/upcoming", Part::UpcomingMaintenances),
    ("scheduled-maintenances/active", Part::ActiveMaintenances),
];

impl Form {
    /// Its name in metrics.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Report(_) => "report",
            Self::History => "history",
            Self::Embed => "embed",
            Self::Rss => "rss",
            Self::Atom => "atom",
            Self::JsonFeed => "json_feed",
            Self::Calendar => "calendar",
            Self::Api(_) => "api",
            Self::Badge(_) => "badge",
            Self::Shields(_) => "shields",
            Self::Logo => "logo",
        }
    }

    /// Whether people read it in a browser of their own, where there is a cookie, and a door for those who have none.
    pub(super) fn is_read(self) -> bool {
        matches!(self, Self::Page | Self::Report(_) | Self::History)
    }

    /// Whether pages of others may show it or read it, where anybody may.
    pub(super) fn is_for_others(self) -> bool {
        !self.is_read()
    }

    /// Whether it is HTML.
    pub(super) fn is_html(self) -> bool {
        self.is_read() || self == Self::Embed
    }

    /// What it is.
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Page | Self::Report(_) | Self::History | Self::Embed => "text/html; charset=utf-8",
            Self::Rss => "application/rss+xml; charset=utf-8",
            Self::Atom => "application/atom+xml; charset=utf-8",
            Self::JsonFeed => "application/feed+json; charset=utf-8",
            Self::Calendar => "text/calendar; charset=utf-8",
            Self::Api(_) | Self::Shields(_) => "application/json",
            Self::Badge(_) => "image/svg+xml; charset=utf-8",
            Self::Logo => "image/png",
        }
    }

    /// Whether a page has it.
    pub(super) fn is_of(self, document: &Document) -> bool {
        match self {
            Self::Report(id) => document.reports.iter().any(|report| report.id == id),
            Self::Badge(Some(id)) | Self::Shields(Some(id)) => {
                document.components().any(|component| component.id == id)
            }
            Self::Logo => document.logo.is_some(),
            _ => true,
        }
    }

    /// What is sent; nothing of what the page has not, and of the logo, which is stored as it is.
    pub(super) fn made_of(self, view: &View<'_>) -> Option<Vec<u8>> {
        let text = match self {
            Self::Page => html::page(view),
            Self::Report(id) => html::report(view, id)?,
            Self::History => html::history(view),
            Self::Embed => html::embed(view),
            Self::Rss => feed::rss(view),
            Self::Atom => feed::atom(view),
            Self::JsonFeed => feed::json(view),
            Self::Calendar => feed::calendar(view),
            Self::Api(part) => statuspage::document(view, PARTS.get(part)?.1).to_string(),
            Self::Badge(component) => badge::svg(view, component)?,
            Self::Shields(component) => badge::shields(view, component)?.to_string(),
            Self::Logo => return None,
        };
        Some(text.into_bytes())
    }
}
