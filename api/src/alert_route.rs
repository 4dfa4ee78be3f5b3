//! Routes: which alerts go where, and why an alert of a monitor goes where it does.

use domain::alert_policy::Unreachable;
use domain::escalation::Target;
use domain::routing::{Condition, Conditions, Recipients, RoutedAlert};
use domain::severity::Severity;
use domain::suppression::Suppression;
use domain::{ChannelId, ErrorCode, EscalationPolicyId, RouteId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::{ManageAlertPolicy, View, ViewAlertPolicy};
use crate::monitor::MonitorPath;
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::page::{Page, PageQuery};
use crate::version::Versioned;

/// A rule that says where alerts go. The first whose conditions all hold takes an incident.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AlertRoute {
    /// The id.
    pub id: RouteId,
    /// Its place in the order in which routes are asked, from 1.
    pub position: u32,
    /// What people call it.
    pub name: String,
    /// What it takes; everything, where it has no conditions. Null where they cannot be read.
    #[schema(required = true)]
    pub conditions: Option<Conditions>,
    /// Who is notified; null where that cannot be read.
    #[schema(required = true)]
    pub recipients: Option<Recipients>,
    /// Whether the next routes are asked, too.
    #[serde(rename = "continue")]
    pub goes_on: bool,
    /// What of it cannot be read: while that is so, alerts pass it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Grows with every change, except of its place.
    pub version: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was changed last, except in its place.
    pub updated_at: Timestamp,
}

/// The writable fields of a route; in a change, those that are left out stay as they are.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertRouteInput {
    /// What people call it, at most 120 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it takes; a change replaces all conditions. None by default: it takes everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conditions: Option<Conditions>,
    /// Who is notified. A new route has to say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipients: Option<Recipients>,
    /// Whether the next routes are asked, too; false by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(rename = "continue")]
    pub goes_on: Option<bool>,
}

/// In which order routes are asked.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertRouteOrder {
    /// The ids of all routes of the organisation, each once.
    pub ids: Vec<RouteId>,
}

/// Names a route.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct AlertRoutePath {
    /// The route's id.
    pub id: RouteId,
}

impl PathParams for AlertRoutePath {
    const RESOURCE: &'static str = "alert route";
}

/// About which incident of a monitor it is asked where its alerts go.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RouteExplanationQuery {
    /// What it is about; `down` by default.
    pub alert: Option<RoutedAlert>,
    /// The first failure's code; none by default.
    pub error_code: Option<ErrorCode>,
    /// When it began; now by default.
    pub at: Option<Timestamp>,
}

/// Where an alert of a monitor goes, and why.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RouteExplanation {
    /// The monitor's severity.
    pub severity: Severity,
    /// The monitor's kind; null when this version does not know it.
    #[schema(required = true, value_type = Option<domain::monitor::MonitorKind>)]
    pub kind: Option<String>,
    /// The names of the monitor's tags, in alphabetical order.
    pub tags: Vec<String>,
    /// Who is notified of it, where the monitor says so itself; null where the routes decide.
    #[schema(required = true)]
    pub recipients: Option<Recipients>,
    /// When the incident began.
    pub at: Timestamp,
    /// All routes, in the order in which they are asked; only those that were asked for who is narrowed to tags.
    pub routes: Vec<ExplainedRoute>,
    /// Where the alert goes.
    pub destinations: Vec<ExplainedDestination>,
    /// What keeps people from being notified of it, for a while or at all, although it goes there. Quiet hours of a member's
    /// own channel are told to that member only.
    pub held: Vec<ExplainedHold>,
}

/// What keeps people from being notified of an incident that begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExplainedHold {
    /// What it is.
    pub by: Suppression,
    /// Until when, with what follows it without a pause; null where that is not known.
    #[schema(required = true)]
    pub until: Option<Timestamp>,
    /// The same in words.
    pub reason: String,
    /// The channel whose quiet hours they are; null of everything else, which concerns all channels that the incident goes to.
    #[schema(required = true)]
    pub channel_id: Option<ChannelId>,
    /// What people call that channel; left out where it is null, and of a member's own channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_name: Option<String>,
}

/// What came of asking a route.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExplainedRoute {
    /// The route.
    pub id: RouteId,
    /// What people call it.
    pub name: String,
    /// Whether all of its conditions hold, asked or not.
    pub matched: bool,
    /// The first condition that does not hold; null where all do.
    #[schema(required = true)]
    pub unmet: Option<Condition>,
    /// Whether it was asked at all: neither does the monitor name its recipients, nor has a route before it taken the
    /// incident.
    pub asked: bool,
}

/// Why an alert goes somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExplainedBy {
    /// The monitor names its recipients.
    Monitor,
    /// A route has taken it.
    Route,
    /// No route has taken it.
    Default,
    /// Somebody is named, but nobody is reached: neither an enabled channel, nor anybody by a step of an escalation policy.
    Fallback,
}

/// One place that an alert goes to, and why.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExplainedDestination {
    /// Why.
    pub by: ExplainedBy,
    /// The route, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_id: Option<RouteId>,
    /// What people call that route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_name: Option<String>,
    /// Who is notified; null for all enabled channels of the organisation.
    #[schema(required = true)]
    pub recipients: Option<Recipients>,
    /// The channels that are named, or all enabled ones.
    pub channels: Vec<ExplainedChannel>,
    /// The escalation policy, where it is one.
    #[schema(required = true)]
    pub policy: Option<ExplainedPolicy>,
}

/// A channel that an alert goes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExplainedChannel {
    /// The channel.
    pub id: ChannelId,
    /// What people call it; null where there is no such channel any more.
    #[schema(required = true)]
    pub name: Option<String>,
    /// Whether it is notified.
    pub enabled: bool,
}

/// An escalation policy that an incident follows.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExplainedPolicy {
    /// The policy.
    pub id: EscalationPolicyId,
    /// What people call it; null where it cannot be read.
    #[schema(required = true)]
    pub name: Option<String>,
    /// Whether the incident follows it: it follows at most three, and each of them once.
    pub followed: bool,
    /// Its steps of the first round.
    pub steps: Vec<ExplainedStep>,
}

/// A step of an escalation policy, if nobody acknowledges.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExplainedStep {
    /// Minutes after the incident began. A step that notifies nobody is followed by the next one at once.
    pub after_minutes: u32,
    /// Whether its conditions hold then.
    pub applies: bool,
    /// Whom it names.
    pub targets: Vec<ExplainedTarget>,
}

/// Who is reached by a target of a step, at the time of the step.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExplainedTarget {
    /// What it names.
    #[serde(flatten)]
    pub target: Target,
    /// What people call it; null where there is no such target any more, and of a person for who is narrowed to tags.
    #[schema(required = true)]
    pub name: Option<String>,
    /// How many channels are notified.
    pub channels: u32,
    /// Who that is then, reached or not; nobody of a channel. Nobody is told to who is narrowed to tags.
    pub people: Vec<ExplainedPerson>,
    /// Why nobody is reached; null where somebody is.
    #[schema(required = true)]
    pub unreachable: Option<Unreachable>,
}

/// Somebody whom a step names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExplainedPerson {
    /// Who.
    pub id: UserId,
    /// Their name; null where they are no member any more.
    #[schema(required = true)]
    pub name: Option<String>,
}

operation! {
    /// Lists the routes of alerts in the order in which they are asked.
    ListAlertRoutes "Alerting": Get "/alert-routes", ViewAlertPolicy;
    query PageQuery;
    answer 200 Page<AlertRoute>;
}

operation! {
    /// Creates a route, which is asked after all others.
    CreateAlertRoute "Alerting": Post "/alert-routes", ManageAlertPolicy;
    body AlertRouteInput;
    answer 201 AlertRoute;
    etag Versioned::etag;
}

operation! {
    /// Puts the routes in another order.
    OrderAlertRoutes "Alerting": Put "/alert-routes/order", ManageAlertPolicy;
    body AlertRouteOrder;
    answer 204;
}

operation! {
    /// A route.
    GetAlertRoute "Alerting": Get "/alert-routes/{id}", ViewAlertPolicy;
    path AlertRoutePath;
    answer 200 AlertRoute;
    etag Versioned::etag;
}

operation! {
    /// Changes a route: what is left out stays.
    EditAlertRoute "Alerting": Patch "/alert-routes/{id}", ManageAlertPolicy;
    path AlertRoutePath;
    body AlertRouteInput;
    answer 200 AlertRoute;
    etag Versioned::etag;
}

operation! {
    /// Deletes a route. Incidents that it has taken stay where they went.
    DeleteAlertRoute "Alerting": Delete "/alert-routes/{id}", ManageAlertPolicy;
    path AlertRoutePath;
    answer 204;
}

operation! {
    /// Where an alert of a monitor would go, and why.
    ExplainAlertRoute "Alerting": Get "/monitors/{id}/alert-route", View;
    path MonitorPath;
    query RouteExplanationQuery;
    answer 200 RouteExplanation;
}
