//! SLA reports as files for others: HTML, CSV, PDF. Pure; what a report says is told in docs/SLA.md.
//!
//! content → `document` (blocks of text and tables, in `words`) → `html` or `pdf`; `table` makes the CSV of the numbers
//! themselves. No file names the people who acknowledged incidents.

mod document;
mod html;
mod pdf;
mod table;
mod words;

use api::{SlaFileFormat, SlaReportContent};

pub use words::duration;

/// Why a file was not made.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The page could not be written.
    #[error("the page cannot be written: {0}")]
    Html(#[from] askama::Error),
    /// The table could not be written.
    #[error("the table cannot be written: {0}")]
    Csv(#[from] csv::Error),
    /// The PDF could not be written.
    #[error("the PDF cannot be written: {0}")]
    Pdf(String),
}

/// A report as a page that stands alone and can be printed.
///
/// # Errors
/// See [`FileError`].
pub fn html(content: &SlaReportContent) -> Result<String, FileError> {
    Ok(html::page(content)?)
}

/// The figures of each monitor and of all of them, as a table (RFC 4180, UTF-8 with a byte order mark).
///
/// # Errors
/// See [`FileError`].
pub fn csv(content: &SlaReportContent) -> Result<Vec<u8>, FileError> {
    Ok(table::csv(content)?)
}

/// A report as a tagged PDF.
///
/// # Errors
/// See [`FileError`].
pub fn pdf(content: &SlaReportContent) -> Result<Vec<u8>, FileError> {
    pdf::file(content).map_err(FileError::Pdf)
}

/// What a file is called: letters and digits of the report's name, in ASCII.
pub fn file_name(content: &SlaReportContent, format: SlaFileFormat) -> String {
    let mut name = String::from("sla-report");
    for word in content.name.split(|c: char| !c.is_ascii_alphanumeric()) {
        if !word.is_empty() && name.len() + word.len() < 80 {
            name.push('-');
            name.push_str(&word.to_ascii_lowercase());
        }
    }
    let extension = match format {
        SlaFileFormat::Html => "html",
        SlaFileFormat::Csv => "csv",
        SlaFileFormat::Pdf => "pdf",
        SlaFileFormat::Json => "json",
    };
    format!("{name}.{extension}")
}
