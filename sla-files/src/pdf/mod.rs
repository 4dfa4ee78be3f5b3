//! The PDF: tagged, so that it can be read aloud (PDF/UA-1, as far as a program can tell).
//!
//! blocks → `layout` (pages of lines, tree of tags) → drawn here, in `font`s that are embedded.

mod font;
mod layout;

use api::SlaReportContent;
use krilla::color::rgb;
use krilla::configure::{Accessibility, Configuration, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ContentTag, Identifier, ListNumbering, Node, SpanTag, TableHeaderScope, Tag, TagGroup, TagKind,
    TagTree,
};
use krilla::text::TextDirection;
use krilla::{Document as Pdf, SerializeSettings};

use self::font::Typeface;
use self::layout::{Element, HEIGHT, Kind, Layout, Mark, WIDTH};
use crate::document::Document;

/// The language of the words; names may be in any.
const LANGUAGE: &str = "en";

const INK: (u8, u8, u8) = (27, 31, 36);
const GREY: (u8, u8, u8) = (107, 114, 128);
const LINE: (u8, u8, u8) = (209, 213, 219);

pub(crate) fn file(content: &SlaReportContent) -> Result<Vec<u8>, String> {
    let document = Document::of(content);
    let accessible = ConfigurationBuilder::new().with_accessibility_validator(Accessibility::UA1);
    let accessible = accessible.finish().map_err(|error| format!("{error:?}"))?;
    // A name may have what cannot be read aloud: better such a file than none.
    draw(content, &document, accessible).or_else(|_| draw(content, &document, Configuration::default()))
}

fn draw(
    content: &SlaReportContent,
    document: &Document,
    configuration: Configuration,
) -> Result<Vec<u8>, String> {
    let fonts = Typeface::regular().zip(Typeface::bold());
    let (regular, bold) = fonts.ok_or("a font cannot be read")?;
    let layout = Layout::of(document, &regular, &bold);
    let mut pdf = Pdf::new_with(SerializeSettings {
        configuration,
        enable_tagging: true,
        ..SerializeSettings::default()
    });
    pdf.set_metadata(metadata(content, document));
    let mut identifiers: Vec<Option<Identifier>> = (0..layout.contents).map(|_| None).collect();
    for marks in &layout.pages {
        let settings = PageSettings::from_wh(WIDTH, HEIGHT).ok_or("the page has no size")?;
        let mut page = pdf.start_page_with(settings);
        let mut surface = page.surface();
        for mark in marks {
            paint(&mut surface, mark, [&regular, &bold], &mut identifiers);
        }
        surface.finish();
        page.finish();
    }
    let mut outline = Outline::new();
    for entry in &layout.outline {
        let place = XyzDestination::new(entry.page, Point::from_xy(0.0, entry.y));
        outline.push_child(OutlineNode::new(entry.text.clone(), place));
    }
    pdf.set_outline(outline);
    let mut tree = TagTree::new().with_lang(Some(LANGUAGE.to_owned()));
    for element in &layout.tree {
        if let Some(node) = node(element, &mut identifiers) {
            tree.push(node);
        }
    }
    pdf.set_tag_tree(tree);
    pdf.finish().map_err(|error| format!("{error:?}"))
}

fn metadata(content: &SlaReportContent, document: &Document) -> Metadata {
    use chrono::{Datelike as _, Timelike as _};
    let made = content.computed_at.to_datetime();
    let date = DateTime::new(u16::try_from(made.year()).unwrap_or_default())
        .month(made.month() as u8)
        .day(made.day() as u8)
        .hour(made.hour() as u8)
        .minute(made.minute() as u8)
        .second(made.second() as u8)
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    Metadata::new()
        .title(document.title.clone())
        .description(document.subtitle.clone())
        .authors(vec![content.organisation.clone()])
        .creator("Uptime Monitor".to_owned())
        .language(LANGUAGE.to_owned())
        .creation_date(date)
}

fn color((red, green, blue): (u8, u8, u8)) -> rgb::Color {
    rgb::Color::new(red, green, blue)
}

fn paint(
    surface: &mut Surface<'_>,
    mark: &Mark,
    [regular, bold]: [&Typeface; 2],
    identifiers: &mut [Option<Identifier>],
) {
    let artifact = ContentTag::Artifact(Artifact::default());
    match mark {
        Mark::Text {
            text,
            x,
            y,
            size,
            bold: is_bold,
            content,
        } => {
            let tag = match content {
                Some(_) => ContentTag::Span(SpanTag::empty()),
                None => artifact,
            };
            let identifier = surface.start_tagged(tag);
            let ink = if content.is_some() { INK } else { GREY };
            surface.set_stroke(None);
            surface.set_fill(Some(Fill {
                paint: color(ink).into(),
                ..Fill::default()
            }));
            let typeface = if *is_bold { bold } else { regular };
            let from = Point::from_xy(*x, *y);
            // An empty cell is a cell.
            let text = if text.is_empty() { " " } else { text };
            surface.draw_text(
                from,
                typeface.font.clone(),
                *size,
                text,
                false,
                TextDirection::Auto,
            );
            surface.end_tagged();
            if let Some(slot) = content.and_then(|content| identifiers.get_mut(content)) {
                *slot = Some(identifier);
            }
        }
        Mark::Rule { y, heavy } => {
            let mut path = PathBuilder::new();
            path.move_to(40.0, *y);
            path.line_to(WIDTH - 40.0, *y);
            let Some(path) = path.finish() else { return };
            surface.start_tagged(artifact);
            surface.set_fill(None);
            surface.set_stroke(Some(Stroke {
                paint: color(if *heavy { GREY } else { LINE }).into(),
                width: if *heavy { 1.0 } else { 0.5 },
                ..Stroke::default()
            }));
            surface.draw_path(&path);
            surface.end_tagged();
        }
    }
}

/// The node of an element; each identifier is given out once.
fn node(element: &Element, identifiers: &mut [Option<Identifier>]) -> Option<Node> {
    match element {
        Element::Content(content) => identifiers.get_mut(*content)?.take().map(Node::from),
        Element::Group(kind, elements) => {
            let title = (*kind == Kind::Title || *kind == Kind::Heading).then_some("Section");
            let mut group = TagGroup::new(tag(*kind, title));
            for element in elements {
                if let Some(node) = node(element, identifiers) {
                    group.push(node);
                }
            }
            Some(group.into())
        }
    }
}

fn tag(kind: Kind, title: Option<&str>) -> TagKind {
    let title = title.map(str::to_owned);
    let level = |number| std::num::NonZeroU16::new(number).unwrap_or(std::num::NonZeroU16::MIN);
    match kind {
        Kind::Title => Tag::Hn(level(1), title).into(),
        Kind::Heading => Tag::Hn(level(2), title).into(),
        Kind::Paragraph => Tag::P.into(),
        Kind::Table => Tag::Table.into(),
        Kind::Caption => Tag::Caption.into(),
        Kind::Head => Tag::THead.into(),
        Kind::Body => Tag::TBody.into(),
        Kind::Row => Tag::TR.into(),
        Kind::ColumnName => Tag::TH(TableHeaderScope::Column).into(),
        Kind::RowName => Tag::TH(TableHeaderScope::Row).into(),
        Kind::Cell => Tag::TD.into(),
        Kind::List => Tag::L(ListNumbering::None).into(),
        Kind::Item => Tag::LI.into(),
        Kind::ItemBody => Tag::LBody.into(),
    }
}
