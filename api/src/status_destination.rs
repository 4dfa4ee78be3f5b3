//! Destinations of status pages: where the updates of its reports are posted to, and what came of it.

use domain::channel::DestinationKind;
use domain::internal::TestOutcome;
use domain::status_page::ReportStatus;
use domain::{ComponentId, DeliveryId, DestinationId, ReportUpdateId, StatusReportId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::access::{ManageReports, ManageStatusPages};
use crate::channel::config_schema;
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::page::{Page, PageQuery};
use crate::status_page::StatusPagePath;
use crate::status_report::ReportUpdateInput;
use crate::version::Versioned;

/// Where the updates of a status page's reports are posted to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Destination {
    /// The id.
    pub id: DestinationId,
    /// What people call it.
    pub name: String,
    /// The kind.
    pub kind: DestinationKind,
    /// What its kind needs, with secrets hidden; null when it cannot be read.
    #[schema(value_type = Option<DestinationConfig>, required = true)]
    pub config: Value,
    /// The components that it is told of; null where it is told of all of them.
    #[schema(required = true)]
    pub components: Option<Vec<ComponentId>>,
    /// Whether it is told of updates.
    pub enabled: bool,
    /// When it was switched off because it had answered 404 or 410 three times in a row; null when it was not.
    #[schema(required = true)]
    pub gone_at: Option<Timestamp>,
    /// What came of the newest update that it was to be told of.
    #[schema(required = true)]
    pub last_delivery: Option<DestinationDelivery>,
    /// What of it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Grows with every change.
    pub version: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// The configuration of a destination: the fields of its kind, all of them optional here, as the kinds give them.
#[derive(Clone, Copy, Debug)]
pub struct DestinationConfig;

impl PartialSchema for DestinationConfig {
    fn schema() -> RefOr<Schema> {
        let kinds = DestinationKind::ALL.iter();
        config_schema(
            "destination",
            kinds.map(|kind| (kind.as_str(), kind.config_schema())),
        )
    }
}

impl ToSchema for DestinationConfig {}

/// The writable fields of a destination; in a change, those that are left out stay as they are.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DestinationInput {
    /// What people call it.
    pub name: Option<String>,
    /// The kind, `webhook` by default; it cannot be changed.
    #[schema(value_type = Option<DestinationKind>)]
    pub kind: Option<String>,
    /// What its kind needs, or any subset of it in a change.
    #[schema(value_type = Option<DestinationConfig>)]
    pub config: Option<Map<String, Value>>,
    /// The components that it is told of; null, the default, for all of them.
    #[serde(default, deserialize_with = "crate::nullable::given")]
    #[schema(value_type = Option<Vec<i64>>)]
    pub components: Option<Option<Vec<i64>>>,
    /// Whether it is told of updates; true by default.
    pub enabled: Option<bool>,
}

/// Names a destination of a status page.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct DestinationPath {
    /// The status page's id.
    pub id: i64,
    /// The destination's id.
    pub destination: i64,
}

impl PathParams for DestinationPath {
    const RESOURCE: &'static str = "destination";
}

/// What came of a message about an update to a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DestinationDeliveryStatus {
    /// Waits to be sent, or to be tried again.
    Waiting,
    /// Received.
    Delivered,
    /// Will never be taken.
    Refused,
    /// Was not taken for 24 hours.
    GivenUp,
    /// Not sent: the destination was switched off, or the page was not there for visitors any more.
    Dropped,
}

impl DestinationDeliveryStatus {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Waiting,
        Self::Delivered,
        Self::Refused,
        Self::GivenUp,
        Self::Dropped,
    ];

    /// The name in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Refused => "refused",
            Self::GivenUp => "given_up",
            Self::Dropped => "dropped",
        }
    }
}

/// A message about an update to a destination.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DestinationDelivery {
    /// Its id, the same for every attempt.
    pub id: DeliveryId,
    /// The report that it is about.
    pub status_report_id: StatusReportId,
    /// The headline of the report.
    pub title: String,
    /// The update that it is about.
    pub update_id: ReportUpdateId,
    /// How far the work is by that update.
    pub update_status: ReportStatus,
    /// What came of it.
    pub status: DestinationDeliveryStatus,
    /// Attempts made.
    pub attempts: i32,
    /// The status of the last answer; null while there was none.
    #[schema(required = true)]
    pub http_status: Option<u16>,
    /// Why the last attempt failed.
    #[schema(required = true)]
    pub error: Option<String>,
    /// When the update was published.
    pub created_at: Timestamp,
    /// When the last attempt ended.
    #[schema(required = true)]
    pub attempted_at: Option<Timestamp>,
    /// When it was received.
    #[schema(required = true)]
    pub delivered_at: Option<Timestamp>,
    /// When it is tried next.
    #[schema(required = true)]
    pub next_attempt_at: Option<Timestamp>,
}

/// An update of a report that is not published yet.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportUpdateDraft {
    /// The report that it would be added to; a new one when it is left out.
    pub report_id: Option<i64>,
    /// The headline of the report, at most 200 characters; of a report that exists, its own by default.
    pub title: Option<String>,
    /// The update.
    #[schema(required = true)]
    pub update: Option<ReportUpdateInput>,
}

/// What each kind of subscriber and destination would get. Ids that are not given yet are 0.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportUpdatePreview {
    /// A mail, with an example's address and links that end in `…` where each subscriber has its own.
    pub email: MailPreview,
    /// What is posted to a webhook.
    #[schema(value_type = Object)]
    pub webhook: Value,
    /// What is posted to Slack.
    #[schema(value_type = Object)]
    pub slack: Value,
    /// What is posted to Microsoft Teams.
    #[schema(value_type = Object)]
    pub teams: Value,
}

/// What a mail would say.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MailPreview {
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
}

operation! {
    /// Lists the destinations of a status page by their id.
    ListDestinations "Status pages": Get "/status-pages/{id}/destinations", ManageStatusPages;
    path StatusPagePath;
    query PageQuery;
    answer 200 Page<Destination>;
}

operation! {
    /// Adds a destination to a status page.
    CreateDestination "Status pages": Post "/status-pages/{id}/destinations", ManageStatusPages;
    path StatusPagePath;
    body DestinationInput;
    answer 201 Destination;
    etag Versioned::etag;
}

operation! {
    /// A destination of a status page.
    GetDestination "Status pages": Get "/status-pages/{id}/destinations/{destination}", ManageStatusPages;
    path DestinationPath;
    answer 200 Destination;
    etag Versioned::etag;
}

operation! {
    /// Changes a destination: what is left out stays.
    EditDestination "Status pages": Patch "/status-pages/{id}/destinations/{destination}", ManageStatusPages;
    path DestinationPath;
    body DestinationInput;
    answer 200 Destination;
    etag Versioned::etag;
}

operation! {
    /// Deletes a destination. What waits for it is not sent any more.
    DeleteDestination "Status pages": Delete "/status-pages/{id}/destinations/{destination}", ManageStatusPages;
    path DestinationPath;
    answer 204;
}

operation! {
    /// Sends a test message to a destination.
    TestDestination "Status pages": Post "/status-pages/{id}/destinations/{destination}/test", ManageStatusPages;
    path DestinationPath;
    answer 200 TestOutcome;
}

operation! {
    /// Lists what came of the messages to a destination, those of the newest updates first.
    ListDestinationDeliveries "Status pages": Get "/status-pages/{id}/destinations/{destination}/deliveries", ManageStatusPages;
    path DestinationPath;
    query PageQuery;
    answer 200 Page<DestinationDelivery>;
}

operation! {
    /// Shows what subscribers and destinations would get of an update. Publishes nothing.
    PreviewReportUpdate "Status pages": Post "/status-pages/{id}/reports/preview", ManageReports;
    path StatusPagePath;
    body ReportUpdateDraft;
    answer 200 ReportUpdatePreview;
}
