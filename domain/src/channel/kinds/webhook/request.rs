//! What users choose of the request that a webhook gets.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{Array, ArrayBuilder, ObjectBuilder, Type};

use super::WebhookConfig;
use crate::channel::edit::{Edit, PLACEHOLDER};
use crate::channel::template::{BodyForm, Template};
use crate::header;
use crate::monitor::FieldError;

/// The method of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum WebhookMethod {
    /// POST.
    #[default]
    Post,
    /// PUT.
    Put,
    /// PATCH.
    Patch,
}

impl WebhookMethod {
    /// As it stands in a request.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
        }
    }
}

/// In which form the body is that a template makes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum WebhookContentType {
    /// JSON.
    #[default]
    #[serde(rename = "application/json")]
    Json,
    /// The fields of a form, percent-encoded.
    #[serde(rename = "application/x-www-form-urlencoded")]
    Form,
    /// Plain text.
    #[serde(rename = "text/plain")]
    Text,
}

impl WebhookContentType {
    /// As it stands in a request.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
            Self::Text => "text/plain; charset=utf-8",
        }
    }

    fn form(self) -> BodyForm {
        match self {
            Self::Json => BodyForm::Json,
            Self::Form => BodyForm::Form,
            Self::Text => BodyForm::Text,
        }
    }
}

/// A header that is sent with each message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookHeader {
    /// Its name.
    pub name: String,
    /// Its value, which is a secret.
    #[serde(default)]
    pub value: String,
}

const MAX_HEADERS: usize = 20;

/// Bytes of all names and values together: more than that many servers do not take.
const MAX_HEADER_BYTES: usize = 8 * 1024;

/// What belongs to the connection or is set by us; also those that say how the body is to be read or by whom it was sent.
const RESERVED: [&str; 17] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
];

/// The schema of the headers, which has a component of its own nowhere.
pub(super) fn headers_schema() -> Array {
    let text = |about: &str| {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(about))
    };
    let header = ObjectBuilder::new()
        .property("name", text("Its name."))
        .required("name")
        .property("value", text("Its value."))
        .required("value");
    let about = "Headers of each request, at most 20. Their values are secrets, which are shown as `***`; one that comes \
                 back as that is kept.";
    ArrayBuilder::new().items(header).description(Some(about)).build()
}

/// The headers as they may be shown.
pub(super) fn shown(headers: Option<&Vec<WebhookHeader>>) -> Option<Vec<WebhookHeader>> {
    let hidden = |header: &WebhookHeader| WebhookHeader {
        name: header.name.clone(),
        value: PLACEHOLDER.to_owned(),
    };
    headers.map(|headers| headers.iter().map(hidden).collect())
}

/// Puts the values of the headers that come back as they were shown in their place, and names those of them that would go
/// to another address.
pub(super) fn release_headers(edit: &mut Edit<'_, WebhookConfig>) -> Vec<FieldError> {
    let old: Vec<WebhookHeader> = edit.old.and_then(|old| old.headers.clone()).unwrap_or_default();
    let is_given = edit.is_given("headers");
    let moves = edit.moves("url");
    let Some(Value::Array(headers)) = edit.fields.get_mut("headers") else {
        return Vec::new();
    };
    let mut kept = Vec::new();
    for (index, header) in headers.iter_mut().enumerate() {
        let Some(header) = header.as_object_mut() else {
            continue;
        };
        if !is_given {
            kept.push(index);
        } else if header.get("value").is_some_and(|value| value == PLACEHOLDER)
            && let Some(known) = old.iter().find(|old| is_named(header, &old.name))
        {
            header.insert("value".to_owned(), json!(known.value));
            kept.push(index);
        }
    }
    if !moves {
        return Vec::new();
    }
    let wrong = "must be entered again: messages go to another scheme, host or port";
    kept.into_iter()
        .map(|index| FieldError::new(format!("config.headers.{index}.value"), wrong))
        .collect()
}

fn is_named(header: &Map<String, Value>, name: &str) -> bool {
    let given = header.get("name").and_then(Value::as_str);
    given.is_some_and(|given| given.eq_ignore_ascii_case(name))
}

/// What is wrong with the headers.
pub(super) fn check_headers(headers: &[WebhookHeader]) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut add = |field: String, wrong: &str| errors.push(FieldError::new(field, wrong));
    let whole = "config.headers".to_owned();
    if headers.len() > MAX_HEADERS {
        add(whole, "must be at most 20");
        return errors;
    }
    let bytes: usize = headers
        .iter()
        .map(|header| header.name.len() + header.value.len())
        .sum();
    if bytes > MAX_HEADER_BYTES {
        add(whole, "must have at most 8192 bytes together");
    }
    for (index, WebhookHeader { name, value }) in headers.iter().enumerate() {
        let field = format!("config.headers.{index}.name");
        let is_again = |other: &WebhookHeader| other.name.eq_ignore_ascii_case(name);
        if !header::is_name(name) {
            add(field, "must be the name of a header");
        } else if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
            add(field, "must not be one of those that are set for each request");
        } else if headers[..index].iter().any(is_again) {
            add(field, "must not be that of another header");
        }
        let field = format!("config.headers.{index}.value");
        if value == PLACEHOLDER {
            add(field, "must be sent anew; *** only stands for it");
        } else if !is_value(value) {
            add(field, "must be printable ASCII without spaces around it");
        }
    }
    errors
}

fn is_value(value: &str) -> bool {
    let is_printable = |b: u8| b == b' ' || b.is_ascii_graphic();
    !value.is_empty() && value.trim() == value && value.bytes().all(is_printable)
}

/// The template of the body, when there is one.
///
/// # Errors
/// What is wrong with it, or with a content type that only a template has.
pub(super) fn template(
    body: Option<&str>,
    content_type: Option<WebhookContentType>,
) -> Result<Option<Template>, FieldError> {
    let content_type = content_type.unwrap_or_default();
    match body {
        Some(body) => Template::parse(body, content_type.form())
            .map(Some)
            .map_err(|error| FieldError::new("config.body", error.to_string())),
        None if content_type != WebhookContentType::Json => {
            let wrong = "must be application/json unless there is a body";
            Err(FieldError::new("config.content_type", wrong))
        }
        None => Ok(None),
    }
}
