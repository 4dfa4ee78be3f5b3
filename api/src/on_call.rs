//! On-call schedules: who is on call when, and who stands in.

use domain::Timestamp;
use domain::on_call::Layer;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::{ManageAlertPolicy, TakeOver, ViewAlertPolicy};
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::page::{Page, PageQuery};
use crate::version::Versioned;

/// Who is on call when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OnCallSchedule {
    /// The id.
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// The IANA time zone of the hand-offs.
    pub time_zone: String,
    /// Its layers. Where several have somebody on call, the last of them decides.
    pub layers: Vec<Layer>,
    /// What of it cannot be read: while that is so, nobody is on call by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Everybody whom the layers name, once each.
    pub people: Vec<OnCallPerson>,
    /// How many escalation policies name it.
    pub used_by_policies: u32,
    /// Grows with every change.
    pub version: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// Somebody whom a schedule names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OnCallPerson {
    /// The user's id.
    pub id: i64,
    /// What others call this person; null for somebody who has left the organisation.
    #[schema(required = true)]
    pub name: Option<String>,
    /// Whether the person is a member of the organisation. Who has left it is not notified.
    pub is_member: bool,
    /// Whether the person has an enabled channel of their own whose number, if it has one, is confirmed; who has none
    /// cannot be reached.
    pub has_channel: bool,
}

/// The writable fields of a schedule; in a change, those that are left out stay as they are.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OnCallScheduleInput {
    /// What people call it, at most 120 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The IANA time zone of the hand-offs, as in `Europe/Berlin`. A new schedule has to say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// 1 to 20. The people are members of the organisation; who was named before may stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layers: Option<Vec<Layer>>,
}

/// A rota that is not saved, and the time for which it is asked.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OnCallPreview {
    /// The IANA time zone of the hand-offs, as in `Europe/Berlin`.
    pub time_zone: String,
    /// 1 to 20.
    pub layers: Vec<Layer>,
    /// The first instant.
    pub from: Timestamp,
    /// The first instant after it, at most 92 days later.
    pub until: Timestamp,
}

/// The time for which shifts are asked.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OnCallShiftQuery {
    /// The first instant.
    pub from: Timestamp,
    /// The first instant after it, at most 92 days later.
    pub until: Timestamp,
}

/// Shifts in their order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OnCallShiftList {
    /// The shifts, cut to the time that was asked for. Where nobody is on call there is none.
    pub shifts: Vec<OnCallShift>,
}

/// A time in which one person is on call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OnCallShift {
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
    /// Who.
    pub user_id: i64,
    /// What others call this person; null for somebody who has left the organisation.
    #[schema(required = true)]
    pub name: Option<String>,
    /// By which layer, from 0; null where somebody stands in.
    #[schema(required = true)]
    pub layer: Option<u32>,
    /// By which override; null where a layer decides.
    #[schema(required = true)]
    pub override_id: Option<i64>,
}

/// Somebody is on call instead of whom the layers say. Of several at a time, the one that was created last decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OnCallOverride {
    /// The id.
    pub id: i64,
    /// Who.
    pub user_id: i64,
    /// What others call this person; null for somebody who has left the organisation.
    #[schema(required = true)]
    pub name: Option<String>,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Who has created it, or the API key that has, by the user's id.
    pub created_by: i64,
    /// When it was created.
    pub created_at: Timestamp,
}

/// Who stands in, and when.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OnCallOverrideInput {
    /// A member, by the user's id.
    pub user_id: Option<i64>,
    /// From when. What has begun already begins now.
    pub from: Option<Timestamp>,
    /// Until when: later than now, and a minute to 92 days after the beginning.
    pub until: Option<Timestamp>,
}

/// Who is on call now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OnCallNow {
    /// All schedules, by their name.
    pub schedules: Vec<OnCallScheduleNow>,
}

/// Who is on call now by a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OnCallScheduleNow {
    /// The schedule's id.
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// Who is on call; null where nobody is.
    #[schema(required = true)]
    pub now: Option<OnCallUntil>,
    /// Who is on call next within 31 days; null where nobody else is.
    #[schema(required = true)]
    pub next: Option<OnCallFrom>,
}

/// Somebody is on call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OnCallUntil {
    /// Who.
    pub user_id: i64,
    /// What others call this person; null for somebody who has left the organisation.
    #[schema(required = true)]
    pub name: Option<String>,
    /// Whether the person has an enabled channel of their own whose number, if it has one, is confirmed; who has none
    /// cannot be reached.
    pub has_channel: bool,
    /// Until when; null where it is later than in 31 days.
    #[schema(required = true)]
    pub until: Option<Timestamp>,
}

/// Somebody will be on call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OnCallFrom {
    /// Who.
    pub user_id: i64,
    /// What others call this person; null for somebody who has left the organisation.
    #[schema(required = true)]
    pub name: Option<String>,
    /// From when.
    pub from: Timestamp,
}

/// Names an on-call schedule.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OnCallSchedulePath {
    /// The schedule's id.
    pub id: i64,
}

impl PathParams for OnCallSchedulePath {
    const RESOURCE: &'static str = "on-call schedule";
}

/// Names an override of an on-call schedule.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OnCallOverridePath {
    /// The schedule's id.
    pub id: i64,
    /// The override's id.
    pub override_id: i64,
}

impl PathParams for OnCallOverridePath {
    const RESOURCE: &'static str = "override";
}

operation! {
    /// Lists on-call schedules by their id.
    ListOnCallSchedules "Alerting": Get "/on-call-schedules", ViewAlertPolicy;
    query PageQuery;
    answer 200 Page<OnCallSchedule>;
}

operation! {
    /// Creates an on-call schedule.
    CreateOnCallSchedule "Alerting": Post "/on-call-schedules", ManageAlertPolicy;
    body OnCallScheduleInput;
    answer 201 OnCallSchedule;
    etag Versioned::etag;
}

operation! {
    /// The shifts of a rota that is not saved.
    PreviewOnCallSchedule "Alerting": Post "/on-call-schedules/preview", ManageAlertPolicy;
    body OnCallPreview;
    answer 200 OnCallShiftList;
}

operation! {
    /// An on-call schedule.
    GetOnCallSchedule "Alerting": Get "/on-call-schedules/{id}", ViewAlertPolicy;
    path OnCallSchedulePath;
    answer 200 OnCallSchedule;
    etag Versioned::etag;
}

operation! {
    /// Changes an on-call schedule: what is left out stays.
    EditOnCallSchedule "Alerting": Patch "/on-call-schedules/{id}", ManageAlertPolicy;
    path OnCallSchedulePath;
    body OnCallScheduleInput;
    answer 200 OnCallSchedule;
    etag Versioned::etag;
}

operation! {
    /// Deletes an on-call schedule that no escalation policy names.
    DeleteOnCallSchedule "Alerting": Delete "/on-call-schedules/{id}", ManageAlertPolicy;
    path OnCallSchedulePath;
    answer 204;
}

operation! {
    /// The shifts of an on-call schedule in a time of at most 92 days; at most 2,000 of them.
    ListOnCallShifts "Alerting": Get "/on-call-schedules/{id}/shifts", ViewAlertPolicy;
    path OnCallSchedulePath;
    query OnCallShiftQuery;
    answer 200 OnCallShiftList;
}

operation! {
    /// Lists the overrides of an on-call schedule that are not over, by their id.
    ListOnCallOverrides "Alerting": Get "/on-call-schedules/{id}/overrides", ViewAlertPolicy;
    path OnCallSchedulePath;
    query PageQuery;
    answer 200 Page<OnCallOverride>;
}

operation! {
    /// Has somebody stand in on call; at most 200 overrides of a schedule are not over, and 500 were within 30 days.
    CreateOnCallOverride "Alerting": Post "/on-call-schedules/{id}/overrides", TakeOver;
    path OnCallSchedulePath;
    body OnCallOverrideInput;
    answer 201 OnCallOverride;
}

operation! {
    /// Deletes an override that has not begun, and ends one that has: the layers decide again. One that is over stays.
    DeleteOnCallOverride "Alerting": Delete "/on-call-schedules/{id}/overrides/{override_id}", TakeOver;
    path OnCallOverridePath;
    answer 204;
}

operation! {
    /// Who is on call now, and who is next, by each schedule.
    GetOnCall "Alerting": Get "/on-call", ViewAlertPolicy;
    answer 200 OnCallNow;
}
