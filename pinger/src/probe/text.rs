//! Texts of users in messages.

/// The longest text of a user that a message repeats, in bytes.
const MAX_QUOTED: usize = 80;

/// The beginning of a text, as a message repeats it.
pub(super) fn quoted(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_QUOTED)]
}
