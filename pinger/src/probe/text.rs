//! Texts of users in answers and in messages.

/// The longest text of a user that a message repeats, in bytes.
const MAX_QUOTED: usize = 80;

/// Whether an answer contains a text.
pub(super) fn contains(answer: &[u8], text: &[u8]) -> bool {
    memchr::memmem::find(answer, text).is_some()
}

/// The beginning of a text, as a message repeats it.
pub(super) fn quoted(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_QUOTED)]
}
