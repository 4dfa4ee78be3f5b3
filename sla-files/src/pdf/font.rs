//! The fonts of a PDF: DejaVu, whose licence lies beside them.

use krilla::text::Font;
use ttf_parser::Face;

const REGULAR: &[u8] = include_bytes!("../../fonts/DejaVuSans.ttf");
const BOLD: &[u8] = include_bytes!("../../fonts/DejaVuSans-Bold.ttf");

/// What stands for a character that the fonts do not have.
const MISSING: char = '\u{fffd}';

/// A font, as it is drawn and as it is measured.
pub(super) struct Typeface {
    pub(super) font: Font,
    face: Face<'static>,
}

impl Typeface {
    pub(super) fn regular() -> Option<Self> {
        Self::open(REGULAR)
    }

    pub(super) fn bold() -> Option<Self> {
        Self::open(BOLD)
    }

    fn open(bytes: &'static [u8]) -> Option<Self> {
        Some(Self {
            font: Font::new(bytes.into(), 0)?,
            face: Face::parse(bytes, 0).ok()?,
        })
    }

    /// The text in characters that the font has.
    pub(super) fn shown(&self, text: &str) -> String {
        let shown = |c: char| match c {
            c if c.is_whitespace() || c.is_control() => ' ',
            c if self.face.glyph_index(c).is_some() => c,
            _ => MISSING,
        };
        text.chars().map(shown).collect()
    }

    /// How wide a text is in points.
    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        let units: u32 = text.chars().map(|c| self.advance(c)).sum();
        units as f32 * size / f32::from(self.face.units_per_em())
    }

    fn advance(&self, c: char) -> u32 {
        let glyph = self.face.glyph_index(c).unwrap_or_default();
        self.face.glyph_hor_advance(glyph).unwrap_or_default().into()
    }

    /// The text in lines of at most `width` points; a word that is longer is cut.
    pub(super) fn lines(&self, text: &str, size: f32, width: f32) -> Vec<String> {
        let (mut lines, mut line) = (Vec::new(), String::new());
        let text = self.shown(text);
        for word in text.split_whitespace() {
            let joined = match line.is_empty() {
                true => word.to_owned(),
                false => format!("{line} {word}"),
            };
            if self.width(&joined, size) <= width {
                line = joined;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for c in word.chars() {
                line.push(c);
                if self.width(&line, size) > width && line.chars().count() > 1 {
                    line.pop();
                    lines.push(std::mem::replace(&mut line, c.to_string()));
                }
            }
        }
        if !line.is_empty() || lines.is_empty() {
            lines.push(line);
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_lose_nothing() {
        let typeface = Typeface::regular().unwrap();
        let text = "Grüße from the shop, aVeryLongWordThatFitsNoLineAtAllAndIsCut, 配";
        let lines = typeface.lines(text, 8.0, 60.0);
        assert!(
            lines.iter().all(|line| typeface.width(line, 8.0) <= 60.0),
            "{lines:?}"
        );
        let all = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(all(&lines.join(" ")), all(&text.replace('配', "\u{fffd}")));
        assert_eq!(typeface.lines("", 8.0, 60.0), [""]);
    }
}
