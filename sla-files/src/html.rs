//! The page.

use api::SlaReportContent;
use askama::Template;

use crate::document::{Block, Document};

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    document: &'a Document,
}

pub(crate) fn page(content: &SlaReportContent) -> Result<String, askama::Error> {
    let document = Document::of(content);
    Page { document: &document }.render()
}
