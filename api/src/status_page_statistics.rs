//! How much a status page is looked at, and how many get its mails.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::ViewStatusPages;
use crate::operation::{given_or, given_or_value, operation};
use crate::status_page::StatusPagePath;

/// The numbers of a status page.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StatusPageStatistics {
    /// The last 90 days (UTC), oldest first, the last one today; null while the counts cannot be had.
    #[schema(required = true)]
    pub days: Option<Vec<DayViews>>,
    /// Subscribers who have confirmed.
    pub subscribers: i64,
    /// Those who have not confirmed yet.
    pub waiting_subscribers: i64,
}

/// How often a page was looked at on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DayViews {
    /// The day.
    #[schema(format = Date)]
    pub date: String,
    /// Times that the page itself was fetched in a browser; nothing is known of by whom.
    pub views: u64,
}

operation! {
    /// How often a status page was looked at, and how many subscribers it has.
    GetStatusPageStatistics "Status pages": Get "/status-pages/{id}/statistics", ViewStatusPages;
    path StatusPagePath;
    answer 200 StatusPageStatistics;
}
