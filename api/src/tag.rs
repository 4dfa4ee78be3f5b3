//! Tags: labels by which an organisation groups its monitors.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::{ManageTags, View};
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::page::{Page, PageQuery};
use crate::version::Versioned;

/// The colour of a tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TagColour {
    /// Grey.
    #[default]
    Grey,
    /// Blue.
    Blue,
    /// Teal.
    Teal,
    /// Green.
    Green,
    /// Yellow.
    Yellow,
    /// Orange.
    Orange,
    /// Red.
    Red,
    /// Pink.
    Pink,
    /// Purple.
    Purple,
}

impl TagColour {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Grey,
        Self::Blue,
        Self::Teal,
        Self::Green,
        Self::Yellow,
        Self::Orange,
        Self::Red,
        Self::Pink,
        Self::Purple,
    ];

    /// The name in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Grey => "grey",
            Self::Blue => "blue",
            Self::Teal => "teal",
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Orange => "orange",
            Self::Red => "red",
            Self::Pink => "pink",
            Self::Purple => "purple",
        }
    }

    /// The colour of this name; grey for one that only another version knows.
    pub fn parse(name: &str) -> Self {
        let mut all = Self::ALL.into_iter();
        all.find(|colour| colour.as_str() == name).unwrap_or_default()
    }
}

/// A tag.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Tag {
    /// The id.
    pub id: i64,
    /// The name; unique in the organisation, however it is capitalised.
    pub name: String,
    /// The colour.
    pub colour: TagColour,
    /// How many monitors that the one who asks may see have it.
    pub monitors: i64,
    /// Grows with every change; for `If-Match`.
    pub version: i32,
}

/// What is given of a tag.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TagInput {
    /// The name, at most 60 characters, as in `team=payments`.
    pub name: Option<String>,
    /// The colour; grey by default.
    pub colour: Option<TagColour>,
}

/// Names a tag.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TagPath {
    /// The tag's id.
    pub id: i64,
}

impl PathParams for TagPath {
    const RESOURCE: &'static str = "tag";
}

operation! {
    /// Lists tags by their name; to who is narrowed to tags those, and those of monitors that have one of them.
    ListTags "Tags": Get "/tags", View;
    query PageQuery;
    answer 200 Page<Tag>;
}

operation! {
    /// Creates a tag. A monitor that is given a new one creates it too.
    CreateTag "Tags": Post "/tags", ManageTags;
    body TagInput;
    answer 201 Tag;
    etag Versioned::etag;
}

operation! {
    /// Changes a tag, wherever it is used: what is left out stays.
    EditTag "Tags": Patch "/tags/{id}", ManageTags;
    path TagPath;
    body TagInput;
    answer 200 Tag;
    etag Versioned::etag;
}

operation! {
    /// Deletes a tag, and takes it from its monitors.
    DeleteTag "Tags": Delete "/tags/{id}", ManageTags;
    path TagPath;
    answer 204;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_back() {
        for colour in TagColour::ALL {
            assert_eq!(TagColour::parse(colour.as_str()), colour);
            assert_eq!(serde_json::to_value(colour).unwrap(), colour.as_str());
        }
        assert_eq!(TagColour::parse("mauve"), TagColour::Grey);
    }
}
