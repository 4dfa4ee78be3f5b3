//! Archives of everything that is stored about the own account, or about an organisation.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::access::{ExportEverything, ManageAccount};
use crate::deletion::NamedOrganisation;
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::organisation::OrganisationPath;
use crate::proof::Proof;

/// How far an archive is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportStatus {
    /// It is being made.
    Pending,
    /// It can be downloaded.
    Ready,
    /// It could not be made.
    Failed,
}

/// An archive.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Export {
    /// The id.
    pub id: Uuid,
    /// Whose it is; null of the account itself.
    #[schema(required = true)]
    pub organisation: Option<NamedOrganisation>,
    /// How far it is.
    pub status: ExportStatus,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// Until when it is kept.
    pub expires_at: Timestamp,
    /// How large it is, once it is ready.
    #[schema(required = true)]
    pub bytes: Option<i64>,
    /// Of how many parts it is.
    pub parts: i32,
    /// Why it could not be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Archives.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExportList {
    /// All of them, the latest first.
    pub items: Vec<Export>,
}

/// Names an archive.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ExportPath {
    /// The archive's id.
    pub id: Uuid,
}

impl PathParams for ExportPath {
    const RESOURCE: &'static str = "export";
}

/// Names a part of an archive.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ExportPartPath {
    /// The archive's id.
    pub id: Uuid,
    /// The number of the part, from 0 on.
    pub number: i32,
}

impl PathParams for ExportPartPath {
    const RESOURCE: &'static str = "export";
}

/// A part of an archive: the parts one after the other are a ZIP file.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExportPart {
    /// The number of the part, from 0 on.
    pub number: i32,
    /// Of how many parts the archive is.
    pub parts: i32,
    /// The bytes, in base64.
    pub data: String,
}

operation! {
    /// Lists the archives that the own account has asked for, the latest first.
    ListExports "Accounts": Get "/me/exports", ManageAccount;
    answer 200 ExportList;
}

operation! {
    /// Makes an archive of everything that is stored about the own account. A mail says when it is ready.
    ExportAccount "Accounts": Post "/me/exports", ManageAccount;
    answer 202 Export;
}

operation! {
    /// Makes an archive of everything that the organisation of the credential has. A mail says when it is ready.
    ExportOrganisation "Organisations": Post "/orgs/{id}/exports", ExportEverything;
    path OrganisationPath;
    answer 202 Export;
}

operation! {
    /// Lets this session download an archive for 15 minutes.
    OpenExport "Accounts": Post "/me/exports/{id}/open", ManageAccount;
    path ExportPath;
    body Proof;
    answer 204;
}

operation! {
    /// A part of an archive that this session has opened.
    GetExportPart "Accounts": Get "/me/exports/{id}/parts/{number}", ManageAccount;
    path ExportPartPath;
    answer 200 ExportPart;
}
