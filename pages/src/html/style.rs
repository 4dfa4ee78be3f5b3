//! The styles of pages, and the hashes by which a content security policy allows them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::status_page::Theme;
use sha2::{Digest as _, Sha256};

use crate::colour::{DARK, LIGHT, Rgb};
use crate::document::Document;

/// The accent of what belongs to no page.
const NEUTRAL: &str = "#1f6feb";

/// The style of all pages.
pub(super) const STYLE: &str = concat!(
    ":root{color-scheme:light dark;\n",
    include_str!("../../templates/light.css"),
    "}\n@media(prefers-color-scheme:dark){:root:not(.light){\n",
    include_str!("../../templates/dark.css"),
    "}}\n:root.light{color-scheme:light}:root.dark{color-scheme:dark;\n",
    include_str!("../../templates/dark.css"),
    "}\n",
    include_str!("../../templates/style.css")
);
/// The style of what stands in a frame of another page. It names no scheme: browsers fill the frame of a page in another
/// scheme than its surroundings with the colour of that scheme.
pub(super) const EMBED: &str = concat!(
    ":root{\n",
    include_str!("../../templates/light.css"),
    "}\n@media(prefers-color-scheme:dark){:root:not(.light){\n",
    include_str!("../../templates/dark.css"),
    "}}\n:root.dark{\n",
    include_str!("../../templates/dark.css"),
    "}\n",
    include_str!("../../templates/embed.css")
);

/// The class of a page's theme; none for the visitor's own.
pub(super) fn theme_class(theme: Theme) -> &'static str {
    match theme {
        Theme::Auto => "",
        Theme::Light => "light",
        Theme::Dark => "dark",
    }
}

/// The style of a page's own: its accent as it can be read in each theme, and how many days its bars have.
pub(super) fn own(document: &Document) -> String {
    rules(&document.accent_colour, document.history_days)
}

/// The same for what belongs to no page.
pub(super) fn neutral() -> String {
    rules(NEUTRAL, 1)
}

fn rules(accent: &str, days: u16) -> String {
    let accent = Rgb::accent(accent);
    let colours = |surface| {
        let link = accent.readable_on(surface);
        format!("--link:{link};--on-link:{}", link.ink())
    };
    let (light, dark) = (colours(LIGHT), colours(DARK));
    format!(
        ":root{{--days:{};{light}}}@media(prefers-color-scheme:dark){{:root:not(.light){{{dark}}}}}:root.dark{{{dark}}}",
        days.max(1)
    )
}

/// How a content security policy names a style.
pub(super) fn source(style: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(style)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The colours that a theme gives names to.
    fn palette(css: &str) -> Vec<(&str, Rgb)> {
        let pairs = css
            .split([';', '\n'])
            .filter_map(|pair| pair.trim().strip_prefix("--")?.split_once(':'));
        pairs
            .map(|(name, value)| {
                let long: String = match value.len() {
                    4 => value.chars().flat_map(|c| [c; 2]).skip(1).collect(),
                    _ => value.to_owned(),
                };
                (
                    name,
                    Rgb::parse(&long).unwrap_or_else(|| panic!("{name}: {value}")),
                )
            })
            .collect()
    }

    fn mixed(colour: Rgb, with: Rgb, share: f64) -> Rgb {
        let mut mixed = with.0;
        for (part, own) in mixed.iter_mut().zip(colour.0) {
            *part = (f64::from(own) * share + f64::from(*part) * (1.0 - share)).round() as u8;
        }
        Rgb(mixed)
    }

    #[test]
    fn every_word_and_every_bar_can_be_read_in_both_themes() {
        let themes = [
            (include_str!("../../templates/light.css"), LIGHT),
            (include_str!("../../templates/dark.css"), DARK),
        ];
        for (css, extreme) in themes {
            let palette = palette(css);
            let colour = |name| palette.iter().find(|(other, _)| *other == name).unwrap().1;
            let surfaces = [colour("bg"), colour("card")];
            assert!(surfaces.contains(&extreme), "links are made for {extreme}");
            for surface in surfaces {
                for word in [
                    "text",
                    "muted",
                    "operational",
                    "unknown",
                    "maintenance",
                    "degraded",
                    "partial",
                    "major",
                ] {
                    let contrast = colour(word).contrast(surface);
                    assert!(contrast >= 4.5, "{word} on {surface}: {contrast}");
                }
            }
            for bar in ["up", "some", "bad", "none"] {
                let contrast = colour(bar).contrast(colour("card"));
                assert!(contrast >= 3.0, "{bar}: {contrast}");
            }
            for state in [
                "operational",
                "unknown",
                "maintenance",
                "degraded",
                "partial",
                "major",
            ] {
                let banner = mixed(colour(state), colour("card"), 0.09);
                let contrast = colour("muted").contrast(banner);
                assert!(contrast >= 4.5, "the banner of {state}: {contrast}");
                let icon = colour(state).contrast(banner);
                assert!(icon >= 3.0, "the icon of {state}: {icon}");
            }
        }
    }

    #[test]
    fn a_style_ends_where_its_element_does() {
        for style in [STYLE, EMBED, &neutral()] {
            assert!(!style.contains("</"), "{style}");
            assert!(!style.contains('\r'), "the hash is of what a browser reads");
            assert_eq!(style.matches('{').count(), style.matches('}').count());
        }
    }
}
