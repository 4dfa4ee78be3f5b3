//! How a user's fields become the configuration of a channel.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use url::Url;

use crate::json;
use crate::monitor::{FieldError, parse_url};

/// Ends the form in which an address with a secret path is shown.
const CUT: char = '…';

/// Shown in a secret's place.
pub(super) const PLACEHOLDER: &str = "***";

/// What an edit depends on besides the fields.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Whether messages may be posted to addresses without TLS.
    pub allow_http: bool,
    /// Fresh random bytes, for a secret that the user leaves to us.
    pub random: [u8; 32],
}

/// A valid configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited<C> {
    /// The configuration.
    pub config: C,
    /// Whether its secret was generated for it, and is to be shown this once.
    pub secret_is_new: bool,
}

/// What each kind of channel and destination has to say of itself. The type is what is sealed of one.
pub(super) trait Configuration: Clone + Serialize + DeserializeOwned {
    /// The name in the API and in the database, and the label of the kind's metrics.
    const NAME: &'static str;

    /// Whether channels of the kind are notified of acknowledgements.
    const RECEIVES_ACKNOWLEDGEMENTS: bool = false;

    /// Whether the service keeps incidents of its own, each of which a message about it alone begins, and another one
    /// ends: it is sent none about several.
    const KEEPS_INCIDENTS: bool = false;

    /// The fields that are shown as `***`.
    const SECRETS: &'static [&'static str] = &[];

    /// The field with an address whose path or query is the credential: it is shown without them.
    const SECRET_ADDRESS: Option<&'static str> = None;

    /// The field with the address that the secrets are sent to, where users choose it.
    const SENT_TO: Option<&'static str> = None;

    /// The required fields with empty values, so that each one that is left out is named at once.
    fn empty() -> Value;

    /// With its secrets hidden.
    fn show(&self) -> Self {
        let mut fields = fields_of(self);
        for name in Self::SECRETS {
            match fields.get_mut(*name) {
                Some(value) if !value.is_null() => *value = json!(PLACEHOLDER),
                _ => {}
            }
        }
        if let Some(address) = Self::SECRET_ADDRESS.and_then(|name| fields.get_mut(name)) {
            *address = json!(without_path(address.as_str().unwrap_or_default()));
        }
        // Secrets are texts, as what stands for them is.
        serde_json::from_value(Value::Object(fields)).unwrap_or_else(|_| self.clone())
    }

    /// With its secrets hidden but for the one that was just generated.
    fn show_new(&self) -> Self {
        self.show()
    }

    /// As those see it who may not change channels: also without what an address may hold.
    fn show_to_viewers(&self) -> Self {
        self.show()
    }

    /// What is wrong with secrets that are kept while messages go to another address: each secret is bound to where it
    /// is used.
    fn release(edit: &mut Edit<'_, Self>) -> Vec<FieldError> {
        bound_secrets(edit)
    }

    /// Fills in the secret that the user leaves to us, and answers whether one was generated.
    fn generate(_edit: &mut Edit<'_, Self>, _random: &[u8; 32]) -> bool {
        false
    }

    /// Brings it to its normal form, and says what is wrong with it. The fields are named from `config` on.
    fn check(&mut self, policy: &Policy) -> Vec<FieldError>;
}

/// An edit under way.
pub(super) struct Edit<'a, C> {
    /// What the configuration will be made of.
    pub(super) fields: Map<String, Value>,
    /// Names of the fields that the user changes.
    pub(super) changed: Vec<String>,
    /// The configuration before, if there was one.
    pub(super) old: Option<&'a C>,
}

impl<C: Serialize> Edit<'_, C> {
    /// Whether the user gives this field anew.
    pub(super) fn is_given(&self, name: &str) -> bool {
        self.changed.iter().any(|changed| changed == name)
    }

    /// Whether the address in a field is one of another scheme, host or port than before.
    pub(super) fn moves(&self, field: &str) -> bool {
        let origin = |fields: &Map<String, Value>| {
            let address = fields.get(field).and_then(Value::as_str)?;
            parse_url(address).ok().map(|url| url.origin())
        };
        let old = self.old.and_then(|old| origin(&fields_of(old)));
        let new = origin(&self.fields);
        old.is_some() && new.is_some() && old != new
    }
}

/// The configuration that the fields `given` make of `old`, or of nothing, and whether a secret was generated. What
/// is sent back as it was shown stays as it is.
pub(super) fn edit<C: Configuration>(
    given: Map<String, Value>,
    old: Option<&C>,
    policy: &Policy,
) -> Result<(C, bool), Vec<FieldError>> {
    let shown = old.map(|old| fields_of(&old.show())).unwrap_or_default();
    let mut fields = old.map(fields_of).unwrap_or_default();
    let mut changed = Vec::new();
    for (name, value) in given {
        if shown.get(&name) != Some(&value) {
            changed.push(name.clone());
            fields.insert(name, value);
        }
    }
    if let Value::Object(required) = C::empty() {
        for (name, empty) in required {
            fields.entry(name).or_insert(empty);
        }
    }
    let mut edit = Edit { fields, changed, old };
    let mut errors = C::release(&mut edit);
    let secret_is_new = C::generate(&mut edit, &policy.random);
    let placeholders = placeholders::<C>(&edit.fields);
    let mut config: C = typed(edit.fields).map_err(|error| vec![error])?;
    errors.extend(config.check(policy));
    errors.retain(|error| !placeholders.iter().any(|other| other.field == error.field));
    errors.extend(placeholders);
    match errors.is_empty() {
        true => Ok((config, secret_is_new)),
        false => Err(errors),
    }
}

/// Secrets that are kept although the address that they are sent to is another one.
pub(super) fn bound_secrets<C: Configuration>(edit: &Edit<'_, C>) -> Vec<FieldError> {
    if !C::SENT_TO.is_some_and(|field| edit.moves(field)) {
        return Vec::new();
    }
    let old = edit.old.map(fields_of).unwrap_or_default();
    let is_kept = |name: &&&str| old.contains_key(**name) && !edit.is_given(name);
    let kept = C::SECRETS.iter().filter(is_kept);
    let wrong = "must be entered again: messages go to another scheme, host or port";
    kept.map(|name| FieldError::new(format!("config.{name}"), wrong))
        .collect()
}

/// Secrets that are only what stands for one.
fn placeholders<C: Configuration>(fields: &Map<String, Value>) -> Vec<FieldError> {
    let is_placeholder = |name: &&&str| fields.get(**name).is_some_and(|value| value == PLACEHOLDER);
    let wrong = "must be sent anew; *** only stands for it";
    let names = C::SECRETS.iter().filter(is_placeholder);
    names
        .map(|name| FieldError::new(format!("config.{name}"), wrong))
        .collect()
}

fn fields_of(config: &impl Serialize) -> Map<String, Value> {
    match json!(config) {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn typed<C: DeserializeOwned>(fields: Map<String, Value>) -> Result<C, FieldError> {
    #[derive(serde::Deserialize)]
    struct Outer<C> {
        config: C,
    }
    // The outer object has errors name the fields from `config` on.
    json::from_value(json!({"config": fields})).map(|outer: Outer<C>| outer.config)
}

/// An address that messages may be posted to, in its normal form.
pub(super) fn address(field: &str, text: &str, policy: &Policy) -> Result<String, FieldError> {
    let wrong = |message: &str| FieldError::new(field, message);
    if text.contains(CUT) || text.contains(PLACEHOLDER) {
        return Err(wrong("is the shortened form; give the whole address"));
    }
    let url = parse_url(text).map_err(wrong)?;
    if url.scheme() != "https" && !policy.allow_http {
        return Err(wrong("must start with https://"));
    }
    Ok(url.into())
}

/// Of an address the part that tells where messages go, and nothing that may be a secret.
pub(super) fn without_path(address: &str) -> String {
    match Url::parse(address) {
        Ok(url) => format!("{}/{CUT}", url.origin().ascii_serialization()),
        Err(_) => CUT.to_string(),
    }
}

#[cfg(test)]
mod tests;
