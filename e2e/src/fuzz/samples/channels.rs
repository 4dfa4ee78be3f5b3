//! Channels of each kind.

use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::super::odd::one_of;

/// A channel of a kind that members may have.
pub(super) fn own_channel(dice: &mut StdRng) -> Value {
    loop {
        let channel = channel(dice);
        let kind = channel["kind"].as_str().unwrap_or_default();
        if !["pagerduty", "jsm", "slack_bot", "email"].contains(&kind) {
            return channel;
        }
    }
}

/// A channel of the organisation.
pub(super) fn channel(dice: &mut StdRng) -> Value {
    let signing = "0123456789abcdef0123456789abcdef";
    one_of(
        dice,
        &[
            json!({"name": "Ops", "kind": "slack", "config": {"webhook_url": "https://hooks.slack.example/T/B/x"}}),
            json!({"name": "Bot", "kind": "slack_bot", "config": {
                "bot_token": "xoxb-1-2-abcdefgh", "channel": "C0123456789", "signing_secret": signing
            }}),
            json!({"name": "Hook", "kind": "webhook", "enabled": false, "config": {"url": "https://a.example/h?t=1"}}),
            json!({"name": "Tickets", "kind": "webhook", "enabled": false, "config": {
                "url": "https://tickets.example/api", "method": "PUT",
                "headers": [{"name": "X-Api-Key", "value": "k-1"}], "body": "{\"title\": \"{{text}}\", \"all\": {{json}}}"
            }}),
            json!({"name": "Discord", "kind": "discord", "config": {
                "webhook_url": "https://discord.example/api/webhooks/1/abc", "thread_id": "1122334455667788990"
            }}),
            json!({"name": "Telegram", "kind": "telegram", "config": {
                "bot_token": "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", "chat_id": "@acme_alerts"
            }}),
            json!({"name": "Teams", "kind": "teams", "config": {"workflow_url": "https://flow.example/1?sig=x"}}),
            json!({"name": "Mattermost", "kind": "mattermost", "config": {
                "webhook_url": "https://chat.example/hooks/x", "channel": "@ada"
            }}),
            json!({"name": "Matrix", "kind": "matrix", "config": {
                "homeserver_url": "https://matrix.example", "access_token": "syt_x", "room_id": "!abc:matrix.example"
            }}),
            json!({"name": "WhatsApp", "kind": "whatsapp", "config": {
                "access_token": "EAAGm0PX4ZCpsBA", "phone_number_id": "106540352242922", "to_number": "+49 151 12345678",
                "app_secret": signing
            }}),
            json!({"name": "Phones", "kind": "ntfy", "config": {
                "topic": "alerts-7f", "access_token": "tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2", "urgency": 5
            }}),
            json!({"name": "Push", "kind": "pushover", "config": {
                "app_token": "azGDORePK8gMaC0QOYAMyEEuzJnyUi", "user_key": "uQiRzpo4DXghDmr9QzzfQu27cmVRsG", "emergency": true
            }}),
            json!({"name": "Call", "kind": "twilio", "config": {
                "account_sid": "AC0123456789abcdef0123456789abcdef", "auth_token": "5f4dcc3b5aa765d61d8327deb882cf99",
                "from_number": "+493012345678", "to_number": "+4915112345678", "by": "call"
            }}),
            json!({"name": "Pager", "kind": "pagerduty", "config": {"routing_key": signing}}),
            json!({"name": "Jira", "kind": "jsm", "config": {"api_key": "eb243592-faa2-4ba2", "priority": "P1"}}),
            json!({"name": "Mail", "kind": "email", "config": {"to": ["ada@a.example", "bob@b.example"]}, "alerts": {
                "degraded": true, "remind_every_seconds": 7_200, "throttle_seconds": 600
            }}),
        ],
    )
    .clone()
}
