//! Bodies with something wrong.

use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::Value;

use super::odd::{self, choose};
use super::{Made, schema};

/// Stands for what is put into the text of the body.
const HERE: &str = "@@here@@";

/// Spoils the body; answers how.
pub(super) fn spoil(dice: &mut StdRng, made: &mut Made) -> &'static str {
    let value: Option<Value> = serde_json::from_slice(&made.body).ok();
    let Some(mut value) = value else {
        return spoil_text(dice, made);
    };
    match dice.random_range(0..10) {
        0..=4 => {
            let field = field(dice, &mut value);
            *field = HERE.into();
            let odd = odd::json(dice);
            put(made, &value, &odd);
            "an odd value"
        }
        5 => {
            if let Some(fields) = value.as_object_mut() {
                fields.insert(odd::string(dice), HERE.into());
            }
            let odd = odd::json(dice);
            put(made, &value, &odd);
            "an unknown field"
        }
        6 => {
            value = schema::value(dice, schema::of_body(made.operation));
            put(made, &value, b"");
            "values without sense"
        }
        7 => {
            // Each field twice, with another value.
            let text = value.to_string();
            let names = value.as_object().into_iter().flatten().map(|(name, _)| name);
            let again: Vec<Vec<u8>> = names
                .map(|name| {
                    [
                        format!("{}:", Value::from(name.as_str())).into_bytes(),
                        odd::json(dice),
                    ]
                    .concat()
                })
                .collect();
            let text = text.strip_suffix('}').unwrap_or(&text).as_bytes();
            made.body = [text, b",", &again.join(&b','), b"}"].concat().into();
            "fields twice"
        }
        _ => spoil_text(dice, made),
    }
}

/// Writes the value, with something put in.
fn put(made: &mut Made, value: &Value, odd: &[u8]) {
    let text = value.to_string();
    let here = format!("\"{HERE}\"");
    made.body = match text.split_once(&here) {
        Some((before, after)) => [before.as_bytes(), odd, after.as_bytes()].concat().into(),
        None => text.into(),
    };
}

/// Some value within a value.
fn field<'a>(dice: &mut StdRng, value: &'a mut Value) -> &'a mut Value {
    let count = match value {
        Value::Object(fields) => fields.len(),
        Value::Array(items) => items.len(),
        _ => 0,
    };
    if count == 0 || dice.random_bool(0.1) {
        return value;
    }
    let chosen = dice.random_range(0..count);
    match value {
        Value::Object(fields) => match fields.values_mut().nth(chosen) {
            Some(inner) => field(dice, inner),
            None => unreachable!("it has so many"),
        },
        Value::Array(items) => field(dice, &mut items[chosen]),
        other => other,
    }
}

fn spoil_text(dice: &mut StdRng, made: &mut Made) -> &'static str {
    let text = made.body.to_vec();
    let at = dice.random_range(0..=text.len());
    let (body, how) = match dice.random_range(0..11) {
        0 => (text[..at].to_vec(), "a body that breaks off"),
        1 => ([&text[..], &text].concat(), "two bodies"),
        2 => ([&b"\xef\xbb\xbf"[..], &text].concat(), "a byte order mark"),
        3 => {
            let units = String::from_utf8_lossy(&text)
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect();
            (units, "UTF-16")
        }
        4 => (Vec::new(), "no body"),
        5 => {
            let mut text = text;
            for _ in 0..4.min(text.len()) {
                let at = dice.random_range(0..text.len());
                text[at] = dice.random();
            }
            (text, "other bytes")
        }
        6 => (
            [&text[..], &b" ".repeat(choose(dice, &[100, 60_000, 70_000]))].concat(),
            "blanks",
        ),
        7 => (odd::json(dice), "no object"),
        8 => {
            made.set(
                "content-encoding",
                choose(dice, &[&b"gzip"[..], b"br", b"zstd", b"deflate", b"none"]),
            );
            (
                b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\x05\x00".to_vec(),
                "an encoding",
            )
        }
        9 => {
            let fields: Vec<String> = (0..3_000).map(|n| format!("\"f{n}\":{n}")).collect();
            (
                format!("{{{}}}", fields.join(",")).into_bytes(),
                "thousands of fields",
            )
        }
        _ => {
            let kind = choose(
                dice,
                &[
                    &b"text/plain"[..],
                    b"application/x-www-form-urlencoded",
                    b"multipart/form-data; boundary=x",
                    b"application/json; charset=utf-16",
                    b"application/json; charset=\"",
                    b"application/json;;;",
                    b"application/problem+json",
                    b"\xff",
                    b"",
                ],
            );
            made.set("content-type", kind);
            (text, "another media type")
        }
    };
    made.body = body.into();
    how
}
