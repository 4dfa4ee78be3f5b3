//! The kinds of channel and of destination. Each is a module; this one lists them.

mod discord;
mod email;
mod fields;
mod google_chat;
mod jsm;
mod matrix;
mod mattermost;
mod ntfy;
mod pagerduty;
mod pushover;
mod slack;
mod slack_bot;
mod teams;
mod telegram;
mod twilio;
mod webhook;
mod whatsapp;

pub use self::discord::DiscordConfig;
pub use self::email::EmailConfig;
pub use self::google_chat::GoogleChatConfig;
pub use self::jsm::{JsmConfig, JsmPriority};
pub use self::matrix::MatrixConfig;
pub use self::mattermost::MattermostConfig;
pub use self::ntfy::NtfyConfig;
pub use self::pagerduty::PagerDutyConfig;
pub use self::pushover::PushoverConfig;
pub use self::slack::SlackConfig;
pub use self::slack_bot::SlackBotConfig;
pub use self::teams::TeamsConfig;
pub use self::telegram::TelegramConfig;
pub use self::twilio::{TwilioConfig, TwilioForm};
pub use self::webhook::{
    DestinationWebhookConfig, WebhookConfig, WebhookContentType, WebhookHeader, WebhookMethod,
};
pub use self::whatsapp::{WhatsAppCallback, WhatsAppConfig};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::edit::{Configuration, Edited, Policy, edit};
use crate::monitor::FieldError;

macro_rules! kinds {
    (
        $(#[$of_kind:meta])* $kind:ident;
        $(#[$of_config:meta])* $all:ident;
        $($(#[$doc:meta])* $variant:ident($config:ty);)+
    ) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        $(#[$of_kind])*
        pub enum $kind {
            $($(#[$doc])* $variant,)+
        }

        impl $kind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name in the API and in the database, and the label of its metrics.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => <$config as Configuration>::NAME,)+
                }
            }

            /// The kind of a name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
            }

            /// Whether what is of this kind is notified of acknowledgements.
            pub const fn receives_acknowledgements(self) -> bool {
                match self {
                    $(Self::$variant => <$config as Configuration>::RECEIVES_ACKNOWLEDGEMENTS,)+
                }
            }

            /// Whether the service keeps incidents of its own, each of which a message about it alone begins, and another
            /// one ends.
            pub const fn keeps_incidents(self) -> bool {
                match self {
                    $(Self::$variant => <$config as Configuration>::KEEPS_INCIDENTS,)+
                }
            }

            /// The schema of its configuration.
            pub fn config_schema(self) -> RefOr<Schema> {
                match self {
                    $(Self::$variant => <$config as PartialSchema>::schema(),)+
                }
            }

            /// The configuration that the fields `given` make of `old`, or of nothing. What is sent back as it was
            /// shown stays as it is; a configuration of another kind counts as none.
            ///
            /// # Errors
            /// Every field that is not valid, named from `config` on.
            pub fn edit(
                self,
                given: Map<String, Value>,
                old: Option<&$all>,
                policy: &Policy,
            ) -> Result<Edited<$all>, Vec<FieldError>> {
                match self {
                    $(Self::$variant => {
                        let old = match old {
                            Some($all::$variant(old)) => Some(old),
                            _ => None,
                        };
                        let (config, secret_is_new) = edit::<$config>(given, old, policy)?;
                        Ok(Edited { config: $all::$variant(config), secret_is_new })
                    })+
                }
            }

            /// Reads the configuration that was sealed.
            ///
            /// # Errors
            /// When it is not one of this kind.
            pub fn read(self, json: &[u8]) -> Result<$all, serde_json::Error> {
                match self {
                    $(Self::$variant => serde_json::from_slice(json).map($all::$variant),)+
                }
            }
        }

        $(#[$of_config])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
        #[serde(untagged)]
        pub enum $all {
            $($(#[$doc])* $variant($config),)+
        }

        impl $all {
            /// Its kind.
            pub fn kind(&self) -> $kind {
                match self {
                    $(Self::$variant(_) => $kind::$variant,)+
                }
            }

            /// As it may be shown: with its secrets hidden.
            pub fn show(&self) -> Value {
                match self {
                    $(Self::$variant(config) => json!(config.show()),)+
                }
            }

            /// As those see it who may not change it, and as it is logged.
            pub fn show_to_viewers(&self) -> Value {
                match self {
                    $(Self::$variant(config) => json!(config.show_to_viewers()),)+
                }
            }

            /// As [`Config::show`], with the secret that was just generated.
            pub fn show_new(&self) -> Value {
                match self {
                    $(Self::$variant(config) => json!(config.show_new()),)+
                }
            }
        }
    };
}

kinds! {
    /// The kind of channel.
    #[schema(as = ChannelKind)]
    Kind;
    /// The configuration of a channel, with its secrets. As JSON it is what is sealed in
    /// [`crate::internal::SealedChannel::sealed_config`].
    Config;
    /// A Slack incoming webhook.
    Slack(SlackConfig);
    /// A bot of the organisation's own Slack app.
    SlackBot(SlackBotConfig);
    /// A signed webhook.
    Webhook(WebhookConfig);
    /// E-mail to one or more recipients.
    Email(EmailConfig);
    /// A number on WhatsApp.
    #[serde(rename = "whatsapp")]
    WhatsApp(WhatsAppConfig);
    /// A service at PagerDuty.
    #[serde(rename = "pagerduty")]
    PagerDuty(PagerDutyConfig);
    /// An integration of Jira Service Management, or of Opsgenie.
    Jsm(JsmConfig);
    /// A webhook of a Microsoft Teams workflow.
    Teams(TeamsConfig);
    /// A Discord webhook.
    Discord(DiscordConfig);
    /// A chat on Telegram.
    Telegram(TelegramConfig);
    /// A Mattermost incoming webhook.
    Mattermost(MattermostConfig);
    /// A Google Chat webhook.
    GoogleChat(GoogleChatConfig);
    /// A Matrix room.
    Matrix(MatrixConfig);
    /// A topic of ntfy.
    Ntfy(NtfyConfig);
    /// A person or group at Pushover.
    Pushover(PushoverConfig);
    /// A phone, by Twilio.
    Twilio(TwilioConfig);
}

kinds! {
    /// The kind of destination.
    DestinationKind;
    /// The configuration of a destination, with its secrets. As JSON it is what is sealed of it.
    DestinationConfig;
    /// A signed webhook.
    Webhook(DestinationWebhookConfig);
    /// A Slack incoming webhook.
    Slack(SlackConfig);
    /// A webhook of a Microsoft Teams workflow.
    Teams(TeamsConfig);
}
