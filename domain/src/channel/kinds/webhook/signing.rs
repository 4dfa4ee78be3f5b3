//! The secrets that sign what is posted to a webhook, as <https://www.standardwebhooks.com> says.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::{Value, json};
use url::Url;

use crate::channel::edit::{Edit, PLACEHOLDER, without_path};
use crate::monitor::FieldError;
use crate::redact;

/// Begins the secret of a webhook.
const SECRET_PREFIX: &str = "whsec_";

/// The keys of the present secret and of the previous one; `None` when one is not a secret.
pub(super) fn keys(secret: &str, previous: Option<&str>) -> Option<Vec<Vec<u8>>> {
    std::iter::once(secret).chain(previous).map(key).collect()
}

/// `whsec_` and the base64 of 24 to 64 bytes.
fn key(secret: &str) -> Option<Vec<u8>> {
    let key = STANDARD.decode(secret.strip_prefix(SECRET_PREFIX)?).ok()?;
    (24..=64).contains(&key.len()).then_some(key)
}

/// What is wrong with the secrets.
pub(super) fn check(secret: &str, previous: Option<&str>) -> Vec<FieldError> {
    let given = [
        ("config.secret", Some(secret)),
        ("config.previous_secret", previous),
    ];
    let is_wrong = |secret: Option<&str>| secret.is_some_and(|secret| key(secret).is_none());
    let wrong = "must be whsec_ and the base64 of 24 to 64 random bytes";
    let named = given.into_iter().filter(|(_, secret)| is_wrong(*secret));
    named.map(|(field, _)| FieldError::new(field, wrong)).collect()
}

/// What stands for the secrets.
pub(super) fn shown(previous: Option<&String>) -> (String, Option<String>) {
    (PLACEHOLDER.to_owned(), previous.map(|_| PLACEHOLDER.to_owned()))
}

/// The address as those see it who may not change it: the path and the query are often what makes a receiver listen.
pub(super) fn shown_to_viewers(address: &str) -> String {
    match Url::parse(address) {
        Ok(url) if url.path() == "/" && url.query().is_none() => redact::url(address),
        _ => without_path(address),
    }
}

/// The secrets are bound to where messages go: the present one has to be given for another place, and the previous one
/// does not follow.
pub(super) fn release<C: Serialize>(edit: &mut Edit<'_, C>) -> Vec<FieldError> {
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
            let wrong =
                "must be entered again, or null for a new one: messages go to another scheme, host or port";
            vec![FieldError::new("config.secret", wrong)]
        }
    }
}

/// Makes the secret that the user leaves to us, and has the one that is replaced go on signing until the user gives it
/// up. Answers whether one was made.
pub(super) fn generate<C: Serialize>(edit: &mut Edit<'_, C>, old: Option<&str>, random: &[u8; 32]) -> bool {
    let secret = edit.fields.entry("secret").or_insert(Value::Null);
    let is_new = secret.is_null();
    if is_new {
        *secret = json!(format!("{SECRET_PREFIX}{}", STANDARD.encode(random)));
    }
    let replaced = old.filter(|old| *secret != **old);
    if let Some(old) = replaced
        && !edit.is_given("previous_secret")
    {
        edit.fields.insert("previous_secret".to_owned(), json!(old));
    }
    is_new
}
