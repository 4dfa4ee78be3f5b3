//! The configurations of the kinds of channels: how they are changed, and what is shown of them. Pure, but
//! for the secrets that it makes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::channel::{EmailConfig, SlackBotConfig, WEBHOOK_SECRET_PREFIX, WebhookConfig};
use domain::internal::SlackConfig;
use domain::monitor::{FieldError, parse_url};
use domain::redact;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use shared::guard::Targets;
use shared::http::problem::from_value;
use url::Url;

/// Ends the form in which the address of a Slack channel is shown.
const CUT: char = '…';

/// Shown in a secret's place.
const PLACEHOLDER: &str = "***";

/// The kinds of channels, by their names in the API and in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Slack,
    SlackBot,
    Webhook,
    Email,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Slack, Self::SlackBot, Self::Webhook, Self::Email];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Slack => "slack",
            Self::SlackBot => "slack_bot",
            Self::Webhook => "webhook",
            Self::Email => "email",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// The configuration of a channel.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Config {
    Slack(SlackConfig),
    SlackBot(SlackBotConfig),
    Webhook(WebhookConfig),
    Email(EmailConfig),
}

/// A valid configuration, and whether its secret was made for it and is to be shown this once.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Configured {
    pub(crate) config: Config,
    pub(crate) secret_is_new: bool,
}

impl Config {
    /// Reads what was stored.
    pub(crate) fn read(kind: Kind, json: &[u8]) -> Result<Self, serde_json::Error> {
        Ok(match kind {
            Kind::Slack => Self::Slack(serde_json::from_slice(json)?),
            Kind::SlackBot => Self::SlackBot(serde_json::from_slice(json)?),
            Kind::Webhook => Self::Webhook(serde_json::from_slice(json)?),
            Kind::Email => Self::Email(serde_json::from_slice(json)?),
        })
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Slack(_) => Kind::Slack,
            Self::SlackBot(_) => Kind::SlackBot,
            Self::Webhook(_) => Kind::Webhook,
            Self::Email(_) => Kind::Email,
        }
    }

    /// As it may be shown.
    pub(crate) fn shown(&self) -> Value {
        match self {
            Self::Slack(slack) => json!({"webhook_url": without_path(&slack.webhook_url)}),
            Self::SlackBot(bot) => json!({
                "bot_token": PLACEHOLDER, "channel": bot.channel, "signing_secret": PLACEHOLDER,
            }),
            Self::Webhook(webhook) => {
                let mut shown = json!({"url": redact::url(&webhook.url), "secret": PLACEHOLDER});
                if webhook.previous_secret.is_some() {
                    shown["previous_secret"] = json!(PLACEHOLDER);
                }
                shown
            }
            Self::Email(email) => json!({"to": email.to}),
        }
    }

    /// As [`Config::shown`], with the secret that was just made.
    pub(crate) fn shown_once(&self) -> Value {
        let mut shown = self.shown();
        if let Self::Webhook(webhook) = self {
            shown["secret"] = json!(webhook.secret);
        }
        shown
    }
}

/// The configuration that the fields `given` make of `old`, or of nothing. What is sent back as it was shown
/// stays as it is.
///
/// # Errors
/// Every field that is not valid.
pub(crate) fn apply(
    kind: Kind,
    given: Map<String, Value>,
    old: Option<&Config>,
    targets: Targets,
) -> Result<Configured, Vec<FieldError>> {
    let shown = old.map(Config::shown).unwrap_or_default();
    let mut fields = match old.map(serde_json::to_value) {
        Some(Ok(Value::Object(fields))) => fields,
        _ => Map::new(),
    };
    let changes = given
        .into_iter()
        .filter(|(name, value)| shown.get(name) != Some(value));
    let changes: Map<_, _> = changes.collect();
    let previous_is_given = changes.contains_key("previous_secret");
    fields.extend(changes);
    let unchanged = |config| Configured {
        config,
        secret_is_new: false,
    };
    match kind {
        Kind::Slack => slack(fields, targets).map(unchanged),
        Kind::SlackBot => slack_bot(fields).map(unchanged),
        Kind::Webhook => {
            let succeeds = match old {
                Some(Config::Webhook(webhook)) if !previous_is_given => Some(webhook),
                _ => None,
            };
            webhook(fields, succeeds, targets)
        }
        Kind::Email => email(fields).map(unchanged),
    }
}

fn slack(mut fields: Map<String, Value>, targets: Targets) -> Result<Config, Vec<FieldError>> {
    fields.entry("webhook_url").or_insert_with(|| json!(""));
    let SlackConfig { webhook_url } = typed(fields)?;
    let webhook_url = address("config.webhook_url", &webhook_url, targets).map_err(|error| vec![error])?;
    Ok(Config::Slack(SlackConfig { webhook_url }))
}

fn slack_bot(mut fields: Map<String, Value>) -> Result<Config, Vec<FieldError>> {
    for name in ["bot_token", "channel", "signing_secret"] {
        fields.entry(name).or_insert_with(|| json!(""));
    }
    let bot: SlackBotConfig = typed(fields)?;
    let mut errors = bot.validate();
    // The placeholder has the form of a secret.
    if bot.signing_secret == PLACEHOLDER {
        let wrong = "must be sent anew; *** only stands for it";
        errors.push(FieldError::new("config.signing_secret", wrong));
    }
    match errors.is_empty() {
        true => Ok(Config::SlackBot(bot)),
        false => Err(errors),
    }
}

/// `succeeds` is the configuration whose secret signs on beside a new one.
fn webhook(
    mut fields: Map<String, Value>,
    succeeds: Option<&WebhookConfig>,
    targets: Targets,
) -> Result<Configured, Vec<FieldError>> {
    fields.entry("url").or_insert_with(|| json!(""));
    let secret = fields.entry("secret").or_insert(Value::Null);
    let secret_is_new = secret.is_null();
    if secret_is_new {
        *secret = json!(new_secret());
    }
    let mut webhook: WebhookConfig = typed(fields)?;
    if let Some(old) = succeeds.filter(|old| old.secret != webhook.secret) {
        webhook.previous_secret = Some(old.secret.clone());
    }
    let mut errors = webhook.validate();
    match address("config.url", &webhook.url, targets) {
        Ok(url) => webhook.url = url,
        Err(error) => {
            // It says more than what was found before.
            errors.retain(|other| other.field != error.field);
            errors.insert(0, error);
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(Configured {
        config: Config::Webhook(webhook),
        secret_is_new,
    })
}

fn email(mut fields: Map<String, Value>) -> Result<Config, Vec<FieldError>> {
    fields.entry("to").or_insert_with(|| json!([]));
    let email: EmailConfig = typed(fields)?;
    match email.validate() {
        errors if errors.is_empty() => Ok(Config::Email(email)),
        errors => Err(errors),
    }
}

fn typed<T: DeserializeOwned>(fields: Map<String, Value>) -> Result<T, Vec<FieldError>> {
    #[derive(Deserialize)]
    struct Outer<T> {
        config: T,
    }
    // The outer object has errors name the fields from `config` on.
    from_value(json!({"config": fields}))
        .map(|outer: Outer<T>| outer.config)
        .map_err(|problem| problem.errors().to_vec())
}

/// An address that messages may be posted to, in its normal form.
fn address(field: &str, text: &str, targets: Targets) -> Result<String, FieldError> {
    let wrong = |message: &str| FieldError::new(field, message);
    if text.contains(CUT) || text.contains(PLACEHOLDER) {
        return Err(wrong("is the shortened form; give the whole address"));
    }
    let url = parse_url(text).map_err(wrong)?;
    if url.scheme() != "https" && targets != Targets::Any {
        return Err(wrong("must start with https://"));
    }
    Ok(url.into())
}

/// An address with its path, which is the secret, cut.
fn without_path(address: &str) -> String {
    match Url::parse(address) {
        Ok(url) => format!("{}/{CUT}", url.origin().ascii_serialization()),
        Err(_) => CUT.to_string(),
    }
}

fn new_secret() -> String {
    let bytes: [u8; 32] = shared::crypto::random();
    format!("{WEBHOOK_SECRET_PREFIX}{}", STANDARD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(kind: Kind, given: Value, old: Option<&Config>) -> Result<Configured, Vec<FieldError>> {
        let Value::Object(given) = given else { panic!() };
        apply(kind, given, old, Targets::Public)
    }

    fn fields(kind: Kind, given: Value) -> Vec<String> {
        let errors = applied(kind, given, None).unwrap_err();
        errors.into_iter().map(|error| error.field).collect()
    }

    fn as_webhook(configured: &Configured) -> &WebhookConfig {
        match &configured.config {
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
            ["config.bot_token", "config.channel", "config.signing_secret"]
        );
        let local = Map::from_iter([("url".to_owned(), json!("http://127.0.0.1:1/x"))]);
        assert!(apply(Kind::Webhook, local, None, Targets::Any).is_ok());
    }

    #[test]
    fn a_secret_that_is_left_out_is_made_and_shown_once() {
        let made = applied(Kind::Webhook, json!({"url": "https://a.example/?key=k-1"}), None).unwrap();
        assert!(made.secret_is_new);
        assert_eq!(as_webhook(&made).validate(), []);
        let secret = json!(as_webhook(&made).secret);
        assert_eq!(made.config.shown_once()["secret"], secret);
        let shown = made.config.shown();
        assert_eq!(
            shown,
            json!({"url": "https://a.example/?key=***", "secret": "***"})
        );

        let again = applied(Kind::Webhook, shown, Some(&made.config)).unwrap();
        assert_eq!(again.config, made.config);
        assert!(!again.secret_is_new);
    }

    #[test]
    fn the_secrets_of_a_bot_are_hidden_and_stay_when_they_come_back() {
        let given = json!({"bot_token": "xoxb-1-a", "channel": "C0123", "signing_secret": "8f74"});
        let made = applied(Kind::SlackBot, given, None).unwrap();
        let mut shown = made.config.shown();
        assert_eq!(
            shown,
            json!({"bot_token": "***", "channel": "C0123", "signing_secret": "***"})
        );
        shown["channel"] = json!("C0999");
        let moved = applied(Kind::SlackBot, shown, Some(&made.config)).unwrap().config;
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
        let first = applied(Kind::Webhook, first, None).unwrap();
        assert!(!first.secret_is_new);

        let second = applied(Kind::Webhook, json!({"secret": null}), Some(&first.config)).unwrap();
        assert!(second.secret_is_new);
        assert_eq!(as_webhook(&second).previous_secret.as_deref(), Some(given));
        assert_eq!(second.config.shown()["previous_secret"], "***");

        let at_once = json!({"secret": null, "previous_secret": null});
        let at_once = applied(Kind::Webhook, at_once, Some(&first.config)).unwrap();
        assert_eq!(as_webhook(&at_once).previous_secret, None);

        let alone = json!({"url": "https://b.example/", "secret": "***", "previous_secret": null});
        let alone = applied(Kind::Webhook, alone, Some(&second.config)).unwrap();
        assert_eq!(as_webhook(&alone).previous_secret, None);
        assert_eq!(as_webhook(&alone).secret, as_webhook(&second).secret);
        assert_eq!(as_webhook(&alone).url, "https://b.example/");
    }
}
