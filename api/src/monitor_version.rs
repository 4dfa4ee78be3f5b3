//! The definitions that a monitor has had.

use domain::monitor::MonitorInput;
use domain::{MonitorId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::access::{ManageMonitors, View};
use crate::monitor::{Monitor, MonitorPath};
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::page::{Page, PageQuery};
use crate::version::Versioned;

/// What has saved a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VersionAuthorKind {
    /// A person.
    Member,
    /// An API key.
    ApiKey,
    /// The product itself.
    System,
}

/// Who has saved a definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct VersionAuthor {
    /// What the author is.
    pub kind: VersionAuthorKind,
    /// What the member is called, the API key was called, or the part of the product is.
    pub name: String,
}

/// A definition that a monitor has or had: its name, and what is checked, how often, and by which rule.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MonitorVersion {
    /// Which one, from 1; not the version of `If-Match`.
    pub version: i32,
    /// Since when it held; of the first one that is known, at least since then.
    pub from: Timestamp,
    /// Until when; null while it holds.
    #[schema(required = true)]
    pub until: Option<Timestamp>,
    /// Who has saved it; null where nobody knows any more, and for who is narrowed to tags.
    #[schema(required = true)]
    pub author: Option<VersionAuthor>,
    /// The fields of the monitor that differ from the version before, if that is still kept.
    pub changes: Vec<String>,
    /// The version whose definition this one brought back.
    #[schema(required = true)]
    pub restored: Option<i32>,
}

/// A field in which two definitions differ.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct VersionDifference {
    /// Which one, as in `http.headers.Accept`; a list is one field.
    pub field: String,
    /// What it was in the other version; null where it was not there, or is not shown.
    pub before: Value,
    /// What it is in this version; null where it is not there, or is not shown.
    pub after: Value,
    /// Whether neither is shown, because that is a secret or not shown to the caller.
    pub secret: bool,
}

/// A definition that a monitor has or had, with all of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MonitorVersionDetail {
    /// Which one it is.
    #[serde(flatten)]
    pub of: MonitorVersion,
    /// The definition as the monitor shows it, without what is no part of it, such as tags.
    pub definition: MonitorInput,
    /// Only when the definition cannot be read: why, and then most of it is null.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub definition_error: Option<String>,
    /// In what it differs from the version before, or from the one that was asked for.
    pub differences: Vec<VersionDifference>,
}

/// Names a version of a monitor.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct MonitorVersionPath {
    /// The monitor's id.
    pub id: MonitorId,
    /// Which version of it, from 1.
    pub version: i32,
}

impl PathParams for MonitorVersionPath {
    const RESOURCE: &'static str = "version";
}

/// What a version is compared with.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct VersionQuery {
    /// This version; the one before by default.
    pub against: Option<i32>,
}

operation! {
    /// Lists the definitions that a monitor has had, the latest first.
    ListMonitorVersions "Monitors": Get "/monitors/{id}/versions", View;
    path MonitorPath;
    query PageQuery;
    answer 200 Page<MonitorVersion>;
}

operation! {
    /// A definition that a monitor has or had, and in what it differs from another one.
    GetMonitorVersion "Monitors": Get "/monitors/{id}/versions/{version}", View;
    path MonitorVersionPath;
    query VersionQuery;
    answer 200 MonitorVersionDetail;
}

operation! {
    /// Makes a definition that a monitor had hold again, as an edit.
    RestoreMonitorVersion "Monitors": Post "/monitors/{id}/versions/{version}/restore", ManageMonitors;
    path MonitorVersionPath;
    answer 200 Monitor;
    etag Versioned::etag;
    heeds version true;
}
