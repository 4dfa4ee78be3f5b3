//! Names for programs, which stay the same whatever the page's address is.

use domain::{ReportUpdateId, StatusPageId, Timestamp};
use uuid::Uuid;

/// Namespace of the names here (a random UUID, fixed for ever).
const PAGES: Uuid = Uuid::from_u128(0x2c8e_61b3_9d47_4f0a_a6d5_73e1_58c9_0b24);

fn name(of: &str) -> Uuid {
    Uuid::new_v5(&PAGES, of.as_bytes())
}

/// The feed of a page, as a URN.
pub(crate) fn feed(page: StatusPageId) -> String {
    name(&format!("feed/{page}")).urn().to_string()
}

/// An update, as a URN.
pub(crate) fn update(update: ReportUpdateId) -> String {
    name(&format!("update/{update}")).urn().to_string()
}

/// An occurrence of a maintenance window on a page.
pub(crate) fn occurrence(page: StatusPageId, window_id: i64, from: Timestamp) -> String {
    name(&format!("maintenance/{page}/{window_id}/{}", from.as_millis())).to_string()
}

/// A group of a page: the `ordinal`-th of its name.
pub(crate) fn group(page: StatusPageId, heading: &str, ordinal: usize) -> String {
    name(&format!("group/{page}/{ordinal}/{heading}")).to_string()
}
