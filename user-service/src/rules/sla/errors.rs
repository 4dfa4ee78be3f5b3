//! The fields of a request that are not valid, while it is read.

use domain::monitor::FieldError;

/// What is wrong so far.
#[derive(Debug, Default)]
pub(super) struct Errors(pub(super) Vec<FieldError>);

impl Errors {
    pub(super) fn add<T>(&mut self, field: &str, wrong: &str) -> Option<T> {
        self.0.push(FieldError::new(field, wrong));
        None
    }

    pub(super) fn keep<T>(&mut self, read: Result<T, FieldError>) -> Option<T> {
        read.map_err(|error| self.0.push(error)).ok()
    }
}
