//! Durations as Go writes them, `1m30.5s`: what Gatus' clients send. Pure.

/// Reads one, in whole milliseconds.
///
/// # Errors
/// As Go says it.
pub(super) fn parse(text: &str) -> Result<u32, String> {
    let invalid = || format!("time: invalid duration {text:?}");
    let (is_negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut millis = 0.0;
    while !rest.is_empty() {
        let is_number = |c: char| c.is_ascii_digit() || c == '.';
        let end = rest.find(|c| !is_number(c)).unwrap_or(rest.len());
        let (number, after) = rest.split_at(end);
        let number: f64 = number.parse().map_err(|_| invalid())?;
        let end = after.find(is_number).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let factor = match unit {
            "" => return Err(format!("time: missing unit in duration {text:?}")),
            "ns" => 1e-6,
            "us" | "\u{b5}s" | "\u{3bc}s" => 1e-3,
            "ms" => 1.0,
            "s" => 1_000.0,
            "m" => 60_000.0,
            "h" => 3_600_000.0,
            unit => return Err(format!("time: unknown unit {unit:?} in duration {text:?}")),
        };
        millis += number * factor;
        rest = after;
    }
    // A job cannot have taken less than no time, nor longer than can be told.
    Ok(if is_negative { 0 } else { millis as u32 })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn as_go_reads_them() {
        for (text, millis) in [
            ("10s", 10_000),
            ("1m30.5s", 90_500),
            ("250ms", 250),
            ("1h", 3_600_000),
            ("1500us", 1),
            (".5s", 500),
            ("0", 0),
            ("-3s", 0),
            ("99999999h", u32::MAX),
        ] {
            assert_eq!(parse(text), Ok(millis), "{text}");
        }
        for (text, message) in [
            ("", "time: invalid duration \"\""),
            ("abc", "time: invalid duration \"abc\""),
            ("5", "time: missing unit in duration \"5\""),
            ("5d", "time: unknown unit \"d\" in duration \"5d\""),
            ("1.2.3s", "time: invalid duration \"1.2.3s\""),
        ] {
            assert_eq!(parse(text), Err(message.to_owned()), "{text}");
        }
    }
}
