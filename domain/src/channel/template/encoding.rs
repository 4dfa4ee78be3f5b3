//! How a value is written where its placeholder stands.

use url::form_urlencoded::byte_serialize;

/// Ends a value that was cut.
const CUT: char = '…';

/// As much as that takes, percent-encoded.
const CUT_BYTES: usize = 9;

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// As the content of a string of JSON.
    JsonString,
    /// As a value of JSON, which it is already.
    JsonValue,
    /// As the value of a form's field.
    Form,
    /// As it is.
    Plain,
}

impl Encoding {
    fn push(self, out: &mut String, c: char) {
        match (self, c) {
            (Self::JsonString, '"') => out.push_str("\\\""),
            (Self::JsonString, '\\') => out.push_str("\\\\"),
            (Self::JsonString, '\n') => out.push_str("\\n"),
            (Self::JsonString, '\r') => out.push_str("\\r"),
            (Self::JsonString, '\t') => out.push_str("\\t"),
            (Self::JsonString, c) if c.is_control() => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            (Self::Form, c) => {
                let mut bytes = [0; 4];
                out.extend(byte_serialize(c.encode_utf8(&mut bytes).as_bytes()));
            }
            (_, c) => out.push(c),
        }
    }

    /// Writes as much of a value as takes `room` bytes.
    pub(super) fn push_cut(self, out: &mut String, value: &str, room: usize) {
        let start = out.len();
        // Where it ends if it does not fit.
        let mut end = start;
        for c in value.chars() {
            self.push(out, c);
            let taken = out.len() - start;
            if taken > room {
                out.truncate(end);
                if room >= CUT_BYTES {
                    self.push(out, CUT);
                }
                return;
            }
            if taken + CUT_BYTES <= room {
                end = out.len();
            }
        }
    }

    /// The first of several texts that takes at most `room` bytes, or what stands for none.
    pub(super) fn first_within(self, texts: &[String], room: usize) -> String {
        let encoded = |text: &String| {
            let mut out = String::with_capacity(text.len());
            text.chars().for_each(|c| self.push(&mut out, c));
            out
        };
        let mut fitting = texts.iter().map(encoded).filter(|text| text.len() <= room);
        fitting.next().unwrap_or_else(|| match self {
            Self::JsonValue => "null".to_owned(),
            Self::JsonString | Self::Form | Self::Plain => String::new(),
        })
    }
}
