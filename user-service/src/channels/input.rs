//! What a user sends to make or change a channel, and the rules that it has to satisfy. Pure.

use domain::internal::SlackConfig;
use domain::monitor::{FieldError, parse_url};
use serde::Deserialize;
use shared::guard::Targets;
use url::Url;

use crate::text;

/// Ends the form in which an address is shown.
const CUT: char = '…';

/// The writable fields of a channel; in a change, those that are left out stay as they are.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ChannelInput {
    pub(super) name: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) config: Option<SlackConfig>,
    pub(super) enabled: Option<bool>,
}

/// A valid channel.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Channel {
    pub(super) name: String,
    pub(super) config: SlackConfig,
    pub(super) enabled: bool,
}

impl ChannelInput {
    /// The channel that the fields make of `old`, or of nothing.
    ///
    /// # Errors
    /// Every field that is not valid.
    pub(super) fn apply(self, old: Option<&Channel>, targets: Targets) -> Result<Channel, Vec<FieldError>> {
        let mut errors = Vec::new();
        let name = match (self.name, old) {
            (None, Some(old)) => Ok(old.name.clone()),
            (name, _) => text::name(&name.unwrap_or_default()),
        };
        if self.kind.as_deref().map_or(old.is_none(), |kind| kind != "slack") {
            errors.push(FieldError::new("kind", "must be slack"));
        }
        // A client that sends back what it was shown does not mean to change the address.
        let shown = old.map(|old| shown_url(&old.config.webhook_url));
        let given = self
            .config
            .filter(|given| Some(&given.webhook_url) != shown.as_ref());
        let config = match (given, old) {
            (None, Some(old)) => Ok(old.config.clone()),
            (given, _) => webhook_url(given.map(|config| config.webhook_url), targets),
        };
        match (name, config) {
            (Ok(name), Ok(config)) if errors.is_empty() => Ok(Channel {
                name,
                config,
                enabled: self.enabled.or(old.map(|old| old.enabled)).unwrap_or(true),
            }),
            (name, config) => {
                errors.extend(name.err());
                errors.extend(config.err());
                Err(errors)
            }
        }
    }
}

fn webhook_url(given: Option<String>, targets: Targets) -> Result<SlackConfig, FieldError> {
    let wrong = |message: &str| FieldError::new("config.webhook_url", message);
    let text = given.unwrap_or_default();
    if text.contains(CUT) {
        return Err(wrong("is the shortened form; give the whole address"));
    }
    let url = parse_url(&text).map_err(wrong)?;
    if url.scheme() != "https" && targets != Targets::Any {
        return Err(wrong("must start with https://"));
    }
    Ok(SlackConfig {
        webhook_url: url.into(),
    })
}

/// The address with its path, which is the secret, cut.
pub(super) fn shown_url(address: &str) -> String {
    match Url::parse(address) {
        Ok(url) => format!("{}/{CUT}", url.origin().ascii_serialization()),
        Err(_) => CUT.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const URL: &str = "https://hooks.slack.example/services/T0/B0/secret";

    fn input(json: serde_json::Value) -> ChannelInput {
        serde_json::from_value(json).unwrap()
    }

    fn channel() -> Channel {
        let full = json!({"name": "Ops", "kind": "slack", "config": {"webhook_url": URL}});
        input(full).apply(None, Targets::Public).unwrap()
    }

    #[test]
    fn every_invalid_field_of_a_new_channel_is_named() {
        let fields = |json, targets| -> Vec<String> {
            let errors = input(json).apply(None, targets).unwrap_err();
            errors.into_iter().map(|error| error.field).collect()
        };
        let all = ["kind", "name", "config.webhook_url"];
        assert_eq!(fields(json!({}), Targets::Any), all);
        for url in [
            "ftp://hooks.slack.example/x",
            "https://u:p@hooks.slack.example/x",
            "http://hooks.slack.example/x",
            "https://hooks.slack.example/…",
        ] {
            let json = json!({"name": "Ops", "kind": "slack", "config": {"webhook_url": url}});
            assert_eq!(fields(json, Targets::Public), ["config.webhook_url"], "{url}");
        }
        let local =
            json!({"name": "Ops", "kind": "slack", "config": {"webhook_url": "http://127.0.0.1:1/x"}});
        assert!(input(local).apply(None, Targets::Any).is_ok());
    }

    #[test]
    fn a_change_leaves_the_rest_and_the_secret_that_it_was_shown() {
        let old = channel();
        assert!(old.enabled);
        let shown = shown_url(URL);
        assert_eq!(shown, "https://hooks.slack.example/…");
        let change = json!({"enabled": false, "config": {"webhook_url": shown}});
        let new = input(change).apply(Some(&old), Targets::Public).unwrap();
        assert_eq!(
            new,
            Channel {
                enabled: false,
                ..old.clone()
            }
        );
        let errors = input(json!({"kind": "email"})).apply(Some(&old), Targets::Public);
        assert_eq!(errors.unwrap_err()[0].field, "kind");
    }
}
