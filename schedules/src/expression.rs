//! An expression with its time zone, as both are written and stored.

use std::borrow::Cow;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

use crate::error::ScheduleError;

/// How many characters an expression may have.
pub const MAX_EXPRESSION: usize = 100;

/// What is stored of a schedule that is an expression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Expression {
    pub(crate) expression: String,
    pub(crate) timezone: Cow<'static, str>,
}

impl Expression {
    pub(crate) fn new(expression: &str, zone: Tz) -> Self {
        Self {
            expression: expression.to_owned(),
            timezone: Cow::Borrowed(zone.name()),
        }
    }

    /// How the API's document describes it.
    pub(crate) fn schema(example: &str) -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let expression = text().max_length(Some(MAX_EXPRESSION)).examples([example]);
        let timezone = text()
            .description(Some("A name of the IANA database."))
            .examples(["Europe/Berlin"]);
        ObjectBuilder::new()
            .property("expression", expression)
            .required("expression")
            .property("timezone", timezone)
            .required("timezone")
            .into()
    }
}

/// The expression without white space around it, and the time zone.
pub(crate) fn read<'a>(expression: &'a str, timezone: &str) -> Result<(&'a str, Tz), ScheduleError> {
    let expression = expression.trim();
    if expression.is_empty() {
        return Err(ScheduleError::expression("it is empty"));
    }
    let length = expression.chars().count();
    if length > MAX_EXPRESSION {
        let message = format!("it has {length} characters, and {MAX_EXPRESSION} are allowed");
        return Err(ScheduleError::expression(message));
    }
    let zone = timezone.parse().map_err(|_| ScheduleError {
        field: "timezone",
        message: format!("`{}` is not a time zone such as Europe/Berlin", shown(timezone)),
    })?;
    Ok((expression, zone))
}

/// The beginning of what a user wrote, on one line, for a message.
pub(crate) fn shown(text: &str) -> String {
    let (text, more) = match text.char_indices().nth(40) {
        Some((end, _)) => (&text[..end], "…"),
        None => (text, ""),
    };
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .chain(more.chars())
        .collect()
}
