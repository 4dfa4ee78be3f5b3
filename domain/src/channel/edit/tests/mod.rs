use serde_json::{Map, Value, json};

use super::{Edited, Policy};
use crate::channel::{Config, Kind, SlackBotConfig, WebhookConfig};
use crate::monitor::FieldError;

const POLICY: Policy = Policy {
    allow_http: false,
    random: [7; 32],
};

fn edited(kind: Kind, given: Value, old: Option<&Config>) -> Result<Edited<Config>, Vec<FieldError>> {
    let Value::Object(given) = given else { panic!() };
    kind.edit(given, old, &POLICY)
}

fn fields(kind: Kind, given: Value) -> Vec<String> {
    let errors = edited(kind, given, None).unwrap_err();
    errors.into_iter().map(|error| error.field).collect()
}

fn as_webhook(edited: &Edited<Config>) -> &WebhookConfig {
    match &edited.config {
        Config::Webhook(webhook) => webhook,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_invalid_field_is_named() {
    for url in [
        "",
        "ftp://hooks.example/x",
        "https://u:p@hooks.example/x",
        "http://hooks.example/x",
        "https://hooks.example/…",
        "https://hooks.example/?key=***",
    ] {
        assert_eq!(
            fields(Kind::Slack, json!({"webhook_url": url})),
            ["config.webhook_url"]
        );
        assert_eq!(
            fields(Kind::Webhook, json!({"url": url})),
            ["config.url"],
            "{url}"
        );
    }
    assert_eq!(
        fields(
            Kind::Webhook,
            json!({"secret": "short", "previous_secret": "***"})
        ),
        ["config.url", "config.secret", "config.previous_secret"]
    );
    assert_eq!(
        fields(Kind::Webhook, json!({"secret": "***"}))[1],
        "config.secret"
    );
    assert_eq!(fields(Kind::Webhook, json!({"url": 1})), ["config.url"]);
    assert_eq!(fields(Kind::Webhook, json!({"sekret": null})), ["config.sekret"]);
    assert_eq!(fields(Kind::Email, json!({})), ["config.to"]);
    assert_eq!(
        fields(Kind::Email, json!({"to": ["a@b.org", "c"]})),
        ["config.to.1"]
    );
    assert_eq!(
        fields(
            Kind::SlackBot,
            json!({"bot_token": "***", "signing_secret": "***"})
        ),
        ["config.channel", "config.bot_token", "config.signing_secret"]
    );
    let local = Map::from_iter([("url".to_owned(), json!("http://127.0.0.1:1/x"))]);
    let anywhere = Policy {
        allow_http: true,
        ..POLICY
    };
    assert!(Kind::Webhook.edit(local, None, &anywhere).is_ok());
}

#[test]
fn a_secret_that_is_left_out_is_made_and_shown_once() {
    let made = edited(Kind::Webhook, json!({"url": "https://a.example/?key=k-1"}), None).unwrap();
    assert!(made.secret_is_new);
    assert_eq!(
        as_webhook(&made).signing_keys(),
        Some(vec![POLICY.random.to_vec()])
    );
    let secret = json!(as_webhook(&made).secret);
    assert_eq!(made.config.show_new()["secret"], secret);
    let shown = made.config.show();
    assert_eq!(
        shown,
        json!({"url": "https://a.example/?key=***", "secret": "***"})
    );

    let again = edited(Kind::Webhook, shown, Some(&made.config)).unwrap();
    assert_eq!(again.config, made.config);
    assert!(!again.secret_is_new);
}

#[test]
fn the_secrets_of_a_bot_are_hidden_and_stay_when_they_come_back() {
    let given = json!({"bot_token": "xoxb-1-a", "channel": "C0123", "signing_secret": "8f74"});
    let made = edited(Kind::SlackBot, given, None).unwrap();
    let mut shown = made.config.show();
    assert_eq!(
        shown,
        json!({"bot_token": "***", "channel": "C0123", "signing_secret": "***"})
    );
    shown["channel"] = json!("C0999");
    let moved = edited(Kind::SlackBot, shown, Some(&made.config)).unwrap().config;
    let expected = SlackBotConfig {
        bot_token: "xoxb-1-a".to_owned(),
        channel: "C0999".to_owned(),
        signing_secret: "8f74".to_owned(),
    };
    assert_eq!(moved, Config::SlackBot(expected));
}

#[test]
fn a_new_secret_has_the_old_one_sign_too_until_it_is_given_up() {
    let given = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let first = json!({"url": "https://a.example/", "secret": given});
    let first = edited(Kind::Webhook, first, None).unwrap();
    assert!(!first.secret_is_new);

    let second = edited(Kind::Webhook, json!({"secret": null}), Some(&first.config)).unwrap();
    assert!(second.secret_is_new);
    assert_eq!(as_webhook(&second).previous_secret.as_deref(), Some(given));
    assert_eq!(second.config.show()["previous_secret"], "***");

    let at_once = json!({"secret": null, "previous_secret": null});
    let at_once = edited(Kind::Webhook, at_once, Some(&first.config)).unwrap();
    assert_eq!(as_webhook(&at_once).previous_secret, None);

    let alone = json!({"url": "https://a.example/b", "secret": "***", "previous_secret": null});
    let alone = edited(Kind::Webhook, alone, Some(&second.config)).unwrap();
    assert_eq!(as_webhook(&alone).previous_secret, None);
    assert_eq!(as_webhook(&alone).secret, as_webhook(&second).secret);
    assert_eq!(as_webhook(&alone).url, "https://a.example/b");
}

#[test]
fn a_secret_does_not_follow_to_another_receiver() {
    let given = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let first = json!({"url": "https://a.example/", "secret": given, "previous_secret": given});
    let first = edited(Kind::Webhook, first, None).unwrap().config;
    for url in [
        "https://b.example/",
        "https://a.example:8443/",
        "https://a.example.evil/",
    ] {
        for kept in [
            json!({"url": url}),
            json!({"url": url, "secret": "***", "previous_secret": "***"}),
        ] {
            let errors = edited(Kind::Webhook, kept, Some(&first)).unwrap_err();
            assert_eq!(errors.len(), 1);
            assert_eq!(errors[0].field, "config.secret", "{url}");
        }
        for secret in [json!(given), Value::Null] {
            let again = json!({"url": url, "secret": secret});
            let moved = edited(Kind::Webhook, again, Some(&first)).unwrap();
            assert_eq!(as_webhook(&moved).previous_secret, None, "{url}");
        }
    }
    let nowhere = edited(Kind::Webhook, json!({"url": "nowhere"}), Some(&first)).unwrap_err();
    assert_eq!(nowhere[0].field, "config.url");
}

#[test]
fn who_may_not_change_channels_sees_no_path_of_an_address() {
    for (url, shown) in [
        ("https://a.example/hooks/hunter2?x=hunter2", "https://a.example/…"),
        ("https://a.example/?x=hunter2", "https://a.example/…"),
        ("https://a.example", "https://a.example/"),
    ] {
        let made = edited(Kind::Webhook, json!({"url": url}), None).unwrap().config;
        assert_eq!(made.show_to_viewers()["url"], shown);
    }
    let slack = json!({"webhook_url": "https://hooks.slack.com/services/hunter2"});
    let slack = edited(Kind::Slack, slack, None).unwrap().config;
    assert_eq!(slack.show_to_viewers(), slack.show());
}

#[test]
fn slack_bots_need_a_token_a_conversation_and_a_secret() {
    let config = |bot_token: &str, channel: &str, signing_secret: &str| json!({"bot_token": bot_token, "channel": channel, "signing_secret": signing_secret});
    assert!(
        edited(
            Kind::SlackBot,
            config("xoxb-1-2-a", "C0123456789", "8f742231b10e"),
            None
        )
        .is_ok()
    );
    let expected = ["config.bot_token", "config.channel", "config.signing_secret"];
    assert_eq!(fields(Kind::SlackBot, config("xoxp-1", "#general", "")), expected);
    assert_eq!(fields(Kind::SlackBot, config("xoxb-\n", "", "a b")), expected);
}

#[test]
fn webhooks_need_a_secret_of_some_length() {
    for secret in [
        "",
        "whsec_",
        "whsec_AAAA",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_MfKQ9r8GKYqrTwjU*D8ILPZIo2LaLaSw",
    ] {
        let bad = json!({"url": "https://hooks.example/", "secret": secret, "previous_secret": secret});
        let expected = ["config.secret", "config.previous_secret"];
        assert_eq!(fields(Kind::Webhook, bad), expected, "{secret}");
    }
}

#[test]
fn e_mail_channels_need_addresses() {
    let good = json!({"to": ["ada@example.org", "ops+alerts@mail.example.co.uk"]});
    assert!(edited(Kind::Email, good, None).is_ok());
    assert_eq!(fields(Kind::Email, json!({"to": []})), ["config.to"]);
    for bad in [
        "ada",
        "ada@localhost",
        "@example.org",
        "a b@example.org",
        "a@-x.org",
        "a..b@example.org",
        "a@b.org\r\nBcc: c@d.org",
        "<a@b.org>",
    ] {
        let to = json!({"to": ["a@b.org", bad]});
        assert_eq!(fields(Kind::Email, to), ["config.to.1"], "{bad}");
    }
}

#[test]
fn the_names_in_json_and_in_the_database_are_the_same() {
    for kind in Kind::ALL {
        assert_eq!(json!(kind), json!(kind.as_str()));
        assert_eq!(Kind::parse(kind.as_str()), Some(*kind));
    }
    assert_eq!(Kind::parse("pigeon"), None);
}

mod kinds;
mod webhook_request;
