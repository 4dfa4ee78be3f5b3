//! Channels: where notifications go; and destinations, where the updates of status pages go. Each kind is a module of `kinds`, with what is sealed of it, what is shown of
//! it, and the rules that it has to satisfy.

mod alerts;
mod edit;
mod kinds;
mod owner_quiet;
mod phone;
mod quiet_span;
mod recipients;
mod template;

pub use self::alerts::{ChannelAlerts, QuietHours};
pub use self::edit::{Edited, Policy};
pub use self::kinds::{
    Config, DestinationConfig, DestinationKind, DestinationWebhookConfig, DiscordConfig, EmailConfig,
    GoogleChatConfig, JsmConfig, JsmPriority, Kind, MatrixConfig, MattermostConfig, NtfyConfig,
    PagerDutyConfig, PushoverConfig, SlackBotConfig, SlackConfig, TeamsConfig, TelegramConfig, TwilioConfig,
    TwilioForm, WebhookConfig, WebhookContentType, WebhookHeader, WebhookMethod, WhatsAppCallback,
    WhatsAppConfig,
};
pub use self::owner_quiet::{OwnerQuietHours, QuietWindow, QuietWindows};
pub use self::phone::Phone;
pub use self::quiet_span::QuietSpan;
pub use self::recipients::{DeclineTokens, EmailRecipientState, LeftOut, Recipients, WithheldRecipient};
pub use self::template::{
    BodyForm, MAX_BODY_BYTES, MAX_TEMPLATE_BYTES, Placeholder, Template, TemplateError,
};
