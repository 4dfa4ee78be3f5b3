//! Silences: nobody is notified of some incidents for a while.

use domain::routing::Conditions;
use domain::{MonitorId, SilenceId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::{ManageMonitors, View};
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::page::Page;
use crate::version::Versioned;

/// For a while nobody is notified of incidents that begin and meet its conditions. Of one that outlasts it people are
/// notified when it ends.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Silence {
    /// The id.
    pub id: SilenceId,
    /// Why.
    pub reason: String,
    /// Of which monitors; of all that meet the conditions when there are none.
    pub monitors: Vec<MonitorId>,
    /// Of which incidents; left out when they cannot be read, and then it silences nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conditions: Option<Conditions>,
    /// What of it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Its first instant.
    pub starts_at: Timestamp,
    /// The first instant after it.
    pub ends_at: Timestamp,
    /// Whether it is under way.
    pub state: SilenceState,
    /// Who has made it; null where that was an API key, or somebody who has left.
    #[schema(required = true)]
    pub created_by: Option<String>,
    /// Grows with every change.
    pub version: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// Whether a silence is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SilenceState {
    /// It has not begun.
    Scheduled,
    /// It is under way.
    Active,
    /// It is over.
    Ended,
}

/// The writable fields of a silence; in a change, those that are left out stay as they are.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SilenceInput {
    /// Why, at most 500 characters; required of a new one.
    pub reason: Option<String>,
    /// Of which monitors, at most 1000.
    pub monitors: Option<Vec<i64>>,
    /// Of which incidents. With neither conditions nor monitors it is of all.
    pub conditions: Option<Conditions>,
    /// Its first instant; now by default.
    pub starts_at: Option<Timestamp>,
    /// The first instant after it, at most 90 days later; required of a new one.
    pub ends_at: Option<Timestamp>,
}

/// Which silences are listed.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct SilencesQuery {
    /// Also those that are over; they are kept for 30 days.
    pub ended: bool,
    /// How many items, 1 to 200; 50 by default.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Names a silence.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct SilencePath {
    /// The silence's id.
    pub id: i64,
}

impl PathParams for SilencePath {
    const RESOURCE: &'static str = "silence";
}

operation! {
    /// Lists silences that are under way or to come, by their id.
    ListSilences "Alerting": Get "/silences", View;
    query SilencesQuery;
    answer 200 Page<Silence>;
}

operation! {
    /// Creates a silence.
    CreateSilence "Alerting": Post "/silences", ManageMonitors;
    body SilenceInput;
    answer 201 Silence;
    etag Versioned::etag;
}

operation! {
    /// A silence.
    GetSilence "Alerting": Get "/silences/{id}", View;
    path SilencePath;
    answer 200 Silence;
    etag Versioned::etag;
}

operation! {
    /// Changes a silence that is not over: what is left out stays.
    EditSilence "Alerting": Patch "/silences/{id}", ManageMonitors;
    path SilencePath;
    body SilenceInput;
    answer 200 Silence;
    etag Versioned::etag;
}

operation! {
    /// Ends a silence now. One that has not begun never does.
    EndSilence "Alerting": Post "/silences/{id}/end", ManageMonitors;
    path SilencePath;
    answer 200 Silence;
    etag Versioned::etag;
}
