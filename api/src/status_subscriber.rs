//! Subscribers of status pages: who gets mails about its reports, and what came of those.

use domain::status_page::SubscriberState;
use domain::{ComponentId, ReportUpdateId, SubscriberId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::{ManageStatusPages, ViewStatusPages};
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::status_page::StatusPagePath;
use crate::status_report::StatusReportPath;

/// Somebody who gets mails about a status page, or was asked whether to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Subscriber {
    /// The id.
    pub id: SubscriberId,
    /// The address.
    pub address: String,
    /// Whether mails go there.
    pub state: SubscriberState,
    /// The components that the subscription is about; null where it is about all of them.
    #[schema(required = true)]
    pub components: Option<Vec<ComponentId>>,
    /// When it was signed up first.
    pub created_at: Timestamp,
    /// When it was confirmed.
    #[schema(required = true)]
    pub confirmed_at: Option<Timestamp>,
    /// When it ended. 30 days later the address is forgotten.
    #[schema(required = true)]
    pub unsubscribed_at: Option<Timestamp>,
    /// Who has ended it.
    #[schema(required = true)]
    pub unsubscribed_by: Option<UnsubscribedBy>,
    /// Until when the link that was mailed last confirms, of one that has not confirmed.
    #[schema(required = true)]
    pub expires_at: Option<Timestamp>,
    /// Why the mail server has not taken the last mail.
    #[schema(required = true)]
    pub error: Option<String>,
}

/// Who has ended a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnsubscribedBy {
    /// Whoever reads the mails.
    Recipient,
    /// The mail server: three mails in a row went to a recipient that it does not know.
    MailServer,
}

impl UnsubscribedBy {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Recipient, Self::MailServer];

    /// The name in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recipient => "recipient",
            Self::MailServer => "mail_server",
        }
    }
}

/// Subscribers of a status page, and how many there are.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SubscriberPage {
    /// The subscribers of this page of the list.
    pub items: Vec<Subscriber>,
    /// Where the next page begins; null on the last one.
    #[schema(required = true)]
    pub next_cursor: Option<String>,
    /// All subscribers of the status page, by their state.
    pub counts: SubscriberCounts,
}

/// How many subscribers there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct SubscriberCounts {
    /// That have not confirmed yet.
    pub pending: i64,
    /// That get mails.
    pub confirmed: i64,
    /// That get none any more, of the last 30 days.
    pub unsubscribed: i64,
}

/// Which subscribers are asked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SubscriberQuery {
    /// Only those in this state.
    #[param(value_type = Option<SubscriberState>)]
    pub state: Option<SubscriberState>,
    /// Only those whose address contains this, at most 254 characters.
    pub search: Option<String>,
    /// How many items, 1 to 200; 50 by default.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Addresses that are to be asked whether they want mails about a status page.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSubscribers {
    /// At most 1,000 addresses.
    #[schema(required = true)]
    pub addresses: Option<Vec<String>>,
    /// The components that they are to be told of; all of them when it is left out.
    pub components: Option<Vec<i64>>,
}

/// What came of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AddedSubscribers {
    /// Get a mail whose link confirms within 7 days.
    pub asked: u64,
    /// Get none: they have confirmed already, or have unsubscribed.
    pub unchanged: u64,
}

/// Names a subscriber of a status page.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct SubscriberPath {
    /// The status page's id.
    pub id: i64,
    /// The subscriber's id.
    pub subscriber: SubscriberId,
}

impl PathParams for SubscriberPath {
    const RESOURCE: &'static str = "subscriber";
}

/// How far what was sent about the updates of a report is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportNotices {
    /// One for each update of which subscribers and destinations were notified, newest first.
    pub items: Vec<UpdateNotices>,
}

/// How many mails about an update there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UpdateNotices {
    /// The update.
    pub update_id: ReportUpdateId,
    /// Wait to be sent, or to be tried again.
    pub waiting: i64,
    /// The mail server has them.
    pub sent: i64,
    /// The mail server will never take them.
    pub refused: i64,
    /// The mail server has not taken them for 24 hours.
    pub given_up: i64,
    /// Not sent: the subscription had ended, or the page was not there for visitors any more.
    pub dropped: i64,
    /// How many messages to destinations there are.
    pub destinations: UpdateDeliveries,
}

/// How many messages about an update to destinations there are, for 30 days. Those of destinations that were deleted are
/// not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct UpdateDeliveries {
    /// Wait to be sent, or to be tried again.
    pub waiting: i64,
    /// Received.
    pub delivered: i64,
    /// Will never be taken.
    pub refused: i64,
    /// Were not taken for 24 hours.
    pub given_up: i64,
    /// Not sent: the destination was switched off, or the page was not there for visitors any more.
    pub dropped: i64,
}

operation! {
    /// Lists the subscribers of a status page, those that signed up last first.
    ListSubscribers "Status pages": Get "/status-pages/{id}/subscribers", ManageStatusPages;
    path StatusPagePath;
    query SubscriberQuery;
    answer 200 SubscriberPage;
}

operation! {
    /// Asks addresses whether they want mails about a status page. None gets any before it has confirmed.
    AddSubscribers "Status pages": Post "/status-pages/{id}/subscribers", ManageStatusPages;
    path StatusPagePath;
    large body NewSubscribers;
    answer 202 AddedSubscribers;
}

operation! {
    /// Removes a subscriber. The address gets no mails any more, and can be signed up again.
    RemoveSubscriber "Status pages": Delete "/status-pages/{id}/subscribers/{subscriber}", ManageStatusPages;
    path SubscriberPath;
    answer 204;
}

operation! {
    /// How far the mails and the messages to destinations about the updates of a report are.
    GetReportNotices "Status pages": Get "/status-reports/{id}/notices", ViewStatusPages;
    path StatusReportPath;
    answer 200 ReportNotices;
}
