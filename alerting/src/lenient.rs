//! Reads what another version may have written in another form: it is left out, and the rest of the record holds.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

#[derive(Deserialize)]
#[serde(untagged)]
enum Lenient<T> {
    Read(T),
    Unreadable(IgnoredAny),
}

impl<T> Lenient<T> {
    fn read(self) -> Option<T> {
        match self {
            Self::Read(value) => Some(value),
            Self::Unreadable(IgnoredAny) => None,
        }
    }
}

/// A value, if it can be read.
pub(crate) fn option<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let value = Option::<Lenient<T>>::deserialize(deserializer)?;
    Ok(value.and_then(Lenient::read))
}

/// Those values that can be read, and whether there were others.
#[derive(Debug)]
pub(crate) struct Readable<T> {
    pub(crate) values: Vec<T>,
    pub(crate) is_part: bool,
}

impl<T> Default for Readable<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            is_part: false,
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Readable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let all = Vec::<Lenient<T>>::deserialize(deserializer)?;
        let count = all.len();
        let values: Vec<T> = all.into_iter().filter_map(Lenient::read).collect();
        Ok(Self {
            is_part: values.len() < count,
            values,
        })
    }
}
