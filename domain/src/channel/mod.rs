//! Channels: where notifications go; and destinations, where the updates of status pages go. Each kind is a module of `kinds`, with what is sealed of it, what is shown of
//! it, and the rules that it has to satisfy.

mod alerts;
mod edit;
mod kinds;
mod recipients;

pub use self::alerts::{ChannelAlerts, QuietHours};
pub use self::edit::{Edited, Policy};
pub use self::kinds::{
    Config, DestinationConfig, DestinationKind, DiscordConfig, EmailConfig, GoogleChatConfig, JsmConfig,
    JsmPriority, Kind, MatrixConfig, MattermostConfig, NtfyConfig, PagerDutyConfig, PushoverConfig,
    SlackBotConfig, SlackConfig, TeamsConfig, TelegramConfig, TwilioConfig, TwilioForm, WebhookConfig,
    WhatsAppConfig,
};
pub use self::recipients::{DeclineTokens, EmailRecipientState, LeftOut, Recipients, WithheldRecipient};
