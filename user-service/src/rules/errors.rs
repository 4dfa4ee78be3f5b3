//! The errors of an input that were found so far.

use domain::monitor::FieldError;

/// The errors of an input that were found so far.
#[derive(Default)]
pub(crate) struct Errors(pub(crate) Vec<FieldError>);

impl Errors {
    /// Notes an error; answers nothing.
    pub(crate) fn add<T>(&mut self, field: &str, wrong: &str) -> Option<T> {
        self.0.push(FieldError::new(field, wrong));
        None
    }

    /// What was read, unless that is an error.
    pub(crate) fn keep<T>(&mut self, read: Result<T, FieldError>) -> Option<T> {
        read.map_err(|error| self.0.push(error)).ok()
    }

    /// What was read of a field that is made of others, whose errors are named after it.
    pub(crate) fn nested<T>(&mut self, field: &str, read: Result<T, Vec<FieldError>>) -> Option<T> {
        let named = |error: FieldError| FieldError::new(format!("{field}.{}", error.field), error.message);
        read.map_err(|errors| self.0.extend(errors.into_iter().map(named)))
            .ok()
    }

    /// What belongs to another kind of thing was given.
    pub(crate) fn refuse(&mut self, field: &str, is_given: bool, other: &str) {
        if is_given {
            self.add::<()>(field, &format!("belongs to a {other}"));
        }
    }

    /// What is given, or else what was.
    pub(crate) fn parsed<T: std::str::FromStr>(
        &mut self,
        field: &str,
        given: Option<&str>,
        old: Option<T>,
        wrong: &str,
    ) -> Option<T> {
        match given {
            Some(text) => text.parse().ok().or_else(|| self.add(field, wrong)),
            None => old.or_else(|| self.add(field, "is required")),
        }
    }
}
