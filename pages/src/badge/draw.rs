//! What a badge looks like.

use askama::filters::{Escaper, Html};

use crate::state::ComponentState;

/// About how wide a character is in 11 px, one of the scripts whose characters are as wide as high, and the space around
/// words, in pixels.
const CHARACTER: usize = 7;
const WIDE_CHARACTER: usize = 11;
const SPACE: usize = 10;

fn colour(state: ComponentState) -> &'static str {
    match state {
        ComponentState::Operational => "#2f8132",
        ComponentState::Unknown => "#6b7280",
        ComponentState::Maintenance => "#0a5fc2",
        ComponentState::Degraded => "#85590a",
        ComponentState::PartialOutage => "#b35900",
        ComponentState::MajorOutage => "#c62828",
    }
}

/// From Hangul on, scripts are wide, and so are pictures; Arabic and others beyond are drawn a little too wide.
fn width(text: &str) -> usize {
    let widths = text.chars().map(|c| match c {
        '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{fa1f}' | '\u{ff00}'..='\u{ffef}' | '\u{1f000}'.. => {
            WIDE_CHARACTER
        }
        _ => CHARACTER,
    });
    widths.sum()
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    // Writing to a string does not fail.
    let _ = Html.write_escaped_str(&mut escaped, text);
    escaped
}

/// The image.
pub(super) fn svg(label: &str, word: &str, state: ComponentState) -> String {
    let [label_text, word_text] = [label, word].map(width);
    let [label, word] = [label, word].map(escaped);
    let (left, right, colour) = (label_text + SPACE, word_text + SPACE, colour(state));
    let (width, label_at, word_at) = (left + right, SPACE / 2, left + SPACE / 2);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{label}: {word}">
<title>{label}: {word}</title>
<clipPath id="r"><rect width="{width}" height="20" rx="3"/></clipPath>
<g clip-path="url(#r)"><rect width="{left}" height="20" fill="#444"/><rect x="{left}" width="{right}" height="20" fill="{colour}"/></g>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11"><text x="{label_at}" y="14" textLength="{label_text}">{label}</text><text x="{word_at}" y="14" textLength="{word_text}">{word}</text></g>
</svg>
"##
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::colour::Rgb;

    #[test]
    fn an_image_says_the_state_to_those_who_do_not_see_it() {
        let image = svg("A<b", "Operational", ComponentState::Operational);
        assert!(image.contains(r#"aria-label="A&#60;b: Operational""#), "{image}");
        assert!(image.contains(r#"width="118" height="20""#), "{image}");
    }

    #[test]
    fn words_can_be_read() {
        for state in ComponentState::ALL {
            let colour = Rgb::parse(colour(state)).unwrap();
            assert!(colour.contrast(Rgb([0xff; 3])) >= 4.5, "{state:?}");
        }
    }
}
