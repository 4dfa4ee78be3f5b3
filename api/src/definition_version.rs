//! The definitions that maintenance windows, alert routes, escalation policies and on-call schedules have had.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::{ManageAlertPolicy, ManageMonitors, View, ViewAlertPolicy};
use crate::alert_route::{AlertRoute, AlertRouteInput, AlertRoutePath};
use crate::escalation_policy::{EscalationPolicy, EscalationPolicyInput, EscalationPolicyPath};
use crate::monitor_version::{VersionAuthor, VersionDifference, VersionQuery};
use crate::on_call::{OnCallSchedule, OnCallScheduleInput, OnCallSchedulePath};
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::page::{Page, PageQuery};
use crate::version::Versioned;
use crate::window::{MaintenanceWindow, MaintenanceWindowInput, MaintenanceWindowPath};

/// A definition that something has or had: what can be written of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DefinitionVersion {
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
    /// The fields that differ from the version before, if that is still kept.
    pub changes: Vec<String>,
    /// The version whose definition this one brought back.
    #[schema(required = true)]
    pub restored: Option<i32>,
}

macro_rules! details {
    ($($(#[$($doc:tt)*])* $name:ident of $definition:ident;)*) => {
        $(
            $(#[$($doc)*])*
            #[derive(Clone, Debug, Serialize, ToSchema)]
            pub struct $name {
                /// Which one it is.
                #[serde(flatten)]
                pub of: DefinitionVersion,
                /// The definition, as it could be sent.
                pub definition: $definition,
                /// Only when the definition cannot be read: why, and then most of it is left out.
                #[serde(skip_serializing_if = "Option::is_none")]
                pub definition_error: Option<String>,
                /// In what it differs from the version before, or from the one that was asked for.
                pub differences: Vec<VersionDifference>,
            }

            impl From<VersionParts<$definition>> for $name {
                fn from(parts: VersionParts<$definition>) -> Self {
                    let VersionParts { of, definition, definition_error, differences } = parts;
                    Self { of, definition, definition_error, differences }
                }
            }
        )*
    };
}

/// What a definition with all of it is made of.
#[derive(Clone, Debug)]
pub struct VersionParts<D> {
    /// Which one it is.
    pub of: DefinitionVersion,
    /// The definition.
    pub definition: D,
    /// Why it cannot be read.
    pub definition_error: Option<String>,
    /// In what it differs from another one.
    pub differences: Vec<VersionDifference>,
}

details! {
    /// A definition that a maintenance window has or had, with all of it.
    MaintenanceWindowVersionDetail of MaintenanceWindowInput;
    /// A definition that an alert route has or had, with all of it.
    AlertRouteVersionDetail of AlertRouteInput;
    /// A definition that an escalation policy has or had, with all of it.
    EscalationPolicyVersionDetail of EscalationPolicyInput;
    /// A definition that an on-call schedule has or had, with all of it.
    OnCallScheduleVersionDetail of OnCallScheduleInput;
}

/// Names a version of something.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct DefinitionVersionPath {
    /// The id of what it is a version of.
    pub id: i64,
    /// Which version of it, from 1.
    pub version: i32,
}

impl PathParams for DefinitionVersionPath {
    const RESOURCE: &'static str = "version";
}

operation! {
    /// Lists the definitions that a maintenance window has had, the latest first.
    ListMaintenanceWindowVersions "Maintenance": Get "/maintenance-windows/{id}/versions", View;
    path MaintenanceWindowPath;
    query PageQuery;
    answer 200 Page<DefinitionVersion>;
}

operation! {
    /// A definition that a maintenance window has or had, and in what it differs from another one.
    GetMaintenanceWindowVersion "Maintenance": Get "/maintenance-windows/{id}/versions/{version}", View;
    path DefinitionVersionPath;
    query VersionQuery;
    answer 200 MaintenanceWindowVersionDetail;
}

operation! {
    /// Makes a definition that a maintenance window had hold again, as an edit.
    RestoreMaintenanceWindowVersion "Maintenance": Post "/maintenance-windows/{id}/versions/{version}/restore", ManageMonitors;
    path DefinitionVersionPath;
    answer 200 MaintenanceWindow;
    etag Versioned::etag;
    heeds version true;
}

operation! {
    /// Lists the definitions that an alert route has had, the latest first.
    ListAlertRouteVersions "Alerting": Get "/alert-routes/{id}/versions", ViewAlertPolicy;
    path AlertRoutePath;
    query PageQuery;
    answer 200 Page<DefinitionVersion>;
}

operation! {
    /// A definition that an alert route has or had, and in what it differs from another one.
    GetAlertRouteVersion "Alerting": Get "/alert-routes/{id}/versions/{version}", ViewAlertPolicy;
    path DefinitionVersionPath;
    query VersionQuery;
    answer 200 AlertRouteVersionDetail;
}

operation! {
    /// Makes a definition that an alert route had hold again, as an edit.
    RestoreAlertRouteVersion "Alerting": Post "/alert-routes/{id}/versions/{version}/restore", ManageAlertPolicy;
    path DefinitionVersionPath;
    answer 200 AlertRoute;
    etag Versioned::etag;
    heeds version true;
}

operation! {
    /// Lists the definitions that an escalation policy has had, the latest first.
    ListEscalationPolicyVersions "Alerting": Get "/escalation-policies/{id}/versions", ViewAlertPolicy;
    path EscalationPolicyPath;
    query PageQuery;
    answer 200 Page<DefinitionVersion>;
}

operation! {
    /// A definition that an escalation policy has or had, and in what it differs from another one.
    GetEscalationPolicyVersion "Alerting": Get "/escalation-policies/{id}/versions/{version}", ViewAlertPolicy;
    path DefinitionVersionPath;
    query VersionQuery;
    answer 200 EscalationPolicyVersionDetail;
}

operation! {
    /// Makes a definition that an escalation policy had hold again, as an edit.
    RestoreEscalationPolicyVersion "Alerting": Post "/escalation-policies/{id}/versions/{version}/restore", ManageAlertPolicy;
    path DefinitionVersionPath;
    answer 200 EscalationPolicy;
    etag Versioned::etag;
    heeds version true;
}

operation! {
    /// Lists the definitions that an on-call schedule has had, the latest first.
    ListOnCallScheduleVersions "Alerting": Get "/on-call-schedules/{id}/versions", ViewAlertPolicy;
    path OnCallSchedulePath;
    query PageQuery;
    answer 200 Page<DefinitionVersion>;
}

operation! {
    /// A definition that an on-call schedule has or had, and in what it differs from another one.
    GetOnCallScheduleVersion "Alerting": Get "/on-call-schedules/{id}/versions/{version}", ViewAlertPolicy;
    path DefinitionVersionPath;
    query VersionQuery;
    answer 200 OnCallScheduleVersionDetail;
}

operation! {
    /// Makes a definition that an on-call schedule had hold again, as an edit.
    RestoreOnCallScheduleVersion "Alerting": Post "/on-call-schedules/{id}/versions/{version}/restore", ManageAlertPolicy;
    path DefinitionVersionPath;
    answer 200 OnCallSchedule;
    etag Versioned::etag;
    heeds version true;
}
