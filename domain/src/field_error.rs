//! Fields that are not valid.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A field that is not valid, with a sentence that continues its name: "`url` must start with …".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// The field's name in JSON; nested fields are joined by dots.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

impl FieldError {
    /// Names a field and what is wrong with it.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// The errors found so far.
#[derive(Default)]
pub(crate) struct Errors(pub(crate) Vec<FieldError>);

impl Errors {
    pub(crate) fn add(&mut self, field: &str, message: impl Into<String>) {
        self.0.push(FieldError::new(field, message));
    }

    /// Requires a number from `low` to `high`.
    pub(crate) fn range(&mut self, field: &str, value: u32, low: u32, high: u32) {
        if !(low..=high).contains(&value) {
            self.add(field, format!("must be {low} to {high}"));
        }
    }

    /// Requires a text that is not empty and not longer than `max` bytes.
    pub(crate) fn text(&mut self, field: &str, text: Option<&str>, max: usize) {
        if text.is_some_and(|text| text.is_empty() || text.len() > max) {
            self.add(field, format!("must have 1 to {max} bytes"));
        }
    }
}
