//! Numbers in JSON as they are written. Pure.

/// Digits of a decimal number that 64 bits hold for certain.
const SAFE_DIGITS: usize = 15;

/// Whether two numbers as they are written have the same value.
pub(super) fn same(one: &str, other: &str) -> bool {
    Decimal::parse(one).is_some_and(|one| Some(one) == Decimal::parse(other))
}

pub(super) fn is_long(written: &str) -> bool {
    Decimal::parse(written).is_some_and(|number| number.digits.len() > SAFE_DIGITS || number.exponent > 0)
}

/// A number: the digits, without zeros around them, times a power of ten.
#[derive(Debug, PartialEq, Eq)]
struct Decimal {
    is_negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    fn parse(written: &str) -> Option<Self> {
        let (is_negative, rest) = match written.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, written),
        };
        let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = [whole, fraction].concat();
        if whole.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let significant = digits.trim_end_matches('0');
        let zeros = digits.len() - significant.len();
        let significant = significant.trim_start_matches('0');
        if significant.is_empty() {
            return Some(Self {
                is_negative: false,
                digits: String::new(),
                exponent: 0,
            });
        }
        let shift = i64::try_from(zeros).ok()? - i64::try_from(fraction.len()).ok()?;
        Some(Self {
            is_negative,
            digits: significant.to_owned(),
            exponent: exponent.parse::<i64>().ok()?.checked_add(shift)?,
        })
    }
}

/// A number that 64 bits do not hold for certain, by its place in the text.
pub(super) struct Long {
    start: usize,
    end: usize,
    pub(super) is_infinite: bool,
}

pub(super) fn long_numbers(text: &str) -> Vec<Long> {
    let bytes = text.as_bytes();
    let mut long = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => at = end_of_string(bytes, at + 1),
            b'-' | b'0'..=b'9' => {
                let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
                let length = bytes[at..].iter().take_while(|byte| is_part(byte)).count();
                let token = &text[at..at + length];
                let in_64_bits = token.parse::<i64>().is_ok() || token.parse::<u64>().is_ok();
                if !in_64_bits && (length > SAFE_DIGITS || token.contains(['e', 'E'])) {
                    let is_infinite = token.parse::<f64>().is_ok_and(f64::is_infinite);
                    let is_exact =
                        Decimal::parse(token).is_some_and(|number| number.digits.len() <= SAFE_DIGITS);
                    if is_infinite || !is_exact {
                        long.push(Long {
                            start: at,
                            end: at + length,
                            is_infinite,
                        });
                    }
                }
                at += length;
            }
            _ => at += 1,
        }
    }
    long
}

fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    loop {
        match bytes.get(at) {
            Some(b'\\') => at += 2,
            Some(b'"') | None => return at + 1,
            Some(_) => at += 1,
        }
    }
}

pub(super) fn replaced(text: &str, long: &[Long], mut by: impl FnMut(&Long, &str) -> String) -> String {
    let mut result = String::with_capacity(text.len() + 8 * long.len());
    let mut at = 0;
    for number in long {
        result.push_str(&text[at..number.start]);
        result.push_str(&by(number, &text[number.start..number.end]));
        at = number.end;
    }
    result.push_str(&text[at..]);
    result
}
