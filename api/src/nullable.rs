//! Fields of a change that may be left out, and may be null.

use serde::{Deserialize, Deserializer};

/// What is given, null or not; with `default`, what is left out is `None`.
pub(crate) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    value: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(value).map(Some)
}
