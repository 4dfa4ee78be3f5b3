//! Templates of reports: what an organisation has prepared to say on its status pages.

use domain::Timestamp;
use domain::status_page::{Impact, ReportStatus};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::{ManageReports, ViewStatusPages};
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::page::{Page, PageQuery};
use crate::version::Versioned;

/// A template of reports and of their updates.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportTemplate {
    /// The id.
    pub id: i64,
    /// What people call it; visitors do not see it.
    pub name: String,
    /// The headline of a new report; null where it is for updates of any report.
    #[schema(required = true)]
    pub title: Option<String>,
    /// What people read, as Markdown without HTML.
    pub message: String,
    /// How far the work is.
    pub status: ReportStatus,
    /// How badly the components are affected that are chosen; null where that depends.
    #[schema(required = true)]
    pub impact: Option<Impact>,
    /// Whether subscribers are notified.
    pub notify: bool,
    /// Grows with every change.
    pub version: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// The writable fields of a template; in a change, those that are left out stay as they are.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportTemplateInput {
    /// What people call it, at most 120 characters; visitors do not see it.
    pub name: Option<String>,
    /// The headline of a new report, at most 200 characters; null, the default, where it is for updates of any report.
    #[serde(default, deserialize_with = "crate::nullable::given")]
    #[schema(value_type = Option<String>)]
    pub title: Option<Option<String>>,
    /// What people read, as Markdown without HTML, at most 10,000 characters.
    pub message: Option<String>,
    /// How far the work is.
    #[schema(value_type = Option<ReportStatus>)]
    pub status: Option<String>,
    /// How badly the components are affected that are chosen; null, the default, where that depends. With `resolved` all
    /// become operational, so that none may be given.
    #[serde(default, deserialize_with = "crate::nullable::given")]
    #[schema(value_type = Option<Impact>)]
    pub impact: Option<Option<String>>,
    /// Whether subscribers are notified. A new template has to say it.
    pub notify: Option<bool>,
}

/// Names a template.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ReportTemplatePath {
    /// The template's id.
    pub id: i64,
}

impl PathParams for ReportTemplatePath {
    const RESOURCE: &'static str = "template";
}

operation! {
    /// Lists the templates of reports by their id.
    ListReportTemplates "Status pages": Get "/report-templates", ViewStatusPages;
    query PageQuery;
    answer 200 Page<ReportTemplate>;
}

operation! {
    /// Creates a template of reports.
    CreateReportTemplate "Status pages": Post "/report-templates", ManageReports;
    body ReportTemplateInput;
    answer 201 ReportTemplate;
    etag Versioned::etag;
}

operation! {
    /// A template of reports.
    GetReportTemplate "Status pages": Get "/report-templates/{id}", ViewStatusPages;
    path ReportTemplatePath;
    answer 200 ReportTemplate;
    etag Versioned::etag;
}

operation! {
    /// Changes a template of reports: what is left out stays. Reports that were made with it do not change.
    EditReportTemplate "Status pages": Patch "/report-templates/{id}", ManageReports;
    path ReportTemplatePath;
    body ReportTemplateInput;
    answer 200 ReportTemplate;
    etag Versioned::etag;
}

operation! {
    /// Deletes a template of reports. Reports that were made with it stay.
    DeleteReportTemplate "Status pages": Delete "/report-templates/{id}", ManageReports;
    path ReportTemplatePath;
    answer 204;
}
