//! Channels: where alerts go, and what was delivered there.

use std::collections::BTreeMap;

use domain::alert_event::{AlertKind, Source};
use domain::channel::{ChannelAlerts, Kind, QuietHours};
use domain::internal::TestOutcome;
use domain::{ChannelId, DeliveryId, DrillId, IncidentId, MonitorId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::access::{ManageChannels, View};
use crate::alert_cause::AlertCause;
use crate::delivery_report::DeliveryReport;
use crate::number_confirmation::NumberConfirmation;
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::page::{Page, PageQuery};
use crate::recipient::EmailRecipient;
use crate::version::Versioned;

/// A channel.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Channel {
    /// The id.
    pub id: ChannelId,
    /// What people call it.
    pub name: String,
    /// The kind; null when this version does not know it.
    #[schema(required = true)]
    pub kind: Option<Kind>,
    /// What its kind needs, with secrets hidden; null when it cannot be read.
    #[schema(value_type = Option<ChannelConfig>, required = true)]
    pub config: Value,
    /// Whether it is notified of alerts.
    pub enabled: bool,
    /// Of which alerts it is notified, and how often.
    pub alerts: ChannelAlerts,
    /// Where its service reports what became of messages, for whoever may change it; left out where nothing is reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback: Option<ChannelCallback>,
    /// Of an e-mail channel, its recipients: those that have not confirmed get nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipients: Option<Vec<EmailRecipient>>,
    /// Of a channel of one's own that reaches a phone by its number, whether the number is confirmed: where it is not,
    /// nothing is sent there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<NumberConfirmation>,
    /// What of it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What its recipients may miss, although it is notified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// Grows with every change.
    pub version: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// Where a service reports what became of messages: both are entered there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChannelCallback {
    /// The address that it calls.
    pub url: String,
    /// What it has to know when the address is entered.
    pub verify_token: String,
}

/// The configuration of a channel: the fields of its kind, all of them optional here, as the kinds give them.
#[derive(Clone, Copy, Debug)]
pub struct ChannelConfig;

impl PartialSchema for ChannelConfig {
    fn schema() -> RefOr<Schema> {
        let kinds = Kind::ALL.iter();
        config_schema("channel", kinds.map(|kind| (kind.as_str(), kind.config_schema())))
    }
}

impl ToSchema for ChannelConfig {}

/// The schema of a configuration of whatever kind: the fields of all of them.
pub(crate) fn config_schema(
    of: &str,
    kinds: impl Iterator<Item = (&'static str, RefOr<Schema>)>,
) -> RefOr<Schema> {
    let description = format!(
        "The configuration of a {of}: the fields of its kind. A secret that comes back as it was shown stays as it is."
    );
    let mut fields = BTreeMap::<String, RefOr<Schema>>::new();
    for (kind, schema) in kinds {
        let RefOr::T(Schema::Object(object)) = schema else {
            continue;
        };
        for (name, schema) in object.properties {
            let schema = optional(schema, kind);
            match fields.get_mut(&name) {
                Some(known) => add_description(known, &schema),
                None => {
                    fields.insert(name, schema);
                }
            }
        }
    }
    let object = ObjectBuilder::new().description(Some(description));
    let fields = fields.into_iter();
    fields
        .fold(object, |object, (name, schema)| object.property(name, schema))
        .into()
}

/// The schema of a field that may be null, and that says whose it is.
fn optional(mut schema: RefOr<Schema>, kind: &str) -> RefOr<Schema> {
    if let RefOr::T(Schema::Object(object)) = &mut schema {
        object.schema_type = or_null(object.schema_type.clone());
        if let Some(values) = &mut object.enum_values {
            values.push(Value::Null);
        }
        // A field that is left out in a change stays as it is.
        object.default = None;
    }
    if let RefOr::T(Schema::Array(array)) = &mut schema {
        array.schema_type = or_null(array.schema_type.clone());
    }
    if let Some(description) = description(&mut schema) {
        let mut letters = description.chars();
        let first = letters.next().into_iter().flat_map(char::to_lowercase);
        *description = format!("`{kind}`: {}", first.chain(letters).collect::<String>());
    }
    schema
}

fn or_null(of: SchemaType) -> SchemaType {
    match of {
        SchemaType::Type(of) => SchemaType::Array(vec![of, Type::Null]),
        other => other,
    }
}

/// Fields of one name in several kinds have the same type.
fn add_description(known: &mut RefOr<Schema>, other: &RefOr<Schema>) {
    let mut other = other.clone();
    if let (Some(known), Some(other)) = (description(known), description(&mut other)) {
        *known = format!("{} {other}", known);
    }
}

fn description(schema: &mut RefOr<Schema>) -> Option<&mut String> {
    match schema {
        RefOr::T(Schema::Object(object)) => object.description.as_mut(),
        RefOr::T(Schema::Array(array)) => array.description.as_mut(),
        _ => None,
    }
}

/// The writable fields of a channel; in a change, those that are left out stay as they are.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChannelInput {
    /// What people call it.
    pub name: Option<String>,
    /// The kind, `slack` by default; it cannot be changed.
    #[schema(value_type = Option<Kind>)]
    pub kind: Option<String>,
    /// What its kind needs, or any subset of it in a change.
    #[schema(value_type = Option<ChannelConfig>)]
    pub config: Option<Map<String, Value>>,
    /// Whether it is notified of alerts; true by default.
    pub enabled: Option<bool>,
    /// Of which alerts it is notified, and how often; null resets a field to its default.
    #[schema(value_type = Option<ChannelAlertsInput>)]
    pub alerts: Option<Map<String, Value>>,
}

/// Of which alerts a channel is notified, and how often.
#[derive(Clone, Debug, ToSchema)]
#[expect(dead_code, reason = "a schema: the fields are those of ChannelAlerts")]
pub struct ChannelAlertsInput {
    /// Whether it is notified of monitors that become degraded, and that they no longer are; false by default.
    degraded: Option<bool>,
    /// The minimum time between alerts for one monitor; 0, the default: none.
    throttle_seconds: Option<u32>,
    /// The time between reminders of an incident that nobody has acknowledged; none by default.
    remind_every_seconds: Option<u32>,
    /// When it is not notified of what begins; never by default. A change replaces them as a whole.
    quiet_hours: Option<QuietHours>,
    /// Whether its notifications have a link by which whoever can read them acknowledges the incident without signing in;
    /// false by default.
    acknowledge_by_link: Option<bool>,
}

/// Names a channel.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ChannelPath {
    /// The channel's id.
    pub id: ChannelId,
}

impl PathParams for ChannelPath {
    const RESOURCE: &'static str = "channel";
}

/// Names a delivery to a channel.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct DeliveryPath {
    /// The channel's id.
    pub id: ChannelId,
    /// The delivery's id.
    pub delivery: DeliveryId,
}

impl PathParams for DeliveryPath {
    const RESOURCE: &'static str = "delivery";
}

/// What came of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// Not received yet.
    Pending,
    /// Received.
    Sent,
    /// Given up: it can be sent once more by hand for seven days. Or received, and reported as not delivered.
    Failed,
    /// Not sent, for a reason.
    Suppressed,
}

/// Which deliveries are asked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeliveriesQuery {
    /// Only those with this status.
    pub status: Option<DeliveryStatus>,
    /// How many items, 1 to 200; 50 by default.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A message about an incident to a channel.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Delivery {
    /// Its id, the same for every attempt.
    pub id: DeliveryId,
    /// The incident that it is about.
    pub incident_id: IncidentId,
    /// The monitor that it is about; of a drill, the one whose outage is rehearsed.
    pub monitor_id: MonitorId,
    /// What people call the monitor.
    #[schema(required = true)]
    pub monitor_name: Option<String>,
    /// The drill that it is about; left out where nothing is rehearsed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drill_id: Option<DrillId>,
    /// What it says.
    #[schema(value_type = AlertKind)]
    pub alert: String,
    /// What came of it.
    pub status: DeliveryStatus,
    /// Attempts made.
    pub attempts: i32,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// When something last happened to it.
    pub updated_at: Timestamp,
    /// Why it was suppressed, why the last attempt failed, or why it was not delivered.
    #[schema(required = true)]
    pub error: Option<String>,
    /// What the channel answered.
    #[schema(required = true)]
    pub receipt: Option<String>,
    /// What the service has reported since it took the message; left out where it has not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reported: Option<DeliveryReport>,
    /// The record on the log that caused it.
    #[schema(value_type = Source)]
    pub source: Value,
    /// Why the channel was notified; left out where it was not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<AlertCause>,
}

operation! {
    /// Lists channels by their id.
    ListChannels "Channels": Get "/channels", View;
    query PageQuery;
    answer 200 Page<Channel>;
}

operation! {
    /// Creates a channel.
    CreateChannel "Channels": Post "/channels", ManageChannels;
    body ChannelInput;
    answer 201 Channel;
    etag Versioned::etag;
}

operation! {
    /// A channel.
    GetChannel "Channels": Get "/channels/{id}", View;
    path ChannelPath;
    answer 200 Channel;
    etag Versioned::etag;
}

operation! {
    /// Changes a channel: what is left out stays.
    EditChannel "Channels": Patch "/channels/{id}", ManageChannels;
    path ChannelPath;
    body ChannelInput;
    answer 200 Channel;
    etag Versioned::etag;
}

operation! {
    /// Deletes a channel.
    DeleteChannel "Channels": Delete "/channels/{id}", ManageChannels;
    path ChannelPath;
    answer 204;
}

operation! {
    /// Sends a test message to a channel.
    TestChannel "Channels": Post "/channels/{id}/test", ManageChannels;
    path ChannelPath;
    answer 200 TestOutcome;
    served by Gateway;
}

operation! {
    /// Lists deliveries to a channel, those first to which something happened last.
    ListDeliveries "Channels": Get "/channels/{id}/deliveries", View;
    path ChannelPath;
    query DeliveriesQuery;
    answer 200 Page<Delivery>;
}

operation! {
    /// Sends a failed message once more.
    ResendDelivery "Channels": Post "/channels/{id}/deliveries/{delivery}/resend", ManageChannels;
    path DeliveryPath;
    answer 202;
}
