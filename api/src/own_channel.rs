//! A member's own channels: how a person is reached whom an escalation policy, a schedule or a team names.

use domain::internal::TestOutcome;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::access::ManageAccount;
use crate::channel::{Channel, ChannelInput, ChannelPath};
use crate::operation::{given_or, given_or_value, operation};
use crate::page::{Page, PageQuery};
use crate::version::Versioned;

/// The code that was sent to a number.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NumberCodeInput {
    /// Six digits, with or without blanks and hyphens between them.
    pub code: String,
}

operation! {
    /// Lists the caller's own channels in this organisation by their id; nobody else sees them.
    ListOwnChannels "Accounts": Get "/me/channels", ManageAccount;
    query PageQuery;
    answer 200 Page<Channel>;
}

operation! {
    /// Creates a channel of one's own, at most 10 in an organisation; of any kind but `pagerduty`, `jsm` and `slack_bot`.
    /// An e-mail channel to one's own verified address needs no confirmation; to the number of a `twilio` or `whatsapp`
    /// channel a code is sent, and nothing else until it was entered.
    CreateOwnChannel "Accounts": Post "/me/channels", ManageAccount;
    body ChannelInput;
    answer 201 Channel;
    etag Versioned::etag;
}

operation! {
    /// A channel of one's own.
    GetOwnChannel "Accounts": Get "/me/channels/{id}", ManageAccount;
    path ChannelPath;
    answer 200 Channel;
    etag Versioned::etag;
}

operation! {
    /// Changes a channel of one's own: what is left out stays. To another number, or by another service, a code is sent as
    /// to that of a new channel.
    EditOwnChannel "Accounts": Patch "/me/channels/{id}", ManageAccount;
    path ChannelPath;
    body ChannelInput;
    answer 200 Channel;
    etag Versioned::etag;
}

operation! {
    /// Deletes a channel of one's own.
    DeleteOwnChannel "Accounts": Delete "/me/channels/{id}", ManageAccount;
    path ChannelPath;
    answer 204;
}

operation! {
    /// Sends the mail once more that asks the recipients of an e-mail channel of one's own to confirm, to all who have not
    /// answered; where all have, to those who have declined. To the number of a `twilio` or `whatsapp` channel, sends
    /// another code; the one before is not accepted any more.
    ResendOwnConfirmation "Accounts": Post "/me/channels/{id}/confirmation", ManageAccount;
    path ChannelPath;
    answer 202;
}

operation! {
    /// Confirms the number of a channel of one's own by the code that was sent there: it is accepted for 10 minutes, and
    /// until five others were entered.
    ConfirmOwnChannel "Accounts": Post "/me/channels/{id}/confirmation/code", ManageAccount;
    path ChannelPath;
    body NumberCodeInput;
    answer 200 Channel;
    etag Versioned::etag;
}

operation! {
    /// Sends a test message to a channel of one's own; none to a number that is not confirmed.
    TestOwnChannel "Accounts": Post "/me/channels/{id}/test", ManageAccount;
    path ChannelPath;
    answer 200 TestOutcome;
    served by Gateway;
}
