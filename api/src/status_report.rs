//! Reports on status pages: what people say about a problem while it lasts, and after.

use domain::status_page::{Impact, ReportStatus};
use domain::{ComponentId, IncidentId, ReportUpdateId, StatusPageId, StatusReportId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::{ManageReports, ViewStatusPages};
use crate::incident::IncidentPath;
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::page::{Page, PageQuery};
use crate::status_page::StatusPagePath;
use crate::version::Versioned;

/// A report on a status page.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StatusReport {
    /// The id.
    pub id: StatusReportId,
    /// The page on which it stands.
    pub status_page_id: StatusPageId,
    /// Its headline.
    pub title: String,
    /// That of the newest update.
    pub status: ReportStatus,
    /// The components that are or were affected, each with its impact by now.
    pub components: Vec<ComponentImpact>,
    /// The incident that it is about, if it was made of one.
    #[schema(required = true)]
    pub incident_id: Option<IncidentId>,
    /// When the problem began.
    pub started_at: Timestamp,
    /// When it was over; null until it is.
    #[schema(required = true)]
    pub resolved_at: Option<Timestamp>,
    /// What was learnt, as Markdown without HTML; null until it is written.
    #[schema(required = true)]
    pub postmortem: Option<String>,
    /// The updates, newest first.
    pub updates: Vec<ReportUpdate>,
    /// Where visitors read it; null while the installation has no `PAGES_URL`.
    #[schema(required = true)]
    pub url: Option<String>,
    /// Grows with every change.
    pub version: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// How badly a component is affected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ComponentImpact {
    /// The component.
    pub component_id: ComponentId,
    /// How badly.
    pub impact: Impact,
}

/// An update of a report.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportUpdate {
    /// The id.
    pub id: ReportUpdateId,
    /// How far the work is.
    pub status: ReportStatus,
    /// What people read, as Markdown without HTML.
    pub message: String,
    /// The components whose impact it changes.
    pub components: Vec<ComponentImpact>,
    /// Whether subscribers were notified.
    pub notified: bool,
    /// Who wrote it; null for who is gone, and for what was written by an API key.
    #[schema(required = true)]
    pub author: Option<String>,
    /// When it was published.
    pub at: Timestamp,
}

/// A new report with its first update.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStatusReport {
    /// Its headline, at most 200 characters.
    #[schema(required = true)]
    pub title: Option<String>,
    /// The incident that it is about.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub incident_id: Option<String>,
    /// When the problem began; now when it is left out. Not in the future, and not a year ago.
    pub started_at: Option<String>,
    /// The first update.
    #[schema(required = true)]
    pub update: Option<ReportUpdateInput>,
}

/// What of a report can be changed afterwards; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusReportInput {
    /// Its headline, at most 200 characters.
    pub title: Option<String>,
    /// When the problem began.
    pub started_at: Option<String>,
    /// What was learnt, as Markdown without HTML, at most 20,000 characters; null for nothing.
    #[serde(default, deserialize_with = "crate::nullable::given")]
    #[schema(value_type = Option<String>)]
    pub postmortem: Option<Option<String>>,
}

/// An update of a report.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportUpdateInput {
    /// How far the work is.
    #[schema(value_type = ReportStatus, required = true)]
    pub status: Option<String>,
    /// What people read, as Markdown without HTML, at most 10,000 characters.
    #[schema(required = true)]
    pub message: Option<String>,
    /// The components whose impact changes. With `resolved` all become operational, so that none may be given.
    #[schema(value_type = Vec<ComponentImpact>)]
    #[serde(default)]
    pub components: Vec<ComponentImpactInput>,
    /// Whether subscribers are notified. It has to be said, and cannot be made up for later.
    #[schema(required = true)]
    pub notify: Option<bool>,
}

/// How badly a component is affected.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComponentImpactInput {
    /// The component.
    pub component_id: Option<i64>,
    /// How badly.
    #[schema(value_type = Option<Impact>)]
    pub impact: Option<String>,
}

/// What of an update can be changed afterwards: what it says. Nobody is notified of it.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportUpdateEdit {
    /// What people read.
    #[schema(required = true)]
    pub message: Option<String>,
}

/// A report that an incident suggests, to be read and changed before it is published.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportDraft {
    /// The page that shows the monitor of the incident.
    pub status_page_id: StatusPageId,
    /// What the page is called.
    pub status_page_title: String,
    /// A headline.
    pub title: String,
    /// When the incident began.
    pub started_at: Timestamp,
    /// How far the work is.
    pub status: ReportStatus,
    /// What people would read.
    pub message: String,
    /// The components of the monitor.
    pub components: Vec<ComponentImpact>,
    /// A report of that page that is already about the incident.
    #[schema(required = true)]
    pub report_id: Option<StatusReportId>,
}

/// Drafts for the pages that show the monitor of an incident.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportDrafts {
    /// One for each page, by its id.
    pub items: Vec<ReportDraft>,
}

/// Names a report.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct StatusReportPath {
    /// The report's id.
    pub id: i64,
}

impl PathParams for StatusReportPath {
    const RESOURCE: &'static str = "report";
}

/// Names an update of a report.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ReportUpdatePath {
    /// The report's id.
    pub id: i64,
    /// The update's id.
    pub update_id: i64,
}

impl PathParams for ReportUpdatePath {
    const RESOURCE: &'static str = "update";
}

operation! {
    /// Lists the reports of a status page, newest first.
    ListStatusReports "Status pages": Get "/status-pages/{id}/reports", ViewStatusPages;
    path StatusPagePath;
    query PageQuery;
    answer 200 Page<StatusReport>;
}

operation! {
    /// Publishes a report on a status page.
    CreateStatusReport "Status pages": Post "/status-pages/{id}/reports", ManageReports;
    path StatusPagePath;
    body NewStatusReport;
    answer 201 StatusReport;
    etag Versioned::etag;
}

operation! {
    /// A report of a status page.
    GetStatusReport "Status pages": Get "/status-reports/{id}", ViewStatusPages;
    path StatusReportPath;
    answer 200 StatusReport;
    etag Versioned::etag;
}

operation! {
    /// Changes a report: what is left out stays.
    EditStatusReport "Status pages": Patch "/status-reports/{id}", ManageReports;
    path StatusReportPath;
    body StatusReportInput;
    answer 200 StatusReport;
    etag Versioned::etag;
}

operation! {
    /// Deletes a report with its updates.
    DeleteStatusReport "Status pages": Delete "/status-reports/{id}", ManageReports;
    path StatusReportPath;
    answer 204;
}

operation! {
    /// Publishes an update of a report.
    AddReportUpdate "Status pages": Post "/status-reports/{id}/updates", ManageReports;
    path StatusReportPath;
    body ReportUpdateInput;
    answer 201 StatusReport;
    etag Versioned::etag;
}

operation! {
    /// Changes what an update says.
    EditReportUpdate "Status pages": Patch "/status-reports/{id}/updates/{update_id}", ManageReports;
    path ReportUpdatePath;
    body ReportUpdateEdit;
    answer 200 StatusReport;
    etag Versioned::etag;
}

operation! {
    /// Suggests reports about an incident, one for each status page that shows its monitor.
    DraftStatusReports "Status pages": Get "/incidents/{id}/status-report-drafts", ManageReports;
    path IncidentPath;
    answer 200 ReportDrafts;
}
