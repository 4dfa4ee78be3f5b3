//! What services exchange under `/internal/*`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::alert_policy::AlertPolicy;
use crate::alert_rules::AlertRules;
use crate::channel::{ChannelAlerts, WithheldRecipient};
use crate::error_code::ErrorCode;
use crate::heartbeat::PingTarget;
use crate::ids::{ChannelId, ComponentId, EmailRecipientId, MonitorId, OrgId, UserId};
use crate::monitor::{Definition, MonitorKind};
use crate::record::Timings;
use crate::routing::Labels;
use crate::status_page::SubscriberState;
use crate::time::Timestamp;

/// Shards into which monitors fall by default; the pinger's unit of leasing.
pub const DEFAULT_SHARDS: u32 = 256;

/// Shards into which monitors may fall, at most.
pub const MAX_SHARDS: u32 = 4_096;

/// The shard of a monitor.
pub fn shard_of(monitor: MonitorId, shards: u32) -> u32 {
    monitor.0.rem_euclid(i64::from(shards.max(1))) as u32
}

/// The answer of user-service to `GET /internal/definitions?shards=0,5&shard_count=256&after=0&limit=1000`
/// (in the order of ids) and to `GET /internal/definitions?ids=1,2` (those that exist, paused ones
/// included; what is missing was removed, or cannot be read).
pub type DefinitionsPage = DefinitionsPageOf<Vec<Definition>>;

/// A [`DefinitionsPage`] whose reader takes each definition by itself: they are of several organisations, and their
/// sender may be of another version.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DefinitionsPageOf<D> {
    /// The definitions.
    pub definitions: D,
    /// The id after which the next page begins.
    pub next_after: Option<MonitorId>,
}

/// The answer of user-service to `GET /internal/ping-targets?uuid=…`, `?token=…` and `?key=…&slug=…`, the latter with
/// `&create=1` to have a heartbeat be made where there is none: what a ping means by that name. There are several where
/// a slug is not unique, and none where nobody has that name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PingTargets {
    /// The heartbeats.
    pub targets: Vec<PingTarget>,
    /// Whether it was made just now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub created: bool,
}

/// The body of `POST /internal/status-pages/{slug}/subscriptions`: somebody has entered an address on a status page. The
/// answer is the same whether the address is known or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    /// As it was entered.
    pub email: String,
    /// The components that were chosen; none for all of them.
    pub components: Option<Vec<ComponentId>>,
}

/// The body of `POST /internal/subscriptions/show`, `/confirm`, `/components` and `/unsubscribe`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionCall {
    /// The token of a link in a mail.
    pub token: String,
    /// With `/components`: what is chosen; none for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub components: Option<Vec<ComponentId>>,
}

/// A token is nothing for a log.
impl std::fmt::Debug for SubscriptionCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SubscriptionCall")
    }
}

/// What a token of a mail to a subscriber opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The slug of the status page.
    pub slug: String,
    /// The address, without most of what stands before the `@`: a mail may be passed on.
    pub address: String,
    /// Whether mails go there.
    pub state: SubscriberState,
    /// The components that it is about; none for all of them.
    pub components: Option<Vec<ComponentId>>,
    /// Whether this link can confirm: it was mailed for that, at most 7 days ago.
    pub can_confirm: bool,
}

/// What a check on request has found; it changes no state.
// The answer of the pinger to `POST /internal/check`, whose body is a `Spec`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CheckAnswer {
    /// The address as it may be shown.
    pub url: String,
    /// The kind of check.
    #[schema(value_type = MonitorKind)]
    pub kind: String,
    /// Whether the target answered as expected.
    pub up: bool,
    /// The HTTP status, where there is one.
    #[schema(required = true)]
    pub status_code: Option<u16>,
    /// Duration of the last attempt in milliseconds.
    pub latency_ms: u32,
    /// Attempts made.
    pub attempts: u16,
    /// What went wrong, in words.
    #[schema(required = true)]
    pub error: Option<String>,
    /// What went wrong, from the closed list.
    #[schema(required = true)]
    pub error_code: Option<ErrorCode>,
    /// Duration of each phase of the last attempt.
    pub timings_us: Timings,
    /// When the server's certificate expires.
    #[schema(required = true)]
    pub tls_expires_at: Option<Timestamp>,
    /// The redirects that were followed in the last attempt; left out when there were none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirects: Vec<Redirect>,
}

/// A redirect that was followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Redirect {
    /// The HTTP status that asked for it.
    pub status_code: u16,
    /// Where it led, as it may be shown.
    pub url: String,
}

/// What a member or an API key sees whose access is narrowed to tags (`GET /internal/seen-monitors`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenMonitors {
    /// The monitors, also those that were removed lately; none where all are seen.
    pub monitors: Option<Vec<MonitorId>>,
}

/// The answer of user-service to `GET /internal/monitors/{id}`: what a message says of a monitor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MonitorName {
    /// Its id.
    pub id: MonitorId,
    /// Whose it is.
    pub org_id: OrgId,
    /// What people call it.
    pub name: String,
    /// Its address as it may be shown.
    pub url: String,
    /// What routes go by. Absent in the answer of a version that has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Labels>,
}

/// The answer of user-service to `GET /internal/names?org_id=7&after=0`: what an organisation calls its monitors,
/// in the order of their ids.
pub type NamesPage = NamesPageOf<Vec<(MonitorId, String)>, Vec<(MonitorId, Labels)>>;

/// A [`NamesPage`] whose reader takes each name, and the labels of each monitor, by itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(bound(serialize = "N: Serialize, L: Serialize + AsRef<[(MonitorId, Labels)]>"))]
pub struct NamesPageOf<N, L> {
    /// Their ids and names.
    pub names: N,
    /// What routes go by of the same monitors; left out where nothing goes by it.
    #[serde(default, skip_serializing_if = "are_none")]
    pub labels: L,
    /// See [`AlertPolicy::labels_version`]; of the instant before the page was read.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub labels_version: i64,
    /// After which id to go on, when there are more.
    pub next_after: Option<MonitorId>,
}

/// A channel as the alerter gets it: in the answer of user-service to `GET /internal/channels?org_id=7`
/// and `GET /internal/channels/{id}?org_id=7`, and in the body of `POST /internal/test-message` to the
/// alerter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SealedChannel {
    /// Its id.
    pub id: ChannelId,
    /// Whose it is.
    pub org_id: OrgId,
    /// What people call it.
    pub name: String,
    /// The name of its kind ([`crate::channel::Kind`]), or of one that another version knows.
    pub kind: String,
    /// Whether it is notified.
    pub enabled: bool,
    /// Whose own it is: by it a member is reached, and nobody else. None of the organisation's channels has an owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<UserId>,
    /// Of what it is notified, and how often.
    #[serde(default)]
    pub alerts: ChannelAlerts,
    /// Its configuration as JSON, sealed in the context `channel/{org_id}`, in base64.
    pub sealed_config: String,
    /// Recipients of an e-mail channel that nothing is sent to, although they are in its configuration: an earlier
    /// user-service left them there, and the present one does where it cannot open the configuration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<WithheldRecipient>,
    /// Recipients of an e-mail channel that nothing is sent to, and that are not in its configuration: a
    /// [`LeftOut`](crate::channel::LeftOut) as JSON, sealed in the context `left-out/{org_id}`, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed_left_out: Option<String>,
    /// The tokens of the links by which recipients of an e-mail channel decline its messages: a
    /// [`DeclineTokens`](crate::channel::DeclineTokens) as JSON, sealed in the context `decline/{org_id}`, in base64.
    /// None where user-service cannot open the configuration, or does not know of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed_decline_tokens: Option<String>,
    /// Whether its owner has still to show that the number is theirs: nothing is sent there, and there is nothing in its
    /// configuration, so that an alerter that does not know of this sends nothing either.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unconfirmed: bool,
}

impl SealedChannel {
    /// The context in which the configurations of an organisation's channels are sealed.
    pub fn seal_context(org: OrgId) -> String {
        format!("channel/{org}")
    }

    /// The context in which those of its recipients are sealed that nothing is sent to.
    pub fn left_out_context(org: OrgId) -> String {
        format!("left-out/{org}")
    }

    /// The context in which the tokens of its recipients are sealed.
    pub fn decline_context(org: OrgId) -> String {
        format!("decline/{org}")
    }
}

/// The channels of an organisation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChannelsPage {
    /// All of them, disabled ones included.
    pub channels: Vec<SealedChannel>,
}

/// [`ChannelsPage`] together with everything else that an organisation has decided about alerts: what the alerter reads of
/// the same answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OrgAlerting {
    /// All channels, disabled ones included.
    pub channels: Vec<SealedChannel>,
    /// Muted monitors and maintenance windows.
    #[serde(default)]
    pub rules: AlertRules,
    /// Who is notified when.
    #[serde(default, skip_serializing_if = "AlertPolicy::is_empty")]
    pub policy: AlertPolicy,
}

/// The answer of the alerter to `POST /internal/test-message`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TestOutcome {
    /// Whether the channel has taken the message.
    pub ok: bool,
    /// Why it has not.
    #[schema(required = true)]
    pub error: Option<String>,
    /// Which recipients of an e-mail channel were left out, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<String>,
}

/// The answer of user-service to `POST /internal/confirmations`: recipients that are to be asked now whether they
/// want an organisation's alerts. Who has taken them says soon what came of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Confirmations {
    /// One mail for each.
    pub mails: Vec<ConfirmationMail>,
}

/// What a mail says that asks a recipient to confirm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmationMail {
    /// Whose alerts they would be.
    pub org_id: OrgId,
    /// Who is asked.
    pub recipient: EmailRecipientId,
    /// Where it is sent.
    pub address: String,
    /// What the organisation is called.
    pub organisation: String,
    /// What the links hold by which it is answered.
    pub token: String,
}

/// The body of `POST /internal/confirmations/outcome`: what came of a [`ConfirmationMail`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmationOutcome {
    /// Whose alerts they would be.
    pub org_id: OrgId,
    /// Who was asked.
    pub recipient: EmailRecipientId,
    /// Why the mail was not sent; none when it was.
    pub error: Option<String>,
    /// Whether it may work later.
    #[serde(default)]
    pub again: bool,
}

/// The answer of user-service to `POST /internal/confirmation-codes`: codes that are to be sent now, each by the channel
/// that it confirms. Who has taken them says soon what came of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ConfirmationCodes {
    /// One for each channel.
    pub codes: Vec<ConfirmationCode>,
}

/// A code that shows that a number is that of a channel's owner.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ConfirmationCode {
    /// The channel, with a configuration by which it is sent.
    pub channel: SealedChannel,
    /// Six digits.
    pub code: String,
    /// Which attempt it is to send one by the channel.
    pub attempt: i32,
}

/// A code is nothing for a log.
impl std::fmt::Debug for ConfirmationCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConfirmationCode")
            .field("channel", &self.channel.id)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

/// The body of `POST /internal/confirmation-codes/outcome`: what came of a [`ConfirmationCode`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmationCodeOutcome {
    /// Whose channel it is.
    pub org_id: OrgId,
    /// Which.
    pub channel: ChannelId,
    /// Which attempt.
    pub attempt: i32,
    /// Why the code was not sent; none when it was.
    pub error: Option<String>,
    /// Whether it may work later.
    #[serde(default)]
    pub again: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

fn are_none(labels: &impl AsRef<[(MonitorId, Labels)]>) -> bool {
    labels.as_ref().is_empty()
}
