//! Searching everything that an organisation has.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::View;
use crate::operation::{given_or, given_or_value, operation};

/// A kind of what is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SearchKind {
    /// A monitor, by its name, key, address without its query, and tags.
    Monitor,
    /// An incident, by what failed, and by its monitor.
    Incident,
    /// A note on an incident.
    Note,
    /// A maintenance window, by its name.
    MaintenanceWindow,
    /// A channel, by its name.
    Channel,
    /// A status page, by its title, slug and host name.
    StatusPage,
    /// A report on a status page, by its title and updates.
    StatusReport,
    /// A change in the audit log, by who has made it, what was done, and to what.
    AuditEvent,
}

impl SearchKind {
    /// All of them, in the order in which they are answered.
    pub const ALL: [Self; 8] = [
        Self::Monitor,
        Self::Incident,
        Self::Note,
        Self::MaintenanceWindow,
        Self::Channel,
        Self::StatusPage,
        Self::StatusReport,
        Self::AuditEvent,
    ];

    /// The name in JSON and in the query.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Monitor => "monitor",
            Self::Incident => "incident",
            Self::Note => "note",
            Self::MaintenanceWindow => "maintenance_window",
            Self::Channel => "channel",
            Self::StatusPage => "status_page",
            Self::StatusReport => "status_report",
            Self::AuditEvent => "audit_event",
        }
    }
}

/// What is looked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Up to 10 words, at most 200 characters. All of them have to be there; the last one may be the beginning of a word. Without
    /// a letter or a digit, nothing is found.
    pub q: Option<String>,
    /// The kinds of what is looked for, with commas between them; all by default.
    pub kinds: Option<String>,
    /// How many of each kind, 1 to 20; 5 by default.
    pub limit: Option<u32>,
}

/// What was found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SearchResults {
    /// What was found of each kind; a kind of which nothing was found, or whose list the caller may not see, is left out.
    pub groups: Vec<SearchGroup>,
}

/// What was found of one kind.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SearchGroup {
    /// The kind.
    pub kind: SearchKind,
    /// What was found, the best first; nothing where that took too long.
    pub items: Vec<SearchResult>,
    /// Whether there is more, or may be, since looking for it took too long.
    pub more: bool,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SearchResult {
    /// Its id.
    pub id: String,
    /// The id of that which it is a part of: of a note its incident, of a report its status page; null for everything else.
    #[schema(required = true)]
    pub parent_id: Option<String>,
    /// What it is called: of an incident and of a note the monitor's name.
    pub title: String,
    /// What else it says, as far as it was looked at, cut around the first of the words: an address, an error, a text.
    #[schema(required = true)]
    pub detail: Option<String>,
    /// When it began or was written; null for what is of no time.
    #[schema(required = true)]
    pub at: Option<Timestamp>,
    /// Whether it goes on; null for what does not end.
    #[schema(required = true)]
    pub open: Option<bool>,
}

operation! {
    /// Searches what the organisation has.
    Search "Search": Get "/search", View;
    query SearchQuery;
    answer 200 SearchResults;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_called_in_queries_as_in_answers() {
        for kind in SearchKind::ALL {
            assert_eq!(serde_json::json!(kind), kind.as_str());
        }
        assert!(SearchKind::ALL.is_sorted());
    }
}
