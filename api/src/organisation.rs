//! Organisations, their members, and invitations to them.

use std::fmt;

use domain::{OrgId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::access::{ManageAccount, ManageMembers, ManageOrganisation, Public, Role, SeeMembers, View};
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::page::{Page, PageQuery};
use crate::version::Versioned;

/// An organisation, with the role of the one who asks.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Organisation {
    /// The id.
    pub id: OrgId,
    /// The name.
    pub name: String,
    /// What the one who asks may do in it.
    pub role: Role,
    /// Of which tags a monitor has one that the one who asks sees; null when the one who asks sees every monitor. An empty list is none.
    #[schema(required = true)]
    pub only_tags: Option<Vec<String>>,
    /// Whether its members need a second factor to do anything in it.
    pub require_second_factor: bool,
    /// Grows with every change.
    pub version: i32,
}

/// What is given of an organisation.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OrganisationInput {
    /// The name, at most 120 characters.
    pub name: Option<String>,
    /// Whether members need a second factor to do anything in it. Only who has one demands it.
    pub require_second_factor: Option<bool>,
}

/// Names an organisation.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OrganisationPath {
    /// The organisation's id: that of the credential.
    pub id: OrgId,
}

impl PathParams for OrganisationPath {
    const RESOURCE: &'static str = "organisation";
}

/// A person in an organisation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Member {
    /// The person's id.
    pub user_id: i64,
    /// What others call this person.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// What the person may do.
    pub role: Role,
    /// Of which tags a monitor has one that the person sees; null when the person sees every monitor. An empty list is none.
    #[schema(required = true)]
    pub only_tags: Option<Vec<String>>,
    /// When the person joined.
    pub joined_at: Timestamp,
}

/// What a member may do from now on.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberInput {
    /// The role; stays when it is left out. Only an owner makes somebody an owner, or takes it away; one owner is always
    /// left.
    #[serde(default)]
    pub role: Option<Role>,
    /// Names of tags, at most 20: the member sees only monitors that have one of them. Null means all; left out, it stays.
    /// Admins and owners see everything.
    #[serde(default, deserialize_with = "crate::nullable::given")]
    #[schema(value_type = Option<Vec<String>>)]
    pub only_tags: Option<Option<Vec<String>>>,
}

/// Names a member.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct MemberPath {
    /// The organisation's id: that of the credential.
    pub id: OrgId,
    /// The person's id.
    pub user_id: i64,
}

impl PathParams for MemberPath {
    const RESOURCE: &'static str = "member";
}

/// An invitation that was not answered yet.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MemberInvitation {
    /// The id.
    pub id: Uuid,
    /// Who is invited.
    pub email: String,
    /// What the person will be.
    pub role: Role,
    /// Of which tags a monitor has one that the person sees; null when the person sees every monitor. An empty list is none.
    #[schema(required = true)]
    pub only_tags: Option<Vec<String>>,
    /// What the one is called who has invited.
    pub invited_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it can be accepted.
    pub expires_at: Timestamp,
    /// When the last mail was sent.
    #[schema(required = true)]
    pub sent_at: Option<Timestamp>,
    /// Why that mail could not be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Where it is accepted, told once and only where no mail server is configured: to be passed on by other means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// Who is to be invited.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberInvitationInput {
    /// The e-mail address, at most 254 bytes.
    pub email: String,
    /// What the person will be. Only an owner invites owners.
    pub role: Role,
    /// Names of tags, at most 20: the person sees only monitors that have one of them. Null, or left out, means all. Admins
    /// and owners see everything.
    #[serde(default)]
    pub only_tags: Option<Vec<String>>,
}

/// Names an invitation.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct MemberInvitationPath {
    /// The organisation's id: that of the credential.
    pub id: OrgId,
    /// The invitation's id.
    pub invitation: Uuid,
}

impl PathParams for MemberInvitationPath {
    const RESOURCE: &'static str = "invitation";
}

/// What the link of an invitation holds.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberInvitationLink {
    /// The token of the link.
    pub token: String,
}

impl fmt::Debug for MemberInvitationLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemberInvitationLink")
    }
}

/// What somebody is invited to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InvitedTo {
    /// What the organisation is called.
    pub organisation: String,
    /// What the one is called who has invited.
    pub invited_by: String,
    /// Whose address was invited.
    pub email: String,
    /// What the person will be.
    pub role: Role,
    /// Of which tags a monitor has one that the person sees; null when the person sees every monitor. An empty list is none.
    #[schema(required = true)]
    pub only_tags: Option<Vec<String>>,
    /// Until when it can be accepted.
    pub expires_at: Timestamp,
}

operation! {
    /// Lists the organisations of the own account by name.
    ListOrganisations "Organisations": Get "/orgs", ManageAccount;
    query PageQuery;
    answer 200 Page<Organisation>;
}

operation! {
    /// Creates an organisation that the own account owns.
    CreateOrganisation "Organisations": Post "/orgs", ManageAccount;
    body OrganisationInput;
    answer 201 Organisation;
    etag Versioned::etag;
}

operation! {
    /// The organisation of the credential.
    GetOrganisation "Organisations": Get "/orgs/{id}", View;
    path OrganisationPath;
    answer 200 Organisation;
    etag Versioned::etag;
}

operation! {
    /// Changes the organisation of the credential: what is left out stays.
    EditOrganisation "Organisations": Patch "/orgs/{id}", ManageOrganisation;
    path OrganisationPath;
    body OrganisationInput;
    answer 200 Organisation;
    etag Versioned::etag;
}

operation! {
    /// Leaves the organisation of the credential. The last owner cannot.
    LeaveOrganisation "Organisations": Post "/orgs/{id}/leave", ManageAccount;
    path OrganisationPath;
    answer 204;
}

operation! {
    /// Lists the members by the time at which they joined.
    ListMembers "Members": Get "/orgs/{id}/members", SeeMembers;
    path OrganisationPath;
    query PageQuery;
    answer 200 Page<Member>;
}

operation! {
    /// Changes what a member may do.
    EditMember "Members": Patch "/orgs/{id}/members/{user_id}", ManageMembers;
    path MemberPath;
    body MemberInput;
    answer 200 Member;
    etag Versioned::etag;
}

operation! {
    /// Removes a member. Sessions and API keys of the member do not work here any more.
    RemoveMember "Members": Delete "/orgs/{id}/members/{user_id}", ManageMembers;
    path MemberPath;
    answer 204;
}

operation! {
    /// Lists the invitations that were not answered yet, the latest first.
    ListInvitations "Members": Get "/orgs/{id}/invitations", ManageMembers;
    path OrganisationPath;
    query PageQuery;
    answer 200 Page<MemberInvitation>;
}

operation! {
    /// Invites somebody by mail, whether there is an account of that address or not.
    InviteMember "Members": Post "/orgs/{id}/invitations", ManageMembers;
    path OrganisationPath;
    body MemberInvitationInput;
    answer 201 MemberInvitation;
}

operation! {
    /// Sends the mail of an invitation once more. The link of the mail before does not work any more.
    ResendInvitation "Members": Post "/orgs/{id}/invitations/{invitation}/resend", ManageMembers;
    path MemberInvitationPath;
    answer 200 MemberInvitation;
}

operation! {
    /// Withdraws an invitation.
    WithdrawInvitation "Members": Delete "/orgs/{id}/invitations/{invitation}", ManageMembers;
    path MemberInvitationPath;
    answer 204;
}

operation! {
    /// What the link of an invitation is about; changes nothing.
    GetInvitation "Invitations": Post "/invitations/look-up", Public;
    body MemberInvitationLink;
    answer 200 InvitedTo;
    rate Link;
}

operation! {
    /// Joins the organisation that invites. The account must be of the invited address.
    AcceptInvitation "Invitations": Post "/invitations/accept", ManageAccount;
    body MemberInvitationLink;
    answer 200 Organisation;
    etag Versioned::etag;
}
