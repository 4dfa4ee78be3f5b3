//! Recipients of e-mail channels: whether they want an organisation's alerts.

use domain::channel::EmailRecipientState;
use domain::{ChannelId, EmailRecipientId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::{ManageChannels, Public};
use crate::operation::{PathParams, given_or, given_or_value, operation};

/// A recipient of an e-mail channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct EmailRecipient {
    /// The id, of the address in this organisation.
    pub id: EmailRecipientId,
    /// The address.
    pub address: String,
    /// Whether it gets notifications.
    pub state: EmailRecipientState,
    /// When the last mail was sent that asks it to confirm, unless it has.
    #[schema(required = true)]
    pub asked_at: Option<Timestamp>,
    /// Why that mail could not be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// From when on it can be asked again, as it has declined. Where it has declined and this is not there: at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ask_again_at: Option<Timestamp>,
}

/// Names a recipient of an e-mail channel.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct RecipientPath {
    /// The channel's id.
    pub id: ChannelId,
    /// The recipient's id.
    pub recipient: EmailRecipientId,
}

impl PathParams for RecipientPath {
    const RESOURCE: &'static str = "recipient";
}

/// What a link holds by which a recipient says whether it wants alerts.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct LinkPath {
    /// The token of the link.
    pub token: String,
}

impl PathParams for LinkPath {
    const RESOURCE: &'static str = "link";
}

/// Whose alerts a recipient was asked about, and what it has said.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Invitation {
    /// The address of the recipient.
    pub address: String,
    /// What the organisation is called.
    pub organisation: String,
    /// Whether the organisation's alerts are sent there.
    pub state: EmailRecipientState,
}

operation! {
    /// Sends the mail once more that asks a recipient of an e-mail channel to confirm. One that has declined gets one in
    /// 30 days at most, and nothing else until it confirms.
    ResendConfirmation "Channels": Post "/channels/{id}/recipients/{recipient}/resend", ManageChannels;
    path RecipientPath;
    answer 202;
}

operation! {
    /// What the link in a confirmation mail is about; changes nothing.
    GetEmailRecipient "Recipients": Get "/recipients/{token}", Public;
    path LinkPath;
    answer 200 Invitation;
    rate Link;
}

operation! {
    /// Confirms that the address wants the organisation's alerts.
    ConfirmEmailRecipient "Recipients": Post "/recipients/{token}/confirm", Public;
    path LinkPath;
    answer 200 Invitation;
    rate Link;
}

operation! {
    /// Says that the address does not want the organisation's alerts: nothing more is sent there.
    DeclineEmailRecipient "Recipients": Post "/recipients/{token}/decline", Public;
    path LinkPath;
    answer 200 Invitation;
    rate Link;
}
