//! Webhooks, signed as <https://www.standardwebhooks.com> says.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;
use utoipa::ToSchema;

use crate::channel::edit::{Configuration, Edit, PLACEHOLDER, Policy, address, without_path};
use crate::monitor::FieldError;
use crate::redact;

/// Begins the secret of a webhook.
const SECRET_PREFIX: &str = "whsec_";

/// The configuration of a channel of the kind `webhook`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// Where messages are posted to.
    pub url: String,
    /// Signs them, `whsec_…`; made when it is left out.
    pub secret: String,
    /// Signs them as well while the receiver changes over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_secret: Option<String>,
}

impl WebhookConfig {
    /// The keys that sign a message, the present one first; `None` when a secret is not one.
    pub fn signing_keys(&self) -> Option<Vec<Vec<u8>>> {
        let secrets = std::iter::once(&self.secret).chain(&self.previous_secret);
        secrets.map(|secret| signing_key(secret)).collect()
    }
}

/// `whsec_` and the base64 of 24 to 64 bytes.
fn signing_key(secret: &str) -> Option<Vec<u8>> {
    let key = STANDARD.decode(secret.strip_prefix(SECRET_PREFIX)?).ok()?;
    (24..=64).contains(&key.len()).then_some(key)
}

impl Configuration for WebhookConfig {
    const NAME: &'static str = "webhook";

    fn empty() -> Value {
        json!({"url": ""})
    }

    fn show(&self) -> Self {
        Self {
            url: redact::url(&self.url),
            secret: PLACEHOLDER.to_owned(),
            previous_secret: self.previous_secret.as_ref().map(|_| PLACEHOLDER.to_owned()),
        }
    }

    fn show_to_viewers(&self) -> Self {
        let shown = self.show();
        // The path and the query are often what makes a receiver listen.
        match Url::parse(&self.url) {
            Ok(url) if url.path() == "/" && url.query().is_none() => shown,
            _ => Self {
                url: without_path(&self.url),
                ..shown
            },
        }
    }

    fn show_new(&self) -> Self {
        Self {
            secret: self.secret.clone(),
            ..self.show()
        }
    }

    fn release(edit: &mut Edit<'_, Self>) -> Vec<FieldError> {
        if !edit.moves("url") {
            return Vec::new();
        }
        let (has_secret, has_previous) = (edit.is_given("secret"), edit.is_given("previous_secret"));
        if !has_previous {
            edit.fields.remove("previous_secret");
            edit.changed.push("previous_secret".to_owned());
        }
        match has_secret {
            true => Vec::new(),
            false => {
                let wrong = "must be entered again, or null for a new one: messages go to another scheme, host or port";
                vec![FieldError::new("config.secret", wrong)]
            }
        }
    }

    fn generate(edit: &mut Edit<'_, Self>, random: &[u8; 32]) -> bool {
        let secret = edit.fields.entry("secret").or_insert(Value::Null);
        let is_new = secret.is_null();
        if is_new {
            *secret = json!(format!("{SECRET_PREFIX}{}", STANDARD.encode(random)));
        }
        // The secret that is replaced goes on signing until the user gives it up.
        let replaced = edit.old.filter(|old| *secret != old.secret);
        if let Some(old) = replaced
            && !edit.is_given("previous_secret")
        {
            edit.fields
                .insert("previous_secret".to_owned(), json!(old.secret));
        }
        is_new
    }

    fn check(&mut self, policy: &Policy) -> Vec<FieldError> {
        let mut errors = Vec::new();
        match address("config.url", &self.url, policy) {
            Ok(url) => self.url = url,
            Err(error) => errors.push(error),
        }
        let secret = ("config.secret", Some(&self.secret));
        let previous = ("config.previous_secret", self.previous_secret.as_ref());
        for (field, secret) in [secret, previous] {
            if secret.is_some_and(|secret| signing_key(secret).is_none()) {
                let wrong = "must be whsec_ and the base64 of 24 to 64 random bytes";
                errors.push(FieldError::new(field, wrong));
            }
        }
        errors
    }
}
