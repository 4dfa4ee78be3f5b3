//! JSON columns that may hold what cannot be read.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio_postgres::types::{FromSql, Json, Type};

/// A JSON column that may hold what this version cannot read: another version has written it, or a hand. Its row
/// is still there to be listed, changed and removed.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored<T> {
    /// It was read.
    Read(T),
    /// It cannot be read.
    Unreadable {
        /// Why, without anything that is stored.
        why: String,
        /// What is stored; null when even that cannot be told.
        json: serde_json::Value,
    },
}

impl<T> Stored<T> {
    /// What was read.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Read(value) => Some(value),
            Self::Unreadable { .. } => None,
        }
    }

    /// What was read; what cannot be is counted as a `what` that was left out.
    pub fn or_left_out(self, what: &'static str, id: i64) -> Option<T> {
        match self {
            Self::Read(value) => Some(value),
            Self::Unreadable { why, .. } => {
                crate::items::left_out(what, Some(id), &why);
                None
            }
        }
    }
}

impl<'a, T: DeserializeOwned> FromSql<'a> for Stored<T> {
    fn from_sql(ty: &Type, column: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        let Json(raw) = Json::<&'a RawValue>::from_sql(ty, column)?;
        Ok(match serde_json::from_str(raw.get()) {
            Ok(value) => Self::Read(value),
            Err(error) => Self::Unreadable {
                why: crate::items::describe(&error),
                json: serde_json::from_str(raw.get()).unwrap_or_default(),
            },
        })
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::JSON | Type::JSONB)
    }
}
