//! Texts that people write.

/// Whether a text shows nothing: it is empty, or only white space and characters of no width.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(is_invisible)
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
}
