//! What holds of each kind.

use super::*;

/// A valid configuration of each kind.
fn samples() -> Vec<(Kind, Value)> {
    let samples = [
        (
            Kind::Slack,
            json!({"webhook_url": "https://hooks.slack.example/services/hunter2"}),
        ),
        (
            Kind::SlackBot,
            json!({"bot_token": "xoxb-hunter2", "channel": "C0123", "signing_secret": "hunter2"}),
        ),
        (
            Kind::Webhook,
            json!({
                "url": "https://a.example/h", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "headers": [{"name": "X-Api-Key", "value": "hunter2"}], "body": "[\"{{text}}\"]"
            }),
        ),
        (Kind::Email, json!({"to": ["ada@example.org"]})),
        (
            Kind::WhatsApp,
            json!({
                "access_token": "hunter2", "phone_number_id": "106540352242922", "to_number": "+4915112345678",
                "app_secret": "hunter2"
            }),
        ),
        (
            Kind::PagerDuty,
            json!({"routing_key": "hunter2hunter2hunter2hunter2hunt"}),
        ),
        (Kind::Jsm, json!({"api_key": "hunter2", "priority": "P1"})),
        (
            Kind::Teams,
            json!({"workflow_url": "https://x.environment.api.powerplatform.example/hunter2"}),
        ),
        (
            Kind::Discord,
            json!({"webhook_url": "https://discord.example/api/webhooks/1/hunter2", "thread_id": "42"}),
        ),
        (
            Kind::Telegram,
            json!({"bot_token": "110201543:hunter2hunter2hunter2hunter2", "chat_id": "-1001234567890"}),
        ),
        (
            Kind::Mattermost,
            json!({"webhook_url": "https://chat.example/hooks/hunter2", "channel": "@ada"}),
        ),
        (
            Kind::GoogleChat,
            json!({"webhook_url": "https://chat.googleapis.example/v1/spaces/A/messages?token=hunter2"}),
        ),
        (
            Kind::Matrix,
            json!({"homeserver_url": "https://matrix.example", "access_token": "hunter2", "room_id": "!a:matrix.example"}),
        ),
        (Kind::Ntfy, json!({"topic": "ops", "access_token": "hunter2"})),
        (
            Kind::Pushover,
            json!({"app_token": "hunter2hunter2hunter2hunter2hu", "user_key": "hunter2hunter2hunter2hunter2ab"}),
        ),
        (
            Kind::Twilio,
            json!({
                "account_sid": "AC0123456789abcdef0123456789abcdef", "auth_token": "hunter2",
                "from_number": "+1 (555) 010-0199", "to_number": "+49 151 12345678"
            }),
        ),
    ];
    assert_eq!(samples.len(), Kind::ALL.len());
    samples.into()
}

#[test]
fn no_secret_is_shown_and_each_stays_when_it_comes_back() {
    for (kind, given) in samples() {
        let made = edited(kind, given, None).unwrap_or_else(|errors| panic!("{kind:?}: {errors:?}"));
        for shown in [made.config.show(), made.config.show_to_viewers()] {
            assert!(!shown.to_string().contains("hunter2"), "{kind:?}: {shown}");
        }
        let again = edited(kind, made.config.show(), Some(&made.config)).unwrap();
        assert_eq!(again.config, made.config);
        let stored = serde_json::to_vec(&made.config).unwrap();
        assert_eq!(
            kind.read(&stored).unwrap(),
            made.config,
            "what is sealed can be read"
        );
    }
}

#[test]
fn what_stands_for_a_secret_is_none() {
    for (kind, given) in samples() {
        let made = edited(kind, given.clone(), None).unwrap();
        let shown = made.config.show();
        let names = given.as_object().unwrap().keys();
        let hidden: Vec<_> = names.filter(|name| shown[*name] == "***").collect();
        let errors = edited(kind, shown.clone(), None).err().unwrap_or_default();
        for name in hidden {
            let field = format!("config.{name}");
            assert_eq!(
                errors.iter().filter(|error| error.field == field).count(),
                1,
                "{kind:?}: {errors:?}"
            );
        }
    }
}

#[test]
fn secrets_do_not_follow_to_another_address() {
    for (kind, field, secrets) in [
        (Kind::WhatsApp, "api_url", vec!["config.access_token"]),
        (Kind::PagerDuty, "api_url", vec!["config.routing_key"]),
        (Kind::Jsm, "api_url", vec!["config.api_key"]),
        (Kind::Telegram, "api_url", vec!["config.bot_token"]),
        (Kind::Matrix, "homeserver_url", vec!["config.access_token"]),
        (Kind::Ntfy, "server_url", vec!["config.access_token"]),
        (
            Kind::Pushover,
            "api_url",
            vec!["config.app_token", "config.user_key"],
        ),
        (Kind::Twilio, "api_url", vec!["config.auth_token"]),
    ] {
        let (_, given) = samples().into_iter().find(|(of, _)| *of == kind).unwrap();
        let made = edited(kind, given.clone(), None).unwrap().config;
        let mut moved = made.show();
        moved[field] = json!("https://evil.example/api");
        let errors = edited(kind, moved, Some(&made)).unwrap_err();
        let named: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(named, secrets, "{kind:?}");

        let mut whole = given;
        whole[field] = json!("https://elsewhere.example/api/");
        let moved = edited(kind, whole, Some(&made)).unwrap().config;
        assert_eq!(moved.show()[field], "https://elsewhere.example/api", "{kind:?}");
    }
}

#[test]
fn numbers_are_brought_to_one_form() {
    let (_, twilio) = samples().pop().unwrap();
    let made = edited(Kind::Twilio, twilio.clone(), None).unwrap().config.show();
    assert_eq!(
        (&made["from_number"], &made["to_number"]),
        (&json!("+15550100199"), &json!("+4915112345678"))
    );
    for bad in [
        "",
        "015112345678",
        "+0151123456",
        "+49",
        "+49 151 x",
        "+1234567890123456",
        "4915112345678",
    ] {
        let mut given = twilio.clone();
        given["to_number"] = json!(bad);
        assert_eq!(fields(Kind::Twilio, given), ["config.to_number"], "{bad}");
    }
    let mut service = twilio;
    service["from_number"] = json!("MG0123456789abcdef0123456789abcdef");
    assert!(edited(Kind::Twilio, service.clone(), None).is_ok());
    service["by"] = json!("call");
    assert_eq!(fields(Kind::Twilio, service), ["config.from_number"]);
}

#[test]
fn what_each_kind_refuses() {
    for (kind, changes, wrong) in [
        (
            Kind::PagerDuty,
            json!({"routing_key": "short"}),
            "config.routing_key",
        ),
        (Kind::Jsm, json!({"priority": "P6"}), "config.priority"),
        (
            Kind::Jsm,
            json!({"api_url": "https://api.example/?x=1"}),
            "config.api_url",
        ),
        (Kind::Discord, json!({"thread_id": "general"}), "config.thread_id"),
        (
            Kind::Telegram,
            json!({"bot_token": "bot110201543"}),
            "config.bot_token",
        ),
        (
            Kind::Telegram,
            json!({"bot_token": "1:hunter2hunter2hunter2/../x"}),
            "config.bot_token",
        ),
        (Kind::Telegram, json!({"chat_id": "ops"}), "config.chat_id"),
        (Kind::Telegram, json!({"chat_id": -100}), "config.chat_id"),
        (
            Kind::Matrix,
            json!({"room_id": "#ops:matrix.example"}),
            "config.room_id",
        ),
        (
            Kind::Mattermost,
            json!({"channel": "town square"}),
            "config.channel",
        ),
        (Kind::Ntfy, json!({"topic": "a/b"}), "config.topic"),
        (Kind::Ntfy, json!({"urgency": 6}), "config.urgency"),
        (Kind::Ntfy, json!({"urgency": 300}), "config.urgency"),
        (Kind::Pushover, json!({"user_key": "hunter2"}), "config.user_key"),
        (Kind::Pushover, json!({"emergency": "yes"}), "config.emergency"),
        (Kind::Twilio, json!({"by": "fax"}), "config.by"),
        (
            Kind::Twilio,
            json!({"account_sid": "AC1/../x"}),
            "config.account_sid",
        ),
        (
            Kind::WhatsApp,
            json!({"phone_number_id": "+4915112345678"}),
            "config.phone_number_id",
        ),
        (
            Kind::WhatsApp,
            json!({"template_language": "en/x"}),
            "config.template_language",
        ),
        (Kind::WhatsApp, json!({"app_secret": "a b"}), "config.app_secret"),
        (Kind::WhatsApp, json!({"callback": null}), "config.callback"),
        (
            Kind::Teams,
            json!({"workflow_url": "http://plain.example"}),
            "config.workflow_url",
        ),
    ] {
        let (_, mut given) = samples().into_iter().find(|(of, _)| *of == kind).unwrap();
        for (name, value) in changes.as_object().unwrap() {
            given[name] = value.clone();
        }
        assert_eq!(fields(kind, given), [wrong], "{kind:?}: {changes}");
    }
}

#[test]
fn what_is_left_out_has_a_default_or_is_named() {
    for (kind, missing) in [
        (Kind::PagerDuty, vec!["config.routing_key"]),
        (Kind::Jsm, vec!["config.api_key"]),
        (Kind::Teams, vec!["config.workflow_url"]),
        (Kind::Discord, vec!["config.webhook_url"]),
        (Kind::Telegram, vec!["config.bot_token", "config.chat_id"]),
        (Kind::Mattermost, vec!["config.webhook_url"]),
        (Kind::GoogleChat, vec!["config.webhook_url"]),
        (
            Kind::Matrix,
            vec!["config.homeserver_url", "config.access_token", "config.room_id"],
        ),
        (Kind::Ntfy, vec!["config.topic"]),
        (Kind::Pushover, vec!["config.app_token", "config.user_key"]),
        (
            Kind::Twilio,
            vec![
                "config.account_sid",
                "config.auth_token",
                "config.from_number",
                "config.to_number",
            ],
        ),
        (
            Kind::WhatsApp,
            vec![
                "config.access_token",
                "config.phone_number_id",
                "config.to_number",
            ],
        ),
    ] {
        assert_eq!(fields(kind, json!({})), missing, "{kind:?}");
    }
}

#[test]
fn an_address_for_reports_is_made_with_the_secret_that_signs_them_and_goes_with_it() {
    let callback = |config: &Config| match config {
        Config::WhatsApp(config) => config.callback.clone(),
        other => panic!("{other:?}"),
    };
    let (_, mut given) = samples()
        .into_iter()
        .find(|(kind, _)| *kind == Kind::WhatsApp)
        .unwrap();
    let made = edited(Kind::WhatsApp, given.clone(), None).unwrap();
    assert!(!made.secret_is_new);
    let first = callback(&made.config).unwrap();
    assert_eq!((first.key.len(), first.verify_token.len()), (32, 32));
    assert!(made.config.show().get("callback").is_none());

    // It stays, also with another secret: it is entered at Meta.
    let other = Policy {
        random: std::array::from_fn(|index| index as u8),
        ..POLICY
    };
    let change = |changes: Value, old: &Config| {
        let Value::Object(changes) = changes else { panic!() };
        Kind::WhatsApp.edit(changes, Some(old), &other).unwrap().config
    };
    let renewed = change(json!({"app_secret": "another"}), &made.config);
    assert_eq!(callback(&renewed), Some(first.clone()));
    let without = change(json!({"app_secret": null}), &renewed);
    assert_eq!(callback(&without), None);
    let again = callback(&change(json!({"app_secret": "another"}), &without)).unwrap();
    assert_eq!(again.key, "000102030405060708090a0b0c0d0e0f");
    assert_eq!(again.verify_token, "101112131415161718191a1b1c1d1e1f");

    given.as_object_mut().unwrap().remove("app_secret");
    let none = edited(Kind::WhatsApp, given, None).unwrap();
    assert_eq!(callback(&none.config), None);
    let Config::WhatsApp(config) = made.config else {
        panic!()
    };
    assert_eq!(none.config, Config::WhatsApp(config.for_sending()));
}
