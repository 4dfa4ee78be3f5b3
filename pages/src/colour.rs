//! Colours that can be read, whichever accent a page has been given (WCAG 2.2, 1.4.3).

use std::fmt;

/// How much text has to stand out from what is behind it.
const ENOUGH: f64 = 4.5;

/// The accent of a page whose own cannot be read.
const DEFAULT: Rgb = Rgb([0x1f, 0x6f, 0xeb]);

/// The darkest surface of the light theme, and the lightest of the dark one: what can be read on it can be read everywhere.
pub(crate) const LIGHT: Rgb = Rgb([0xf6, 0xf7, 0xf9]);
/// See [`LIGHT`].
pub(crate) const DARK: Rgb = Rgb([0x16, 0x1b, 0x22]);

const WHITE: Rgb = Rgb([0xff; 3]);
const BLACK: Rgb = Rgb([0; 3]);

/// A colour in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rgb(pub(crate) [u8; 3]);

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl Rgb {
    /// Reads `#rrggbb`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let part = |at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        Some(Self([part(0)?, part(2)?, part(4)?]))
    }

    /// The accent that a document names.
    pub(crate) fn accent(text: &str) -> Self {
        Self::parse(text).unwrap_or(DEFAULT)
    }

    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            match part <= 0.04045 {
                true => part / 12.92,
                false => ((part + 0.055) / 1.055).powf(2.4),
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// How much two colours differ, from 1 to 21.
    pub(crate) fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance() + 0.05, other.luminance() + 0.05);
        one.max(other) / one.min(other)
    }

    /// `percent` of the way to another colour.
    fn towards(self, other: Self, percent: u16) -> Self {
        let mut mixed = self.0;
        for (part, end) in mixed.iter_mut().zip(other.0) {
            let sum = u16::from(*part) * (100 - percent) + u16::from(end) * percent;
            *part = u8::try_from(sum / 100).unwrap_or(u8::MAX);
        }
        Self(mixed)
    }

    /// The colour itself if it can be read on a surface; otherwise the nearest that can, lighter or darker as the surface
    /// demands.
    pub(crate) fn readable_on(self, surface: Self) -> Self {
        let end = surface.ink();
        let mut steps = (0..=100).map(|percent| self.towards(end, percent));
        steps
            .find(|colour| colour.contrast(surface) >= ENOUGH)
            .unwrap_or(end)
    }

    /// Black or white, whichever can be read better on this colour.
    pub(crate) fn ink(self) -> Self {
        match self.contrast(WHITE) >= self.contrast(BLACK) {
            true => WHITE,
            false => BLACK,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_accent_can_be_read() {
        for red in (0..=255).step_by(15) {
            for green in (0..=255).step_by(15) {
                for blue in (0..=255).step_by(15) {
                    let accent = Rgb([red, green, blue]);
                    for surface in [LIGHT, DARK] {
                        let link = accent.readable_on(surface);
                        assert!(link.contrast(surface) >= ENOUGH, "{accent} on {surface}: {link}");
                        assert!(link.contrast(link.ink()) >= ENOUGH, "a button of {link}");
                    }
                }
            }
        }
    }

    #[test]
    fn an_accent_that_can_be_read_stays() {
        let accent = Rgb::accent("#1f5fd0");
        assert_eq!(accent.readable_on(LIGHT).to_string(), "#1f5fd0");
        assert_eq!(Rgb::accent("red;}body{display:none").to_string(), "#1f6feb");
        assert_eq!(Rgb::parse("#12345é"), None);
    }

    #[test]
    fn contrast_is_as_the_standard_has_it() {
        assert!((WHITE.contrast(BLACK) - 21.0).abs() < 1e-9);
        assert!((Rgb([0x77; 3]).contrast(WHITE) - 4.48).abs() < 0.01);
    }
}
