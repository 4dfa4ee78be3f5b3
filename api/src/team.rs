//! Teams: members who are notified together.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::{ManageAlertPolicy, ViewAlertPolicy};
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::page::{Page, PageQuery};
use crate::version::Versioned;

/// Members who are notified together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Team {
    /// The id.
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// Who is in it. Whoever leaves the organisation leaves its teams.
    pub members: Vec<TeamMember>,
    /// Grows with every change.
    pub version: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// Somebody who is in a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TeamMember {
    /// The user's id.
    pub id: i64,
    /// What others call this person.
    pub name: String,
    /// Whether the person has an enabled channel of their own whose number, if it has one, is confirmed; who has none
    /// cannot be reached.
    pub has_channel: bool,
}

/// The writable fields of a team; in a change, those that are left out stay as they are.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamInput {
    /// What people call it, at most 120 characters.
    pub name: Option<String>,
    /// 1 to 100 members of the organisation, by the user's id, each once.
    pub members: Option<Vec<i64>>,
}

/// Names a team.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TeamPath {
    /// The team's id.
    pub id: i64,
}

impl PathParams for TeamPath {
    const RESOURCE: &'static str = "team";
}

operation! {
    /// Lists teams by their id.
    ListTeams "Alerting": Get "/teams", ViewAlertPolicy;
    query PageQuery;
    answer 200 Page<Team>;
}

operation! {
    /// Creates a team.
    CreateTeam "Alerting": Post "/teams", ManageAlertPolicy;
    body TeamInput;
    answer 201 Team;
    etag Versioned::etag;
}

operation! {
    /// A team.
    GetTeam "Alerting": Get "/teams/{id}", ViewAlertPolicy;
    path TeamPath;
    answer 200 Team;
    etag Versioned::etag;
}

operation! {
    /// Changes a team: what is left out stays.
    EditTeam "Alerting": Patch "/teams/{id}", ManageAlertPolicy;
    path TeamPath;
    body TeamInput;
    answer 200 Team;
    etag Versioned::etag;
}

operation! {
    /// Deletes a team that no escalation policy names.
    DeleteTeam "Alerting": Delete "/teams/{id}", ManageAlertPolicy;
    path TeamPath;
    answer 204;
}
