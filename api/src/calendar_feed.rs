//! Calendar feeds: shifts on call for the calendar of a phone or a desktop.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::{ManageAccount, Public};
use crate::operation::{PathParams, given_or, given_or_value, operation};

/// A feed of your own shifts, or of those of a schedule. It ends when its owner leaves the organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CalendarFeed {
    /// The id.
    pub id: i64,
    /// Of which schedule; null: your own shifts by all schedules.
    #[schema(required = true)]
    pub schedule_id: Option<i64>,
    /// What people call the schedule.
    #[schema(required = true)]
    pub schedule_name: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When a calendar has fetched it last, to the hour; null before the first time.
    #[schema(required = true)]
    pub read_at: Option<Timestamp>,
}

/// A feed with its address, which is a secret and is told only once.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CreatedCalendarFeed {
    /// Where a calendar fetches it. Whoever knows the address sees the shifts. It is shown this once.
    pub url: String,
    /// What is shown of it from now on.
    pub feed: CalendarFeed,
}

/// The own feeds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CalendarFeedList {
    /// By their id.
    pub items: Vec<CalendarFeed>,
}

/// Which shifts a feed has.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarFeedInput {
    /// Those of this schedule; null, the default: your own ones by all schedules.
    pub schedule_id: Option<i64>,
}

/// Names a feed.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct CalendarFeedPath {
    /// The feed's id.
    pub id: i64,
}

impl PathParams for CalendarFeedPath {
    const RESOURCE: &'static str = "calendar feed";
}

/// The secret of a feed.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct CalendarPath {
    /// The token of its address.
    pub token: String,
}

impl PathParams for CalendarPath {
    const RESOURCE: &'static str = "calendar feed";
}

/// Shifts as iCalendar (RFC 5545).
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(transparent)]
pub struct CalendarText(pub String);

operation! {
    /// Lists your own calendar feeds in this organisation.
    ListCalendarFeeds "Accounts": Get "/me/calendars", ManageAccount;
    answer 200 CalendarFeedList;
}

operation! {
    /// Creates a calendar feed, at most 20 in an organisation. Its address is in this answer alone.
    CreateCalendarFeed "Accounts": Post "/me/calendars", ManageAccount;
    body CalendarFeedInput;
    answer 201 CreatedCalendarFeed;
}

operation! {
    /// Deletes a calendar feed: its address no longer exists.
    DeleteCalendarFeed "Accounts": Delete "/me/calendars/{id}", ManageAccount;
    path CalendarFeedPath;
    answer 204;
}

operation! {
    /// A calendar feed, from four weeks ago to twelve weeks from now. The address is the credential.
    GetCalendar "Alerting": Get "/calendars/{token}.ics", Public;
    path CalendarPath;
    answer 200 CalendarText;
    rate Link;
    media type "text/calendar";
}
