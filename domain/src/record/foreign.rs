//! The forms in which other languages write a record's fields. What can mean only one thing is taken.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use chrono::NaiveDateTime;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::ids::MonitorId;
use crate::time::Timestamp;

/// The largest number up to which 64 bits with a fraction hold each integer.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// A whole number, also one that is written with a fraction: `200.0`.
struct Whole<T>(T);

impl<'de, T: TryFrom<i64>> Deserialize<'de> for Whole<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WholeVisitor(PhantomData))
    }
}

struct WholeVisitor<T>(PhantomData<T>);

impl<T: TryFrom<i64>> Visitor<'_> for WholeVisitor<T> {
    type Value = Whole<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Whole<T>, E> {
        let number = T::try_from(number);
        number.map(Whole).map_err(|_| E::custom("out of range"))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Whole<T>, E> {
        let number = i64::try_from(number).map_err(|_| E::custom("out of range"))?;
        self.visit_i64(number)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Whole<T>, E> {
        if number.fract() != 0.0 || number.abs() > MAX_SAFE_INTEGER {
            return Err(E::custom("must be a whole number"));
        }
        self.visit_i64(number as i64)
    }
}

/// A whole number or null.
pub(super) fn whole<'de, D: Deserializer<'de>, T: TryFrom<i64>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let number = Option::<Whole<T>>::deserialize(deserializer)?;
    Ok(number.map(|whole| whole.0))
}

/// Whether [`whole`] takes a value.
pub(super) fn is_whole<T: TryFrom<i64>>(value: &Value) -> bool {
    whole::<_, T>(value).is_ok()
}

/// A monitor's number.
pub(super) fn monitor_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<MonitorId, D::Error> {
    let Whole(id) = Whole::<i64>::deserialize(deserializer)?;
    Ok(MonitorId(id))
}

/// A latency is a fraction in most languages: it is rounded.
pub(super) fn milliseconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    match Option::<f64>::deserialize(deserializer)? {
        None => Ok(None),
        Some(ms) if (0.0..=f64::from(u32::MAX)).contains(&ms) => Ok(Some(ms.round() as u32)),
        Some(_) => Err(D::Error::custom("must be 0 to 4294967295")),
    }
}

/// A text; null is none.
pub(super) fn text_or_null<'de, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'a, str>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.map(Cow::Owned).unwrap_or_default())
}

/// An instant in any form that means one only.
struct Instant(Timestamp);

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(InstantVisitor)
    }
}

struct InstantVisitor;

impl Visitor<'_> for InstantVisitor {
    type Value = Instant;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an RFC 3339 instant such as 2026-11-21T10:00:00.123Z, or a number since the Unix epoch")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Instant, E> {
        let error = match Timestamp::parse_any_offset(text) {
            Ok(at) => return Ok(Instant(at)),
            Err(error) => error,
        };
        let is_naive = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
            .iter()
            .any(|form| NaiveDateTime::parse_from_str(text, form).is_ok());
        Err(if is_naive {
            E::custom(
                "has no offset from UTC, without which it can be any of several instants: end it with Z or +02:00",
            )
        } else {
            E::custom(error)
        })
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Instant, E> {
        self.visit_f64(number as f64)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Instant, E> {
        self.visit_f64(number as f64)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Instant, E> {
        let at = since_epoch(number);
        at.map(Instant).ok_or_else(|| {
            E::custom(
                "is no number of seconds, milliseconds, microseconds or nanoseconds since 1970, from 1973 on",
            )
        })
    }
}

/// Of a number since the Unix epoch its size tells the unit: no two units have a number in common for the years
/// 1973 to 5138.
fn since_epoch(number: f64) -> Option<Timestamp> {
    let millis = match number {
        1e8..1e11 => number * 1e3,
        1e11..1e14 => number,
        1e14..1e17 => number / 1e3,
        1e17..1e20 => number / 1e6,
        _ => return None,
    };
    Some(Timestamp::from_millis(millis.round() as i64))
}

/// An instant.
pub(super) fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    Ok(Instant::deserialize(deserializer)?.0)
}

/// An instant or null.
pub(super) fn instant_or_null<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    let at = Option::<Instant>::deserialize(deserializer)?;
    Ok(at.map(|at| at.0))
}

/// Whether [`instant_or_null`] takes a value.
pub(super) fn is_instant(value: &Value) -> bool {
    instant_or_null(value).is_ok()
}
