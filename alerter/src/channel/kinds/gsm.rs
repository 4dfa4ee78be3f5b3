//! Texts for phones that count them in the alphabet of GSM 03.38, where 160 characters are one message. One other
//! character makes all of them cost more than twice as much, so what has a look-alike is replaced, and emoji are left
//! out.

/// The characters of the alphabet that are no ASCII.
const OTHERS: &str = "£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà";

/// Those that take two places.
const DOUBLES: &str = "^{}\\[~]|€";

/// How many places a character takes in the alphabet; none when it is not in it.
pub(super) fn places(c: char) -> Option<usize> {
    match c {
        c if DOUBLES.contains(c) => Some(2),
        '`' => None,
        ' '..='~' | '\n' => Some(1),
        c if OTHERS.contains(c) => Some(1),
        _ => None,
    }
}

/// What stands for a character: itself, a look-alike, or nothing.
pub(super) fn plain(c: char) -> Plain {
    Plain::Text(match c {
        '…' => "...",
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' => "\"",
        '‘' | '’' | '‚' | '‛' | '′' | '`' | '´' => "'",
        '–' | '—' | '‐' | '‑' | '‒' | '−' | '•' | '·' => "-",
        '→' => "->",
        '←' => "<-",
        '×' => "x",
        '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{2009}' | '\t' | '\r' => " ",
        'á' | 'â' | 'ã' => "a",
        'ê' | 'ë' => "e",
        'í' | 'î' | 'ï' => "i",
        'ó' | 'ô' | 'õ' => "o",
        'ú' | 'û' => "u",
        'ç' => "c",
        'Á' | 'À' | 'Â' | 'Ã' => "A",
        'È' | 'Ê' | 'Ë' => "E",
        'Í' | 'Ì' | 'Î' | 'Ï' => "I",
        'Ó' | 'Ò' | 'Ô' | 'Õ' => "O",
        'Ú' | 'Ù' | 'Û' => "U",
        c if is_pictorial(c) => "",
        c => return Plain::Itself(c),
    })
}

/// See [`plain`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plain {
    Itself(char),
    Text(&'static str),
}

/// A text with what stands for its characters, on one line.
pub(super) fn plain_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match plain(c) {
            Plain::Itself(c) => line.push(c),
            Plain::Text(text) => line.push_str(text),
        }
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    words.join(" ")
}

/// The text with a question mark for each character that is not in the alphabet.
pub(super) fn in_alphabet(text: &str) -> String {
    text.chars()
        .map(|c| if places(c).is_some() { c } else { '?' })
        .collect()
}

/// Emoji and other symbols, what chooses how they look, and what is not seen.
fn is_pictorial(c: char) -> bool {
    matches!(
        u32::from(c),
        0x200b..=0x200f | 0x2060..=0x2064 | 0x20d0..=0x20ff | 0x2190..=0x2bff | 0xfe00..=0xfe0f | 0xfeff
            | 0x1f000..=0x1faff | 0xe0000..=0xe01ef
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_look_alike_is_replaced_and_emoji_are_left_out() {
        assert_eq!(
            plain_line("🔴 Down: “Café” – x…\u{a0}y ✏️ →"),
            "Down: \"Café\" - x... y ->"
        );
        assert_eq!(plain_line("Čaj Привет"), "Čaj Привет");
        assert_eq!(in_alphabet("Čaj ä€"), "?aj ä€");
    }

    #[test]
    fn what_stands_for_a_character_is_in_the_alphabet() {
        for c in ('\u{20}'..='\u{2fff}').filter(|c| !c.is_control()) {
            if let Plain::Text(text) = plain(c) {
                assert!(text.chars().all(|c| places(c).is_some()), "{c:?}");
            }
        }
        assert_eq!(
            ['a', '€', '[', 'é', 'Ω', 'ш', '`'].map(places),
            [Some(1), Some(2), Some(2), Some(1), Some(1), None, None]
        );
    }
}
