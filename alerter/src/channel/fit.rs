//! Texts that fit into what a channel takes. Each channel counts in the form in which it gets them.

use std::borrow::Cow;

/// Ends what was cut.
const CUT: char = '…';

/// How much of a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// All that fits.
    Full,
    /// The least that says what has happened, without formatting: the whole message was refused.
    Short,
}

/// How long a character is in the form in which a channel gets it.
pub(super) type Measure = fn(char) -> usize;

/// How long a text is.
pub(super) fn length(text: &str, measure: Measure) -> usize {
    text.chars().map(measure).sum()
}

/// The start of a text that has at most the length `limit`.
pub(super) fn cut(text: &str, limit: usize, measure: Measure) -> Cow<'_, str> {
    if length(text, measure) <= limit {
        return Cow::Borrowed(text);
    }
    let mut left = limit.saturating_sub(measure(CUT));
    let fits = |c: &char| {
        let size = measure(*c);
        let fits = size <= left;
        left = left.saturating_sub(size);
        fits
    };
    let mut start: String = text.chars().take_while(fits).collect();
    start.push(CUT);
    Cow::Owned(start)
}

/// Lines, each with a line break, of which the last is cut where they are longer than `limit`.
pub(super) fn cut_lines(lines: Vec<String>, limit: usize, measure: Measure) -> Vec<String> {
    let mut left = limit;
    let mut fitting = Vec::with_capacity(lines.len());
    for line in lines {
        let room = left.saturating_sub(measure('\n'));
        if room <= measure(CUT) {
            break;
        }
        let line = match cut(&line, room, measure) {
            Cow::Borrowed(_) => line,
            Cow::Owned(start) => start,
        };
        left = room.saturating_sub(length(&line, measure));
        fitting.push(line);
    }
    fitting
}

/// Those lines that fit as a whole into `limit`, the first ones before others and at the end; and how long they are, each
/// with a line break.
pub(super) fn whole_lines(
    lines: impl IntoIterator<Item = Option<String>>,
    limit: usize,
    measure: Measure,
) -> (usize, Vec<String>) {
    let (mut taken, mut fitting) = (0, Vec::new());
    for line in lines.into_iter().flatten() {
        let length = length(&line, measure) + measure('\n');
        if taken + length <= limit {
            taken += length;
            fitting.insert(0, line);
        }
    }
    (taken, fitting)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_fits_as_the_channel_counts() {
        let measure: Measure = |c| if c == '<' { 4 } else { c.len_utf8() };
        assert_eq!(cut("a<b", 6, measure), "a<b");
        assert_eq!(cut("a<bc", 6, measure), "a…");
        assert_eq!(cut("<<<<", 11, measure), "<<…");
        for limit in 3..60 {
            let lines = vec!["<".repeat(5), "abc".to_owned(), "x".repeat(30)];
            let fitting = cut_lines(lines, limit, measure).join("\n");
            assert!(length(&fitting, measure) <= limit, "{limit}: {fitting}");
        }
    }

    #[test]
    fn lines_that_do_not_fit_as_a_whole_are_left_out() {
        let measure: Measure = char::len_utf8;
        let lines = || [Some("last".to_owned()), None, Some("before".to_owned())];
        for (limit, taken, expected) in [
            (4, 0, &[][..]),
            (5, 5, &["last"]),
            (11, 5, &["last"]),
            (12, 12, &["before", "last"]),
        ] {
            let (length, fitting) = whole_lines(lines(), limit, measure);
            assert_eq!(length, taken, "{limit}");
            assert_eq!(fitting, expected, "{limit}");
        }
    }
}
