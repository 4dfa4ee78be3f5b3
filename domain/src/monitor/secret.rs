//! Secrets in a monitor's fields: shown as a placeholder, and kept when the placeholder is sent back.

use std::collections::BTreeMap;

use super::kinds::MonitorInput;
use crate::field_error::Errors;
use crate::redact;

/// What is shown in place of a secret.
const PLACEHOLDER: &str = "***";

/// What is wrong with a secret that is only stood for.
pub const SENT_ANEW: &str = "must be sent anew; *** only stands for it";

/// Refuses the placeholder as a value: it would overwrite the secret that it stands for.
pub(super) fn refuse_placeholder(field: &str, value: &str, errors: &mut Errors) {
    if value == PLACEHOLDER {
        errors.add(field, SENT_ANEW);
    }
}

impl MonitorInput {
    /// The fields as they may be shown: each secret is replaced by `***`.
    pub fn shown(mut self) -> Self {
        self.each_secret(|_, _, secret| PLACEHOLDER.clone_into(secret));
        self
    }

    /// The fields as those see them who may not edit the monitor: `***` also for what is sent to the target, and the
    /// address as notifications have it.
    pub fn shown_to_viewers(self) -> Self {
        let mut shown = self.shown();
        shown.each_sent(|text| PLACEHOLDER.clone_into(text));
        if let Some(url) = &mut shown.url {
            *url = redact::url(url);
        }
        shown
    }

    /// Restores the secrets of `current` where only the placeholder of [`MonitorInput::shown`] is given.
    pub fn keep_secrets(&mut self, current: &Self) {
        let mut known = BTreeMap::new();
        current.clone().each_secret(|kind, name, secret| {
            known.insert((kind, name.to_owned()), secret.clone());
        });
        self.each_secret(|kind, name, secret| {
            if secret == PLACEHOLDER
                && let Some(kept) = known.get(&(kind, name.to_owned()))
            {
                secret.clone_from(kept);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> MonitorInput {
        serde_json::from_value(serde_json::json!({
            "url": "https://a.example/",
            "http": {
                "auth": {"type": "basic", "username": "u", "password": "hunter2"},
                "headers": {"X-Api-Key": "k-123", "Accept": "text/html", "Cookie": "a=b"}
            }
        }))
        .unwrap()
    }

    #[test]
    fn secrets_are_not_shown_and_come_back() {
        let shown = input().shown();
        let text = serde_json::to_string(&shown).unwrap();
        for secret in ["hunter2", "k-123", "a=b"] {
            assert!(!text.contains(secret), "{text}");
        }
        assert!(text.contains("text/html"));
        let errors = shown.validate().unwrap_err();
        assert!(errors.iter().any(|error| error.field == "http.auth.password"));
        let mut edited = shown;
        edited.keep_secrets(&input());
        assert_eq!(edited, input());
    }

    #[test]
    fn who_may_not_edit_sees_nothing_of_what_is_sent() {
        let http = serde_json::json!({
            "url": "https://u:hunter1@a.example/x?api_key=hunter2&page=7",
            "http": {
                "method": "POST",
                "auth": {"type": "basic", "username": "hunter3", "password": "hunter4"},
                "headers": {"X-Api-Key": "hunter5", "X-Tenant": "hunter6"},
                "body": "{\"user\": \"hunter7\"}",
                "contains": "welcome"
            }
        });
        let tcp = serde_json::json!({
            "kind": "tcp", "url": "tcp://a.example:1", "tcp": {"send": "hunter8", "expect": "welcome"}
        });
        for monitor in [http, tcp] {
            let monitor: MonitorInput = serde_json::from_value(monitor).unwrap();
            let shown = serde_json::to_string(&monitor.shown_to_viewers()).unwrap();
            assert!(!shown.contains("hunter"), "{shown}");
            assert!(
                shown.contains("welcome") && shown.contains("a.example"),
                "{shown}"
            );
        }
    }
}
