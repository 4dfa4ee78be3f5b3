//! Secrets in a monitor's fields: shown as a placeholder, and kept when the placeholder comes back.

use super::MonitorInput;
use super::errors::Errors;
use crate::monitor::HttpAuth;

/// What is shown in a secret's place.
const PLACEHOLDER: &str = "***";

/// The placeholder is no secret: it would overwrite the one that it stands for.
pub(super) fn refuse_placeholder(field: &str, value: &str, errors: &mut Errors) {
    if value == PLACEHOLDER {
        errors.add(field, "must be sent anew; *** only stands for it");
    }
}

impl MonitorInput {
    /// The fields as they may be shown: each secret is replaced by `***`.
    pub fn shown(mut self) -> Self {
        self.each_secret(|_, secret| PLACEHOLDER.clone_into(secret));
        self
    }

    /// Puts the secrets of `current` where this one only has the placeholder that [`MonitorInput::shown`]
    /// has put there.
    pub fn keep_secrets(&mut self, current: &Self) {
        let mut known = current.clone();
        let mut secrets = std::collections::BTreeMap::new();
        known.each_secret(|name, secret| drop(secrets.insert(name.to_owned(), secret.clone())));
        self.each_secret(|name, secret| {
            if secret == PLACEHOLDER
                && let Some(kept) = secrets.get(name)
            {
                secret.clone_from(kept);
            }
        });
    }

    fn each_secret(&mut self, mut visit: impl FnMut(&str, &mut String)) {
        let Some(http) = &mut self.http else { return };
        match &mut http.auth {
            Some(HttpAuth::Basic { password, .. }) => visit("auth.password", password),
            Some(HttpAuth::Bearer { token }) => visit("auth.token", token),
            None => {}
        }
        for (name, value) in http.headers.iter_mut().flatten() {
            if crate::redact::is_sensitive(name) {
                visit(&format!("headers.{}", name.to_ascii_lowercase()), value);
            }
        }
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
