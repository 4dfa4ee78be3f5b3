//! Values by the document's schemas: of the right form, and mostly without sense.

use std::sync::LazyLock;

use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Map, Value, json};

use super::odd::{self, choose, one_of};

/// The document.
pub(super) static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(api::document()).unwrap_or_default());

/// Schemas that hold each other end here.
const DEPTH: usize = 6;

/// The operation in the document.
pub(super) fn operation(listed: api::Listed) -> &'static Value {
    &DOCUMENT["paths"][listed.path][listed.method.as_str().to_lowercase()]
}

/// The schema of an operation's request body.
pub(super) fn of_body(listed: api::Listed) -> &'static Value {
    &operation(listed)["requestBody"]["content"]["application/json"]["schema"]
}

/// What a reference leads to.
fn resolved(schema: &'static Value) -> &'static Value {
    let pointer = schema["$ref"].as_str().and_then(|text| text.strip_prefix('#'));
    pointer
        .and_then(|pointer| DOCUMENT.pointer(pointer))
        .unwrap_or(schema)
}

/// A value of this form.
pub(super) fn value(dice: &mut StdRng, schema: &'static Value) -> Value {
    within(dice, schema, DEPTH)
}

fn within(dice: &mut StdRng, schema: &'static Value, depth: usize) -> Value {
    let schema = resolved(schema);
    if depth == 0 {
        return Value::Null;
    }
    if let Some(these) = schema["enum"].as_array() {
        return one_of(dice, these).clone();
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        if let Some(these) = schema[several].as_array() {
            let one = one_of(dice, these);
            return within(dice, one, depth - 1);
        }
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => one_of(dice, kinds).as_str(),
        kind => kind.as_str(),
    };
    match kind {
        Some("object") => object(dice, schema, depth),
        Some("array") => {
            let fixed = schema["prefixItems"].as_array();
            let items: Vec<&'static Value> = match fixed {
                Some(items) => items.iter().collect(),
                None => vec![&schema["items"]; dice.random_range(0..4)],
            };
            items
                .into_iter()
                .map(|item| within(dice, item, depth - 1))
                .collect()
        }
        Some("integer") => json!(choose(
            dice,
            &[0, 1, 2, 5, 10, 60, 300, 1_000, 30_000, 86_400, 1 << 31]
        )),
        Some("number") => json!(dice.random::<f64>()),
        Some("boolean") => json!(dice.random::<bool>()),
        Some("null") => Value::Null,
        _ => json!(odd::string(dice)),
    }
}

fn object(dice: &mut StdRng, schema: &'static Value, depth: usize) -> Value {
    let mut object = Map::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if dice.random_bool(0.5) {
            object.insert(name.clone(), within(dice, property, depth - 1));
        }
    }
    if schema["additionalProperties"].is_object() {
        let value = within(dice, &schema["additionalProperties"], depth - 1);
        object.insert(odd::string(dice), value);
    }
    object.into()
}
