//! Texts of users in responses and in messages.

/// The longest text of a user that a message repeats, in bytes.
const MAX_QUOTED: usize = 80;

/// Whether a response contains a text.
pub(super) fn contains(response: &[u8], text: &[u8]) -> bool {
    memchr::memmem::find(response, text).is_some()
}

/// The beginning of a text, as a message repeats it.
pub(super) fn quoted(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_QUOTED)]
}
