//! Secrets in a monitor's fields: shown as a placeholder, and kept when the placeholder is sent back.

use std::collections::BTreeMap;

use super::kinds::MonitorInput;
use crate::field_error::Errors;

/// What is shown in place of a secret.
const PLACEHOLDER: &str = "***";

/// Refuses the placeholder as a value: it would overwrite the secret that it stands for.
pub(super) fn refuse_placeholder(field: &str, value: &str, errors: &mut Errors) {
    if value == PLACEHOLDER {
        errors.add(field, "must be sent anew; *** only stands for it");
    }
}

impl MonitorInput {
    /// The fields as they may be shown: each secret is replaced by `***`.
    pub fn shown(mut self) -> Self {
        self.each_secret(|_, _, secret| PLACEHOLDER.clone_into(secret));
        self
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
}
