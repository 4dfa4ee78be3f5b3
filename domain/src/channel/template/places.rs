//! Where the placeholders of a template stand, and whether they may stand there.

use super::encoding::Encoding;
use super::{Place, Placeholder, TemplateError};

/// The longest name of a placeholder that is repeated when it is unknown.
const MAX_NAME_BYTES: usize = 40;

/// Stands for a value of JSON.
const ANY_VALUE: &str = "[]";

/// The placeholders of a template, in their order.
pub(super) fn find(text: &str) -> Result<Vec<Place>, TemplateError> {
    let mut places = Vec::new();
    let mut from = 0;
    while let Some(found) = text[from..].find("{{") {
        let start = from + found;
        let inner = start + 2;
        let unclosed = || {
            TemplateError::at(
                text,
                start,
                "has {{ without the name of a placeholder and }} after it",
            )
        };
        let length = text[inner..].find("}}").ok_or_else(unclosed)?;
        let name = text[inner..inner + length].trim_matches(' ');
        let is_name = name.len() <= MAX_NAME_BYTES
            && !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
        if !is_name {
            return Err(unclosed());
        }
        let placeholder = Placeholder::parse(name).ok_or_else(|| {
            TemplateError::at(text, start, format!("has the unknown placeholder {{{{{name}}}}}"))
        })?;
        from = inner + length + 2;
        places.push(Place {
            range: start..from,
            placeholder,
            encoding: Encoding::Plain,
        });
    }
    Ok(places)
}

/// Requires a template of JSON that stays JSON whatever stands in the placeholders: each but `{{json}}` stands within a
/// string, and none in the name of a field.
pub(super) fn into_json(text: &str, places: &mut [Place]) -> Result<(), TemplateError> {
    let strings = read_strings(text, places);
    // What stands in a string is its content also unfilled, and a value in the place of another placeholder leaves every
    // byte where it is, so that the position of an error is that in the template. An array can be no part of a longer
    // value, as a digit can, nor the name of a field, as a string can.
    let mut json = String::with_capacity(text.len());
    let mut end = 0;
    for (place, is_within) in places.iter().zip(&strings.within) {
        json.push_str(&text[end..place.range.start]);
        end = place.range.end;
        if *is_within {
            json.push_str(&text[place.range.clone()]);
        } else {
            json.push_str(ANY_VALUE);
            json.extend(std::iter::repeat_n(' ', place.range.len() - ANY_VALUE.len()));
        }
    }
    json.push_str(&text[end..]);
    serde_json::from_str::<serde_json::Value>(&json).map_err(|error| not_json(text, &error))?;
    if let Some(place) = strings.in_name.and_then(|index| places.get(index)) {
        let wrong = "must not have a placeholder in the name of a field";
        return Err(TemplateError::at(text, place.range.start, wrong));
    }
    for (place, is_within) in places.iter_mut().zip(strings.within) {
        place.encoding = match (is_within, place.placeholder) {
            (true, _) => Encoding::JsonString,
            (false, Placeholder::Json) => Encoding::JsonValue,
            (false, placeholder) => {
                let name = placeholder.as_str();
                let wrong = format!("must have {{{{{name}}}}} within quotation marks");
                return Err(TemplateError::at(text, place.range.start, wrong));
            }
        };
    }
    Ok(())
}

/// Requires the fields of a form.
pub(super) fn into_form(text: &str, places: &mut [Place]) -> Result<(), TemplateError> {
    if let Some((at, _)) = text.char_indices().find(|(_, c)| c.is_control()) {
        let wrong = "must be one line, as in title={{text}}&id={{incident_id}}";
        return Err(TemplateError::at(text, at, wrong));
    }
    for place in places {
        place.encoding = Encoding::Form;
    }
    Ok(())
}

/// Requires a text that holds nothing but what is seen and what lays it out.
pub(super) fn check_text(text: &str) -> Result<(), TemplateError> {
    let is_refused = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    match text.char_indices().find(|(_, c)| is_refused(*c)) {
        Some((at, _)) => {
            let wrong = "must not have control characters but line breaks and tabs";
            Err(TemplateError::at(text, at, wrong))
        }
        None => Ok(()),
    }
}

/// How the placeholders stand to the strings of a template of JSON.
struct Strings {
    /// Of each, whether it stands within a string.
    within: Vec<bool>,
    /// The first that stands in the name of a field.
    in_name: Option<usize>,
}

fn read_strings(text: &str, places: &[Place]) -> Strings {
    let mut strings = Strings {
        within: Vec::with_capacity(places.len()),
        in_name: None,
    };
    let (mut is_open, mut is_escaped) = (false, false);
    // The first placeholder of the string that was read last.
    let mut held = None;
    let mut at = 0;
    while let Some(&byte) = text.as_bytes().get(at) {
        let index = strings.within.len();
        if let Some(place) = places.get(index).filter(|place| place.range.start == at) {
            strings.within.push(is_open);
            if is_open {
                held = held.or(Some(index));
            }
            at = place.range.end;
            continue;
        }
        at += 1;
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_open => is_escaped = true,
            b'"' => {
                is_open = !is_open;
                if is_open {
                    held = None;
                }
            }
            b':' if !is_open => strings.in_name = strings.in_name.or(held),
            _ => {}
        }
    }
    strings
}

fn not_json(text: &str, error: &serde_json::Error) -> TemplateError {
    let what = error.to_string();
    let what = what.split(" at line ").next().unwrap_or_default();
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let start: usize = lines.map(str::len).sum();
    let byte = start + error.column().saturating_sub(1);
    TemplateError::at(text, byte.min(text.len()), format!("must be JSON: {what}"))
}
