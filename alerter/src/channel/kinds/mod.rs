//! The kinds of channels, one file each, and what they share.

mod api;
pub(super) mod discord;
pub(super) mod email;
pub(super) mod google_chat;
mod gsm;
mod incidents;
pub(super) mod jsm;
mod look;
mod mail_outcome;
mod mailed;
pub(super) mod matrix;
pub(super) mod mattermost;
pub(super) mod ntfy;
mod opening;
pub(super) mod pagerduty;
pub(super) mod pushover;
mod slack;
mod slack_bot;
mod slack_content;
mod slack_http;
pub(super) mod teams;
pub(super) mod telegram;
pub(super) mod twilio;
mod webhook;
pub(super) mod whatsapp;

use std::time::Duration;

use shared::guard::TargetGuard;
use shared::outgoing::Exchanges;
use shared::smtp::SmtpSettings;

/// What channels of a kind share: connections, and what is known of the accounts that they use.
#[derive(Clone, Debug)]
pub(crate) struct Clients {
    pub(super) slack: slack::SlackHooks,
    pub(super) slack_bots: slack_bot::SlackBots,
    pub(super) webhooks: webhook::Webhooks,
    pub(super) mails: Option<email::Mailer>,
    pub(super) api: api::Api,
    pub(super) telegram: telegram::TelegramLimits,
    pub(super) jsm: jsm::Questions,
}

impl Clients {
    pub(crate) fn new(
        guard: &TargetGuard,
        smtp: Option<&SmtpSettings>,
        slack_api_url: &str,
        public_url: &str,
        deadline: Duration,
    ) -> Self {
        let exchanges = Exchanges::new(guard, deadline);
        let slack = slack_http::SlackHttp::new(exchanges.clone(), slack_api_url);
        Self {
            slack_bots: slack_bot::SlackBots::new(slack.clone()),
            slack: slack::SlackHooks::new(slack),
            webhooks: webhook::Webhooks::new(exchanges.clone()),
            mails: smtp.map(|smtp| email::Mailer::new(smtp, public_url, deadline)),
            api: api::Api::new(exchanges),
            telegram: telegram::TelegramLimits::default(),
            jsm: jsm::Questions::new(deadline),
        }
    }
}
