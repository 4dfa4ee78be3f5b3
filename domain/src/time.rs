//! Instants on the wire and in the fold: Unix milliseconds, written as RFC 3339 in UTC. That form knows the
//! years 0000 to 9999 and no others; what is written can always be read back.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::ToSchema;

/// An instant in milliseconds since the Unix epoch. Serialised as RFC 3339 UTC with milliseconds
/// (`2026-11-21T10:00:00.123Z`); any offset is accepted when parsing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = String, format = DateTime)]
pub struct Timestamp(i64);

/// The text is not an RFC 3339 instant, or one that in UTC lies outside of the years that can be written.
#[derive(Debug, thiserror::Error)]
#[error("not an RFC 3339 instant of the years 0000 to 9999 (UTC), such as 2026-11-21T10:00:00.123Z")]
pub struct ParseTimestampError;

/// 0000-01-01T00:00:00.000Z, the first instant that can be written.
const FIRST_MS: i64 = -62_167_219_200_000;
/// 9999-12-31T23:59:59.999Z, the last one.
const LAST_MS: i64 = 253_402_300_799_999;

impl Timestamp {
    /// From milliseconds since the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Later by `millis` (earlier when negative), saturating at the ends of the range.
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to `self`; negative when `earlier` is later.
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads what [`FromStr`] does, and offsets without a colon: `+0200`.
    pub(crate) fn parse_any_offset(text: &str) -> Result<Self, ParseTimestampError> {
        text.parse().or_else(|error| {
            let at = text.parse::<DateTime<FixedOffset>>().ok();
            at.and_then(Self::with_a_form).ok_or(error)
        })
    }

    /// An offset can carry the last hours of 9999 into a year that has no form.
    fn with_a_form(at: DateTime<FixedOffset>) -> Option<Self> {
        let millis = at.timestamp_millis();
        (FIRST_MS..=LAST_MS).contains(&millis).then_some(Self(millis))
    }

    /// As a chrono instant. One that cannot be written, which only arithmetic can make, becomes the nearest that
    /// can.
    pub fn to_datetime(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0.clamp(FIRST_MS, LAST_MS)).unwrap_or_default()
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at.timestamp_millis())
    }
}

impl From<Timestamp> for DateTime<Utc> {
    fn from(at: Timestamp) -> Self {
        at.to_datetime()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = canonical(self.to_datetime());
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(at) = parse_canonical(text.as_bytes()) {
            return Ok(at);
        }
        let at = DateTime::parse_from_rfc3339(text).map_err(|_| ParseTimestampError)?;
        Self::with_a_form(at).ok_or(ParseTimestampError)
    }
}

/// The form in which we write ourselves, `2026-11-21T10:00:00.123Z`. It is most of what is read as well, many
/// times a record, and chrono's general way costs several times as much.
const CANONICAL: &[u8; 24] = b"0000-00-00T00:00:00.000Z";

/// The digits of the canonical form: where each number begins and how long it is.
const NUMBERS: [(usize, usize); 7] = [(0, 4), (5, 2), (8, 2), (11, 2), (14, 2), (17, 2), (20, 3)];

/// Of an instant that can be written.
fn canonical(at: DateTime<Utc>) -> [u8; 24] {
    let milli = at.timestamp_subsec_millis();
    let numbers = [
        at.year().unsigned_abs(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        milli,
    ];
    let mut text = *CANONICAL;
    for ((start, len), mut number) in NUMBERS.into_iter().zip(numbers) {
        for digit in text[start..start + len].iter_mut().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
        }
    }
    text
}

fn parse_canonical(text: &[u8]) -> Option<Timestamp> {
    if text.len() != CANONICAL.len() {
        return None;
    }
    let fits = |(&byte, &form): (&u8, &u8)| match form {
        b'0' => byte.is_ascii_digit(),
        _ => byte == form,
    };
    if !text.iter().zip(CANONICAL).all(fits) {
        return None;
    }
    let [year, month, day, hour, minute, second, milli] = NUMBERS.map(|(start, len)| {
        let digits = text[start..start + len].iter();
        digits.fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
    });
    // A leap second is left to the general way.
    let at = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?
        .and_hms_milli_opt(hour, minute, second, milli)?;
    Some(Timestamp(at.and_utc().timestamp_millis()))
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Timestamp;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an RFC 3339 instant")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_in_utc_with_milliseconds_and_read_with_any_offset() {
        let at: Timestamp = "2026-11-21T12:00:00.1234+02:00".parse().unwrap();
        assert_eq!(at.to_string(), "2026-11-21T10:00:00.123Z");
        assert!("2026-11-21 10:00".parse::<Timestamp>().is_err());
        for wrong in [
            "2026-13-01T10:00:00.000Z",
            "2026-02-29T10:00:00.000Z",
            "2026-02-28T24:00:00.000Z",
        ] {
            assert!(wrong.parse::<Timestamp>().is_err(), "{wrong}");
        }
        let leap: Timestamp = "2016-12-31T23:59:60.000Z".parse().unwrap();
        assert_eq!(leap.to_string(), "2017-01-01T00:00:00.000Z");
    }

    #[test]
    fn an_instant_without_a_form_is_refused_and_never_written() {
        for text in [
            "9999-12-31T23:59:59-23:59",
            "9999-12-31T23:59:60Z",
            "0000-01-01T00:00:00+00:01",
            "+10000-01-01T00:00:00.000Z",
            "-0001-12-31T23:59:59Z",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
            assert!(
                serde_json::from_value::<Timestamp>(text.into()).is_err(),
                "{text}"
            );
        }
        for (millis, text) in [
            (FIRST_MS, "0000-01-01T00:00:00.000Z"),
            (LAST_MS, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(text.parse::<Timestamp>().unwrap().as_millis(), millis);
            assert_eq!(Timestamp::from_millis(millis).to_string(), text);
        }
        let (before, after) = (
            Timestamp::from_millis(i64::MIN),
            Timestamp::from_millis(LAST_MS + 1),
        );
        assert_eq!(before.to_string(), "0000-01-01T00:00:00.000Z");
        assert_eq!(after.to_string(), "9999-12-31T23:59:59.999Z");
        let last = "9999-12-31T22:59:59.999-01:00".parse::<Timestamp>().unwrap();
        assert_eq!(last.as_millis(), LAST_MS);
    }

    proptest::proptest! {
        #[test]
        fn the_quick_way_is_chronos(millis in FIRST_MS..=LAST_MS) {
            let at = Timestamp::from_millis(millis);
            let text = at.to_datetime().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
            assert_eq!(at.to_string(), text);
            assert_eq!(text.parse().ok(), Some(at));
        }

        #[test]
        fn what_is_written_can_be_read(millis: i64) {
            let text = Timestamp::from_millis(millis).to_string();
            assert!(text.parse::<Timestamp>().is_ok(), "{text}");
        }
    }
}
