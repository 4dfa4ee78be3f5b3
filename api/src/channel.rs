//! Channels: where alerts go, and what was delivered there.

use domain::alert_event::{AlertKind, Source};
use domain::channel::ChannelAlerts;
use domain::internal::TestOutcome;
use domain::{ChannelId, DeliveryId, IncidentId, MonitorId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::access::{ManageChannels, View};
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::page::{Page, PageQuery};

/// A channel.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Channel {
    /// The id.
    pub id: ChannelId,
    /// What people call it.
    pub name: String,
    /// The kind; null when this version does not know it.
    #[schema(value_type = Option<ChannelKind>, required = true)]
    pub kind: Option<String>,
    /// What its kind needs, with secrets hidden; null when it cannot be read.
    #[schema(value_type = Option<ChannelConfig>, required = true)]
    pub config: Value,
    /// Whether it is notified of alerts.
    pub enabled: bool,
    /// Of which alerts it is notified, and how often.
    pub alerts: ChannelAlerts,
    /// What of it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Grows with every change.
    pub version: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// The kind of channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// A Slack incoming webhook.
    Slack,
    /// A bot of the organisation's own Slack app.
    SlackBot,
    /// A signed webhook.
    Webhook,
    /// E-mail to one or more recipients.
    Email,
}

/// The configuration of a channel: the fields of its kind. A secret that comes back as it was shown stays as it is.
#[derive(Clone, Debug, ToSchema)]
#[expect(dead_code, reason = "a schema: the kinds read and write it")]
pub struct ChannelConfig {
    /// `slack`: the incoming webhook's address.
    webhook_url: Option<String>,
    /// `slack_bot`: the bot's token, `xoxb-…`.
    bot_token: Option<String>,
    /// `slack_bot`: the id of the conversation.
    channel: Option<String>,
    /// `slack_bot`: the app's signing secret.
    signing_secret: Option<String>,
    /// `webhook`: where messages are posted to.
    url: Option<String>,
    /// `webhook`: signs them, `whsec_…`; made when it is left out.
    secret: Option<String>,
    /// `webhook`: signs them as well while the receiver changes over.
    previous_secret: Option<String>,
    /// `email`: 1 to 20 addresses.
    to: Option<Vec<String>>,
}

/// The writable fields of a channel; in a change, those that are left out stay as they are.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChannelInput {
    /// What people call it.
    pub name: Option<String>,
    /// The kind, `slack` by default; it cannot be changed.
    #[schema(value_type = Option<ChannelKind>)]
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
    /// Given up; it can be sent once more by hand for seven days.
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
    /// The monitor that it is about.
    pub monitor_id: MonitorId,
    /// What people call the monitor.
    #[schema(required = true)]
    pub monitor_name: Option<String>,
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
    /// Why it was suppressed, or why the last attempt failed.
    #[schema(required = true)]
    pub error: Option<String>,
    /// What the channel answered.
    #[schema(required = true)]
    pub receipt: Option<String>,
    /// The record on the log that caused it.
    #[schema(value_type = Source)]
    pub source: Value,
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
}

operation! {
    /// A channel.
    GetChannel "Channels": Get "/channels/{id}", View;
    path ChannelPath;
    answer 200 Channel;
}

operation! {
    /// Changes a channel: what is left out stays.
    EditChannel "Channels": Patch "/channels/{id}", ManageChannels;
    path ChannelPath;
    body ChannelInput;
    answer 200 Channel;
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
