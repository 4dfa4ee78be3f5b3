//! The template of a webhook's body: text with placeholders, and nothing that decides or repeats. Whatever a value holds,
//! it stays the content of the string or of the form's field in which its placeholder stands.

mod encoding;
mod places;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use self::encoding::Encoding;

/// The longest template, in bytes.
pub const MAX_TEMPLATE_BYTES: usize = 16 * 1024;

/// The longest body that is made of a template, in bytes.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// The longest value of one placeholder as it stands in the body, in bytes.
const MAX_VALUE_BYTES: usize = 8 * 1024;

macro_rules! placeholders {
    ($($(#[$doc:meta])* $variant:ident $name:literal;)+) => {
        /// What a template can hold of a message.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Placeholder {
            $($(#[$doc])* $variant,)+
        }

        impl Placeholder {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name, as in `{{name}}`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

placeholders! {
    /// What has happened, by the name that it has in the standard body.
    Event "event";
    /// `firing` or `resolved`.
    Status "status";
    /// What has happened, in one line.
    Text "text";
    /// Why, in lines.
    Explanation "explanation";
    /// Where to look.
    Link "link";
    /// How many incidents the message is about.
    Count "count";
    /// The name of the message, which is the same in each attempt.
    DeliveryId "delivery_id";
    /// The incident's id.
    IncidentId "incident_id";
    /// The monitor's id.
    MonitorId "monitor_id";
    /// The monitor's name.
    MonitorName "monitor_name";
    /// What is checked.
    MonitorUrl "monitor_url";
    /// When the incident began.
    StartedAt "started_at";
    /// When it ended.
    ResolvedAt "resolved_at";
    /// How long it has lasted, once it is over.
    DurationSeconds "duration_seconds";
    /// Why the check failed, by the name of the reason.
    ErrorCode "error_code";
    /// Why the check failed.
    Error "error";
    /// What a user has done that has ended the incident.
    CloseReason "close_reason";
    /// The page that says why somebody is notified.
    WhyUrl "why_url";
    /// The page on which whoever reads the message acknowledges the incident.
    AcknowledgeUrl "acknowledge_url";
    /// `true` in messages of a drill.
    Drill "drill";
    /// The regions that have found the monitor down.
    RegionsDown "regions.down";
    /// Those that have not.
    RegionsUp "regions.up";
    /// Those that were not heard of.
    RegionsAbsent "regions.absent";
    /// The whole standard body.
    Json "json";
}

impl Placeholder {
    fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|placeholder| placeholder.as_str() == name)
    }
}

/// In which form the body is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BodyForm {
    /// JSON.
    #[default]
    Json,
    /// The fields of a form, percent-encoded.
    Form,
    /// Plain text.
    Text,
}

/// A template that any message can be filled into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    text: String,
    places: Vec<Place>,
}

/// Where a placeholder stands.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    range: Range<usize>,
    placeholder: Placeholder,
    encoding: Encoding,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str, form: BodyForm) -> Result<Self, TemplateError> {
        if text.is_empty() || text.len() > MAX_TEMPLATE_BYTES {
            return Err(TemplateError::whole(format!(
                "must have 1 to {MAX_TEMPLATE_BYTES} bytes"
            )));
        }
        let mut places = places::find(text)?;
        let mut whole = places
            .iter()
            .filter(|place| place.placeholder == Placeholder::Json);
        if let (Some(_), Some(second)) = (whole.next(), whole.next()) {
            let wrong = "must have {{json}} only once";
            return Err(TemplateError::at(text, second.range.start, wrong));
        }
        match form {
            BodyForm::Json => places::into_json(text, &mut places)?,
            BodyForm::Form => places::into_form(text, &mut places)?,
            BodyForm::Text => places::check_text(text)?,
        }
        Ok(Self {
            text: text.to_owned(),
            places,
        })
    }

    /// Whether it holds the whole standard body.
    pub fn has_json(&self) -> bool {
        self.places
            .iter()
            .any(|place| place.placeholder == Placeholder::Json)
    }

    /// The body, with the value of each placeholder but `{{json}}`, and for that the first of the standard bodies that
    /// fits. It has at most [`MAX_BODY_BYTES`]: values are cut, and a standard body is there as a whole or not at all.
    pub fn fill<'v>(&self, value: impl Fn(Placeholder) -> Cow<'v, str>, standard: &[String]) -> String {
        let held: usize = self.places.iter().map(|place| place.range.len()).sum();
        let mut room = MAX_BODY_BYTES.saturating_sub(self.text.len() - held);
        let mut places = self.places.iter();
        let whole = places
            .find(|place| place.placeholder == Placeholder::Json)
            .map(|place| place.encoding.first_within(standard, room))
            .unwrap_or_default();
        room = room.saturating_sub(whole.len());
        let mut body = String::with_capacity(self.text.len() + whole.len());
        let mut end = 0;
        for Place {
            range,
            placeholder,
            encoding,
        } in &self.places
        {
            body.push_str(&self.text[end..range.start]);
            end = range.end;
            if *placeholder == Placeholder::Json {
                body.push_str(&whole);
                continue;
            }
            let start = body.len();
            encoding.push_cut(&mut body, &value(*placeholder), room.min(MAX_VALUE_BYTES));
            room -= body.len() - start;
        }
        body.push_str(&self.text[end..]);
        body
    }
}

/// What is wrong with a template; a sentence that continues its name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct TemplateError {
    wrong: String,
    /// Its line and its column, counted from 1 in characters.
    place: Option<(usize, usize)>,
}

impl TemplateError {
    fn whole(wrong: impl Into<String>) -> Self {
        Self {
            wrong: wrong.into(),
            place: None,
        }
    }

    /// At so many bytes of the template.
    fn at(template: &str, byte: usize, wrong: impl Into<String>) -> Self {
        let before = &template[..template.floor_char_boundary(byte)];
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        Self {
            wrong: wrong.into(),
            place: Some((line, before[start..].chars().count() + 1)),
        }
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.wrong)?;
        match self.place {
            Some((line, column)) => write!(f, " (line {line}, column {column})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
