//! Where on which page everything stands, and what it is: lines of text and rules, and the tree of tags by which a reader
//! who does not see the page finds the way.

use super::font::Typeface;
use crate::document::{Block, Column, Document, Table};

/// A4, in points.
pub(super) const WIDTH: f32 = 595.0;
pub(super) const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 40.0;
const BOTTOM: f32 = HEIGHT - 52.0;
const INNER: f32 = WIDTH - 2.0 * MARGIN;

/// The size of text in tables, and that of other text.
const SMALL: f32 = 7.5;
const NORMAL: f32 = 9.5;

/// Between the columns of a table.
const GAP: f32 = 9.0;

/// How high a line is for its size.
const LEADING: f32 = 1.4;

/// What a part of the text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Title,
    Heading,
    Paragraph,
    Table,
    Caption,
    Head,
    Body,
    Row,
    ColumnName,
    RowName,
    Cell,
    List,
    Item,
    ItemBody,
}

/// A part of the text with what it is made of.
#[derive(Debug)]
pub(super) enum Element {
    Group(Kind, Vec<Element>),
    /// What is drawn by the mark of this number.
    Content(usize),
}

/// Something that is drawn.
#[derive(Debug)]
pub(super) enum Mark {
    Text {
        text: String,
        x: f32,
        /// The baseline.
        y: f32,
        size: f32,
        bold: bool,
        /// The number by which an element refers to it; none of what is not a part of the text.
        content: Option<usize>,
    },
    Rule {
        y: f32,
        heavy: bool,
    },
}

/// A heading, for the outline.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) text: String,
    pub(super) page: usize,
    pub(super) y: f32,
}

/// All of it.
pub(super) struct Layout<'a> {
    regular: &'a Typeface,
    bold: &'a Typeface,
    pub(super) pages: Vec<Vec<Mark>>,
    pub(super) tree: Vec<Element>,
    pub(super) outline: Vec<Entry>,
    /// How many contents there are.
    pub(super) contents: usize,
    y: f32,
}

impl<'a> Layout<'a> {
    pub(super) fn of(document: &Document, regular: &'a Typeface, bold: &'a Typeface) -> Self {
        let mut layout = Self {
            regular,
            bold,
            pages: vec![Vec::new()],
            tree: Vec::new(),
            outline: Vec::new(),
            contents: 0,
            y: MARGIN,
        };
        layout.heading(Kind::Title, &document.title, 17.0);
        layout.paragraph(&document.subtitle, false);
        for block in &document.blocks {
            match block {
                Block::Heading(text) => layout.heading(Kind::Heading, text, 12.5),
                Block::Text(text) => layout.paragraph(text, false),
                Block::Notice(text) => layout.paragraph(text, true),
                Block::List(items) => layout.list(items),
                Block::Table(table) => layout.table(table),
            }
        }
        layout.footers(&document.title);
        layout
    }

    fn draw(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// Begins a page when `height` more does not fit on this one; answers whether it did.
    fn make_room(&mut self, height: f32) -> bool {
        let is_full = self.y + height > BOTTOM && self.y > MARGIN;
        if is_full {
            self.pages.push(Vec::new());
            self.y = MARGIN;
        }
        is_full
    }

    /// Draws a line of text with its top at `y`.
    fn line(
        &mut self,
        text: &str,
        (x, y): (f32, f32),
        size: f32,
        bold: bool,
        is_content: bool,
    ) -> Option<Element> {
        let content = is_content.then_some(self.contents);
        self.contents += usize::from(is_content);
        self.draw(Mark::Text {
            text: text.to_owned(),
            x,
            y: y + size,
            size,
            bold,
            content,
        });
        content.map(Element::Content)
    }

    /// Lines below each other, each of which may go to the next page.
    fn flow(&mut self, text: &str, size: f32, bold: bool, indent: f32) -> Vec<Element> {
        let typeface = if bold { self.bold } else { self.regular };
        let lines = typeface.lines(text, size, INNER - indent);
        let mut elements = Vec::new();
        for line in lines {
            self.make_room(size * LEADING);
            let at = (MARGIN + indent, self.y);
            elements.extend(self.line(&line, at, size, bold, true));
            self.y += size * LEADING;
        }
        elements
    }

    fn heading(&mut self, kind: Kind, text: &str, size: f32) {
        self.y += if kind == Kind::Title { 0.0 } else { 10.0 };
        // Not alone at the end of a page.
        self.make_room(size * LEADING + 60.0);
        self.outline.push(Entry {
            text: self.bold.shown(text),
            page: self.pages.len() - 1,
            y: self.y,
        });
        let lines = self.flow(text, size, true, 0.0);
        self.y += 4.0;
        self.tree.push(Element::Group(kind, lines));
    }

    fn paragraph(&mut self, text: &str, bold: bool) {
        let lines = self.flow(text, NORMAL, bold, 0.0);
        self.y += 8.0;
        self.tree.push(Element::Group(Kind::Paragraph, lines));
    }

    fn list(&mut self, items: &[String]) {
        let mut elements = Vec::new();
        for item in items {
            self.make_room(NORMAL * LEADING);
            let at = (MARGIN, self.y);
            // The bullet is for the eyes.
            self.line("•", at, NORMAL, false, false);
            let body = self.flow(item, NORMAL, false, 12.0);
            self.y += 3.0;
            elements.push(Element::Group(
                Kind::Item,
                vec![Element::Group(Kind::ItemBody, body)],
            ));
        }
        self.y += 6.0;
        self.tree.push(Element::Group(Kind::List, elements));
    }

    fn table(&mut self, table: &Table) {
        self.make_room(80.0);
        let caption = self.flow(&table.caption, NORMAL, true, 0.0);
        self.y += 2.0;
        let columns = places(&table.columns);
        let names: Vec<String> = table
            .columns
            .iter()
            .map(|column| column.name.to_owned())
            .collect();
        let head = self.row(&columns, &names, RowKind::Head);
        let mut rows = Vec::new();
        for (number, row) in table.rows.iter().enumerate() {
            let is_total = table.has_total && number + 1 == table.rows.len();
            let kind = if is_total { RowKind::Total } else { RowKind::Plain };
            if self.make_room(self.height(&columns, row, kind)) {
                // The names of the columns once more, which are no part of the text there.
                self.row(&columns, &names, RowKind::Repeated);
            }
            rows.push(Element::Group(Kind::Row, self.row(&columns, row, kind)));
        }
        self.y += 14.0;
        self.tree.push(Element::Group(
            Kind::Table,
            vec![
                Element::Group(Kind::Caption, caption),
                Element::Group(Kind::Head, vec![Element::Group(Kind::Row, head)]),
                Element::Group(Kind::Body, rows),
            ],
        ));
    }

    fn typeface(&self, kind: RowKind) -> &'a Typeface {
        match kind {
            RowKind::Plain => self.regular,
            RowKind::Head | RowKind::Repeated | RowKind::Total => self.bold,
        }
    }

    fn cells(&self, columns: &[Place], cells: &[String], kind: RowKind) -> Vec<Vec<String>> {
        let typeface = self.typeface(kind);
        let cells = columns.iter().zip(cells);
        cells
            .map(|(column, cell)| typeface.lines(cell, SMALL, column.width))
            .collect()
    }

    fn height(&self, columns: &[Place], cells: &[String], kind: RowKind) -> f32 {
        let cells = self.cells(columns, cells, kind);
        let lines = cells.iter().map(Vec::len).max().unwrap_or(1);
        lines as f32 * SMALL * LEADING + 4.0
    }

    fn row(&mut self, columns: &[Place], cells: &[String], kind: RowKind) -> Vec<Element> {
        let typeface = self.typeface(kind);
        let bold = kind != RowKind::Plain;
        let top = self.y + 2.0;
        let mut elements = Vec::new();
        let wrapped = self.cells(columns, cells, kind);
        for (number, (column, lines)) in columns.iter().zip(wrapped).enumerate() {
            let mut content = Vec::new();
            for (line, text) in lines.iter().enumerate() {
                let shift = match column.is_number {
                    true => column.width - typeface.width(text, SMALL),
                    false => 0.0,
                };
                let at = (column.x + shift, top + line as f32 * SMALL * LEADING);
                content.extend(self.line(text, at, SMALL, bold, kind != RowKind::Repeated));
            }
            let kind = match (kind, number) {
                (RowKind::Head | RowKind::Repeated, _) => Kind::ColumnName,
                (_, 0) => Kind::RowName,
                _ => Kind::Cell,
            };
            elements.push(Element::Group(kind, content));
        }
        self.y += self.height(columns, cells, kind);
        let heavy = matches!(kind, RowKind::Head | RowKind::Repeated);
        self.draw(Mark::Rule { y: self.y, heavy });
        elements
    }

    /// What each page ends with, once it is known how many there are.
    fn footers(&mut self, title: &str) {
        let count = self.pages.len();
        let title = self.regular.lines(title, SMALL, INNER - 80.0).swap_remove(0);
        for (number, page) in self.pages.iter_mut().enumerate() {
            let place = format!("Page {} of {count}", number + 1);
            let width = self.regular.width(&place, SMALL);
            for (text, x) in [(title.clone(), MARGIN), (place, WIDTH - MARGIN - width)] {
                page.push(Mark::Text {
                    text,
                    x,
                    y: HEIGHT - 28.0,
                    size: SMALL,
                    bold: false,
                    content: None,
                });
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum RowKind {
    Head,
    /// The head once more, on another page.
    Repeated,
    Plain,
    Total,
}

/// Where a column stands.
struct Place {
    x: f32,
    width: f32,
    is_number: bool,
}

fn places(columns: &[Column]) -> Vec<Place> {
    let shares: f32 = columns.iter().map(|column| f32::from(column.width)).sum();
    let room = INNER - GAP * columns.len().saturating_sub(1) as f32;
    let mut x = MARGIN;
    let place = |column: &Column| {
        let width = room * f32::from(column.width) / shares;
        let place = Place {
            x,
            width,
            is_number: column.is_number,
        };
        x += width + GAP;
        place
    };
    columns.iter().map(place).collect()
}
