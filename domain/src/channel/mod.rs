//! Channels: where notifications go. Each kind is a module of `kinds`, with what is sealed of it, what is shown of
//! it, and the rules that it has to satisfy.

mod alerts;
mod edit;
mod kinds;
mod recipients;

pub use self::alerts::ChannelAlerts;
pub use self::edit::{Edited, Policy};
pub use self::kinds::{Config, EmailConfig, Kind, SlackBotConfig, SlackConfig, WebhookConfig};
pub use self::recipients::{DeclineTokens, EmailRecipientState, LeftOut, Recipients, WithheldRecipient};
