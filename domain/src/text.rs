//! Texts that people write, and others read: what in them is not seen, or makes the rest look like something else.

use std::borrow::Cow;

/// Whether a text shows nothing: it is empty, or only white space and characters of no width.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(is_invisible)
}

/// What is wrong with a text of one line that names something: a character that is not seen, or that changes how
/// others are shown. Its name continues the field's: "must not contain …".
pub fn hidden(text: &str) -> Option<String> {
    let (_, found) = characters(text).find(|&(look, c)| look != Look::Seen || c == '\t')?;
    Some(describe(found))
}

/// The same of a text of several lines.
pub fn hidden_in_lines(text: &str) -> Option<String> {
    let is_layout = |c: char| matches!(c, '\n' | '\r' | '\t');
    let (_, found) = characters(text).find(|&(look, c)| look != Look::Seen && !is_layout(c))?;
    Some(describe(found))
}

/// A text of one line without [what is hidden](hidden), for texts that were stored before that was refused, or that
/// come from elsewhere.
pub fn shown(text: &str) -> Cow<'_, str> {
    if characters(text).all(|(look, _)| look == Look::Seen) {
        return Cow::Borrowed(text);
    }
    let shown = characters(text).filter_map(|(look, c)| match look {
        Look::Seen => Some(c),
        Look::Break => Some(' '),
        Look::Hidden => None,
    });
    Cow::Owned(shown.collect())
}

fn describe(c: char) -> String {
    let what = if c.is_control() {
        "a control"
    } else {
        "an invisible"
    };
    format!("must not contain {what} character (U+{:04X})", u32::from(c))
}

/// How a character shows where it stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Seen,
    /// It ends a line, or does something of that kind.
    Break,
    Hidden,
}

/// The characters of a text, and how each shows between its neighbours.
fn characters(text: &str) -> impl Iterator<Item = (Look, char)> {
    // Most names are plain, and are not looked at twice.
    let is_rtl_text = !text.is_ascii() && text.chars().any(is_rtl);
    let nexts = text.chars().skip(1).map(Some).chain([None]);
    let mut before = None;
    let mut is_tagged = false;
    text.chars().zip(nexts).map(move |(c, next)| {
        is_tagged = c == BLACK_FLAG || (is_tagged && is_tag(c));
        let look = look(c, before, next, is_tagged, is_rtl_text);
        before = Some(c);
        (look, c)
    })
}

/// It begins flags of parts of countries, whose letters are tags.
const BLACK_FLAG: char = '\u{1f3f4}';

const JOINER: char = '\u{200d}';
const NON_JOINER: char = '\u{200c}';

fn look(c: char, before: Option<char>, next: Option<char>, is_tagged: bool, is_rtl_text: bool) -> Look {
    let is_letter = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && !is_invisible(c));
    match c {
        '\u{2028}' | '\u{2029}' => Look::Break,
        c if c.is_control() => Look::Break,
        // White space as such, and a cell of Braille without dots.
        c if !is_invisible(c) || c.is_whitespace() || c == '\u{2800}' => Look::Seen,
        // Persian, the scripts of India and emoji join characters by them, the last also after a selector.
        JOINER | NON_JOINER => {
            let is_joined = is_letter(before) || before == Some('\u{fe0f}');
            seen_if(is_joined && is_letter(next))
        }
        // Keyboards set these marks in texts that run from the right.
        '\u{200e}' | '\u{200f}' | '\u{61c}' => seen_if(is_rtl_text),
        // Which form of the character before is meant; of digits, too, which are then in a frame.
        '\u{180b}'..='\u{180d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => {
            seen_if(before.is_some_and(|before| !is_invisible(before)))
        }
        c if is_tag(c) => seen_if(is_tagged),
        _ => Look::Hidden,
    }
}

fn seen_if(is_seen: bool) -> Look {
    if is_seen { Look::Seen } else { Look::Hidden }
}

fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0020}'..='\u{e007f}')
}

/// Whether it is of a script that runs from the right.
fn is_rtl(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
        && c != '\u{61c}'
}

/// Unicode's white space, controls, and what it ignores by default; and two letters that are drawn as space.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// The longest name in a mail, in characters.
const MAX_MAILED_NAME: usize = 60;

/// A name for a mail to somebody who may not know whose it is: without what a mail program makes a link of, for whoever
/// has chosen it may want to lead its reader somewhere.
pub fn mailed_name(name: &str) -> String {
    let is_plain = |c: char| !c.is_control() && !matches!(c, '.' | '/' | ':' | '@' | '\\' | '"');
    let name: String = name
        .chars()
        .map(|c| if is_plain(c) { c } else { ' ' })
        .take(MAX_MAILED_NAME)
        .collect();
    name.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_a_mail_holds_no_link() {
        assert_eq!(
            mailed_name("Win at https://evil.example/\r\nnow"),
            "Win at https   evil example   now"
        );
        assert_eq!(mailed_name("Ada's organisation"), "Ada's organisation");
        assert_eq!(mailed_name(&"ü".repeat(100)).chars().count(), MAX_MAILED_NAME);
    }

    #[test]
    fn what_shows_nothing_is_blank() {
        for blank in [
            "",
            " \t",
            "\u{200b}",
            "\u{200d}\u{feff}",
            "\u{3164}",
            "\u{2800} \u{ad}",
            "\u{fe0f}",
            "\u{2066}",
        ] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for visible in ["a", "\u{200b}a", "é", "エラー", "👩\u{200d}💻", "-"] {
            assert!(!is_blank(visible), "{visible:?}");
        }
    }

    #[test]
    fn what_people_write_in_any_script_is_seen() {
        for text in [
            "Shop – EU/West (1)",
            "Größe ½ 价格 価格 한국어",
            "خدمة الدفع",
            "שרת 1\u{200f} (ראשי)\u{200e}",
            "می\u{200c}خواهم",
            "क्\u{200d}ष श्री\u{200d}मान",
            "👩\u{200d}💻 👨\u{200d}👩\u{200d}👧\u{200d}👦 🏳\u{fe0f}\u{200d}🌈 👍🏽",
            "❤\u{fe0f} 1\u{fe0f}\u{20e3} 🇩🇪",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "葛\u{e0100}",
            "e\u{301}",
        ] {
            assert_eq!(hidden(text), None, "{text}");
            assert_eq!(hidden_in_lines(text), None, "{text}");
            assert!(matches!(shown(text), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn what_is_not_seen_is_named_and_not_shown() {
        for (text, named, without) in [
            ("a\u{202e}cod.exe", "an invisible character (U+202E)", "acod.exe"),
            ("a\u{2066}b\u{2069}", "an invisible character (U+2066)", "ab"),
            ("Sh\u{200b}op", "an invisible character (U+200B)", "Shop"),
            ("Sh\u{200d}op", "an invisible character (U+200D)", "Shop"),
            ("Sh\u{ad}op\u{feff}", "an invisible character (U+00AD)", "Shop"),
            ("Shop\u{200f}", "an invisible character (U+200F)", "Shop"),
            ("Shop\u{3164}", "an invisible character (U+3164)", "Shop"),
            ("Shop\u{e0041}", "an invisible character (U+E0041)", "Shop"),
            ("שרת\u{202b}", "an invisible character (U+202B)", "שרת"),
            ("a\u{0}b", "a control character (U+0000)", "a b"),
            ("a\r\nb", "a control character (U+000D)", "a  b"),
            ("a\u{2028}b", "an invisible character (U+2028)", "a b"),
        ] {
            assert_eq!(
                hidden(text),
                Some(format!("must not contain {named}")),
                "{text:?}"
            );
            assert_eq!(shown(text), without, "{text:?}");
        }
        assert_eq!(hidden_in_lines("rebooted\r\n\tit"), None);
        assert!(hidden_in_lines("a\u{0}").is_some() && hidden_in_lines("a\n\u{202e}b").is_some());
        assert!(hidden("a\tb").is_some());
    }
}
