//! What people wrote, without what would break the form in which it is shown. Escaping is left to that form.

use std::borrow::Cow;

/// The longest line that is shown, in characters. The API takes shorter ones.
const MAX_LINE: usize = 300;

/// Stands for words of which nothing is left.
const EMPTY: &str = "–";

/// Whether a character stands by itself in XML and HTML, and leaves the order of the characters around it alone: no control
/// characters, no noncharacters, and nothing that makes what follows run in another direction.
pub(crate) fn is_harmless(c: char) -> bool {
    let is_noncharacter = matches!(c, '\u{fdd0}'..='\u{fdef}') || (c as u32) & 0xfffe == 0xfffe;
    let is_direction = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !(c.is_control() || is_noncharacter || is_direction)
}

/// What a token for programs is made of: nothing else of it is repeated.
pub(crate) fn token(text: &str) -> String {
    let is_part = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~' | '=');
    text.chars().filter(is_part).collect()
}

/// One line: a name, a headline. It is never empty.
pub(crate) fn line(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(4 * MAX_LINE));
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '\u{2028}' | '\u{2029}'));
    let mut left = MAX_LINE;
    for word in words {
        let before = line.len();
        for c in word.chars().filter(|&c| is_harmless(c)) {
            if left == 0 {
                line.push('…');
                return line;
            }
            if line.len() == before && before > 0 {
                line.push(' ');
            }
            line.push(c);
            left -= 1;
        }
    }
    match line.is_empty() {
        true => EMPTY.to_owned(),
        false => line,
    }
}

/// The beginning of a line.
pub(crate) fn shortened(text: &str, max_chars: usize) -> String {
    let text = line(text);
    if text.chars().count() <= max_chars {
        return text;
    }
    let mut short: String = text.chars().take(max_chars.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

/// Several lines, of which at most the first `max_chars` characters are kept.
pub(crate) fn block(text: &str, max_chars: usize) -> Cow<'_, str> {
    let keeps = |c: char| matches!(c, '\n' | '\t') || is_harmless(c);
    match text
        .char_indices()
        .enumerate()
        .find(|&(n, (_, c))| n >= max_chars || !keeps(c))
    {
        None => Cow::Borrowed(text),
        Some(_) => Cow::Owned(text.chars().take(max_chars).filter(|&c| keeps(c)).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_nothing_that_breaks_its_surroundings() {
        assert_eq!(
            line("  Check\tout\r\n\u{0}now \u{202e}x\u{fffe} "),
            "Check out now x"
        );
        assert_eq!(line("\u{7}\u{2066}\n"), "–");
        assert_eq!(line("a \u{1} b"), "a b");
        assert_eq!(line("مرحبا 😀"), "مرحبا 😀");
        assert_eq!(line(&"x".repeat(10_000)).chars().count(), MAX_LINE + 1);
    }

    #[test]
    fn a_block_keeps_its_lines() {
        assert_eq!(block("a\n\tb\r\n\u{b}c", 100), "a\n\tb\nc");
        assert_eq!(block("äöü", 2), "äö");
        assert!(matches!(block("plain", 5), Cow::Borrowed("plain")));
    }

    #[test]
    fn what_is_shortened_says_so() {
        assert_eq!(shortened("Checkout", 8), "Checkout");
        assert_eq!(shortened("Checkout of the shop", 10), "Checkout…");
    }
}
