//! What a monitor is: the definition that user-service keeps and pingers carry out.

mod address;
mod input;
mod json_path;
mod kinds;
mod places;
mod secret;
mod spec;
#[cfg(test)]
mod tests;
mod waiting;

pub use self::address::{parse_endpoint, parse_url};
pub use self::json_path::{JsonPathError, parse_json_path};
pub use self::kinds::*;
pub use self::secret::SENT_ANEW;
pub use self::spec::{Definition, Spec, deadline_ms};
pub use crate::field_error::FieldError;
