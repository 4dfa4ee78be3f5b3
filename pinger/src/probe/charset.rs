//! Which encoding a text is in.

use std::borrow::Cow;

use encoding_rs::{Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use http::HeaderValue;
use memchr::memmem;

/// How much of a document is searched for the encoding that it names itself, in bytes; as in browsers.
const HEAD_BYTES: usize = 1024;

/// A byte order mark has at most so many bytes, and UTF-16 is seen in so many.
const MARK_BYTES: usize = 4;

/// What is said of a text's encoding beside the text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Charset {
    pub(super) declared: Option<&'static Encoding>,
    /// Whether it may name its encoding itself: HTML and XML.
    markup: bool,
}

impl Charset {
    /// What the header `Content-Type` says.
    pub(super) fn of_content_type(value: Option<&HeaderValue>) -> Self {
        let Some(value) = value else {
            return Self {
                declared: None,
                markup: true,
            };
        };
        let mut parts = value.as_bytes().split(|&byte| byte == b';');
        let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
        let has = |part: &[u8]| memmem::find(&essence, part).is_some();
        Self {
            declared: parts.find_map(charset_of).and_then(known),
            markup: has(b"html") || has(b"xml"),
        }
    }

    /// The encoding of a text that begins with `head`; `None` where nothing tells.
    pub(super) fn encoding(self, head: &[u8]) -> Option<&'static Encoding> {
        if let Some((encoding, _)) = Encoding::for_bom(head) {
            return Some(encoding);
        }
        let utf_16 = match head {
            // Two bytes alone may be a length of a binary protocol.
            [0, 1..=255, 0, 1..=255, ..] | [0, 1..=255] => Some(UTF_16BE),
            [1..=255, 0, 1..=255, 0, ..] | [1..=255, 0] => Some(UTF_16LE),
            _ => None,
        };
        match self.declared {
            // The label `utf-16` leaves the order of bytes to the text.
            Some(declared) if declared == UTF_16LE => utf_16.or(Some(declared)),
            Some(declared) => Some(declared),
            None => utf_16.or_else(|| if self.markup { named_in(head) } else { None }),
        }
    }

    /// How much of the text has to be there to know its encoding.
    pub(super) fn head_bytes(self) -> usize {
        if self.markup && self.declared.is_none() {
            HEAD_BYTES
        } else {
            MARK_BYTES
        }
    }

    /// A JSON text. JSON is UTF-8 whatever its header says, unless it cannot be.
    pub(super) fn decode_json(self, bytes: &[u8]) -> Cow<'_, str> {
        let encoding = self.encoding(&bytes[..bytes.len().min(MARK_BYTES)]);
        let looks_like_utf_8 = [Some(UTF_16LE), Some(UTF_16BE), Some(ISO_2022_JP)];
        if let Ok(text) = std::str::from_utf8(bytes)
            && !looks_like_utf_8.contains(&encoding)
        {
            return Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text));
        }
        encoding.unwrap_or(WINDOWS_1252).decode_with_bom_removal(bytes).0
    }
}

/// The value of a parameter `charset`.
fn charset_of(parameter: &[u8]) -> Option<&[u8]> {
    let (name, value) = parameter.split_at_checked(parameter.iter().position(|&byte| byte == b'=')?)?;
    let is_charset = name.trim_ascii().eq_ignore_ascii_case(b"charset");
    is_charset.then(|| unquoted(value[1..].trim_ascii()))
}

/// Without the quotation mark that a value begins and ends with, if it does.
fn unquoted(value: &[u8]) -> &[u8] {
    let Some(quote @ (b'"' | b'\'')) = value.first() else {
        return value;
    };
    let inner = &value[1..];
    inner.strip_suffix(&[*quote]).unwrap_or(inner)
}

/// The encoding of a label. What the web refuses to decode counts as not known.
fn known(label: &[u8]) -> Option<&'static Encoding> {
    Encoding::for_label_no_replacement(label)
}

/// The encoding that HTML or XML names in its beginning.
fn named_in(head: &[u8]) -> Option<&'static Encoding> {
    let head = head[..head.len().min(HEAD_BYTES)].to_ascii_lowercase();
    let after = |text: &[u8], from: usize| {
        let found = memmem::find(&head[from..], text)?;
        Some(from + found + text.len())
    };
    let label = if head.trim_ascii_start().starts_with(b"<?xml") {
        after(b"encoding", 0)
    } else {
        after(b"<meta", 0).and_then(|meta| after(b"charset", meta))
    };
    let value = head[label?..]
        .trim_ascii_start()
        .strip_prefix(b"=")?
        .trim_ascii_start();
    let value = unquoted(value);
    let end = value.iter().position(|byte| b"\"'; \t\r\n>?/".contains(byte))?;
    // A document whose beginning could be read as ASCII is not in UTF-16.
    known(&value[..end]).map(|named| if named.is_ascii_compatible() { named } else { UTF_8 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(content_type: &str) -> Charset {
        let value = HeaderValue::from_str(content_type).unwrap();
        Charset::of_content_type(Some(&value))
    }

    fn utf_16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    #[test]
    fn a_length_of_a_binary_protocol_is_not_utf_16() {
        let mysql = b"\x4a\x00\x00\x00\x0a8.0.36\x00";
        assert_eq!(Charset::default().encoding(mysql), None);
        let rdp = b"\x03\x00\x00\x13\x0e\xd0";
        assert_eq!(Charset::default().encoding(rdp), None);
        let text = utf_16("ready", u16::to_le_bytes);
        assert_eq!(Charset::default().encoding(&text), Some(UTF_16LE));
    }

    #[test]
    fn json_is_utf_8_unless_it_cannot_be() {
        let latin = of("application/json; charset=iso-8859-1");
        assert_eq!(latin.decode_json("\"ü\"".as_bytes()), "\"ü\"");
        assert_eq!(latin.decode_json(b"\"\xfc\""), "\"ü\"");
        let json = of("application/json");
        assert_eq!(json.decode_json(b"\xef\xbb\xbf{}"), "{}");
        assert_eq!(
            json.decode_json(&utf_16("{\"a\":1}", u16::to_le_bytes)),
            "{\"a\":1}"
        );
        assert_eq!(json.decode_json(&utf_16("\u{feff}[]", u16::to_be_bytes)), "[]");
    }
}
