//! The numbers in expressions: one, a range, a step.

use crate::expression::shown;

/// A part of dates or times, and the numbers that it can have.
pub(crate) struct Unit {
    pub(crate) name: &'static str,
    pub(crate) low: u16,
    pub(crate) high: u16,
    pub(crate) form: Form,
}

/// How the numbers of a unit are written. The first three letters of a name will do, in any case.
pub(crate) enum Form {
    Number,
    /// As numbers, or by names, of which the first is the lowest number's.
    NumberOrName(&'static [&'static str]),
    Name(&'static [&'static str]),
    /// Two digits mean 1970 to 2069.
    Year,
}

/// From one number to another, at steps if there are any.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Span {
    pub(crate) from: u16,
    pub(crate) to: u16,
    pub(crate) step: Option<usize>,
}

impl Unit {
    pub(crate) const fn numbers(name: &'static str, low: u16, high: u16) -> Self {
        let form = Form::Number;
        Self {
            name,
            low,
            high,
            form,
        }
    }

    /// `a`, `a-b`, `a/step` or `a-b/step`, with what is written between the ends of a range.
    pub(crate) fn span(&self, text: &str, between: &str) -> Result<Span, String> {
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => (range, Some(self.step(step)?)),
            None => (text, None),
        };
        let (from, to) = match range.split_once(between) {
            Some((from, to)) => (self.number(from)?, self.number(to)?),
            None => {
                let number = self.number(range)?;
                (number, number)
            }
        };
        if to < from {
            return Err(format!("{} {} runs backwards", self.name, shown(range)));
        }
        Ok(Span { from, to, step })
    }

    pub(crate) fn number(&self, text: &str) -> Result<u16, String> {
        let name = self.name;
        if text.is_empty() {
            return Err(format!("a {name} is missing"));
        }
        let names: &[&str] = match self.form {
            Form::NumberOrName(names) | Form::Name(names) => names,
            Form::Number | Form::Year => &[],
        };
        let is_meant = |name: &&str| name.eq_ignore_ascii_case(text) || name[..3].eq_ignore_ascii_case(text);
        if let Some(at) = names.iter().position(is_meant) {
            return Ok(self.low + at as u16);
        }
        let number = match (&self.form, digits(text)) {
            (Form::Name(_), _) | (_, None) => return Err(self.not_understood(text)),
            (Form::Year, Some(number @ 0..70)) => 2000 + number,
            (Form::Year, Some(number @ 70..100)) => 1900 + number,
            (_, Some(number)) => number,
        };
        if (self.low..=self.high).contains(&number) {
            return Ok(number);
        }
        let (low, high, text) = (self.low, self.high, shown(text));
        Err(format!("{name} {text} is outside {low} to {high}"))
    }

    fn step(&self, text: &str) -> Result<usize, String> {
        match digits(text) {
            Some(0) => Err(format!("the step of {} is 0", self.name)),
            Some(step) => Ok(usize::from(step)),
            None => Err(format!(
                "the step `{}` of {} is not a number",
                shown(text),
                self.name
            )),
        }
    }

    fn not_understood(&self, text: &str) -> String {
        let (name, text) = (self.name, shown(text));
        match self.form {
            Form::NumberOrName([first, ..]) => {
                format!("{name} `{text}` is neither a number nor a name such as {first}")
            }
            Form::Name([first, ..]) => format!("{name} `{text}` is not a name such as {first}"),
            _ => format!("{name} `{text}` is not a number"),
        }
    }
}

/// A number that is too great for anything is the greatest.
fn digits(text: &str) -> Option<u16> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u16::MAX))
}

/// The bits of some numbers, each below 64.
pub(crate) fn bits(numbers: impl IntoIterator<Item = u16>) -> u64 {
    numbers.into_iter().fold(0, |bits, number| bits | 1 << number)
}

/// The lowest number in `bits` that is not below `from`.
pub(crate) fn next_bit(bits: u64, from: u32) -> Option<u32> {
    let rest = bits & u64::MAX.checked_shl(from)?;
    (rest != 0).then(|| rest.trailing_zeros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_in_words() {
        let minute = Unit::numbers("minute", 0, 59);
        let month = Unit {
            form: Form::NumberOrName(&["JAN", "FEB"]),
            ..Unit::numbers("month", 1, 12)
        };
        let weekday = Unit {
            form: Form::Name(&["Monday", "Tuesday"]),
            ..Unit::numbers("day of week", 1, 7)
        };
        for (unit, text, message) in [
            (&minute, "61", "minute 61 is outside 0 to 59"),
            (
                &minute,
                "99999999999999999999999",
                "minute 99999999999999999999999 is outside 0 to 59",
            ),
            (&minute, "x", "minute `x` is not a number"),
            (&minute, "-1", "a minute is missing"),
            (&minute, "", "a minute is missing"),
            (&minute, "5-2", "minute 5-2 runs backwards"),
            (&minute, "5/0", "the step of minute is 0"),
            (&minute, "5/", "the step `` of minute is not a number"),
            (
                &month,
                "FOO",
                "month `FOO` is neither a number nor a name such as JAN",
            ),
            (&weekday, "1", "day of week `1` is not a name such as Monday"),
        ] {
            assert_eq!(unit.span(text, "-").err().as_deref(), Some(message));
        }
        assert!(month.number("feb") == Ok(2) && weekday.number("TUE") == Ok(2));
        assert_eq!(weekday.number("tuesday"), Ok(2));
    }

    #[test]
    fn years_of_two_digits_are_those_around_2000() {
        let year = Unit {
            form: Form::Year,
            ..Unit::numbers("year", 1970, 2199)
        };
        let years = ["0", "69", "70", "99", "1970", "2199"].map(|text| year.number(text));
        assert_eq!(years, [2000, 2069, 1970, 1999, 1970, 2199].map(Ok));
        assert!(year.number("100").is_err() && year.number("2200").is_err());
    }
}
