//! Answers of the API against its OpenAPI document.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(api::document()).expect("the document is JSON"));

/// Requires that the document has an answer of the API: its status, media type and body. Answers of addresses that are
/// not of the API pass.
///
/// # Panics
/// When the document does not have it.
#[track_caller]
pub fn assert_documented(method: &str, path: &str, status: u16, media_type: &str, body: &str) {
    if let Err(wrong) = documented(method, path, status, media_type, body) {
        panic!("{wrong}");
    }
}

/// Whether the document has an answer of the API, as [`assert_documented`] requires.
///
/// # Errors
/// What the document does not have.
pub fn documented(method: &str, path: &str, status: u16, media_type: &str, body: &str) -> Result<(), String> {
    let path = path.split('?').next().unwrap_or_default();
    let Some(path) = path.strip_prefix(api::PREFIX) else {
        return Ok(());
    };
    let Some((template, operation)) = operation(method, path) else {
        return match status {
            401 | 404 | 405 => Ok(()),
            _ => Err(format!(
                "{method} {path} is not documented, but is answered {status}"
            )),
        };
    };
    let what = format!("{method} {template}, answered {status}");
    let documented = &operation["responses"][status.to_string()];
    if documented.is_null() {
        return Err(format!("{what}: the document does not have this status"));
    }
    let documented = resolved(documented);
    let Some(content) = documented["content"].as_object() else {
        return match body {
            "" => Ok(()),
            _ => Err(format!("{what}: the document has no body: {body}")),
        };
    };
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    let Some(content) = content.get(media_type) else {
        return Err(format!("{what}: the document does not have {media_type:?}"));
    };
    if !media_type.ends_with("json") {
        return Ok(());
    }
    let value: Value = match serde_json::from_str(body) {
        Ok(value) => value,
        // Deeper than is read here, and than the API takes; older rows may be.
        Err(error) if error.to_string().starts_with("recursion limit") => return Ok(()),
        Err(error) => return Err(format!("{what}: {error}: {body}")),
    };
    match mismatch(&content["schema"], &value) {
        Some(wrong) => Err(format!("{what}: the body is not as documented: {wrong}: {body}")),
        None => Ok(()),
    }
}

/// Where and why a value does not fit a schema of the document.
fn mismatch(schema: &'static Value, value: &Value) -> Option<String> {
    let validator = validator(schema);
    let error = validator.iter_errors(value).next()?;
    Some(format!("{} at {:?}", error, error.instance_path().to_string()))
}

/// The validator of a schema of the document. Each is made once, for that takes longer than most requests.
fn validator(schema: &'static Value) -> Arc<Validator> {
    static MADE: Mutex<BTreeMap<usize, Arc<Validator>>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let made = made.entry(std::ptr::from_ref(schema).addr());
    let validator = made.or_insert_with(|| {
        let schema = json!({"allOf": [schema], "components": DOCUMENT["components"]});
        Arc::new(jsonschema::draft202012::new(&schema).expect("the document's schemas are valid"))
    });
    Arc::clone(validator)
}

/// The operation of an address: one without parameters comes before one with.
fn operation(method: &str, path: &str) -> Option<(&'static str, &'static Value)> {
    let method = method.to_lowercase();
    let paths = DOCUMENT["paths"].as_object()?;
    let fits = paths
        .iter()
        .filter(|(template, item)| fits(template, path) && item.get(&method).is_some());
    let (template, item) = fits.min_by_key(|(template, _)| template.matches('{').count())?;
    Some((template, &item[&method]))
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template
            .zip(path)
            .all(|(template, part)| template.starts_with('{') || template == part)
}

/// What a reference leads to.
fn resolved(value: &'static Value) -> &'static Value {
    let reference = value["$ref"].as_str().and_then(|text| text.strip_prefix('#'));
    reference
        .and_then(|pointer| DOCUMENT.pointer(pointer))
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = "application/json";

    fn is_refused(method: &str, path: &str, status: u16, media_type: &str, body: &str) -> bool {
        std::panic::catch_unwind(|| assert_documented(method, path, status, media_type, body)).is_err()
    }

    #[test]
    fn an_answer_that_is_not_documented_is_refused() {
        let note = r#"{"status": 404, "type": "about:blank", "title": "Not Found", "detail": "no"}"#;
        let problem = "application/problem+json";
        assert_documented("GET", "/api/v1/monitors/7?x=1", 404, problem, note);
        assert_documented("DELETE", "/api/v1/monitors/7", 204, "", "");
        assert_documented("GET", "/somewhere/else", 418, JSON, "{}");
        assert!(is_refused("GET", "/api/v1/monitors/7", 418, problem, note));
        assert!(is_refused("GET", "/api/v1/monitors/7", 404, JSON, note));
        assert!(is_refused("GET", "/api/v1/monitors/7", 404, problem, "{}"));
        assert!(is_refused("GET", "/api/v1/monitors/7", 200, JSON, r#"{"id": 7}"#));
        assert!(is_refused("DELETE", "/api/v1/monitors/7", 204, JSON, "{}"));
        assert!(is_refused("GET", "/api/v1/nothing", 200, JSON, "{}"));
    }
}
